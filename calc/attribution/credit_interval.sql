-- What each manager is credited with of each account, over days on which nothing changed.
-- grain:  account_id, role, manager_id, institution_id, valid_from; manager 0 is "unassigned", at the booking institution
-- reads:  account_segment(account_id, balance, base_balance, base_year_balance_days, is_open, valid_from,
--         valid_to),
--         account_share(account_id, role, person_id, institution_id, ratio, valid_from, valid_to),
--         position(person_id, institution_id, valid_from, valid_to),
--         account_term(account_id, customer_id, product_id, booking_institution_id, margin_factor, valid_from, valid_to)
-- makes:  account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, share, is_open,
--         balance, base_balance, base_year_balance_days, margin_factor, valid_from, valid_to
-- units:  reporting currency; the cents of a split go by largest remainder, ties to the lowest person,
--         so that the credits of a role sum to the account's amount; a negative amount mirrors its positive
-- source: definitions, "Attribution and sharing"
with unassigned as (
    select account_id, valid_from, valid_to
    from account_segment
    anti join (select account_id, valid_from, valid_to from account_share where role = 'marketer') as marketed
      on marketed.account_id = account_segment.account_id
     and marketed.valid_from <= account_segment.valid_from and account_segment.valid_from < marketed.valid_to
),
holder as (
    select account_id, role, person_id, institution_id, ratio, valid_from, valid_to from account_share
    union all
    select account_id, 'marketer', 0, null, 1, valid_from, valid_to from unassigned
),
-- read once for whole credits and once for the few split ones, rather than kept for both
credited as not materialized (
    select account_segment.*, role, holder.person_id as manager_id, ratio,
           coalesce(position.institution_id, holder.institution_id, booking_institution_id) as institution_id,
           customer_id, product_id, booking_institution_id, margin_factor
    from account_segment
    join account_term
      on account_term.account_id = account_segment.account_id
     and account_term.valid_from <= account_segment.valid_from and account_segment.valid_from < account_term.valid_to
    join holder
      on holder.account_id = account_segment.account_id
     and holder.valid_from <= account_segment.valid_from and account_segment.valid_from < holder.valid_to
    left join position
      on position.person_id = holder.person_id
     and position.valid_from <= account_segment.valid_from and account_segment.valid_from < position.valid_to
),
cents as (
    select *, (ratio * 1000000)::hugeint as millionths,
           abs(money_cents(balance)) as balance_cents, abs(money_cents(base_balance)) as base_cents,
           abs(money_cents(base_year_balance_days)) as base_days_cents
    from credited where ratio <> 1
),
floored as (
    select *, balance_cents * millionths // 1000000 as balance_part, base_cents * millionths // 1000000 as base_part,
           base_days_cents * millionths // 1000000 as base_days_part
    from cents
),
dealt as (
    select *,
           balance_part + (row_number() over (split order by balance_cents * millionths % 1000000 desc, manager_id)
               <= balance_cents - sum(balance_part) over split)::int as balance_credit,
           base_part + (row_number() over (split order by base_cents * millionths % 1000000 desc, manager_id)
               <= base_cents - sum(base_part) over split)::int as base_credit,
           base_days_part + (row_number() over (split order by base_days_cents * millionths % 1000000 desc, manager_id)
               <= base_days_cents - sum(base_days_part) over split)::int as base_days_credit
    from floored
    window split as (partition by account_id, role, valid_from)
)
select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, ratio as share, is_open,
       balance, base_balance, base_year_balance_days, margin_factor, valid_from, valid_to
from credited where ratio = 1
union all
select account_id, role, manager_id, institution_id, booking_institution_id, customer_id, product_id, ratio, is_open,
       cents_money(balance_credit) * sign(balance), cents_money(base_credit) * sign(base_balance),
       cents_money(base_days_credit) * sign(base_year_balance_days), margin_factor, valid_from, valid_to
from dealt
