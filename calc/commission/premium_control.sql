-- Premiums of a month against the core's control totals, delivery by delivery.
-- grain:  delivered_on
-- reads:  delivered_day(business_date), receipt(business_date, amount),
--         delivery_total(dataset, business_date, controlled_on, control_rows, control_amount, sent_rows, sent_amount, aside_rows, aside_amount)
-- makes:  delivered_on, rows, control_rows, control_amount, sent_rows, sent_amount, aside_rows, aside_amount, taken_rows, taken_amount,
--         difference_amount
-- units:  reporting currency. control = taken in - sent between deliveries + set aside; what is missing is the difference. A delivery
--         without a control total has none, and no difference; one control may speak for several days (`rows` of them).
-- source: month-end reconciliation: premiums to the core's control totals
with taken as (
    select business_date, count(*) as taken_rows, sum(amount) as taken_amount from receipt group by business_date
),
told as (
    select * from delivery_total where dataset = 'premium'
),
day as (
    select coalesce(controlled_on, business_date) as delivered_on, control_rows, control_amount,
           coalesce(sent_rows, 0) as sent_rows, coalesce(sent_amount, 0) as sent_amount, coalesce(aside_rows, 0) as aside_rows,
           coalesce(aside_amount, 0) as aside_amount, coalesce(taken_rows, 0) as taken_rows, coalesce(taken_amount, 0) as taken_amount
    from delivered_day left join told using (business_date) left join taken using (business_date)
),
summed as (
    select delivered_on, count(*) as rows, sum(control_rows) as control_rows, sum(control_amount) as control_amount,
           sum(sent_rows) as sent_rows, sum(sent_amount) as sent_amount, sum(aside_rows) as aside_rows,
           sum(aside_amount) as aside_amount, sum(taken_rows) as taken_rows, sum(taken_amount) as taken_amount
    from day group by delivered_on
)
select delivered_on, rows, control_rows, control_amount, sent_rows, sent_amount, aside_rows, aside_amount, taken_rows, taken_amount,
       taken_amount - sent_amount + aside_amount - control_amount as difference_amount
from summed
