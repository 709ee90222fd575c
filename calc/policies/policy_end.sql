-- Policies that ended on a day: lapsed, cancelled in the cooling-off days, surrendered.
-- grain:  policy_id
-- reads:  delivered_policy_end(policy_id, business_date, agent_no, end_kind, ended_on, months_in_force, amount),
--         agent_code(agent_id, agent_no), policy_key(policy_id, issued_on, product_code, payment_term),
--         seat(person_id, institution_id, valid_from, valid_to)
-- makes:  policy_id, business_date, agent_id, institution_id, issuing_institution_id, product_code, payment_term, issued_on,
--         end_kind, ended_on, months_in_force, amount
-- units:  amount is the first-year premium received, refunds taken off, in reporting currency, 2 decimals
select policy_id, business_date, agent_id, here.institution_id,
       coalesce(issuing.institution_id, here.institution_id) as issuing_institution_id, product_code, payment_term, issued_on,
       end_kind, ended_on, months_in_force, amount
from delivered_policy_end
join agent_code using (agent_no)
join policy_key using (policy_id)
join seat as here on here.person_id = agent_id and business_date >= here.valid_from and business_date < here.valid_to
left join seat as issuing
    on issuing.person_id = agent_id and issued_on >= issuing.valid_from and issued_on < issuing.valid_to
