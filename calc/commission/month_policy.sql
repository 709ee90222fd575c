-- Every policy that came into a month with premiums or by its issue: paid, held or refused, and why. The parts come to the whole.
-- grain:  rulebook, policy_id, part, reason, detail, element
-- reads:  open_month(in_month), receipt(premium_id, policy_id, agent_id, institution_id, amount, received_on),
--         issue(policy_id, agent_id, institution_id), contract(agent_id, rulebook, month), paying_month(rulebook, month),
--         pay_problem(rulebook, grain, row_key, agent_id, element, reason), unpaid_agent(rulebook, agent_id, element, reason),
--         held_agent(rulebook, agent_id, hold_id), held_policy(rulebook, agent_id, policy_id, hold_id), set_aside_row(dataset, row_key, policy_id, agent_no, amount, rule)
-- makes:  rulebook, policy_id, agent_id, agent_no, institution_id, part, reason, detail, element, policies, receipts, amount
-- units:  amount is premium received, refunds negative, in reporting currency. What was delivered in the month is in it: `receipt` by its
--         business date. `policies` is 1 on one row of a policy only, the first of refused, held, paid that it has; so it may be summed.
--         `paying_month` lists the open month and the closed ones differences are paid for; `rulebook` is empty where nobody's pays it.
-- source: month-end reconciliation: policies in = policies paid + held + refused with reason
with item as (
    select 'premium' as grain, premium_id::varchar as row_key, policy_id, agent_id, institution_id, amount, 1 as receipts,
           date_trunc('month', received_on)::date as of_month
    from receipt
    union all
    select 'policy', policy_id::varchar, policy_id, agent_id, institution_id, 0, 0, in_month
    from issue anti join receipt using (policy_id), open_month
),
placed as (
    select item.*, coalesce(then_contract.rulebook, now_contract.rulebook) as rulebook, then_contract.rulebook is not null as has_contract
    from item
    cross join open_month
    left join contract as then_contract
        on then_contract.agent_id = item.agent_id and then_contract.month = least(of_month, in_month)
    left join contract as now_contract on now_contract.agent_id = item.agent_id and now_contract.month = in_month
),
-- a row has one problem here, however many elements it lacks
row_problem_of as (
    select rulebook, grain, row_key, min(element) as element, min_by(reason, element) as reason from pay_problem group by all
),
-- of several holds on lines that a policy feeds the first says why
line_held as (select rulebook, agent_id, policy_id, min(hold_id) as hold_id from held_policy group by all),
judged as (
    select placed.*, in_month,
           row_problem_of.element as row_element, row_problem_of.reason as row_reason,
           policy_problem.element as policy_element, policy_problem.reason as policy_reason,
           unpaid_agent.element as agent_element, unpaid_agent.reason as agent_reason, held_agent.hold_id, line_held.hold_id as line_hold_id, paying_month.month as paying
    from placed
    cross join open_month
    left join row_problem_of using (rulebook, grain, row_key)
    left join row_problem_of as policy_problem on policy_problem.rulebook = placed.rulebook and policy_problem.grain = 'policy'
        and policy_problem.row_key = placed.policy_id::varchar
    left join unpaid_agent on unpaid_agent.rulebook = placed.rulebook and unpaid_agent.agent_id = placed.agent_id
    left join held_agent on held_agent.rulebook = placed.rulebook and held_agent.agent_id = placed.agent_id
    left join line_held on line_held.rulebook = placed.rulebook and line_held.agent_id = placed.agent_id
        and line_held.policy_id = placed.policy_id
    left join paying_month on paying_month.rulebook = placed.rulebook and paying_month.month = placed.of_month
),
known as (
    select coalesce(rulebook, '') as rulebook, policy_id, agent_id, institution_id, amount, receipts, of_month, in_month,
           case when of_month > in_month then 'later_month'
                when of_month < in_month and rulebook is not null and paying is null then 'too_old'
                when not has_contract then 'no_contract'
                when coalesce(row_element, policy_element, agent_element) is not null then 'not_worked_out'
                when hold_id is not null then 'person_held'
                when receipts = 0 then 'no_premium'
                when of_month < in_month then 'difference'
                when line_hold_id is not null then 'line_held'
                else 'counted' end as reason,
           coalesce(row_element, policy_element, agent_element, '') as found_element,
           coalesce(row_reason, policy_reason, agent_reason, '') as found_reason, coalesce(hold_id, line_hold_id) as hold_id
    from judged
),
aside as (
    select policy_id, any_value(rulebook) as rulebook from known where rulebook <> '' group by policy_id
),
every as (
    select rulebook, policy_id, agent_id, null as agent_no, institution_id, amount, receipts,
           case when reason in ('counted', 'difference') then 'paid'
                when reason in ('later_month', 'person_held', 'line_held', 'no_premium') then 'held' else 'refused' end as part,
           reason,
           case when reason in ('later_month', 'too_old', 'difference') then strftime(of_month, '%Y-%m')
                when reason in ('person_held', 'line_held') then hold_id::varchar
                when reason = 'not_worked_out' then found_reason else '' end as detail,
           case when reason = 'not_worked_out' then found_element else '' end as element
    from known
    union all
    select coalesce(aside.rulebook, ''), policy_id, null, agent_no, null, if(dataset = 'premium', amount, 0), if(dataset = 'premium', 1, 0),
           'refused', 'set_aside', rule, ''
    from set_aside_row left join aside using (policy_id)
    where dataset in ('policy', 'premium')
),
summed as (
    select rulebook, policy_id, any_value(agent_id) as agent_id, any_value(agent_no) as agent_no,
           any_value(institution_id) as institution_id, part, reason, detail, element, sum(receipts) as receipts, sum(amount) as amount
    from every group by rulebook, policy_id, part, reason, detail, element
),
ranked as (
    select *, row_number() over (
        partition by rulebook, policy_id
        order by case part when 'refused' then 1 when 'held' then 2 else 3 end, reason, detail, element) as place
    from summed
)
select rulebook, policy_id, agent_id, agent_no, institution_id, part, reason, detail, element, if(place = 1, 1, 0) as policies, receipts, amount
from ranked
