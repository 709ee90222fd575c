-- A premium was received, or a policy ended, in an earlier month than the day it was delivered on.
-- rule:     what belongs to a closed month is paid as a difference in the open one
-- severity: warning
-- reads:    delivered_premium(premium_id, business_date, received_on), delivered_policy_end(policy_id, business_date, ended_on)
-- makes:    business_date, dataset, row_key, message
with dated as (
    select business_date, 'premium' as dataset, premium_id::varchar as row_key, received_on as valid_from from delivered_premium
    union all
    select business_date, 'policy_end', policy_id::varchar, ended_on from delivered_policy_end
)
select business_date, dataset, row_key,
       dataset || ' ' || row_key || ' is of ' || valid_from || ' and was delivered on ' || business_date || '.' as message
from dated
where date_trunc('month', valid_from) <> date_trunc('month', business_date)
