-- A row's agent had no position until that day.
-- rule:     everything an agent is credited with has a team or branch
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, agent_no), agent_code(agent_id, agent_no),
--           seat(person_id, valid_from)
-- makes:    business_date, dataset, row_key, message
select business_date, dataset, row_key,
       dataset || ' ' || row_key || ' is of agent ' || agent_no || ', who had no position by ' || business_date || '.' as message
from delivered_row join agent_code using (agent_no)
where not exists (select 1 from seat where person_id = agent_id and valid_from <= business_date)
