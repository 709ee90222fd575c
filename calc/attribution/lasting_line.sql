-- Lines of accounts of which nothing changed: the state they bring holds on all of the days to be computed.
-- grain:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
-- reads:  calendar(business_date), changed_account(account_id),
--         brought(account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, share,
--         is_open, balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days,
--         year_balance_days, month_profit_points, quarter_profit_points, year_profit_points, margin_factor)
-- makes:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, share, is_open,
--         balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days,
--         month_profit_points, quarter_profit_points, year_profit_points, margin_factor, valid_from, valid_to
-- units:  reporting currency; not in a new year, into which nothing is brought
-- source: definitions, "Store accumulators, never a rounded average"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar)
select brought.*, first_day as valid_from, end_day as valid_to
from brought anti join changed_account using (account_id), chunk
