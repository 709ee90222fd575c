"""The demo insurer's policies and what happens to them, as SQL whose lots depend on their numbers alone.

An agent sells so many policies a month as its manner, its rank and the season make likely: much in January, little around the
New Year. Premiums are a multiple of twelve yuan a year, so that every instalment is exact. Money is in whole cents.
"""

from __future__ import annotations

import duckdb

from portal.sources import demo_names
from portal.sources.demo_draws import lots

SEASON = (1850, 700, 1350, 900, 950, 1200, 800, 850, 1150, 850, 950, 900)  # of a month's usual sales, in thousandths
GRACE_DAYS = 30  # an unpaid premium ends the policy after so many days
LATER_MONTHS = 13  # the generator knows policies until so many months after the history

# code, weight in thousandths, payment terms, how a year's premium is spread (eleven deciles in units of 12 yuan), instalments
PRODUCTS = (
    ("WL01", 170, (3, 5, 10, 20), "savings"), ("EN01", 120, (3, 5, 10), "savings"), ("AN01", 110, (1, 3, 5, 10), "savings"),
    ("PN01", 70, (5, 10, 20), "savings"), ("GR01", 70, (3, 5, 10), "savings"), ("JE01", 60, (5, 10), "savings"),
    ("CI01", 130, (10, 20), "protection"), ("CI02", 60, (10, 20), "protection"), ("TL01", 50, (10, 20), "protection"),
    ("ME01", 80, (1,), "short"), ("AC01", 50, (1,), "short"), ("UL01", 30, (1,), "single"),
)  # fmt: skip
PREMIUMS = {
    "savings": (84, 167, 250, 417, 500, 667, 834, 1000, 1250, 2000, 9000),
    "protection": (34, 67, 125, 184, 250, 317, 400, 500, 667, 917, 2500),
    "short": (10, 15, 21, 30, 40, 52, 67, 84, 109, 125, 200),
    "single": (417, 834, 834, 1667, 1667, 2500, 3334, 4167, 5834, 8334, 20000),
}

POLICIES = f"""
create table policy as
with selling as (
    select n, month, (extract(year from month) * 12 + extract(month from month) - 24000)::bigint as month_no,
           season * case when manner < 22 then 250 when manner < 70 then 1420 when manner < 93 then 2600 else 5200 end
           * if(month < joined_on + 100, 1150, 1000) // 1000000 as usual, joined_on, coalesce(left_on, date '9999-12-31') as until
    from agent join month on month > joined_on - 31 and month < coalesce(left_on, date '9999-12-31')
), sold as (
    select *, unnest(range(0, usual // 1000 + if(draw_on('sells', n, month_no, 1000) < usual % 1000, 1, 0))) as turn
    from selling
), numbered as (
    select *, (n * 1000 + month_no) * 16 + turn as policy_id,
           greatest(working_day(month + draw('issued', policy_id, day(last_day(month)))::integer), month) as issued_on
    from sold
), chosen as (
    select numbered.*, product_code, spread, picked(terms, draw('term', policy_id, len(terms)))::integer as payment_term,
           draw('instalments', policy_id, 100) as often, 800 + draw('quality', n, 800) as careless
    from numbered join product on draw('product', policy_id, 1000) between first_lot and last_lot
), priced as (
    select *, decile(deciles, draw('premium', policy_id, 10000)) * 12 as yearly,
           case when payment_term = 1 or spread = 'savings' then 12 when often < 15 then 1 when often < 30 then 3 else 12 end
               as months, issued_on + 1 as effective_on,
           issued_on + (2 + draw('receipt', policy_id, 14) + if(draw('late receipt', policy_id, 30) = 0, 25, 0))::integer
               as receipt_on
    from chosen join spread using (spread)
), ending as (
    -- the instalment that is not paid any more, counted from 0
    select *, case when payment_term = 1 then null
                   when draw('lapses', policy_id, 10000) < careless then greatest(1, 12 // months - draw('when', policy_id, 6))
                   when draw('lapses later', policy_id, 10000) < careless // 2 then 24 // months end as unpaid,
           if(draw('regrets', policy_id, 1000) < 18, receipt_on + 1 + draw('regret', policy_id, 12)::integer, null)
               as cancelled_on,
           if(draw('surrenders', policy_id, 1000) < 25, issued_on + 90 + draw('surrender', policy_id, 900)::integer, null)
               as surrendered_on
    from priced
), ended as (
    select *, (effective_on + to_months((unpaid * months)::integer))::date + {GRACE_DAYS} as lapsed_on,
           coalesce(cancelled_on, least(lapsed_on, surrendered_on)) as ended_on
    from ending
)
select policy_id, 'P' || lpad(policy_id::varchar, 9, '0') || (policy_id * 7 % 10) as policy_no, n, product_code, payment_term,
       yearly * 100 as premium, months, unpaid, issued_on, effective_on, ended_on,
       case when ended_on = cancelled_on then 'cancel' when ended_on = lapsed_on then 'lapse'
            when ended_on is not null then 'surrender' end as end_kind,
       if(coalesce(ended_on < receipt_on, false), null, receipt_on) as receipt_on,
       family || picked(firsts, draw('first', policy_id, 24)) || if(draw('two', policy_id, 4) = 0, '',
           picked(lasts, draw('last', policy_id, 24))) as customer_name
from ended join family_name on family_no = draw('family', policy_id, 40), given_name
where issued_on >= joined_on and issued_on < until
"""

