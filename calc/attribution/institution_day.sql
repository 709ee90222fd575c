-- The figures of each institution with all that stands below it, by product: as managed and as booked.
-- grain:  business_date, view, institution_id, product_id; view is 'managing' or 'booking'
-- reads:  manager_day(business_date, role, institution_id, product_id, accounts, balance, base_balance,
--         base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days, month_profit_points,
--         quarter_profit_points, year_profit_points),
--         booking_day(business_date, institution_id, product_id, accounts, balance, base_balance, base_year_balance_days,
--         month_balance_days, quarter_balance_days, year_balance_days, month_profit_points, quarter_profit_points,
--         year_profit_points),
--         ancestor(institution_id, ancestor_id, valid_from, valid_to)
-- makes:  business_date, view, institution_id, product_id, accounts, balance, base_balance, base_year_balance_days,
--         month_balance_days, quarter_balance_days, year_balance_days, month_profit_points, quarter_profit_points,
--         year_profit_points
-- units:  reporting currency; `accounts` counts an account shared by two managers of one place twice as managed, once as booked
-- source: definitions, "Whose institution, which tree"
with seen as (
    select 'managing' as view, * exclude (role) from manager_day where role = 'marketer'
    union all by name
    select 'booking' as view, * from booking_day
)
select business_date, view, ancestor_id as institution_id, product_id, sum(accounts) as accounts,
       sum(balance) as balance, sum(base_balance) as base_balance, sum(base_year_balance_days) as base_year_balance_days,
       sum(month_balance_days) as month_balance_days, sum(quarter_balance_days) as quarter_balance_days,
       sum(year_balance_days) as year_balance_days, sum(month_profit_points) as month_profit_points,
       sum(quarter_profit_points) as quarter_profit_points, sum(year_profit_points) as year_profit_points
from seen join ancestor
  on ancestor.institution_id = seen.institution_id
 and ancestor.valid_from <= business_date and business_date < ancestor.valid_to
group by business_date, view, ancestor_id, product_id
