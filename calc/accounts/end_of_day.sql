-- The balance at the end of each day on which an account moved.
-- grain:  account_id, business_date
-- reads:  movement(account_id, business_date, amount, balance_after), day_order(account_id, business_date, balance),
--         opening_account(account_id, balance)
-- makes:  account_id, business_date, balance
-- units:  account currency; the posted balance is the truth, sums of amounts serve only where none is posted
-- source: definitions, "B(a,t)"
with active_day as (
    select account_id, business_date, sum(amount) as turnover, min(balance_after) as end_balance, count(*) as movements,
           count(balance_after) = count(*) as posted
    from movement
    group by account_id, business_date
)
select account_id, business_date, coalesce(day_order.balance, end_balance) as balance
from active_day left join day_order using (account_id, business_date)
where posted
union all
select account_id, business_date,
       coalesce(opening_account.balance, 0) + sum(turnover) over (partition by account_id order by business_date)
from active_day left join opening_account using (account_id)
where not posted
