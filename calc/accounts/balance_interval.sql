-- Days over which an account's balance stood still, within the days to be computed.
-- grain:  account_id, valid_from (half-open to valid_to)
-- reads:  calendar(business_date), end_of_day(account_id, business_date, balance), opening_account(account_id, balance,
--         base_balance, base_year_balance_days),
--         account(account_id, opened_on, closed_on)
-- makes:  account_id, balance, base_balance, base_year_balance_days, is_open, valid_from, valid_to
-- units:  account currency, the base in reporting currency; 0 from the opening day to the first movement and after the closing day
-- source: definitions, "a day without movement carries the last one"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar),
closed as (
    select account_id, max(closed_on) as closed_on from account where closed_on is not null group by account_id
),
newcomer as (
    select account_id, min(opened_on) as opened_on
    from account anti join opening_account using (account_id) group by account_id
),
opened as (
    select account_id, greatest(opened_on, first_day) as valid_from
    from newcomer left join closed using (account_id), chunk
    where opened_on < end_day and (closed_on is null or closed_on >= first_day)
),
closing as (
    select account_id, closed_on + 1 as valid_from
    from closed, chunk
    where closed_on + 1 >= first_day and closed_on + 1 < end_day
),
event as (
    select account_id, business_date as valid_from, balance, 1 as weight from end_of_day
    union all
    select account_id, valid_from, 0, 0 from opened
    union all
    select account_id, valid_from, 0, 2 from closing
),
changed as (select distinct account_id from event),
known as (
    -- the last word about a day: a closing over a movement, a movement over an opening
    select account_id, valid_from, arg_max(balance, weight) as balance
    from (
        from event
        union all
        select account_id, first_day, balance, -1 from opening_account semi join changed using (account_id), chunk
    )
    group by account_id, valid_from
)
select account_id, known.balance, coalesce(base_balance, 0) as base_balance,
       coalesce(base_year_balance_days, 0) as base_year_balance_days,
       closed_on is null or valid_from <= closed_on as is_open, valid_from,
       coalesce(lead(valid_from) over (partition by account_id order by valid_from), end_day) as valid_to
from known left join opening_account using (account_id) left join closed using (account_id), chunk
union all
select account_id, balance, base_balance, base_year_balance_days, closed_on is null or first_day <= closed_on,
       first_day, end_day
from opening_account anti join changed using (account_id) left join closed using (account_id), chunk
