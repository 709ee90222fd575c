-- An open account is kept in a currency that has no rate for the day.
-- rule:     a foreign-currency account has an exchange rate on each day it is open; none is ever taken as 0 or 1
-- says:     %(currency)s has no exchange rate on %(business_date)s; accounts kept in it: %(accounts)s, such as %(account_id)s. Add it in Administration > Exchange rates.
-- severity: error
-- reads:    account(account_id, currency, opened_on, closed_on), calendar(business_date),
--           exchange_rate(currency, valid_from, valid_to), reporting(currency)
-- makes:    business_date, account_id, movement_id, amount, currency, accounts
with foreign_account as (
    select account_id, min(currency) as currency, min(opened_on) as opened_on, max(closed_on) as closed_on
    from account where currency <> (select currency from reporting)
    group by account_id
),
lacking as (
    select business_date, currency, min(account_id) as account_id, count(*) as accounts
    from foreign_account join calendar
      on opened_on <= business_date and (closed_on is null or business_date <= closed_on)
    where not exists (
        select 1 from exchange_rate
        where exchange_rate.currency = foreign_account.currency
          and exchange_rate.valid_from <= business_date and business_date < exchange_rate.valid_to)
    group by business_date, currency
)
select business_date, account_id, null::bigint as movement_id, null::decimal(18,2) as amount,
       currency, accounts
from lacking
