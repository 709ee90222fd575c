-- The state at the end of each day: what each manager is credited with of each account, and what has added up since.
-- grain:  business_date, account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
-- reads:  calendar(business_date), opening(account_id, role, manager_id, institution_id, booking_institution_id,
--         customer_id, product_id, month_balance_days, quarter_balance_days, year_balance_days, month_profit_points,
--         quarter_profit_points, year_profit_points),
--         credit_interval(account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
--         share, is_open, balance, base_balance, base_year_balance_days, margin_factor, valid_from, valid_to)
-- makes:  business_date, account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
--         share, is_open, balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days,
--         year_balance_days, month_profit_points, quarter_profit_points, year_profit_points
-- units:  reporting currency; balance_days = sum of end-of-day balances since the period began; profit points / 26,280 =
--         money. The days to be computed lie in one month. A credit that ended keeps its sums until the year ends.
-- source: definitions, "Store accumulators, never a rounded average"
with chunk as (
    select min(business_date) as first_day, max(business_date) + 1 as end_day,
           extract(day from min(business_date)) = 1 as new_month,
           extract(day from min(business_date)) = 1 and extract(month from min(business_date)) % 3 = 1 as new_quarter,
           extract(doy from min(business_date)) = 1 as new_year
    from calendar
),
brought as (
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
           case when new_month then 0 else month_balance_days end as month_balance_days,
           case when new_quarter then 0 else quarter_balance_days end as quarter_balance_days,
           year_balance_days,
           case when new_month then 0 else month_profit_points end as month_profit_points,
           case when new_quarter then 0 else quarter_profit_points end as quarter_profit_points,
           year_profit_points
    from opening, chunk
    where not new_year
),
steady as (
    select credit_interval.* from credit_interval, chunk where valid_from = first_day and valid_to = end_day
),
-- every other credit, with a line of zeros wherever it rests
event as (
    select credit_interval.* exclude (valid_to), 1 as weight
    from credit_interval, chunk where valid_from > first_day or valid_to < end_day
    union all
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
           0, false, 0, 0, 0, 0, valid_to, 0
    from credit_interval, chunk where (valid_from > first_day or valid_to < end_day) and valid_to < end_day
    union all
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
           0, false, 0, 0, 0, 0, first_day, 0
    from brought anti join steady
        using (account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id), chunk
),
latest as (
    select * from event
    qualify row_number() over (
        partition by account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
                     valid_from order by weight desc) = 1
),
piece as (
    select latest.* exclude (weight), coalesce(lead(valid_from) over one_credit, end_day) as valid_to
    from latest, chunk
    window one_credit as (
        partition by account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
        order by valid_from)
),
summed as (
    select *,
           coalesce(sum(balance * (valid_to - valid_from)) over earlier, 0) as balance_days_before,
           coalesce(sum(balance * margin_factor * (valid_to - valid_from)) over earlier, 0) as profit_points_before
    from piece
    window earlier as (
        partition by account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
        order by valid_from rows between unbounded preceding and 1 preceding)
    union all
    select *, 0, 0 from steady
),
grown as (
    select business_date, summed.* exclude (balance_days_before, profit_points_before),
           balance_days_before + balance * (business_date + 1 - valid_from) as balance_days,
           profit_points_before + balance * margin_factor * (business_date + 1 - valid_from) as profit_points
    from summed join calendar on valid_from <= business_date and business_date < valid_to
)
select business_date, account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
       share, is_open, balance, base_balance, base_year_balance_days,
       coalesce(month_balance_days, 0) + balance_days as month_balance_days,
       coalesce(quarter_balance_days, 0) + balance_days as quarter_balance_days,
       coalesce(year_balance_days, 0) + balance_days as year_balance_days,
       coalesce(month_profit_points, 0) + profit_points as month_profit_points,
       coalesce(quarter_profit_points, 0) + profit_points as quarter_profit_points,
       coalesce(year_profit_points, 0) + profit_points as year_profit_points
from grown left join brought
    using (account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id)
