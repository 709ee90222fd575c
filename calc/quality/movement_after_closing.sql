-- A movement is dated after its account was closed.
-- rule:     a closed account does not move
-- says:     Movement %(movement_id)s is dated after account %(account_id)s was closed on %(closed_on)s.
-- severity: warning
-- reads:    movement(movement_id, account_id, business_date, amount), account(account_id, closed_on)
-- makes:    business_date, account_id, movement_id, amount, closed_on
with closed as (select account_id, max(closed_on) as closed_on from account group by account_id)
select business_date, account_id, movement_id, amount, closed_on
from movement join closed using (account_id)
where business_date > closed_on
