-- A policy contradicts itself: its days, its state, its premium.
-- rule:     a policy takes effect and ends on or after its day of issue, and says how it ended if it did
-- severity: quarantine
-- reads:    delivered_policy(policy_id, business_date, premium, issued_on, effective_on, status, ended_on, end_kind,
--           receipt_confirmed_on)
-- makes:    business_date, dataset, row_key, message
with judged as (
    select *, case
        when premium <= 0 then 'has the premium ' || premium
        when effective_on < issued_on then 'took effect on ' || effective_on || ', before it was issued'
        when receipt_confirmed_on < issued_on then 'was confirmed on ' || receipt_confirmed_on || ', before it was issued'
        when status not in ('in_force', 'ended') then 'has the state ' || status
        when status = 'in_force' and ended_on is not null then 'is in force and ended on ' || ended_on
        when status = 'ended' and ended_on is null then 'has ended without a day'
        when ended_on < issued_on then 'ended on ' || ended_on || ', before it was issued'
        when status = 'ended' and coalesce(end_kind, '') not in ('lapse', 'cancel', 'surrender')
            then 'has ended without saying how' end as wrong
    from delivered_policy
)
select business_date, 'policy' as dataset, policy_id || ' ' || business_date as row_key,
       'Policy ' || policy_id || ' ' || wrong || '.' as message
from judged where wrong is not null
