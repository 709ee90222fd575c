-- A movement names an account the source does not list.
-- rule:     every movement belongs to a known account
-- severity: quarantine
-- reads:    movement(movement_id, account_id, business_date, amount), account(account_id)
-- makes:    business_date, account_id, movement_id, amount, message
select business_date, account_id, movement_id, amount,
       'Movement ' || movement_id || ' names account ' || account_id || ', which the source does not list.' as message
from movement anti join account using (account_id)
