-- Accounts in a currency that is not the reporting currency, day by day: what they hold, the day's rate, and what that is worth.
-- grain:  business_date, account_id
-- reads:  calendar(business_date), balance_interval(account_id, balance, is_open, valid_from, valid_to),
--         account(account_id, currency), exchange_rate(currency, exchange_rate, valid_from, valid_to),
--         reporting(currency)
-- makes:  business_date, account_id, currency, account_balance, exchange_rate, balance, is_open
-- units:  account_balance in account currency; exchange_rate = reporting currency for 1 of it, closing rate of the day;
--         balance in reporting currency, rounded once, halves away from zero. Only these accounts get a row a day: the
--         gate refuses an open account without a rate, so a missing rate belongs to a closed account that holds nothing
-- source: definitions, "Currency"
with foreign_account as (
    select distinct account_id, currency from account where currency <> (select currency from reporting)
)
select business_date, account_id, foreign_account.currency, balance_interval.balance as account_balance, exchange_rate.exchange_rate,
       case when balance_interval.balance = 0 then 0
            else reported(balance_interval.balance, exchange_rate.exchange_rate) end as balance, is_open
from balance_interval join foreign_account using (account_id)
join calendar on balance_interval.valid_from <= business_date and business_date < balance_interval.valid_to
left join exchange_rate
  on exchange_rate.currency = foreign_account.currency
 and exchange_rate.valid_from <= business_date and business_date < exchange_rate.valid_to
