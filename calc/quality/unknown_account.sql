-- A movement names an account the source does not list.
-- rule:     every movement belongs to a known account
-- says:     Movement %(movement_id)s names account %(account_id)s, which the source does not list.
-- severity: quarantine
-- reads:    movement(movement_id, account_id, business_date, amount), account(account_id)
-- makes:    business_date, account_id, movement_id, amount
select business_date, account_id, movement_id, amount
from movement anti join account using (account_id)
