-- What each manager is credited with of each account over days on which nothing changed, and what had added up before.
-- grain:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, valid_from
-- reads:  calendar(business_date), brought(account_id, role, manager_id, institution_id, booking_institution_id,
--         customer_id, product_id, month_balance_days, quarter_balance_days, year_balance_days, month_profit_points,
--         quarter_profit_points, year_profit_points),
--         credit_interval(account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
--         share, is_open, balance, base_balance, base_year_balance_days, margin_factor, valid_from, valid_to)
-- makes:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, share, is_open,
--         balance, base_balance, base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days,
--         month_profit_points, quarter_profit_points, year_profit_points, margin_factor, valid_from, valid_to
-- units:  reporting currency; the sums are those at the end of the day before valid_from, within the period of the days to
--         be computed, which lie in one month. A credit that ended keeps its sums, on lines of zeros, until the year ends.
-- source: definitions, "Store accumulators, never a rounded average"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar),
carried as not materialized (
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, month_balance_days,
           quarter_balance_days, year_balance_days, month_profit_points, quarter_profit_points, year_profit_points
    from brought
),
-- credits that stood still on all of these days, and those that began, ended or changed on one of them
steady as (
    select credit_interval.* from credit_interval, chunk where valid_from = first_day and valid_to = end_day
),
moving as materialized (
    select credit_interval.* from credit_interval, chunk where valid_from > first_day or valid_to < end_day
),
mover as (
    select distinct account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id
    from moving
),
still as (
    -- what was brought by a credit that is no more goes on as a line of zeros; nearly all others meet their own here
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
           coalesce(share, 0) as share, coalesce(is_open, false) as is_open, coalesce(balance, 0) as balance,
           coalesce(base_balance, 0) as base_balance, coalesce(base_year_balance_days, 0) as base_year_balance_days,
           coalesce(margin_factor, 0) as margin_factor,
           coalesce(month_balance_days, 0) as month_balance_days, coalesce(quarter_balance_days, 0) as quarter_balance_days,
           coalesce(year_balance_days, 0) as year_balance_days, coalesce(month_profit_points, 0) as month_profit_points,
           coalesce(quarter_profit_points, 0) as quarter_profit_points,
           coalesce(year_profit_points, 0) as year_profit_points
    from steady full join (
        from carried anti join mover
            using (account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id))
        using (account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id)
),
-- a credit that moves, with a line of zeros wherever it rests
event as (
    select moving.* exclude (valid_to), 1 as weight from moving
    union all
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
           0, false, 0, 0, 0, 0, valid_to, 0
    from moving, chunk where valid_to < end_day
    union all
    select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id,
           0, false, 0, 0, 0, 0, first_day, 0
    from (from carried where account_id in (select account_id from moving)) semi join mover
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
)
select still.*, first_day as valid_from, end_day as valid_to from still, chunk
union all by name
select summed.* exclude (balance_days_before, profit_points_before),
       coalesce(month_balance_days, 0) + balance_days_before as month_balance_days,
       coalesce(quarter_balance_days, 0) + balance_days_before as quarter_balance_days,
       coalesce(year_balance_days, 0) + balance_days_before as year_balance_days,
       coalesce(month_profit_points, 0) + profit_points_before as month_profit_points,
       coalesce(quarter_profit_points, 0) + profit_points_before as quarter_profit_points,
       coalesce(year_profit_points, 0) + profit_points_before as year_profit_points
from summed left join carried
    using (account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id)
