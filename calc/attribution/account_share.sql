-- Who is credited with which part of an account, in which role, on which of the days to be computed.
-- grain:  account_id, role, person_id, valid_from (half-open to valid_to)
-- reads:  share(customer_id, account_id, role, person_id, institution_id, ratio, valid_from, valid_to),
--         account(account_id, customer_id), calendar(business_date)
-- makes:  account_id, role, person_id, institution_id, ratio, valid_from, valid_to
-- units:  ratio of 1; per account, role and day the ratios total 1, or nobody is credited
--         an account's own shares win over its customer's, day by day
-- source: definitions, "Attribution and sharing"
with chunk as (select min(business_date) as first_day, max(business_date) + 1 as end_day from calendar),
holding as (
    select customer_id, account_id, role, person_id, institution_id, ratio,
           greatest(valid_from, first_day) as valid_from, least(valid_to, end_day) as valid_to
    from share, chunk
    where valid_from < end_day and valid_to > first_day
),
own as (
    select * exclude (customer_id) from holding semi join account using (account_id) where account_id is not null
),
owned as (select distinct account_id, role from own),
owner as (select distinct account_id, customer_id from account),
inherited as (
    select owner.account_id, role, person_id, institution_id, ratio, valid_from, valid_to
    from holding join owner using (customer_id)
    where holding.account_id is null
),
-- where an account has shares of its own for a role, its customer's count only on the days between them
cut as (
    select account_id, role, valid_from as day from inherited semi join owned using (account_id, role)
    union select account_id, role, valid_to from inherited semi join owned using (account_id, role)
    union select account_id, role, valid_from from own
    union select account_id, role, valid_to from own
),
piece as (
    select account_id, role, day as valid_from,
           lead(day) over (partition by account_id, role order by day) as valid_to
    from cut
),
free as (
    select piece.* from piece
    where valid_to is not null and not exists (
        select 1 from own
        where own.account_id = piece.account_id and own.role = piece.role
          and own.valid_from <= piece.valid_from and piece.valid_from < own.valid_to)
)
select account_id, role, person_id, institution_id, ratio, valid_from, valid_to from own
union all
select account_id, role, person_id, institution_id, ratio, valid_from, valid_to
from inherited anti join owned using (account_id, role)
union all
select free.account_id, free.role, person_id, institution_id, ratio, free.valid_from, free.valid_to
from free join inherited
  on inherited.account_id = free.account_id and inherited.role = free.role
 and inherited.valid_from <= free.valid_from and free.valid_from < inherited.valid_to
