-- The posted balances of a day do not chain, or chain to more than one end.
-- rule:     the movements of an account-day have exactly one order in which balances follow from amounts
-- severity: error
-- reads:    day_order(account_id, business_date, balance, orders)
-- makes:    business_date, account_id, movement_id, amount, message
select business_date, account_id, null::bigint as movement_id, balance as amount,
       'The balances of account ' || account_id || ' on ' || business_date
       || case when orders = 0 then ' do not follow from its movements.'
               else ' allow ' || orders || ' different ends of the day.' end as message
from day_order
where orders <> 1
