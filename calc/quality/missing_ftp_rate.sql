-- An open account is priced on a day for which no curve of its currency has a rate.
-- rule:     a deposit, loan or card with a customer rate has an internal rate on the day it was opened or re-priced
-- says:     No FTP curve in %(currency)s has a rate on %(priced_on)s, when account %(account_id)s was opened or re-priced; accounts without one: %(accounts)s. Add it in Administration > FTP rates.
-- severity: error
-- reads:    account(account_id, product_id, currency, opened_on, closed_on, repriced_on, customer_rate, term_days, valid_from),
--           price(priced_on, currency, product_id, term_days, ftp_rate), calendar(business_date)
-- makes:    business_date, account_id, movement_id, amount, currency, priced_on, accounts
with lacking as (select priced_on, currency, product_id, term_days from price where ftp_rate is null),
concerned as (select distinct account_id from account semi join lacking using (currency, product_id, term_days)),
dated as (
    select account.*, coalesce(lead(valid_from) over one_account, date '9999-12-31') as holds_to,
           row_number() over one_account as place,
           coalesce(last_value(repriced_on ignore nulls) over one_account, opened_on) as priced_on
    from account semi join concerned using (account_id)
    window one_account as (partition by account_id order by valid_from)
),
found as (
    select business_date, account_id, currency, priced_on, min(priced_on) over (partition by currency) as first_day
    from dated semi join lacking using (priced_on, currency, product_id, term_days)
    join calendar on case place when 1 then least(valid_from, opened_on) else valid_from end <= business_date
     and business_date < holds_to and (closed_on is null or business_date <= closed_on)
    where customer_rate is not null
)
select max(business_date) as business_date, min(account_id) filter (priced_on = first_day) as account_id,
       null::bigint as movement_id, null::decimal(18,2) as amount, currency, min(priced_on) as priced_on,
       count(distinct account_id) as accounts
from found group by currency
