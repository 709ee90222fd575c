-- Average end-of-day balance of each account over the calendar days of a period.
-- grain:  account_id
-- reads:  balance_interval(account_id, balance, valid_from, valid_to), period(first_day, last_day)
-- makes:  account_id, balance_days, daily_average
-- units:  reporting currency, 2 decimals, halves away from zero
--         days without an account count as zero; a closed account keeps its past days
-- source: shared definition "daily average", docs/definitions.md
with held as (
    select account_id, balance,
           least(valid_to, last_day + 1) - greatest(valid_from, first_day) as days_held,
           last_day + 1 - first_day as period_days
    from balance_interval, period
    where valid_from <= last_day and valid_to > first_day
)
select account_id,
       sum(balance * days_held) as balance_days,
       money_ratio(sum(balance * days_held), any_value(period_days)) as daily_average
from held
group by account_id
