-- What the open month holds back of agents' pay, and what it pays again of what was held before.
-- grain:  hold_id, for_month
-- reads:  open_month(in_month), own_line(agent_id, line, paid), hold(hold_id, agent_id, line, released_month),
--         kept(hold_id, for_month, amount)
-- makes:  agent_id, line, in_month, for_month, earned, cut, held, released, paid, hold_id
-- units:  reporting currency. `hold` lists those that were decided for, with an empty line for all the pay; `kept` is what each holds of
--         earlier months. A line's hold keeps what the line pays, for all months; one on all the pay keeps the rest. Less than
--         nothing is never held: it goes on to the balance. A hold is released once, whole, each month's amount for its month.
-- source: issue of the rulebook, "holds with release condition": nothing is lost, what is held is carried until released
with standing as (
    select hold_id, agent_id, line from hold, open_month where released_month is null or released_month > in_month
),
of_line as (
    select hold_id, agent_id, greatest(sum(paid), 0) as held
    from standing join own_line using (agent_id, line)
    where line <> '' group by hold_id, agent_id
),
rest as (
    select agent_id, sum(amount) as amount
    from (select agent_id, paid as amount from own_line union all select agent_id, -held from of_line) as parts
    group by agent_id
),
held_now as (
    select hold_id, agent_id, held from of_line
    union all
    select hold_id, agent_id, greatest(amount, 0) from standing join rest using (agent_id) where line = ''
),
released_now as (
    select hold_id, agent_id, for_month, amount
    from hold join kept using (hold_id), open_month
    where released_month <= in_month
)
select agent_id, 'pay_hold' as line, in_month, in_month as for_month, 0 as earned, 0 as cut, held, 0 as released, -held as paid, hold_id
from held_now, open_month where held <> 0
union all
select agent_id, 'pay_hold', in_month, for_month, 0, 0, 0, amount, amount, hold_id
from released_now, open_month where amount <> 0
