-- A row's key occurs twice, or was published on an earlier day.
-- rule:     a premium, a due date, an end and the state of a policy on a day are delivered once
-- says:     %(dataset)s %(row_key)s must come once: it stands %(rows)s times in the delivery and %(published)s times on earlier days.
-- severity: error
-- reads:    delivered_row(dataset, row_key, business_date), known_row(dataset, row_key)
-- makes:    business_date, dataset, row_key, rows, published
with counted as (
    select business_date, dataset, row_key, count(*) over (partition by dataset, row_key) as rows from delivered_row
),
before as (select dataset, row_key, count(*) as published from known_row group by dataset, row_key)
select business_date, dataset, row_key, rows, coalesce(published, 0) as published
from counted left join before using (dataset, row_key)
where rows > 1 or published > 0
