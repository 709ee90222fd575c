"""Which dates are due: clock changes, leap days, year ends, closed days, three days asleep."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from jobs.calendar import follows, last_due, missed_dates
from portal.query.calendar import BusinessCalendar

ALWAYS_OPEN = BusinessCalendar()
WEEKDAYS = BusinessCalendar(
    frozenset(day for day in (dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(400)) if day.weekday() > 4)
)


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "nightly_at", "zone", "due"),
    [
        ("2024-03-05 04:59", "05:00", "UTC", "2024-03-03"),
        ("2024-03-05 05:00", "05:00", "UTC", "2024-03-04"),
        ("2024-03-04 21:00", "05:00", "Asia/Shanghai", "2024-03-04"),  # 5:00 on the 5th there
        ("2024-03-01 06:00", "05:00", "UTC", "2024-02-29"),  # leap day
        ("2025-01-01 06:00", "05:00", "UTC", "2024-12-31"),
        ("2021-01-04 06:00", "05:00", "UTC", "2021-01-03"),  # the end of a year with 53 weeks
        ("2024-03-31 00:59", "02:30", "Europe/Berlin", "2024-03-29"),  # 1:59, and 2:30 will not exist
        ("2024-03-31 01:00", "02:30", "Europe/Berlin", "2024-03-30"),  # 3:00, the next instant that does
        ("2024-10-27 00:30", "02:30", "Europe/Berlin", "2024-10-26"),  # 2:30 for the first time
        ("2024-10-27 01:30", "02:30", "Europe/Berlin", "2024-10-26"),  # and again
    ],
)
def test_the_newest_night_that_has_begun(now: str, nightly_at: str, zone: str, due: str) -> None:
    assert last_due(instant(now), dt.time.fromisoformat(nightly_at), ZoneInfo(zone)) == dt.date.fromisoformat(due)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"])
def test_a_year_of_ticks_asks_for_every_date_exactly_once(zone: str) -> None:
    known: set[dt.date] = {dt.date(2023, 12, 31)}
    asked: list[dt.date] = []
    now = instant("2024-01-02 00:00")
    while now < instant("2025-01-03 00:00"):
        new = missed_dates(ALWAYS_OPEN, known, None, last_due(now, dt.time(2, 30), ZoneInfo(zone)))
        asked += new
        known.update(new)
        now += dt.timedelta(minutes=29)
    assert asked == [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(len(asked))]
    assert dt.date(2024, 12, 31) in asked


def test_after_three_days_asleep_all_three_dates_are_due_in_order() -> None:
    known = {dt.date(2024, 2, 26)}
    assert missed_dates(ALWAYS_OPEN, known, None, dt.date(2024, 2, 29)) == [
        dt.date(2024, 2, day) for day in (27, 28, 29)
    ]


def test_a_hole_is_missed_too_and_closed_days_never_are() -> None:
    known = {dt.date(2024, 1, 4), dt.date(2024, 1, 8)}
    assert missed_dates(WEEKDAYS, known, None, dt.date(2024, 1, 9)) == [dt.date(2024, 1, 5), dt.date(2024, 1, 9)]


def test_a_job_that_never_ran_is_due_from_the_first_date_of_its_source_or_for_yesterday() -> None:
    yesterday = dt.date(2024, 1, 10)
    assert missed_dates(ALWAYS_OPEN, {}, dt.date(2024, 1, 9), yesterday) == [dt.date(2024, 1, 9), yesterday]
    assert missed_dates(ALWAYS_OPEN, {}, None, yesterday) == [yesterday]
    assert missed_dates(ALWAYS_OPEN, {}, dt.date(2024, 1, 11), yesterday) == []


@pytest.mark.parametrize(
    ("day", "later", "yes"),
    [
        ("2024-02-28", "2024-02-29", True),
        ("2024-02-29", "2024-03-01", False),  # another month
        ("2024-02-27", "2024-02-29", False),  # the 28th is missing
        ("2024-02-16", "2024-02-19", True),  # over a closed weekend
        ("2024-12-31", "2025-01-01", False),
    ],
)
def test_dates_are_computed_together_within_a_month_and_without_a_hole(day: str, later: str, yes: bool) -> None:
    assert follows(WEEKDAYS, dt.date.fromisoformat(day), dt.date.fromisoformat(later)) is yes
