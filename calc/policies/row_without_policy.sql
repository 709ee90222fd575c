-- A premium, a due date or an end of a policy that nobody delivered, or whose policy was set aside.
-- rule:     what happens to a policy comes after the policy
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, policy_id), policy_key(policy_id)
-- makes:    business_date, dataset, row_key, message
select business_date, dataset, row_key,
       dataset || ' ' || row_key || ' is of policy ' || policy_id || ', which is not known.' as message
from delivered_row anti join policy_key using (policy_id)
where dataset <> 'policy'
