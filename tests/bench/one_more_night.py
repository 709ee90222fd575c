"""One more night after 1, 30 and 365 days of the demo bank: the median of five, the same nights of the same accounts.

And the whole Czech bank. Whoever compares a night of the first month with one a year later compares banks of different sizes.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import statistics
import time
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pyarrow as pa

from jobs import inputs
from jobs.job import Chunk
from jobs.nightly import NIGHTLY_JOB
from jobs.runner import run_chunk
from portal.database import database
from portal.migrations.upgrade import upgrade
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.postgres import EmbeddedPostgres
from portal.sources.base import Source
from portal.sources.demo import DemoSource
from portal.sources.load import load_organisation

HISTORIES_DAYS = (1, 30, 365)
NIGHTS = 5
ONE_DAY = dt.timedelta(days=1)


def prepare(source: Source, name: str, location: str, options: dict[str, str]) -> None:
    """Load a source into the installation that BASIS_VAR names."""
    upgrade(database())
    with database().transaction(LOCAL_OPERATOR) as session:
        load_organisation(session, source, name, location, options)


OPENING = """
select min(movement_id) as movement_id, account_id, cast($begins as date) as business_date, balance as amount,
       balance as balance_after, 'opening' as kind
from (select account_id, movement_id, arg_max(balance_after, movement_id) over (partition by account_id) as balance from moved)
where balance <> 0 group by account_id, balance
"""
HELD = "from moved where business_date >= $nights_begin or account_id in (from held)"


class BegunLater(DemoSource):
    """The demo bank as an installation has it that began on a later day: the same accounts and nights after another history.

    On its first day it delivers what each account holds. What holds nothing any more when the nights begin is left out of every
    history: its averages of the year would be more accounts, not a longer history of the same.
    """

    def __init__(self, last_day: dt.date, begins: dt.date, nights_begin: dt.date) -> None:
        super().__init__(last_day)
        self.begins, self.nights_begin = begins, nights_begin

    def dates(self) -> tuple[dt.date, dt.date]:
        return self.begins, self.last_day

    def _movements(self, first_day: dt.date, last_day: dt.date) -> pa.Table:
        if first_day > self.begins:
            moved = super()._movements(first_day, last_day)
        else:
            moved = self._opening(self.begins)
            if last_day > self.begins:
                later = super()._movements(self.begins + ONE_DAY, last_day)
                moved = pa.concat_tables([moved, later.select(moved.column_names)])
        with duckdb.connect() as connection:
            connection.register("moved", moved)
            connection.register("held", self._held)
            return connection.sql(HELD, params={"nights_begin": self.nights_begin}).to_arrow_table()

    def _opening(self, day: dt.date) -> pa.Table:
        """What each account holds at the end of a day, as a movement of it."""
        with duckdb.connect() as connection:
            before = [super(BegunLater, self)._movements(*days) for days in months(self.first_day, day)]
            connection.register("moved", pa.concat_tables(before))
            return connection.sql(OPENING, params={"begins": day}).to_arrow_table()

    @cached_property
    def _held(self) -> pa.Table:
        """The accounts that hold something when the nights begin."""
        return self._opening(self.nights_begin - ONE_DAY).select(["account_id"])


def months(first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
    """A range of days by calendar months, each as its first and last day."""
    days = [first + number * ONE_DAY for number in range((last - first).days + 1)]
    by_month = [list(dates) for _month, dates in itertools.groupby(days, key=lambda day: (day.year, day.month))]
    return [(dates[0], dates[-1]) for dates in by_month]


def one_more_night(last_day: dt.date) -> dict[int, tuple[float, float]]:
    """Median seconds and processor seconds of a night by days of history: the same nights, each in an installation of its own."""
    with get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        return {history: processes.apply(nights_after, (last_day, history)) for history in HISTORIES_DAYS}


def nights_after(last_day: dt.date, history: int) -> tuple[float, float]:
    """Median seconds and processor seconds of the nights from the second of June on, after some days of history."""
    var = Path(os.environ["BASIS_VAR"]) / f"after-{history}"
    os.environ["BASIS_VAR"] = str(var)
    first_night = DemoSource(last_day).first_day.replace(year=last_day.year) + ONE_DAY
    source = BegunLater(last_day, first_night - history * ONE_DAY, first_night)
    prepare(source, "demo", "", {"last_day": str(last_day)})
    inputs.open_source = lambda _config: source
    try:
        run_days(source.begins, first_night - ONE_DAY)
        nights = [timed_night(first_night + number * ONE_DAY) for number in range(NIGHTS)]
    finally:
        EmbeddedPostgres(var / "postgres").stop()
    seconds, processor_seconds = zip(*nights, strict=True)
    return statistics.median(seconds), statistics.median(processor_seconds)


def timed_night(day: dt.date) -> tuple[float, float]:
    """Seconds and processor seconds of a night."""
    began, processor = time.perf_counter(), time.process_time()
    run([day])
    return time.perf_counter() - began, time.process_time() - processor


def whole_czech_bank(folder: Path) -> float:
    """Seconds for every date of the Czech bank."""
    from portal.sources.berka import BerkaSource

    source = BerkaSource(str(folder))
    prepare(source, "berka", str(folder), {})
    began = time.perf_counter()
    run_days(*source.dates())
    return time.perf_counter() - began


def run_days(first: dt.date, last: dt.date) -> None:
    """Run a range of dates, a month at a time."""
    for begins, ends in months(first, last):
        run([begins + number * ONE_DAY for number in range((ends - begins).days + 1)])


def run(dates: list[dt.date]) -> None:
    """Run some dates; a night that is not published was not measured."""
    status = run_chunk(NIGHTLY_JOB, Chunk.of("nightly", dates))
    if status != RunStatus.PUBLISHED:
        raise RuntimeError(f"The nightly run of {dates[0]} to {dates[-1]} is {status}.")
