-- The end-of-day balance of account-days with several posted movements, found by the order in which balances chain.
-- grain:  account_id, business_date; `orders` counts the different ends the chain allows, 1 when it is sound
-- reads:  movement(movement_id, account_id, business_date, amount, balance_after), opening_account(account_id, balance)
-- makes:  account_id, business_date, balance, orders
-- units:  account currency; a step may miss by 0.10, the largest rounding difference seen in a core system's own books
--         neither the number of a movement nor its place in the file is posting order within a day
-- source: architecture, data of the Czech bank: order rows so that |balance - (previous + amount)| <= 0.10
with recursive
active_day as (
    select account_id, business_date, count(*) as movements, min(balance_after) as end_balance,
           row_number() over (partition by account_id order by business_date) as day_no
    from movement
    group by account_id, business_date
    having count(balance_after) = count(*)
),
known_start as (
    -- the balance a day starts from; unknown while the day before has several movements itself
    select account_id, business_date, day_no, movements,
           case when day_no = 1 then coalesce(opening_account.balance, 0)
                when lag(movements) over one_account = 1 then lag(end_balance) over one_account end as start_balance
    from active_day left join opening_account using (account_id)
    window one_account as (partition by account_id order by day_no)
),
posted as (
    select movement_id, account_id, day_no, amount, balance_after, movements
    from movement join active_day using (account_id, business_date)
    where movements > 1
),
walk(account_id, day_no, used, balance, remaining) as (
    select account_id, day_no, []::bigint[], start_balance::decimal(18,2), movements
    from known_start
    where movements > 1 and start_balance is not null
    union
    select walk.account_id, posted.day_no,
           list_sort(list_append(case when remaining > 0 then used else []::bigint[] end, movement_id)),
           posted.balance_after,
           case when remaining > 0 then remaining else movements end - 1
    from walk join posted
      on posted.account_id = walk.account_id
     and posted.day_no = walk.day_no + case when remaining = 0 then 1 else 0 end
    where not (remaining > 0 and list_contains(used, movement_id))
      and abs(posted.balance_after - (walk.balance + posted.amount)) <= 0.10
),
ended as (
    select account_id, day_no, min(balance) as balance, count(distinct balance) as orders
    from walk
    where remaining = 0
    group by account_id, day_no
)
select account_id, business_date, ended.balance, coalesce(orders, 0) as orders
from active_day left join ended using (account_id, day_no)
where movements > 1
