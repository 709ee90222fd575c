-- A row's agent had no position until that day.
-- rule:     everything an agent is credited with has a team or branch
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, agent_no), agent_code(agent_id, agent_no),
--           seat(person_id, valid_from)
-- makes:    business_date, dataset, row_key, message
select business_date, dataset, row_key,
       dataset || ' ' || row_key || ' is of agent ' || agent_no || ', who had no position by ' || business_date || '.' as message
from delivered_row join agent_code using (agent_no)
left join (select person_id, min(valid_from) as valid_from from seat group by person_id) as first on person_id = agent_id
where valid_from is null or valid_from > business_date
