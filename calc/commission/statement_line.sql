-- What each agent's statement of the open month says: what it comes to, what is held or released of it, what is carried.
-- grain:  agent_id, line, for_month, adjustment_id, hold_id
-- reads:  own_line(agent_id, line, in_month, for_month, earned, cut, held, released, paid, adjustment_id),
--         hold_line(agent_id, line, in_month, for_month, earned, cut, held, released, paid, hold_id),
--         owed_line(agent_id, line, in_month, for_month, earned, cut, held, released, paid)
-- makes:  agent_id, line, in_month, for_month, earned, cut, held, released, paid, adjustment_id, hold_id
-- units:  reporting currency. The sum of `paid` is what the payment file says; paid = earned - cut - held + released
-- source: definitions, "Retro"; issue of the rulebook, "holds with release condition, draws and negative balances carried forward"
select agent_id, line, in_month, for_month, earned, cut, held, released, paid, adjustment_id, null::bigint as hold_id from own_line
union all
select agent_id, line, in_month, for_month, earned, cut, held, released, paid, null, hold_id from hold_line
union all
select agent_id, line, in_month, for_month, earned, cut, held, released, paid, null, null from owed_line
