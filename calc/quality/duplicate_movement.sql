-- A movement's number occurs more than once.
-- rule:     the number of a movement is its key
-- severity: error
-- reads:    movement(movement_id, account_id, business_date, amount)
-- makes:    business_date, account_id, movement_id, amount, message
select business_date, account_id, movement_id, amount, 'Movement ' || movement_id || ' occurs more than once.' as message
from movement
qualify count(*) over (partition by movement_id) > 1
