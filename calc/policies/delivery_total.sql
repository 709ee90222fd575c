-- What the core says it sent of a day, what came in between its deliveries, and what was set aside: kept for the month's end.
-- grain:  dataset, business_date
-- reads:  calendar(business_date), control(dataset, first_day, business_date, rows, amount),
--         sent_row(dataset, business_date, amount), set_aside_row(dataset, business_date, amount)
-- makes:  business_date, dataset, controlled_on, control_rows, control_amount, sent_rows, sent_amount, aside_rows, aside_amount
-- units:  amounts in reporting currency. `controlled_on` is the day whose control total speaks for this one, empty where none was given;
--         the total itself stands on that day only.
with dataset_day as (
    select dataset, business_date from calendar, (select unnest(['policy', 'premium', 'renewal_due', 'policy_end']) as dataset) as datasets
),
sent as (
    select dataset, business_date, count(*) as sent_rows, sum(amount) as sent_amount from sent_row group by all
),
aside as (
    select dataset, business_date, count(*) as aside_rows, sum(amount) as aside_amount from set_aside_row group by all
)
select dataset_day.business_date, dataset_day.dataset, covering.business_date as controlled_on, own.rows as control_rows,
       own.amount as control_amount, coalesce(sent_rows, 0) as sent_rows, coalesce(sent_amount, 0) as sent_amount,
       coalesce(aside_rows, 0) as aside_rows, coalesce(aside_amount, 0) as aside_amount
from dataset_day
left join control as covering
    on covering.dataset = dataset_day.dataset and dataset_day.business_date between covering.first_day and covering.business_date
left join control as own on own.dataset = dataset_day.dataset and own.business_date = dataset_day.business_date
left join sent on sent.dataset = dataset_day.dataset and sent.business_date = dataset_day.business_date
left join aside on aside.dataset = dataset_day.dataset and aside.business_date = dataset_day.business_date
