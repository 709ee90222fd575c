-- A row of an account names a repricing day after the day it holds from.
-- rule:     an account is re-priced by a row that begins on the repricing day or after it
-- says:     Account %(account_id)s is to be re-priced on %(repriced_on)s by a row that already holds from %(valid_from)s.
-- severity: error
-- reads:    account(account_id, repriced_on, valid_from), calendar(business_date)
-- makes:    business_date, account_id, movement_id, amount, repriced_on, valid_from
select (select max(business_date) from calendar) as business_date, account_id, null::bigint as movement_id,
       null::decimal(18,2) as amount, repriced_on, valid_from
from account
where repriced_on > valid_from
