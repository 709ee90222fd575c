-- An account is listed in two currencies.
-- rule:     an account keeps its currency from its first day to its last
-- says:     Account %(account_id)s is listed in %(currency)s and in %(other_currency)s.
-- severity: error
-- reads:    account(account_id, currency), calendar(business_date)
-- makes:    business_date, account_id, movement_id, amount, currency, other_currency
select (select max(business_date) from calendar) as business_date, account_id, null::bigint as movement_id,
       null::decimal(18,2) as amount,
       min(currency) as currency, max(currency) as other_currency
from account
group by account_id
having min(currency) <> max(currency)
