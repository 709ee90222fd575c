-- The core no longer names a unit in which people still work, or below which others stand.
-- rule:     a unit that the core does not name any more has no members
-- says:     The core does not name unit %(row_key)s any more, but there are still %(standing)s. It stays open: move them, or have the core name it again.
-- severity: warning
-- reads:    sales_force_conflict(business_date, dataset, row_key, stated, standing)
-- makes:    business_date, dataset, row_key, stated, standing
select business_date, dataset, row_key, stated, standing
from sales_force_conflict
where dataset = 'unit'
