-- Accounts of which something may have changed since the day before; of all others yesterday's lines still hold.
-- grain:  account_id
-- reads:  calendar(business_date), movement(account_id), reporting(currency), reporting_before(currency),
--         account(account_id, customer_id, product_id, institution_id, currency, opened_on, closed_on, repriced_on,
--         customer_rate, term_days, valid_from),
--         account_before(account_id, customer_id, product_id, institution_id, currency, opened_on, closed_on, repriced_on,
--         customer_rate, term_days, valid_from),
--         product(product_id, kind, day_basis), product_before(product_id, kind, day_basis),
--         price(priced_on, currency, product_id, term_days, ftp_rate),
--         price_before(priced_on, currency, product_id, term_days, ftp_rate),
--         changed_holding(customer_id, account_id, person_id), opening_line(account_id, manager_id)
-- makes:  account_id
-- units:  `before` is what was delivered for the day before. An account in another currency than that of the reports is worth
--         something else each day, so it always changes; what holds from one of the days on, or ends on one, has changed too
-- source: definitions, "a day without movement carries the last one"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar),
redelivered as (
    select account_id from account full join account_before using (account_id, valid_from)
    where (account.customer_id, account.product_id, account.institution_id, account.currency, account.opened_on,
           account.closed_on, account.repriced_on, account.customer_rate, account.term_days)
        is distinct from
          (account_before.customer_id, account_before.product_id, account_before.institution_id, account_before.currency,
           account_before.opened_on, account_before.closed_on, account_before.repriced_on, account_before.customer_rate,
           account_before.term_days)
),
otherwise_priced as (
    select priced_on from price join price_before using (priced_on, currency, product_id, term_days)
    where price.ftp_rate is distinct from price_before.ftp_rate
),
other_product as (
    select product_id from product full join product_before using (product_id)
    where (product.kind, product.day_basis) is distinct from (product_before.kind, product_before.day_basis)
)
select account_id from redelivered
union select account_id from movement
union select account_id from account, chunk
where currency <> (select currency from reporting)
   or (valid_from >= first_day and valid_from < end_day)
   or (opened_on >= first_day and opened_on < end_day)
   or (closed_on + 1 >= first_day and closed_on + 1 < end_day)
union select account_id from account
where opened_on in (select priced_on from otherwise_priced) or repriced_on in (select priced_on from otherwise_priced)
   or product_id in (select product_id from other_product)
   or (select currency from reporting) <> (select currency from reporting_before)
union select account_id from changed_holding where account_id is not null
union select account_id from account where customer_id in (select customer_id from changed_holding where customer_id is not null)
union select account_id from opening_line
where manager_id in (select person_id from changed_holding where person_id is not null)
