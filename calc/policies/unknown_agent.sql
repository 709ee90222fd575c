-- A row names an agent the portal does not know.
-- rule:     everything an agent is credited with belongs to a known agent
-- says:     %(dataset)s %(row_key)s names agent %(agent_no)s, whom the portal does not know.
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, agent_no), agent_code(agent_no)
-- makes:    business_date, dataset, row_key, agent_no
select business_date, dataset, row_key, agent_no
from delivered_row anti join agent_code using (agent_no)
