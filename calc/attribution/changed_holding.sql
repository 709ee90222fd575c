-- Whose shares are no longer what they were the day before, and whose place: a customer, an account or a person a row.
-- grain:  customer_id, account_id, person_id; one of them is filled
-- reads:  calendar(business_date),
--         share(customer_id, account_id, role, person_id, institution_id, ratio, valid_from, valid_to),
--         share_before(customer_id, account_id, role, person_id, institution_id, ratio, valid_from, valid_to),
--         position(person_id, institution_id, valid_from, valid_to),
--         position_before(person_id, institution_id, valid_from, valid_to)
-- makes:  customer_id, account_id, person_id
-- units:  `before` is what was known when the day before was computed. What was corrected for older days only makes no
--         difference here: these days grow from yesterday's sums as they are
-- source: definitions, "Attribution and sharing"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar),
held as (
    select customer_id, account_id, role, person_id, institution_id, ratio
    from share, chunk where valid_from <= first_day and valid_to >= end_day
),
held_before as (
    select customer_id, account_id, role, person_id, institution_id, ratio
    from share_before, chunk where valid_from < first_day and valid_to >= first_day
),
placed as (
    select person_id, institution_id from position, chunk where valid_from <= first_day and valid_to >= end_day
),
placed_before as (
    select person_id, institution_id from position_before, chunk where valid_from < first_day and valid_to >= first_day
)
select coalesce(held.customer_id, held_before.customer_id) as customer_id,
       coalesce(held.account_id, held_before.account_id) as account_id, null::bigint as person_id
from held full join held_before
  on held.customer_id is not distinct from held_before.customer_id
 and held.account_id is not distinct from held_before.account_id
 and held.role = held_before.role and held.person_id = held_before.person_id
 and held.institution_id = held_before.institution_id and held.ratio = held_before.ratio
where held.role is null or held_before.role is null
union
select customer_id, account_id, null
from share, chunk
where valid_from < end_day and valid_to > first_day and (valid_from > first_day or valid_to < end_day)
union
select null, null, person_id
from placed full join placed_before using (person_id, institution_id)
where placed.institution_id is null or placed_before.institution_id is null
union
select null, null, person_id
from position, chunk
where valid_from < end_day and valid_to > first_day and (valid_from > first_day or valid_to < end_day)
