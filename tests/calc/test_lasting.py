"""The short way of a night equals the long one: accounts that changed are computed, of all others yesterday's lines last.

Deliveries are two random banks: each account, the shares, the places and the curves pass from the first to the second on a
day of their own. So rows are added, altered, taken out and corrected for days long past.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import Engine
from calc.unfold import unfolded
from jobs.lasting import DELIVERED
from jobs.opening import OPENING
from tests.calc import twin
from tests.calc.tables import FAR, table
from tests.calc.test_twin import FIRST, LAST, a_day, banks, give
from tests.examples import examples

NEW_YEAR, DAY = dt.date(2026, 1, 1), dt.timedelta(days=1)
LATER = (0, 31, 90)  # days: across the new year, from January to February, from one quarter to the next
DATED = """
select table_name, column_name from duckdb_columns() where data_type = 'DATE'
and table_name in ('account', 'every_movement', 'exchange_rate', 'share', 'position', 'ftp_rate')
"""
SWITCHED = ("shares", "positions", "curves")
COMPUTED = ("opening_account", "day_order", "end_of_day", "balance_interval", "foreign_day", "reported_interval",
            "account_term", "account_share", "account_segment", "credit_interval", "brought",
            "credit_line")  # fmt: skip


@dataclass
class Deliveries:
    """What a bank delivers: until its day each part as the first bank has it, from then on as the second."""

    first: twin.Bank
    second: twin.Bank
    days: dict[int | str, dt.date]

    def on(self, day: dt.date) -> twin.Bank:
        """What is delivered for a chunk that ends on this day."""
        out = twin.Bank({}, {}, {}, {}, {}, {}, {}, [], [])
        for account in sorted({*self.first.opened, *self.second.opened}):
            self._take(out, account, day)
        for part in SWITCHED:
            setattr(out, part, getattr(self._bank(part, day), part))
        every_day = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
        known = {**self.second.rates, **self.first.rates}
        out.rates = {
            (code, one): known.get((code, one), Decimal("7.25")) for code in ("USD", "JPY") for one in every_day
        }
        return out

    def _bank(self, part: int | str, day: dt.date) -> twin.Bank:
        return self.first if day < self.days.get(part, FAR) else self.second

    def _take(self, out: twin.Bank, account: int, day: dt.date) -> None:
        bank = self._bank(account, day)
        if account not in bank.opened:
            return
        for part in ("opened", "closed", "customer", "booked", "terms", "sold", "currency"):
            if account in getattr(bank, part):
                getattr(out, part)[account] = getattr(bank, part)[account]
        out.movements.update({key: amount for key, amount in bank.movements.items() if key[0] == account})


@st.composite
def deliveries(draw: st.DrawFn) -> Deliveries:
    first, second = draw(banks()), draw(banks())
    parts: list[int | str] = [*sorted({*first.opened, *second.opened}), *SWITCHED]
    days = {part: day for part in parts if (day := draw(st.none() | a_day)) is not None}
    return Deliveries(first, second, days)


def deliver(engine: Engine, bank: twin.Bank, days: list[dt.date], later: int) -> None:
    """Offer what is delivered for some days; what was before becomes `..._before`, and all accounts `listed`.

    Everything happens some days later than the bank says.
    """
    known = {row[0] for row in engine.connection.execute("show tables").fetchall()}
    for name in DELIVERED:
        if name in known:
            source = "listed" if name == "account" else name
            engine.connection.execute(f"create or replace table {name}_before as from {source}")
    give(engine, bank)
    for name, column in engine.connection.execute(DATED).fetchall():
        engine.connection.execute(f"update {name} set {column} = {column} + {later} where {column} <> '{FAR}'")
    engine.make("price")
    engine.connection.execute("create or replace table listed as from account")
    engine.give("calendar", table([{"business_date": day} for day in days], "business_date"))
    engine.connection.execute(
        "create or replace table movement as from every_movement semi join calendar using (business_date)"
    )


def compute(engine: Engine, way: str, before: dt.date, *, short: bool) -> None:
    """Make the lines of these days from those of a way, and leave them there."""
    run = engine.connection.execute
    run("create or replace table account as from listed")
    run(f"create or replace table opening_line as from {way}_line")
    run(f"create or replace table opening_foreign as from {way}_foreign where business_date = ?", [before])
    if short:
        engine.make("changed_holding")
        engine.make("changed_account")
        run("create or replace table account as from listed semi join changed_account using (account_id)")
        run("create or replace view own_line as from opening_line semi join changed_account using (account_id)")
    else:
        run("create or replace view own_line as from opening_line")
    give_opening(engine, "own_line", before)
    for name in COMPUTED:
        engine.make(name)
    if short:
        give_opening(engine, "opening_line", before)
        engine.make("brought")
        engine.make("lasting_line")
        run("create or replace table credit_line as from credit_line union all by name from lasting_line")
    engine.make("credit_day")
    engine.make("manager_day")
    for name in ("credit_line", "credit_day", "manager_day", "foreign_day"):
        run(f"create or replace table {way}_{name.removeprefix('credit_').removesuffix('_day')} as from {name}")


def give_opening(engine: Engine, lines: str, before: dt.date) -> None:
    state = unfolded(lines, [before], "margin_factor")
    engine.connection.execute(f"create or replace view opening as select {', '.join(OPENING)} from {state}")


def differing(engine: Engine, name: str) -> list[Any]:
    """Rows that one way has and the other has not."""
    ways = (f"from long_{name}", f"from short_{name}")
    return [
        row
        for one, other in (ways, ways[::-1])
        for row in engine.connection.execute(f"{one} except all {other}").fetchall()
    ]


@examples(6)
@given(deliveries(), st.sets(a_day, max_size=3), st.sampled_from(LATER))
@pytest.mark.long
def test_the_short_way_equals_the_long_way(bank: Deliveries, cuts: set[dt.date], later: int) -> None:
    starts = sorted({FIRST, NEW_YEAR, *cuts, *(day + DAY for day in cuts if day < LAST)})
    with Engine(threads=1) as engine:
        for way in ("long", "short"):
            engine.give_empty(f"{way}_line", [*OPENING, "valid_from", "valid_to"])
            engine.give_empty(f"{way}_foreign", ["business_date", "account_id", "account_balance"])
        for start, end in zip(starts, [*starts[1:], LAST + DAY], strict=True):
            days = [start + number * DAY for number in range((end - start).days)]
            asked = [day + later * DAY for day in days]
            deliver(engine, bank.on(days[-1]), asked, later)
            compute(engine, "long", asked[0] - DAY, short=False)
            compute(engine, "short", asked[0] - DAY, short=start != FIRST and asked[0] != NEW_YEAR)
            for name in ("line", "day", "manager", "foreign"):
                assert differing(engine, name) == [], (asked[0], name)
