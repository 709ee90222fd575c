-- Every delivered row of the four datasets with what the checks ask of each: its key, agent, policy and days.
-- grain:  dataset, row_key
-- reads:  delivered_policy(policy_id, business_date, agent_no), delivered_premium(premium_id, policy_id, business_date, agent_no),
--         delivered_renewal_due(due_id, policy_id, business_date, agent_no), delivered_policy_end(policy_id, business_date, agent_no)
-- makes:  dataset, row_key, business_date, agent_no, policy_id
select 'policy' as dataset, policy_id || ' ' || business_date as row_key, business_date, agent_no, policy_id
from delivered_policy
union all
select 'premium', premium_id::varchar, business_date, agent_no, policy_id from delivered_premium
union all
select 'renewal_due', due_id::varchar, business_date, agent_no, policy_id from delivered_renewal_due
union all
select 'policy_end', policy_id::varchar, business_date, agent_no, policy_id from delivered_policy_end
