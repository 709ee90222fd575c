-- A premium, a due date or an end of a policy that nobody delivered, or whose policy was set aside.
-- rule:     what happens to a policy comes after the policy
-- says:     %(dataset)s %(row_key)s is of policy %(policy_id)s, which is not known.
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, policy_id), policy_key(policy_id)
-- makes:    business_date, dataset, row_key, policy_id
select business_date, dataset, row_key, policy_id
from delivered_row anti join policy_key using (policy_id)
where dataset <> 'policy'
