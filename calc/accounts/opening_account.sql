-- What each account brings into the days to be computed: its balance and the base its increment is measured against.
-- grain:  account_id
-- reads:  opening(account_id, role, share, balance, year_balance_days, base_balance, base_year_balance_days),
--         opening_foreign(account_id, account_balance), account(account_id, closed_on), calendar(business_date)
-- makes:  account_id, balance, base_balance, base_year_balance_days
-- units:  the balance is in account currency, the base in reporting currency
--         with a new year the base becomes the last day of the year before
--         a closed account whose base has run out is left behind when a year begins, and only then: until the year's
--         end its line says what it was over the year
-- source: definitions, "increment over base"
with chunk as (
    select min(business_date) as first_day, extract(doy from min(business_date)) = 1 as new_year from calendar
),
closed as (
    select account_id from account, chunk
    group by account_id having max(closed_on) < any_value(first_day)
),
-- most accounts have one manager and had no other this year: only the rest have to be summed
several as (select distinct account_id from opening where role = 'marketer' and share <> 1),
carried as (
    select account_id, balance, case when new_year then balance else base_balance end as base_balance,
           case when new_year then year_balance_days else base_year_balance_days end as base_year_balance_days
    from opening anti join several using (account_id), chunk
    where role = 'marketer'
    union all
    select account_id, sum(balance), sum(case when new_year then balance else base_balance end),
           sum(case when new_year then year_balance_days else base_year_balance_days end)
    from opening semi join several using (account_id), chunk
    where role = 'marketer'
    group by account_id
)
select account_id, coalesce(account_balance, carried.balance) as balance, base_balance, base_year_balance_days
from carried left join opening_foreign using (account_id), chunk
where not new_year or carried.balance <> 0 or account_balance <> 0 or base_balance <> 0 or base_year_balance_days <> 0
   or account_id not in (select account_id from closed)
