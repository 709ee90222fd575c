-- A policy names a product or a payment term that was not on sale on its day of issue.
-- rule:     what is sold stands in the catalogue of its day
-- says:     Policy %(policy_id)s is of %(product_code)s over %(payment_term)s years, which was not on sale on %(issued_on)s.
-- severity: quarantine
-- reads:    delivered_policy(policy_id, business_date, product_code, payment_term, issued_on),
--           product_sold(product_code, payment_term, valid_from, valid_to)
-- makes:    business_date, dataset, row_key, policy_id, product_code, payment_term, issued_on
select business_date, 'policy' as dataset, policy_id || ' ' || business_date as row_key,
       policy_id, product_code, payment_term, issued_on
from delivered_policy
where not exists (
    select 1 from product_sold
    where product_sold.product_code = delivered_policy.product_code
      and product_sold.payment_term = delivered_policy.payment_term
      and issued_on >= valid_from and issued_on < valid_to
)
