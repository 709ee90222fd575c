-- A premium was received, or a policy ended, in an earlier month than the day it was delivered on.
-- rule:     what belongs to a closed month is paid as a difference in the open one
-- says:     %(dataset)s %(row_key)s is of %(dated_on)s and was delivered on %(business_date)s.
-- severity: warning
-- reads:    delivered_premium(premium_id, business_date, received_on), delivered_policy_end(policy_id, business_date, ended_on)
-- makes:    business_date, dataset, row_key, dated_on
with dated as (
    select business_date, 'premium' as dataset, premium_id::varchar as row_key, received_on as dated_on from delivered_premium
    union all
    select business_date, 'policy_end', policy_id::varchar, ended_on from delivered_policy_end
)
select business_date, dataset, row_key, dated_on
from dated
where date_trunc('month', dated_on) <> date_trunc('month', business_date)
