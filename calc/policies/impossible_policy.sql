-- A policy contradicts itself: its days, its state, its premium.
-- rule:     a policy is issued by the day it is told on, takes effect and ends on or after its issue, and says how it ended if it did
-- says:     Policy %(policy_id)s contradicts itself: %(wrong)s.
-- severity: quarantine
-- reads:    delivered_policy(policy_id, business_date, premium, issued_on, effective_on, status, ended_on, end_kind,
--           receipt_confirmed_on)
-- makes:    business_date, dataset, row_key, policy_id, wrong
with judged as (
    select *, case
        when premium <= 0 then 'premium = ' || premium
        when issued_on > business_date then 'issued_on ' || issued_on || ' > business_date ' || business_date
        when effective_on < issued_on then 'effective_on ' || effective_on || ' < issued_on ' || issued_on
        when receipt_confirmed_on < issued_on then 'receipt_confirmed_on ' || receipt_confirmed_on || ' < issued_on ' || issued_on
        when status not in ('in_force', 'ended') then 'status = ' || status
        when status = 'in_force' and ended_on is not null then 'status = in_force, ended_on = ' || ended_on
        when status = 'ended' and ended_on is null then 'status = ended, ended_on = ?'
        when ended_on < issued_on then 'ended_on ' || ended_on || ' < issued_on ' || issued_on
        when status = 'ended' and coalesce(end_kind, '') not in ('lapse', 'cancel', 'surrender')
            then 'status = ended, end_kind = ' || coalesce(end_kind, '?') end as wrong
    from delivered_policy
)
select business_date, 'policy' as dataset, policy_id || ' ' || business_date as row_key,
       policy_id, wrong
from judged where wrong is not null
