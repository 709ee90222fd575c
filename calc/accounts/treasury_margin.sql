-- What units and treasury earn on positions in a year, treasury taking the equal offset of every unit's internal price.
-- grain:  one row
-- reads:  position_year(kind, principal, customer_rate, ftp_rate)
-- makes:  profit, amount, balance
-- units:  reporting currency a year; profit = units' margins, amount = treasury's, balance = both: the accounting margin;
--         kind `funding` is money the treasury takes from the market at its own cost
-- source: definitions, "A treasury unit takes the equal offset"
with flow as (
    select case kind when 'loan' then principal * (customer_rate - ftp_rate)
                     when 'deposit' then principal * (ftp_rate - customer_rate) else 0 end as unit_margin,
           case kind when 'loan' then principal * ftp_rate
                     when 'deposit' then -principal * ftp_rate else -principal * customer_rate end as treasury_margin
    from position_year
)
select money_ratio(sum(unit_margin), 1) as profit, money_ratio(sum(treasury_margin), 1) as amount,
       money_ratio(sum(unit_margin) + sum(treasury_margin), 1) as balance
from flow
