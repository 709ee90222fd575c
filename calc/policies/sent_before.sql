-- A row that was published as an event on an earlier day is delivered now: it is left out, and a month's reconciliation is told.
-- rule:     a row counts once, whichever way it comes
-- says:     %(dataset)s %(row_key)s was published before, when another system sent it; it counts once.
-- severity: note
-- reads:    late_row(business_date, dataset, row_key)
-- makes:    business_date, dataset, row_key
select business_date, dataset, row_key
from late_row
