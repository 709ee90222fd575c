-- Days over which nothing about an account changed: neither its balance nor its shares, its place or its managers' places.
-- grain:  account_id, valid_from (half-open to valid_to)
-- reads:  calendar(business_date), reported_interval(account_id, balance, base_balance, base_year_balance_days, is_open,
--         valid_from, valid_to),
--         account_share(account_id, person_id, valid_from, valid_to), position(person_id, valid_from, valid_to),
--         account(account_id, valid_from)
-- makes:  account_id, balance, base_balance, base_year_balance_days, is_open, valid_from, valid_to
-- units:  reporting currency
-- source: definitions, "so a change in mid-month splits the month by days"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar),
moved as (
    select person_id, valid_from as day from position, chunk where valid_from > first_day and valid_from < end_day
    union select person_id, valid_to from position, chunk where valid_to > first_day and valid_to < end_day
),
cut as (
    select account_id, valid_from as day from account_share, chunk where valid_from > first_day
    union select account_id, valid_to from account_share, chunk where valid_to < end_day
    union select account_id, valid_from from account, chunk where valid_from > first_day and valid_from < end_day
    union select account_id, day from account_share join moved using (person_id)
    union select account_id, valid_from from reported_interval, chunk where valid_from > first_day
),
split as (select distinct account_id from cut),
start as (
    select account_id, day from cut
    union select account_id, valid_from from reported_interval semi join split using (account_id)
),
piece as (
    select account_id, day as valid_from,
           coalesce(lead(day) over (partition by account_id order by day), end_day) as valid_to
    from start, chunk
)
select piece.account_id, balance, base_balance, base_year_balance_days, is_open, piece.valid_from, piece.valid_to
from piece join reported_interval
  on reported_interval.account_id = piece.account_id
 and reported_interval.valid_from <= piece.valid_from and piece.valid_from < reported_interval.valid_to
union all
select account_id, balance, base_balance, base_year_balance_days, is_open, valid_from, valid_to
from reported_interval anti join split using (account_id)
