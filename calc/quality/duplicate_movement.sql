-- A movement's number occurs more than once.
-- rule:     the number of a movement is its key
-- says:     Movement %(movement_id)s occurs more than once.
-- severity: error
-- reads:    movement(movement_id, account_id, business_date, amount)
-- makes:    business_date, account_id, movement_id, amount
select business_date, account_id, movement_id, amount
from movement
qualify count(*) over (partition by movement_id) > 1
