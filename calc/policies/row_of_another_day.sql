-- A row lies outside the days that were asked for.
-- rule:     a delivery holds its own days only
-- severity: error
-- reads:    delivered_row(dataset, row_key, business_date), calendar(business_date)
-- makes:    business_date, dataset, row_key, message
select (select max(business_date) from calendar) as business_date, dataset, row_key,
       dataset || ' ' || row_key || ' is dated ' || business_date || ', outside the days delivered.' as message
from delivered_row
where business_date not in (select business_date from calendar)
