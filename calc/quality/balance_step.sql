-- A posted balance misses the day's start plus the movement by more than 0.10.
-- rule:     a single movement of a day leads from the balance before to the balance after
-- says:     The balance of account %(account_id)s after movement %(movement_id)s is %(balance_after)s, expected %(expected_balance)s.
-- severity: warning
-- reads:    movement(movement_id, account_id, business_date, amount, balance_after),
--           end_of_day(account_id, business_date, balance), opening_account(account_id, balance)
-- makes:    business_date, account_id, movement_id, amount, balance_after, expected_balance
with before as (
    select account_id, business_date,
           lag(balance) over (partition by account_id order by business_date) as balance
    from end_of_day
),
single as (
    select * from movement where balance_after is not null
    qualify count(*) over (partition by account_id, business_date) = 1
)
select single.business_date, single.account_id, movement_id, amount, balance_after,
       coalesce(before.balance, opening_account.balance, 0) + amount as expected_balance
from single
left join before using (account_id, business_date)
left join opening_account on opening_account.account_id = single.account_id
where abs(balance_after - coalesce(before.balance, opening_account.balance, 0) - amount) > 0.10