# what falls due and, unless the policy has ended by then, is paid within 25 days
INSTALMENTS = """
create table instalment as
with due as (
    select *, unnest(range(0, payment_term * 12 // months)) as turn,
           (effective_on + to_months((turn * months)::integer))::date as due_on
    from policy where months >= 1 and issued_on <= horizon()
), paid as (
    select *, if(turn = 0, issued_on, due_on + draw_on('paid', policy_id, turn, 25)::integer) as received_on
    from due where due_on <= horizon() and (ended_on is null or due_on < ended_on)
)
select policy_id, n, turn + 1 as payment_no, turn * months // 12 + 1 as policy_year, premium * months // 12 as amount,
       due_on, if((unpaid is null or turn < unpaid) and (ended_on is null or received_on < ended_on), received_on, null)
           as received_on
from paid order by due_on
"""

POLICY_ROWS = """
with state as (
    select *, unnest(list_distinct([issued_on, receipt_on, ended_on])) as business_date from policy
)
select policy_id, business_date, policy_no, agent_no(n) as agent_no, product_code, payment_term, yuan(premium) as premium,
       issued_on, effective_on, if(ended_on <= business_date, 'ended', 'in_force') as status,
       if(ended_on <= business_date, ended_on, null) as ended_on, if(ended_on <= business_date, end_kind, null) as end_kind,
       customer_name, if(receipt_on <= business_date, receipt_on, null) as receipt_confirmed_on
from state where business_date between $first_day and $last_day order by business_date, policy_id
"""
# in the cooling-off days the customer gets everything back
PREMIUM_ROWS = """
select policy_id * 1000 + payment_no as premium_id, received_on as business_date, policy_id, agent_no(n) as agent_no,
       yuan(amount) as amount, received_on, policy_year, payment_no
from instalment where received_on between $first_day and $last_day
union all
select policy_id * 1000, ended_on, policy_id, agent_no(n), -yuan(sum(amount)), ended_on, 1, 0
from policy join instalment using (policy_id, n)
where end_kind = 'cancel' and ended_on between $first_day and $last_day and instalment.received_on is not null
group by policy_id, n, ended_on
order by business_date, premium_id
"""
RENEWAL_DUE_ROWS = """
select policy_id * 1000 + payment_no as due_id, due_on as business_date, policy_id, agent_no(n) as agent_no,
       yuan(amount) as amount, due_on, policy_year, payment_no
from instalment where payment_no > 1 and due_on between $first_day and $last_day order by business_date, due_id
"""
POLICY_END_ROWS = """
select policy_id, ended_on as business_date, agent_no(n) as agent_no, end_kind, ended_on,
       greatest(0, date_diff('month', effective_on, ended_on) - if(day(ended_on) < day(effective_on), 1, 0))::integer
           as months_in_force,
       yuan(if(end_kind = 'cancel', 0, coalesce(first_year, 0))) as amount
from policy left join (
    select policy_id, sum(amount) as first_year from instalment
    where policy_year = 1 and received_on is not null group by policy_id
) using (policy_id)
where ended_on between $first_day and $last_day order by business_date, policy_id
"""
ROWS = {
    "policy": POLICY_ROWS,
    "premium": PREMIUM_ROWS,
    "renewal_due": RENEWAL_DUE_ROWS,
    "policy_end": POLICY_END_ROWS,
}


def build_policies(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Make the tables policy and instalment; the connection holds the agents already."""
    connection.execute(f"""
        create macro horizon() as (date_trunc('month', history_end()) + to_months({LATER_MONTHS + 1}))::date - 1;
        create macro agent_no(n) as 'AG' || lpad(n::varchar, 6, '0');
    """)
    seasons = ", ".join(map(str, SEASON))
    connection.execute(f"""
        create table month as
        select day::date as month, list_value({seasons})[month(day)]::bigint as season
        from range(date_trunc('month', first_day())::timestamp, horizon()::timestamp, interval 1 month) as days(day)
    """)
    _names(connection)
    first = 0
    connection.execute(
        "create table product (product_code text, first_lot int, last_lot int, terms int[], spread text)"
    )
    for code, weight, terms, spread in PRODUCTS:
        row = [code, first, first + weight - 1, list(terms), spread]
        connection.execute("insert into product values (?, ?, ?, ?, ?)", row)
        first += weight
    connection.execute("create table spread (spread text, deciles bigint[])")
    for name, deciles in PREMIUMS.items():
        connection.execute("insert into spread values (?, ?)", [name, list(deciles)])
    for statement in (POLICIES, INSTALMENTS):
        connection.execute(lots(statement, seed))


def _names(connection: duckdb.DuckDBPyConnection) -> None:
    """Names of customers, in Chinese letters."""
    connection.execute("create table family_name (family_no int, family text)")
    connection.executemany(
        "insert into family_name values (?, ?)",
        [[number, zh] for number, (_, zh) in enumerate(demo_names.FAMILY_NAMES)],
    )
    connection.execute("create table given_name (firsts text[], lasts text[])")
    syllables = (demo_names.FIRST_SYLLABLES, demo_names.LAST_SYLLABLES)
    connection.execute("insert into given_name values (?, ?)", [[zh for _, zh in each] for each in syllables])
