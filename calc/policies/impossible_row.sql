-- A premium, a due date or an end of a policy contradicts itself: its days, its year, its number (0 is a refund).
-- rule:     no premium is received after the day it is told on, and years and payments are counted from one
-- says:     %(dataset)s %(row_key)s contradicts itself: %(wrong)s.
-- severity: quarantine
-- reads:    delivered_premium(premium_id, business_date, received_on, policy_year, payment_no),
--           delivered_renewal_due(due_id, business_date, policy_year, payment_no),
--           delivered_policy_end(policy_id, business_date, months_in_force)
-- makes:    business_date, dataset, row_key, wrong
with judged as (
    select business_date, 'premium' as dataset, premium_id::varchar as row_key, case
        when received_on > business_date then 'received_on ' || received_on || ' > business_date ' || business_date
        when policy_year < 1 then 'policy_year = ' || policy_year
        when payment_no < 0 then 'payment_no = ' || payment_no end as wrong
    from delivered_premium
    union all
    select business_date, 'renewal_due', due_id::varchar, case
        when policy_year < 1 then 'policy_year = ' || policy_year
        when payment_no < 1 then 'payment_no = ' || payment_no end
    from delivered_renewal_due
    union all
    select business_date, 'policy_end', policy_id::varchar, case
        when months_in_force < 0 then 'months_in_force = ' || months_in_force end
    from delivered_policy_end
)
select business_date, dataset, row_key, wrong
from judged where wrong is not null
