-- A movement lies outside the days that were asked for.
-- rule:     a delivery holds its own days only
-- says:     Movement %(movement_id)s is dated %(dated_on)s, outside the days delivered.
-- severity: error
-- reads:    movement(movement_id, account_id, business_date, amount), calendar(business_date)
-- makes:    business_date, account_id, movement_id, amount, dated_on
select (select max(business_date) from calendar) as business_date, account_id, movement_id, amount,
       business_date as dated_on
from movement
where business_date not in (select business_date from calendar)
