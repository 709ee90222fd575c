-- A row's key occurs twice, or was published on an earlier day.
-- rule:     a premium, a due date, an end and the state of a policy on a day are delivered once
-- severity: error
-- reads:    delivered_row(dataset, row_key, business_date), known_row(dataset, row_key)
-- makes:    business_date, dataset, row_key, message
with counted as (
    select business_date, dataset, row_key, count(*) over (partition by dataset, row_key) as rows from delivered_row
)
select business_date, dataset, row_key, dataset || ' ' || row_key || ' occurs more than once.' as message
from counted where rows > 1
union all
select business_date, dataset, row_key, dataset || ' ' || row_key || ' was published on an earlier day.'
from counted semi join known_row using (dataset, row_key)
where rows = 1
