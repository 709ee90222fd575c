"""The demo bank's customers and accounts, as SQL whose lots depend on their numbers alone.

A *family* is a way of behaving: people's and firms' demand accounts, cards, funds and wealth products follow a wave
(`demo_waves`); time deposits, loans and insurance keep a contract (`demo_contracts`).
`standing` accounts of a family were opened before the first day, `fresh` ones evenly until the last day of the history,
and as many a day after it, so that the bank goes on living. Money is in whole cents, rates in millionths.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pyarrow as pa

from portal.sources import demo_names
from portal.sources.demo_draws import lots, prepare

PERSONAL_CUSTOMERS, CORPORATE_CUSTOMERS = 18_600, 1_400
LATER_DAYS = 730  # the generator knows accounts that are opened until then
SIZES_OF_SUB_BRANCHES = (7, 6, 6, 4, 4, 8, 5, 6, 4, 4, 7, 5, 5, 3, 3, 6, 5, 4, 4, 4)  # in hundredths of the customers

# family: number, first account id, standing, fresh
FAMILIES = {
    "time": (2, 200_000, 5_400, 3_600),
    "mortgage": (3, 300_000, 2_000, 600),
    "consumer": (4, 400_000, 1_300, 1_100),
    "business": (5, 450_000, 650, 250),
    "card": (6, 500_000, 3_800, 1_200),
    "wealth": (7, 600_000, 1_000, 1_600),
    "fund": (8, 700_000, 1_000, 500),
    "insurance": (9, 800_000, 700, 300),
}

CUSTOMERS = f"""
create table customer as
with person as (
    select n as customer_id, n > {PERSONAL_CUSTOMERS} as is_firm,
           working_day(if(draw('new customer', n, 100) < 92,
               first_day() - 1 - draw('since', n, 4000)::integer,
               first_day() + 1 + draw('since', n, history_days())::integer)) as since,
           picked(sub_branch_lots(), draw('sub-branch', n, 100)) as sub_branch
    from range(1, {PERSONAL_CUSTOMERS + CORPORATE_CUSTOMERS + 1}) as numbers(n)
)
select customer_id, is_firm, since, sub_branch, 'C' || lpad(customer_id::varchar, 8, '0') as customer_no,
       if(is_firm, one.name || two.name || ' ' || trade.name || ' Co., Ltd.',
          family.name || ' ' || given.name || ending.name) as name,
       if(is_firm, one.name_zh || two.name_zh || trade.name_zh || '有限公司',
          family.name_zh || given.name_zh || ending.name_zh) as name_zh
