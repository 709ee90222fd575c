-- A row's key occurs twice, or was published on an earlier day.
-- rule:     a premium, a due date, an end and the state of a policy on a day are delivered once
-- severity: error
-- reads:    delivered_row(dataset, row_key, business_date), known_row(dataset, row_key)
-- makes:    business_date, dataset, row_key, message
with counted as (
    select business_date, dataset, row_key, count(*) over (partition by dataset, row_key) as rows from delivered_row
)
select business_date, dataset, row_key,
       dataset || ' ' || row_key || case when rows > 1 then ' occurs more than once.'
                                         else ' was published on an earlier day.' end as message
from counted
where rows > 1 or exists (
    select 1 from known_row where known_row.dataset = counted.dataset and known_row.row_key = counted.row_key
)
