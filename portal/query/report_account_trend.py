"""How a total went: a measure over the same rows, at the end of each month of a year and on the day itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from portal.query.reader import Reader
from portal.query.report import Measure, View
from portal.query.report_account_rows import total_of_day
from portal.query.report_trend import month_ends


def account_trend(
    reader: Reader, kinds: Sequence[str], view: View, measure: Measure
) -> list[tuple[dt.date, Decimal | int]]:
    """The total of a measure on published month ends of the last year and on the view's day, the oldest first; each day
    by its own tree and its own period."""
    narrowed = view.customer is not None or view.account is not None
    dataset = "credit_day" if measure.counts or narrowed else "manager_day"  # the total of whatever it is read by
    days = reader.published(dataset, month_ends(view.at))
    # days on which the figure and the rows are said alike are asked together
    alike: dict[tuple[str, str], tuple[list[dt.date], list[object]]] = {}
    for day in days:
        figure, condition, parameters = total_of_day(reader, kinds, view.on(day), measure)
        alike.setdefault((figure, condition), ([], parameters))[0].append(day)
    if not alike:
        return []
    texts = [
        f"select business_date as day, {figure} as value from facts "
        f"where {condition} and business_date in ({_listed(same)}) group by 1"
        for (figure, condition), (same, _parameters) in alike.items()
    ]
    asked = [one for _same, parameters in alike.values() for one in parameters]
    rows = reader.ask(" union all ".join(texts), asked, whole=False, facts=(dataset, days))
    found = {row["day"]: row["value"] for row in rows}
    none = 0 if measure.counts else None
    points = [(day, found.get(day, none)) for day in days]
    return [(day, value) for day, value in points if value is not None]


def _listed(days: Sequence[dt.date]) -> str:
    return ", ".join(f"date '{day}'" for day in days)
