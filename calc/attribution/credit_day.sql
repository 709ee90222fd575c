-- The state at the end of each day: what each manager is credited with of each account, and what has added up since.
-- grain:  business_date, account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
-- reads:  calendar(business_date),
--         credit_line(account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
--         share, is_open, balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days,
--         year_balance_days, month_profit_points, quarter_profit_points, year_profit_points, margin_factor, valid_from,
--         valid_to)
-- makes:  business_date, account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
--         share, is_open, balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days,
--         year_balance_days, month_profit_points, quarter_profit_points, year_profit_points
-- units:  reporting currency; balance_days = sum of end-of-day balances since the period began; profit points / 26,280 =
--         money. Lines are what is stored; this unfolds them, in the calculation and in the reading layer alike.
-- source: definitions, "Store accumulators, never a rounded average"
select business_date, account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
       share, is_open, balance, base_balance, base_year_balance_days,
       month_balance_days + balance * (business_date + 1 - valid_from) as month_balance_days,
       quarter_balance_days + balance * (business_date + 1 - valid_from) as quarter_balance_days,
       year_balance_days + balance * (business_date + 1 - valid_from) as year_balance_days,
       month_profit_points + balance * margin_factor * (business_date + 1 - valid_from) as month_profit_points,
       quarter_profit_points + balance * margin_factor * (business_date + 1 - valid_from) as quarter_profit_points,
       year_profit_points + balance * margin_factor * (business_date + 1 - valid_from) as year_profit_points
from credit_line join calendar on valid_from <= business_date and business_date < valid_to