from person
join family on family.number = draw('family name', customer_id, {len(demo_names.FAMILY_NAMES)})
join given on given.number = draw('first syllable', customer_id, {len(demo_names.FIRST_SYLLABLES)})
join ending on ending.number = draw('last syllable', customer_id, {len(demo_names.LAST_SYLLABLES)})
join one on one.number = draw('firm first', customer_id, {len(demo_names.FIRM_FIRST)})
join two on two.number = draw('firm last', customer_id, {len(demo_names.FIRM_LAST)})
join trade on trade.number = draw('trade', customer_id, {len(demo_names.FIRM_TRADES)})
"""

# which customer, and the lots that the families below turn into days and amounts; `fresh_on` is null when standing
CONTRACTS = f"""
create table contract as
with numbered as (
    select family.*, unnest(range(1, standing + fresh + fresh * {LATER_DAYS} // history_days() + 1)) as n
    from family_size as family
), owned as (
    select family, family_id + n as account_id,
           if(n > standing, first_day() + ((n - standing) * history_days() // fresh)::integer, null) as fresh_on,
           if(family = 'business' or (family = 'time' and draw('firm', family_id + n, 100) < 12),
              1 + {PERSONAL_CUSTOMERS} + draw('owner', family_id + n, {CORPORATE_CUSTOMERS}),
              1 + draw('owner', family_id + n, {PERSONAL_CUSTOMERS})) as customer_id
    from numbered
)
select family, account_id, customer_id, is_firm, since, sub_branch, fresh_on, draw('age', account_id, 10000) as age_lot,
       draw('amount', account_id, 10000) as amount_lot, draw('term', account_id, 10) as term_lot,
       draw('rate', account_id, 5) as rate_lot, draw('rolls', account_id, 10) as rolls_lot
from owned join customer using (customer_id)
"""

# a standing account was opened at most `longest` days before the first day; none before its customer came
OPENED_ON = """
create macro opened_on(fresh_on, age_lot, longest, since) as
greatest(working_day(coalesce(fresh_on, first_day() - 1 - (age_lot * longest // 10000)::integer)), since)
"""

DEMAND = """
select if(is_firm, 'corporate', 'personal') as family, 100000 + customer_id as account_id, customer_id, sub_branch,
       if(is_firm, 'DEP_SETTLEMENT', 'DEP_SAVINGS') as product_code, since as opened_on,
       if(not is_firm and draw('closes', customer_id, 100) = 0 and since < first_day(),
          first_day() + 60 + draw('closes on', customer_id, 1000)::integer, null) as closed_on,
       if(is_firm, 3500, 1000) as rate, 0 as term_days, null::bigint as granted,
       100 * decile(if(is_firm,
           [5000, 40000, 90000, 180000, 320000, 520000, 850000, 1400000, 2400000, 4800000, 22000000],
           [50, 600, 2000, 5000, 9000, 15000, 24000, 38000, 65000, 130000, 900000]),
           draw('amount', customer_id, 10000)) + draw('cents', customer_id, 100) as base,
       if(draw('payday', customer_id, 100) < 55, 10, 25) as monthly_on, 0 as rolls, 0 as part
from customer
"""

ROLLING = """
select family, account_id, customer_id, sub_branch,
       if(family = 'time', 'TIME_' || picked(['3M', '6M', '1Y', '2Y', '3Y'], term), 'LOAN_BUSINESS') as product_code,
       opened_on(fresh_on, age_lot, (rolls + 1) * term_days - 9, since) as opened_on,
       opened_on + ((rolls + 1) * term_days)::integer as closed_on, rate, term_days,
       if(family = 'time', null, base) as granted, base, 0 as monthly_on, rolls,
       if(family = 'time', base * rate // 1000000 * term_days // 365,
          base * (draw('change', account_id, 5) - 1) // 20 // 100 * 100) as part
from (
    select *, picked([90, 180, 365, 730, 1095], term) as term_days,
           if(family = 'time', picked([11500, 13500, 14500, 16500, 19500], term) + 100 * rate_lot,
              39000 + 2000 * rate_lot) as rate,
           least(rolls_lot, picked([9, 5, 3, 1, 1], term)) as rolls,
           case when family = 'business'
               then 1000000 * decile([10, 30, 60, 90, 130, 180, 250, 330, 450, 700, 2000], amount_lot)
               when is_firm then 1000000 * decile([20, 40, 60, 90, 130, 190, 260, 350, 480, 700, 1800], amount_lot)
               else 100000 * decile([5, 10, 20, 30, 50, 80, 100, 150, 200, 350, 1500], amount_lot) end as base
    from (select *, if(family = 'business', 2, picked([0, 0, 1, 1, 2, 2, 2, 3, 4, 4], term_lot)) as term
          from contract where family in ('time', 'business'))
)
"""

PAID_MONTHLY = """
select family, account_id, customer_id, sub_branch,
       if(family = 'mortgage', 'LOAN_MORTGAGE', 'LOAN_CONSUMER') as product_code,
       opened_on(fresh_on, age_lot, least(2400, 30 * payments - 50), since) as opened_on,
       (date_trunc('month', opened_on) + to_months(payments))::date + monthly_on - 1 as closed_on,
       if(family = 'mortgage', 33000 + 1500 * rate_lot, 58000 + 5000 * rate_lot) as rate,
       (365 * (payments // 12))::integer as term_days, base as granted, base, monthly_on, payments as rolls,
       base // payments as part
from (
    select *, 5 + draw('pays on', account_id, 21)::integer as monthly_on,
           if(family = 'mortgage', picked([120, 120, 180, 240, 240, 240, 360, 360, 360, 360], term_lot),
              picked([12, 12, 24, 24, 24, 36, 36, 36, 36, 36], term_lot))::integer as payments,
           1000000 * if(family = 'mortgage', decile([15, 30, 42, 52, 62, 72, 84, 98, 118, 150, 400], amount_lot),
              decile([1, 2, 3, 4, 5, 7, 9, 11, 14, 19, 40], amount_lot)) as base
    from contract where family in ('mortgage', 'consumer')
)
"""

OTHERS = """
select family, account_id, customer_id, sub_branch,
       case family when 'card' then if(term_lot < 7, 'CARD_STANDARD', 'CARD_GOLD')
           when 'wealth' then if(term_lot < 6, 'WEALTH_FIXED', 'WEALTH_NET_VALUE')
           when 'fund' then if(term_lot < 5, 'FUND_BOND', 'FUND_EQUITY')
           else if(term_lot < 6, 'INS_LIFE', 'INS_ANNUITY') end as product_code,
       opened_on(fresh_on, age_lot, case family when 'wealth' then lasts - 9 when 'fund' then 240 else 1500 end, since)
           as opened_on,
       case when family = 'wealth' then opened_on + lasts::integer
           when family = 'fund' and rolls_lot = 0 then opened_on + 250 + 50 * term_lot::integer end as closed_on,
       if(family = 'card', 48000, null) as rate, if(family = 'wealth', term_days, 0) as term_days,
       if(family = 'card', 100000 * if(term_lot < 7, 10 + 5 * rate_lot, 50 + 20 * rate_lot), null) as granted,
       case family when 'card' then 100000 * if(term_lot < 7, 10 + 5 * rate_lot, 50 + 20 * rate_lot)
           when 'wealth' then 100000 * decile([10, 20, 50, 80, 100, 150, 200, 260, 350, 500, 2000], amount_lot)
           when 'fund' then 10000 * decile([10, 50, 100, 200, 300, 450, 700, 1000, 1500, 2400, 8000], amount_lot)
           else 100000 * decile([2, 3, 5, 6, 8, 10, 12, 15, 20, 30, 100], amount_lot) end as base,
       if(family = 'card', 1 + draw('pays on', account_id, 28), 0) as monthly_on,
       if(family = 'insurance', picked([1, 3, 5, 5, 10], rate_lot), 0) as rolls,
       if(family = 'wealth', 24000 + 2000 * rate_lot, 0) as part
from (select *, picked([60, 90, 180, 365], term_lot % 4) as term_days, (rolls_lot // 2 + 1) * term_days as lasts
      from contract where family in ('card', 'wealth', 'fund', 'insurance'))
"""

ACCOUNTS = f"""
create table account as
with every as (({DEMAND}) union all ({ROLLING}) union all ({PAID_MONTHLY}) union all ({OTHERS}))
select * replace (monthly_on::integer as monthly_on, term_days::integer as term_days),
       if(draw('books elsewhere', account_id, 100) < 3, 1 + draw('elsewhere', account_id, 20), sub_branch) as booked_at,
       draw('swing', account_id, 1000) as swing_lot, draw('growth', account_id, 1000) as growth_lot
from every
where closed_on is null or closed_on > first_day()
"""


def build_bank(connection: duckdb.DuckDBPyConnection, first_day: dt.date, last_day: dt.date, seed: int) -> None:
    """Make the tables `customer` and `account` of a bank with this history."""
    prepare(connection)
    connection.execute(f"create macro first_day() as date '{first_day}'")
    connection.execute(f"create macro history_end() as date '{last_day}'")
    connection.execute(f"create macro history_days() as {(last_day - first_day).days}")
    shares = [number for number, size in enumerate(SIZES_OF_SUB_BRANCHES, start=1) for _ in range(size)]
    connection.execute(f"create macro sub_branch_lots() as {shares}")
    sizes = [(family, *size[1:]) for family, size in FAMILIES.items()]
    connection.execute("create table family_size (family text, family_id bigint, standing bigint, fresh bigint)")
    connection.executemany("insert into family_size values (?, ?, ?, ?)", sizes)
    for table, names in (
        ("family", demo_names.FAMILY_NAMES), ("given", demo_names.FIRST_SYLLABLES),
        ("ending", demo_names.LAST_SYLLABLES), ("one", demo_names.FIRM_FIRST), ("two", demo_names.FIRM_LAST),
        ("trade", demo_names.FIRM_TRADES),
    ):  # fmt: skip
        latin, chinese = zip(*names, strict=True)
        connection.register("names", pa.table({"number": range(len(names)), "name": latin, "name_zh": chinese}))
        connection.execute(f"create table {table} as from names")
        connection.unregister("names")
    for statement in (CUSTOMERS, CONTRACTS, OPENED_ON, ACCOUNTS):
        connection.execute(lots(statement, seed))
