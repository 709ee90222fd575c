-- A row lies outside the days that were asked for.
-- rule:     a delivery holds its own days only
-- says:     %(dataset)s %(row_key)s is dated %(dated_on)s, outside the days delivered.
-- severity: error
-- reads:    delivered_row(dataset, row_key, business_date), calendar(business_date)
-- makes:    business_date, dataset, row_key, dated_on
select (select max(business_date) from calendar) as business_date, dataset, row_key,
       delivered_row.business_date as dated_on
from delivered_row
where business_date not in (select business_date from calendar)
