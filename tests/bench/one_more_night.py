"""One more night on histories of 1, 30 and 365 days of the demo bank: the median of five; and the whole Czech bank."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
import time
from pathlib import Path

from jobs.job import Chunk
from jobs.nightly import NIGHTLY_JOB
from jobs.runner import run_chunk
from portal.database import database
from portal.migrations.upgrade import upgrade
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.sources.base import Source
from portal.sources.load import load_organisation

HISTORIES_DAYS = (1, 30, 365)
NIGHTS = 5
ONE_DAY = dt.timedelta(days=1)


def prepare(source: Source, name: str, location: str, options: dict[str, str]) -> None:
    """Load a source into the installation that BASIS_VAR names."""
    upgrade(database())
    with database().transaction(LOCAL_OPERATOR) as session:
        load_organisation(session, source, name, location, options)


def one_more_night(last_day: dt.date) -> dict[int, float]:
    """Median seconds of a night by days of history."""
    from portal.sources.demo import DemoSource

    source = DemoSource(last_day)
    prepare(source, "demo", "", {"last_day": str(last_day)})
    first, found, done = source.first_day, {}, 0
    for history in HISTORIES_DAYS:
        run_days(first + done * ONE_DAY, first + (history - 1) * ONE_DAY)
        nights = []
        for number in range(NIGHTS):
            night = first + (history + number) * ONE_DAY
            began = time.perf_counter()
            run([night])
            nights.append(time.perf_counter() - began)
        found[history] = statistics.median(nights)
        done = history + NIGHTS
    return found


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
    days = [first + number * ONE_DAY for number in range((last - first).days + 1)]
    for _month, dates in itertools.groupby(days, key=lambda day: (day.year, day.month)):
        run(list(dates))


def run(dates: list[dt.date]) -> None:
    """Run some dates; a night that is not published was not measured."""
    status = run_chunk(NIGHTLY_JOB, Chunk.of("nightly", dates))
    if status != RunStatus.PUBLISHED:
        raise RuntimeError(f"The nightly run of {dates[0]} to {dates[-1]} is {status}.")
