-- A row's agent had no position until that day.
-- rule:     everything an agent is credited with has a team or branch
-- says:     %(dataset)s %(row_key)s is of agent %(agent_no)s, who had no position by %(business_date)s.
-- severity: quarantine
-- reads:    delivered_row(dataset, row_key, business_date, agent_no), agent_code(agent_id, agent_no),
--           seat(person_id, valid_from)
-- makes:    business_date, dataset, row_key, agent_no
select business_date, dataset, row_key, agent_no
from delivered_row join agent_code using (agent_no)
left join (select person_id, min(valid_from) as valid_from from seat group by person_id) as first on person_id = agent_id
where valid_from is null or valid_from > business_date
