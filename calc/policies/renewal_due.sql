-- Premiums after the first that became due on a day; whether they are paid says the dataset premium.
-- grain:  due_id
-- reads:  delivered_renewal_due(due_id, business_date, policy_id, agent_no, amount, due_on, policy_year, payment_no),
--         agent_code(agent_id, agent_no), policy_key(policy_id, issued_on, product_code, payment_term),
--         seat(person_id, institution_id, valid_from, valid_to)
-- makes:  due_id, business_date, policy_id, agent_id, institution_id, issuing_institution_id, product_code, payment_term,
--         issued_on, amount, due_on, policy_year, payment_no
-- units:  amount in reporting currency, 2 decimals
select due_id, business_date, policy_id, agent_id, here.institution_id,
       coalesce(issuing.institution_id, here.institution_id) as issuing_institution_id, product_code, payment_term, issued_on,
       amount, due_on, policy_year, payment_no
from delivered_renewal_due
join agent_code using (agent_no)
join policy_key using (policy_id)
join seat as here on here.person_id = agent_id and business_date >= here.valid_from and business_date < here.valid_to
left join seat as issuing
    on issuing.person_id = agent_id and issued_on >= issuing.valid_from and issued_on < issuing.valid_to
