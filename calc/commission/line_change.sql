-- How each line of a month differs from the month before, and by what: who came, who went, the rules, what was sold.
-- grain:  line
-- reads:  this_line(agent_id, line, paid), last_line(agent_id, line, paid), other_rules_line(agent_id, line, paid),
--         this_agent(agent_id), last_agent(agent_id)
-- makes:  line, before, after, joined_amount, left_amount, rules_amount, volume_amount, agents
-- units:  reporting currency. `other_rules_line` is this month computed by the rules of the month before; it equals
--         `this_line` when the rules are the same. before + joined + left + rules + volume = after.
-- source: month-end reconciliation: this month to last month per line with the drivers (people, rules, volume)
with every as (
    select line, agent_id, paid as after, 0 as before, 0 as old_rules from this_line where paid is not null
    union all
    select line, agent_id, 0, paid, 0 from last_line where paid is not null
    union all
    select line, agent_id, 0, 0, paid from other_rules_line where paid is not null
),
one as (
    select line, agent_id, sum(after) as after, sum(before) as before, sum(old_rules) as old_rules,
           agent_id in (select agent_id from last_agent) as was_here,
           agent_id in (select agent_id from this_agent) as is_here
    from every group by line, agent_id
)
select line, sum(before) as before, sum(after) as after,
       coalesce(sum(old_rules) filter (not was_here), 0) as joined_amount,
       coalesce(sum(-before) filter (not is_here), 0) as left_amount,
       sum(after - old_rules) as rules_amount,
       sum(old_rules) - sum(before) - coalesce(sum(old_rules) filter (not was_here), 0)
           + coalesce(sum(before) filter (not is_here), 0) as volume_amount,
       count(distinct agent_id) filter (after <> 0) as agents
from one group by line
