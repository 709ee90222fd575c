"""The Czech bank's tables in the portal's words, as SQL over its files (`berka.FILES`)."""

from __future__ import annotations

LOAN_ACCOUNTS_FROM, CARD_ACCOUNTS_FROM = 10_000_000, 20_000_000
LOAN_MOVEMENTS_FROM = 1_000_000_000

DEPOSIT_MOVEMENTS = """
create table deposit_movement as
select trans_id as movement_id,
       account_id,
       date as business_date,
       case type when 'PRIJEM' then amount when 'VYDAJ' then -amount when 'VYBER' then -amount end as amount,
       balance as balance_after,
       case trim(coalesce(k_symbol, ''))
           when 'UROK' then 'interest'
           when 'SANKC. UROK' then 'penalty_interest'
           when 'SLUZBY' then 'fee'
           when 'SIPO' then 'household'
           when 'DUCHOD' then 'pension'
           when 'POJISTNE' then 'insurance'
           when 'UVER' then 'loan_payment'
           when '' then case trim(coalesce(operation, ''))
               when 'VKLAD' then 'cash_deposit'
               when 'VYBER' then 'cash_withdrawal'
               when 'VYBER KARTOU' then 'card_withdrawal'
               when 'PREVOD Z UCTU' then 'transfer_in'
               when 'PREVOD NA UCET' then 'transfer_out' end
       end as kind,
       concat_ws(' / ', type, operation, k_symbol) as original
from trans
"""

# The set holds no loan ledger: the balance is the scheduled principal still outstanding. The granted amount is drawn on
# the loan's date and goes down by `payments` on the same day of each of `duration` months; the last one takes the rest.
LOAN_MOVEMENTS = f"""
create table loan_movement as
with month as (
    select loan_id, number,
           (date + to_months(number::integer))::date as business_date,
           if(number = duration, 0, greatest(amount - payments * number, 0))::decimal(18, 2) as outstanding
    from loan, lateral unnest(range(0, duration + 1)) as months(number)
), step as (
    select *, outstanding - lag(outstanding, 1, 0::decimal(18, 2)) over (partition by loan_id order by number) as amount
    from month
)
select {LOAN_MOVEMENTS_FROM} + loan_id * 100 + number as movement_id,
       {LOAN_ACCOUNTS_FROM} + loan_id as account_id,
       business_date,
       amount::decimal(18, 2) as amount,
       outstanding as balance_after,
       case when number = 0 then 'loan_drawdown' else 'loan_principal' end as kind
from step
where amount <> 0
"""

# Interest is not in the set either: these yearly rates are stand-ins in the range of the Czech market of 1993.
ACCOUNTS = f"""
create table held_account as
with owner as (
    select account_id, client_id as customer_id from disp where type = 'OWNER'
), deposit as (
    select account_id, lpad(account_id::varchar, 10, '0') as account_no, customer_id,
           case frequency
               when 'POPLATEK MESICNE' then 'DEP_MONTHLY'
               when 'POPLATEK TYDNE' then 'DEP_WEEKLY'
               when 'POPLATEK PO OBRATU' then 'DEP_TURNOVER' end as product_code,
           district_id, date as opened_on,
           case product_code when 'DEP_MONTHLY' then 0.02 when 'DEP_WEEKLY' then 0.025 else 0.03 end as customer_rate,
           0 as term_days, null::decimal(18, 2) as granted_amount
    from account left join owner using (account_id)
), lending as (
    select {LOAN_ACCOUNTS_FROM} + loan_id, 'L' || lpad(loan_id::varchar, 9, '0'), customer_id,
           'LOAN', district_id, date, 0.12 + 0.005 * (duration // 12), 365 * (duration // 12), amount
    from loan left join deposit using (account_id)
), plastic as (
    select {CARD_ACCOUNTS_FROM} + card_id, 'C' || lpad(card_id::varchar, 9, '0'), customer_id,
           'CARD_' || upper(card.type), district_id, issued, null, 0, null
    from card left join disp using (disp_id) left join deposit using (account_id)
), every as (from deposit union all from lending union all from plastic)
select account_id, account_no, customer_id, product_code, 'D' || district_id as institution_code, opened_on,
       null::date as closed_on, customer_rate::decimal(9, 6) as customer_rate, term_days::integer as term_days,
       granted_amount, 'CZK' as currency, opened_on as valid_from
from every
"""

FETCH = {
    "movement": """
        select movement_id, account_id, business_date, amount, balance_after, kind
        from (select * exclude (original) from deposit_movement union all from loan_movement)
        where business_date between $first_day and $last_day
        order by business_date, account_id, movement_id""",
    "account": "from held_account where opened_on <= $last_day order by account_id",
    "customer": """
        select customer_id, lpad(customer_id::varchar, 8, '0') as customer_no, 'Client ' || customer_id as name,
               '客户 ' || customer_id as name_zh, 'personal' as segment, min(opened_on) as since
        from held_account where opened_on <= $last_day
        group by customer_id order by customer_id""",
}

UNKNOWN_KINDS = """
select movement_id, original from deposit_movement where amount is null or kind is null order by movement_id limit 1
"""
HOMELESS_ACCOUNTS = """
select account_no from held_account where institution_code not in (select 'D' || A1 from district)
union all
select account_no from held_account where customer_id is null or product_code is null
order by account_no limit 1
"""
