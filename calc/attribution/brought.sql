-- What each credit brings into the days to be computed: its state of the day before, with sums that begin anew set to zero.
-- grain:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
-- reads:  calendar(business_date), opening(account_id, role, manager_id, institution_id, booking_institution_id,
--         customer_id, product_id, share, is_open, balance, base_balance, base_year_balance_days, month_balance_days,
--         quarter_balance_days, year_balance_days, month_profit_points, quarter_profit_points, year_profit_points,
--         margin_factor)
-- makes:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, share, is_open,
--         balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days,
--         month_profit_points, quarter_profit_points, year_profit_points, margin_factor
-- units:  reporting currency; the days to be computed lie in one month. Into a new year nothing is brought
-- source: definitions, "Store accumulators, never a rounded average"
with chunk as (
    select extract(day from min(business_date)) = 1 as new_month,
           extract(day from min(business_date)) = 1 and extract(month from min(business_date)) % 3 = 1 as new_quarter,
           extract(doy from min(business_date)) = 1 as new_year
    from calendar
)
select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, share, is_open,
       balance, base_balance, base_year_balance_days,
       case when new_month then 0 else month_balance_days end as month_balance_days,
       case when new_quarter then 0 else quarter_balance_days end as quarter_balance_days,
       year_balance_days,
       case when new_month then 0 else month_profit_points end as month_profit_points,
       case when new_quarter then 0 else quarter_profit_points end as quarter_profit_points,
       year_profit_points, margin_factor
from opening, chunk
where not new_year
