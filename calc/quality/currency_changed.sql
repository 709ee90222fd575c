-- An account is listed in two currencies.
-- rule:     an account keeps its currency from its first day to its last
-- severity: error
-- reads:    account(account_id, currency), calendar(business_date)
-- makes:    business_date, account_id, movement_id, amount, message
select (select max(business_date) from calendar) as business_date, account_id, null::bigint as movement_id,
       null::decimal(18,2) as amount,
       'Account ' || account_id || ' is listed in ' || min(currency) || ' and in ' || max(currency) || '.' as message
from account
group by account_id
having min(currency) <> max(currency)
