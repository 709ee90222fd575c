-- What is kept at each booking institution by product at the end of each day, whoever is credited with it.
-- grain:  business_date, institution_id, product_id
-- reads:  credit_day(business_date, account_id, role, booking_institution_id, product_id, is_open, balance, base_balance,
--         base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days, month_profit_points,
--         quarter_profit_points, year_profit_points)
-- makes:  business_date, institution_id, product_id, accounts, balance, base_balance, base_year_balance_days,
--         month_balance_days, quarter_balance_days, year_balance_days, month_profit_points, quarter_profit_points,
--         year_profit_points
-- units:  reporting currency; accounts that are open that day
-- source: definitions, "Institution homes show both totals, named"
select business_date, booking_institution_id as institution_id, product_id,
       count(distinct account_id) filter (is_open) as accounts,
       sum(balance) as balance, sum(base_balance) as base_balance, sum(base_year_balance_days) as base_year_balance_days,
       sum(month_balance_days) as month_balance_days, sum(quarter_balance_days) as quarter_balance_days,
       sum(year_balance_days) as year_balance_days, sum(month_profit_points) as month_profit_points,
       sum(quarter_profit_points) as quarter_profit_points, sum(year_profit_points) as year_profit_points
from credit_day
where role = 'marketer'
group by business_date, booking_institution_id, product_id
