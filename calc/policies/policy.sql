-- The state of each policy that was issued or changed on a day, with who sold it and where.
-- grain:  policy_id, business_date
-- reads:  delivered_policy(policy_id, business_date, policy_no, agent_no, product_code, payment_term, premium, issued_on,
--         effective_on, status, ended_on, end_kind, customer_name, receipt_confirmed_on), agent_code(agent_id, agent_no),
--         seat(person_id, institution_id, valid_from, valid_to)
-- makes:  policy_id, business_date, policy_no, agent_id, institution_id, issuing_institution_id, product_code, payment_term,
--         premium, issued_on, effective_on, status, ended_on, end_kind, customer_name, receipt_confirmed_on
-- units:  premium is what a year costs, in reporting currency, 2 decimals
-- institution_id is the agent's on the business date (scope, roll-ups), issuing_institution_id that on the day of issue (rules)
select policy_id, business_date, policy_no, agent_id, here.institution_id,
       coalesce(issuing.institution_id, here.institution_id) as issuing_institution_id, product_code, payment_term, premium,
       issued_on, effective_on, status, ended_on, end_kind, customer_name, receipt_confirmed_on
from delivered_policy
join agent_code using (agent_no)
join seat as here on here.person_id = agent_id and business_date >= here.valid_from and business_date < here.valid_to
left join seat as issuing
    on issuing.person_id = agent_id and issued_on >= issuing.valid_from and issued_on < issuing.valid_to
