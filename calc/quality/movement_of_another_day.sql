-- A movement lies outside the days that were asked for.
-- rule:     a delivery holds its own days only
-- severity: error
-- reads:    movement(movement_id, account_id, business_date, amount), calendar(business_date)
-- makes:    business_date, account_id, movement_id, amount, message
select (select max(business_date) from calendar) as business_date, account_id, movement_id, amount,
       'Movement ' || movement_id || ' is dated ' || business_date || ', outside the days delivered.' as message
from movement
where business_date not in (select business_date from calendar)
