"""A demo bank: 20,000 customers, 45,000 accounts and 18 months of movements, the same on every machine.

It is generated as SQL from numbers and days alone (`demo_draws`), so any day can be asked for by itself, and days after
the history go on arriving as the calendar does.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property, lru_cache

import duckdb
import pyarrow as pa

from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.sentence import Sentence
from portal.sources.base import SCHEMAS, SHARE, Control, Family, Organisation, SourceError, check_request
from portal.sources.conform import conform
from portal.sources.demo_accounts import LATER_DAYS, build_bank
from portal.sources.demo_calendar import ONE_DAY, calendar_days
from portal.sources.demo_contracts import MONTHLY_MOVEMENTS, ROLLING_MOVEMENTS, YEARLY_MOVEMENTS
from portal.sources.demo_draws import lots
from portal.sources.demo_organisation import (
    LEVELS,
    PRODUCTS,
    SHARES,
    ftp_curve,
    institution_tree,
    manager_code,
    staff,
)
from portal.sources.demo_waves import BALANCE_MACROS, SLOTS, WAVE_MOVEMENTS

MONTHS = 18
SEED = 20_260_101

MOVEMENTS = f"""
with asked_month as (select day as month from calendar where day(day) = 1)
select account_id * 1000000 + day_number(day) * 10 + turn as movement_id, account_id, day as business_date,
       yuan(amount) as amount, yuan(balance_after) as balance_after, kind
from (
    ({WAVE_MOVEMENTS}) union all ({ROLLING_MOVEMENTS}) union all ({MONTHLY_MOVEMENTS}) union all ({YEARLY_MOVEMENTS})
)
order by business_date, account_id, movement_id
"""

# An account's attributes hold from the day it was opened, re-priced, moved to another sub-branch, or closed.
ACCOUNT_ROWS = """
create table account_row as
with changing as (
    select *, if(family = 'corporate' and opened_on < first_day() + 200, first_day() + 200, null) as repriced_on,
           if(draw('moves', account_id, 600) = 0 and opened_on < first_day() + 250, first_day() + 250, null) as moved_on
    from account
), dated as (
    select *, unnest(list_distinct([opened_on, repriced_on, moved_on, closed_on])) as valid_from from changing
)
select account_id, '6217' || lpad((account_id * 97 % 100000000)::varchar, 8, '0') || account_id as account_no,
       customer_id, product_code,
       'S' || lpad(if(valid_from >= moved_on, 1 + booked_at % 20, booked_at)::varchar, 2, '0') as institution_code,
       opened_on, if(valid_from >= closed_on, closed_on, null) as closed_on,
       ((rate - if(valid_from >= repriced_on, 500, 0)) * 0.000001::decimal(7, 6))::decimal(9, 6) as customer_rate,
       if(valid_from >= repriced_on, repriced_on, null) as repriced_on, term_days, yuan(granted) as granted_amount,
       'CNY' as currency, valid_from
from dated where closed_on is null or valid_from <= closed_on
"""
ACCOUNTS_OF = "from account_row where valid_from <= $last_day order by account_id, valid_from"
CUSTOMERS_OF = """
select customer_id, customer_no, name, name_zh, if(is_firm, 'corporate', 'personal') as segment, since
from customer where since <= $last_day order by customer_id
"""


class DemoSource:
    """The demo bank whose history ends on a day; give the same day and seed to get the same bank."""

    code = "demo"
    family: Family = "bank"
    home_currency = "CNY"
    continues = True

    def __init__(self, last_day: dt.date, seed: int = SEED) -> None:
        self.last_day, self.seed = last_day, seed
        months = last_day.year * 12 + last_day.month - MONTHS
        self.first_day = dt.date(months // 12, months % 12 + 1, 1)

    @property
    def options(self) -> dict[str, str | int]:
        """What a source's configuration keeps, so that the bank stays the same."""
        return {"last_day": self.last_day.isoformat(), "seed": self.seed}

    def organisation(self) -> Organisation:
        """Three levels, 120 managers who credit is given to, their leaders, products and an FTP curve."""
        people, positions = staff(self.first_day)
        return Organisation(
            levels=LEVELS,
            institutions=institution_tree(),
            people=people,
            positions=positions,
            products=PRODUCTS,
            ftp_rates=ftp_curve(self.last_day),
            shares=self._shares(),
        )

    def dates(self) -> tuple[dt.date, dt.date]:
        """The 18 calendar months of the history, the last one up to its last day."""
        return self.first_day, self.last_day

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        """Rows as `SCHEMAS[dataset]`; also of days after the history, for two years."""
        check_request(self.family, dataset, first_day, last_day)
        end = self.last_day + dt.timedelta(days=LATER_DAYS)
        if first_day < self.first_day or last_day > end:
            lives = Sentence("The demo bank lives from %(begin)s to %(end)s; %(first)s to %(last)s was asked for.",
                             begin=self.first_day, end=end, first=first_day, last=last_day)  # fmt: skip
            raise SourceError(lives)
        if dataset == "movement":
            rows = self._movements(first_day, last_day)
        else:
            chosen = ACCOUNTS_OF if dataset == "account" else CUSTOMERS_OF
            rows = self._bank.cursor().sql(chosen, params={"last_day": last_day}).to_arrow_table()
        return conform(rows, SCHEMAS[dataset], f"{dataset} rows of the demo bank")

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        """The generator keeps no figures of its own to hold its rows to."""
        return ()

    def _movements(self, first_day: dt.date, last_day: dt.date) -> pa.Table:
        """Movements of some days; the month before them tells the balances they start from."""
        look_back = max((first_day.replace(day=1) - ONE_DAY).replace(day=1), self.first_day)
        cursor = self._bank.cursor()
        cursor.register("calendar", calendar_days(look_back, last_day))
        days = {"from_day": first_day, "last_day": last_day, "look_back": look_back}
        return cursor.sql(lots(MOVEMENTS, self.seed), params=days).to_arrow_table()

    def _shares(self) -> pa.Table:
        rows = self._bank.cursor().sql(lots(SHARES, self.seed)).to_arrow_table()
        pairs = zip(rows.column("sub_branch").to_pylist(), rows.column("place").to_pylist(), strict=True)
        people = pa.array(manager_code(number, place) for number, place in pairs)
        return conform(rows.append_column("person_code", people), SHARE, "shares of the demo bank")

    @cached_property
    def _bank(self) -> duckdb.DuckDBPyConnection:
        """Customers and accounts, generated once; each call works on a cursor of its own."""
        connection = duckdb.connect(config={"threads": 2})
        build_bank(connection, self.first_day, self.last_day, self.seed)
        for statement in (SLOTS, BALANCE_MACROS, ACCOUNT_ROWS):
            connection.execute(lots(statement, self.seed))
        return connection


@lru_cache(maxsize=1)
def demo_bank(last_day: str, seed: int = SEED) -> DemoSource:
    """The bank of these options; kept, because a run opens its source once a chunk."""
    return DemoSource(dt.date.fromisoformat(last_day), int(seed))
