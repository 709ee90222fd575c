-- The rows a delivery's checks kept out, with their amounts: what a month's reconciliation must still account for.
-- grain:  dataset, row_key
-- reads:  aside_finding(business_date, dataset, row_key, rule), kept_out(dataset, row_key, business_date, policy_id, agent_no, amount)
-- makes:  business_date, dataset, row_key, policy_id, agent_no, amount, rule
-- units:  amount in reporting currency: what the row would have added. A row that two checks found is named by the first of them
select kept_out.business_date, dataset, row_key, policy_id, agent_no, amount, min(rule) as rule
from kept_out join aside_finding using (dataset, row_key)
group by kept_out.business_date, dataset, row_key, policy_id, agent_no, amount
