-- Days over which an account's balance in the reporting currency stood still.
-- grain:  account_id, valid_from (half-open to valid_to)
-- reads:  balance_interval(account_id, balance, base_balance, base_year_balance_days, is_open, valid_from, valid_to),
--         foreign_day(business_date, account_id, balance)
-- makes:  account_id, balance, base_balance, base_year_balance_days, is_open, valid_from, valid_to
-- units:  reporting currency; a foreign-currency account has a piece a day, all others are as they were
-- source: definitions, "every sum over accounts is in the reporting currency"
select account_id, balance, base_balance, base_year_balance_days, is_open, valid_from, valid_to
from balance_interval anti join foreign_day using (account_id)
union all
select foreign_day.account_id, foreign_day.balance, base_balance, base_year_balance_days, balance_interval.is_open,
       business_date, business_date + 1
from foreign_day join balance_interval
  on balance_interval.account_id = foreign_day.account_id
 and balance_interval.valid_from <= business_date and business_date < balance_interval.valid_to
