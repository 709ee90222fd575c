-- A policy names a product or a payment term that was not on sale on its day of issue.
-- rule:     what is sold stands in the catalogue of its day
-- severity: quarantine
-- reads:    delivered_policy(policy_id, business_date, product_code, payment_term, issued_on),
--           product_sold(product_code, payment_term, valid_from, valid_to)
-- makes:    business_date, dataset, row_key, message
select business_date, 'policy' as dataset, policy_id || ' ' || business_date as row_key,
       'Policy ' || policy_id || ' is of ' || product_code || ' over ' || payment_term || ' years, which was not on sale on '
       || issued_on || '.' as message
from delivered_policy
where not exists (
    select 1 from product_sold
    where product_sold.product_code = delivered_policy.product_code
      and product_sold.payment_term = delivered_policy.payment_term
      and issued_on >= valid_from and issued_on < valid_to
)
