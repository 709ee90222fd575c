-- What is kept at each booking institution by product at the end of each day, whoever is credited with it.
-- grain:  business_date, institution_id, product_id
-- reads:  calendar(business_date),
--         credit_line(role, booking_institution_id, product_id, share, is_open, balance, base_balance,
--         base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days, month_profit_points,
--         quarter_profit_points, year_profit_points, margin_factor, valid_from, valid_to)
-- makes:  business_date, institution_id, product_id, accounts, balance, base_balance,
--         base_year_balance_days, month_balance_days, quarter_balance_days, year_balance_days, month_profit_points,
--         quarter_profit_points, year_profit_points
-- units:  reporting currency; accounts that are open that day: the shares of an account total 1
--         lines of the same days are summed before they are unfolded: growth is the same for all of them
-- source: definitions, "Whose institution"
with together as (
    select booking_institution_id as institution_id, product_id, valid_from, valid_to, coalesce(sum(share) filter (is_open), 0) as accounts,
           sum(balance) as balance, sum(base_balance) as base_balance, sum(base_year_balance_days) as base_year_balance_days,
           sum(month_balance_days) as month_balance_days, sum(quarter_balance_days) as quarter_balance_days,
           sum(year_balance_days) as year_balance_days, sum(month_profit_points) as month_profit_points,
           sum(quarter_profit_points) as quarter_profit_points, sum(year_profit_points) as year_profit_points,
           sum(balance * margin_factor) as day_profit_points
    from credit_line
    where role = 'marketer'
    group by booking_institution_id, product_id, valid_from, valid_to
)
select business_date, institution_id, product_id, sum(accounts) as accounts,
       sum(balance) as balance, sum(base_balance) as base_balance, sum(base_year_balance_days) as base_year_balance_days,
       sum(month_balance_days + balance * (business_date + 1 - valid_from)) as month_balance_days,
       sum(quarter_balance_days + balance * (business_date + 1 - valid_from)) as quarter_balance_days,
       sum(year_balance_days + balance * (business_date + 1 - valid_from)) as year_balance_days,
       sum(month_profit_points + day_profit_points * (business_date + 1 - valid_from)) as month_profit_points,
       sum(quarter_profit_points + day_profit_points * (business_date + 1 - valid_from)) as quarter_profit_points,
       sum(year_profit_points + day_profit_points * (business_date + 1 - valid_from)) as year_profit_points
from together join calendar on valid_from <= business_date and business_date < valid_to
group by business_date, institution_id, product_id
