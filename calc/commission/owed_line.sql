-- What an agent owes when a month comes to less than nothing: taken from the next month, or asked back at once.
-- grain:  agent_id, line
-- reads:  open_month(in_month), own_line(agent_id, paid), hold_line(agent_id, paid), owed(agent_id, amount),
--         clawed_agent(agent_id)
-- makes:  agent_id, line, in_month, for_month, earned, cut, held, released, paid
-- units:  reporting currency. `owed` is what the month before carried; `clawed_agent` lists those whose rules claw a negative month back:
--         theirs is handed over below zero and not carried. Everybody else's month pays zero or more.
-- source: definitions, "negative balance (carry forward | claw back)"
with part as (
    select agent_id, paid from own_line
    union all
    select agent_id, paid from hold_line
    union all
    select agent_id, -amount from owed
),
after as (
    select agent_id, -least(sum(paid), 0) as amount from part group by agent_id
),
carried as (
    select agent_id, 'owed_before' as line, -amount as amount from owed
    union all
    select agent_id, 'owed_after', amount from after anti join clawed_agent using (agent_id)
)
select agent_id, line, in_month, in_month as for_month, amount as earned, 0 as cut, 0 as held, 0 as released, amount as paid
from carried, open_month where amount <> 0
