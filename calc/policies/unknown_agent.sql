-- A row names an agent the portal does not know.
-- rule:     everything an agent is credited with belongs to a known agent
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, agent_no), agent_code(agent_no)
-- makes:    business_date, dataset, row_key, message
select business_date, dataset, row_key,
       dataset || ' ' || row_key || ' names agent ' || agent_no || ', whom the portal does not know.' as message
from delivered_row anti join agent_code using (agent_no)
