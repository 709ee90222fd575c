-- The posted balances of a day do not chain, or chain to more than one end.
-- rule:     the movements of an account-day have exactly one order in which balances follow from amounts
-- says:     The movements of account %(account_id)s on %(business_date)s fit %(orders)s ends of the day; they must fit exactly one.
-- severity: error
-- reads:    day_order(account_id, business_date, balance, orders)
-- makes:    business_date, account_id, movement_id, amount, orders
select business_date, account_id, null::bigint as movement_id, balance as amount, orders
from day_order
where orders <> 1
