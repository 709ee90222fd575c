-- The core says something new of an agent or a team about which people decided otherwise in the portal.
-- rule:     what people recorded by hand is not overwritten by a delivery
-- says:     The core says %(stated)s of %(dataset)s %(row_key)s; here %(standing)s was recorded by hand, and stays. Change it in Administration, or have the core corrected.
-- severity: warning
-- reads:    sales_force_conflict(business_date, dataset, row_key, stated, standing)
-- makes:    business_date, dataset, row_key, stated, standing
select business_date, dataset, row_key, stated, standing
from sales_force_conflict
where dataset <> 'unit'
