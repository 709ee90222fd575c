"""Which business dates are due, and which are computed together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from portal.query.calendar import ONE_DAY, BusinessCalendar


def last_due(now: dt.datetime, nightly_at: dt.time, zone: ZoneInfo) -> dt.date:
    """The newest business date whose night has begun: yesterday by the bank's clock, before the hour the day before it.

    `now` is an aware instant. When clocks change and the hour is skipped, the next instant that exists counts; when it
    comes twice, the first one does, and asking again is harmless, because a date has one run.
    """
    here = now.astimezone(zone)
    nights = 1 if here.time() >= nightly_at else 2
    return here.date() - nights * ONE_DAY


def missed_dates(
    calendar: BusinessCalendar, known: Collection[dt.date], first: dt.date | None, last: dt.date
) -> list[dt.date]:
    """The open dates up to `last` that have no run, oldest first.

    They are counted from `first`; without it, from the oldest known run. A job that never ran is due for `last` only.
    """
    start = first or min(known, default=last)
    return [day for day in calendar.open_dates(start, last) if day not in known]


def follows(calendar: BusinessCalendar, day: dt.date, later: dt.date) -> bool:
    """Whether `later` is the next business date after `day` and of the same month; pass a calendar without closed days
    for a job that has runs for those, too."""
    return (day.year, day.month) == (later.year, later.month) and calendar.next_open(day) == later
