"""How a total went: a measure over the same rows, at the end of each month of a year and on the day itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from portal.query.reader import Reader
from portal.query.report import Measure, Report, View
from portal.query.report_table import total_of_day

MONTHS = 12


def report_trend(reader: Reader, report: Report, view: View, measure: Measure) -> list[tuple[dt.date, Decimal | int]]:
    """The total of a measure on published month ends of the last year and on the view's day, the oldest first; each day
    by its own tree and its own period."""
    reader.allow(report.permission)
    narrowed = view.customer is not None or view.account is not None
    dataset = "credit_day" if measure.counts or narrowed else "manager_day"  # the total of whatever it is read by
    ends = [view.at]
    while len(ends) <= MONTHS:
        ends.append(ends[-1].replace(day=1) - dt.timedelta(days=1))
    days = reader.published(dataset, ends)
    texts, parameters, tables = [], [], {}
    for number, day in enumerate(days):
        name = f"day_{number}"
        text, more = total_of_day(reader, report, replace(view, at=day, compare=None), measure, name)
        texts.append(f"select date '{day}' as day, ({text}) as value")
        parameters += more
        tables[name] = (dataset, [day])
    if not texts:
        return []
    rows = reader.ask(" union all ".join(texts) + " order by 1", parameters, whole=False, **tables)
    return [(row["day"], row["value"]) for row in rows if row["value"] is not None]
