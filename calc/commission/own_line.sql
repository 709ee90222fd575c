-- What an agent's open month comes to before holds: its lines, the differences of closed months computed again, adjustments.
-- grain:  agent_id, line, for_month, adjustment_id
-- reads:  open_month(in_month), month_line(agent_id, line, for_month, earned, cut, held, released, paid),
--         stated_line(agent_id, line, for_month, earned, cut, held, released, paid),
--         adjustment(adjustment_id, agent_id, for_month, amount)
-- makes:  agent_id, line, in_month, for_month, earned, cut, held, released, paid, adjustment_id
-- units:  reporting currency. `month_line` is what is right now, of the open month and of each month computed again;
--         `stated_line` is what earlier statements said for those months. A month that was not computed again has no
--         difference. Lines without an amount (a problem of the run) are left out: the run cannot be approved.
-- source: definitions, "Retro": a closed statement never changes, the difference is paid in the next open month
with computed as (
    select agent_id, line, for_month, sum(earned) as earned, sum(cut) as cut, sum(held) as held,
           sum(released) as released, sum(paid) as paid
    from month_line where paid is not null group by all
),
stated as (
    select agent_id, line, for_month, sum(earned) as earned, sum(cut) as cut, sum(held) as held,
           sum(released) as released, sum(paid) as paid
    from stated_line
    where for_month in (select distinct for_month from month_line)
      -- what people decided, and what was carried, is computed by nobody: computing its month again takes nothing back
      and line not in ('adjustment', 'pay_hold', 'owed_before', 'owed_after')
    group by all
),
-- a line that could not be computed again says nothing about what was stated
known as (
    select stated.* from stated
    anti join (select agent_id, line, for_month from month_line where paid is null) as unknown
        using (agent_id, line, for_month)
),
difference as (
    select agent_id, line, for_month,
           coalesce(computed.earned, 0) - coalesce(known.earned, 0) as earned,
           coalesce(computed.cut, 0) - coalesce(known.cut, 0) as cut,
           coalesce(computed.held, 0) - coalesce(known.held, 0) as held,
           coalesce(computed.released, 0) - coalesce(known.released, 0) as released,
           coalesce(computed.paid, 0) - coalesce(known.paid, 0) as paid
    from computed full join known using (agent_id, line, for_month)
)
select agent_id, line, in_month, for_month, earned, cut, held, released, paid, null::bigint as adjustment_id
from difference, open_month
where for_month = in_month or earned <> 0 or cut <> 0 or held <> 0 or released <> 0 or paid <> 0
union all
select agent_id, 'adjustment', in_month, for_month, amount, 0, 0, 0, amount, adjustment_id
from adjustment, open_month
