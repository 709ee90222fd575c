-- Rows that other systems sent since the last delivery, as far as they can be used: what the day says before it is complete.
-- grain:  dataset, row_key
-- reads:  policy(policy_id, business_date, agent_id, institution_id, product_code, premium, status),
--         premium(premium_id, business_date, policy_id, agent_id, institution_id, product_code, amount, policy_year),
--         renewal_due(due_id, business_date, policy_id, agent_id, institution_id, product_code, amount, policy_year),
--         policy_end(policy_id, business_date, agent_id, institution_id, product_code, end_kind, amount),
--         known_policy(policy_id)
-- makes:  business_date, dataset, row_key, policy_id, agent_id, institution_id, product_code, amount, policy_year, kind
-- units:  amount in reporting currency, 2 decimals: the year's premium of a policy, the premium received or due, the first-year
--         premium received for an ended policy
-- kind says what a figure counts: new (a policy nobody knew), changed, first_year, renewal, due, or how a policy ended
select business_date, 'policy' as dataset, policy_id::varchar as row_key, policy_id, agent_id, institution_id, product_code,
       premium as amount, null::bigint as policy_year,
       if(status = 'in_force' and policy_id not in (select policy_id from known_policy), 'new', 'changed') as kind
from policy
union all
select business_date, 'premium', premium_id::varchar, policy_id, agent_id, institution_id, product_code, amount, policy_year,
       if(policy_year = 1, 'first_year', 'renewal')
from premium
union all
select business_date, 'renewal_due', due_id::varchar, policy_id, agent_id, institution_id, product_code, amount, policy_year, 'due'
from renewal_due
union all
select business_date, 'policy_end', policy_id::varchar, policy_id, agent_id, institution_id, product_code, amount, null, end_kind
from policy_end
