-- What the other datasets need to know of each policy: the newest state that is delivered or was published before.
-- grain:  policy_id
-- reads:  delivered_policy(policy_id, business_date, issued_on, product_code, payment_term),
--         known_policy(policy_id, business_date, issued_on, product_code, payment_term)
-- makes:  policy_id, issued_on, product_code, payment_term
with state as (
    select policy_id, business_date, issued_on, product_code, payment_term from delivered_policy
    union all
    select policy_id, business_date, issued_on, product_code, payment_term from known_policy
),
ranked as (
    select *, row_number() over (partition by policy_id order by business_date desc) as row_number from state
)
select policy_id, issued_on, product_code, payment_term from ranked where row_number = 1
