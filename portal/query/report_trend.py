"""How a total went: a measure over the same rows, at the end of each month of a year and on the day itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from portal.query.reader import Reader
from portal.query.report import Measure, Report, View

MONTHS = 12


def report_trend(reader: Reader, report: Report, view: View, measure: Measure) -> list[tuple[dt.date, Decimal | int]]:
    """The total of a measure on published month ends of the last year and on the view's day, the oldest first; each day
    by its own tree and its own period."""
    reader.allow(report.permission)
    return report.trend(reader, view, measure)


def month_ends(day: dt.date) -> list[dt.date]:
    """A day and the ends of the twelve months before it."""
    ends = [day]
    while len(ends) <= MONTHS:
        ends.append(ends[-1].replace(day=1) - dt.timedelta(days=1))
    return ends
