"""The earlier months that a formula of a person's month looks back at, each with its value as the run knew it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from calc.rulebook.earlier import length
from calc.rulebook.plan import moved, window_day
from calc.rulebook.printing import printed
from calc.rulebook.standing import AgentMonth, Unknown
from calc.rulebook.syntax import Call, Name
from portal.models.runs import Published
from portal.query.month_facts import AGAIN, VALUES
from portal.query.statement import last_of
from portal.query.statement_month import FoundMonth, difference_lines

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month with its value; `known_in` is the later month whose run found it again."""

    month: dt.date
    amount: Decimal
    before: Decimal = NOTHING
    known_in: dt.date | None = None
    line: str = ""  # by which that run pays a difference for the month


class Listed:
    """Rows of an amount each: what they come to together, now and as it was stated before."""

    __slots__ = ()
    rows: Sequence[Any]

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.rows), NOTHING)

    @property
    def before(self) -> Decimal:
        return sum((one.before for one in self.rows), NOTHING)


@dataclass(frozen=True, slots=True)
class LookedBack(Listed):
    """What a function over time comes to, the element it looks at, and its months."""

    text: str
    element: str
    rows: Sequence[MonthRow]

    @property
    def value(self) -> Decimal | None:
        """What the function gives: nothing for PRIOR of a month without the person."""
        return self.total if self.rows else None


def looked_back(found: FoundMonth, known: AgentMonth, call: Call) -> LookedBack:
    """The months of a function over time, oldest first. Raises Unknown where a value that is asked for is not there."""
    name = call.arguments[0]
    assert isinstance(name, Name)
    first, back = found.month, length(call)
    start = {
        "QTD": window_day("quarter_0_from", first), "YTD": window_day("year_0_from", first), "PRIOR": moved(first, -back),
    }.get(call.function, moved(first, -max(back - 1, 0)))  # fmt: skip
    until = moved(start, 1) if call.function == "PRIOR" else first
    earlier = [month for month in _months(start, until) if month < first]
    rows = [row for row in _earlier(found, name.name, earlier) if row is not None]
    if call.function != "PRIOR":
        now = known.values.get(name.name)
        if not isinstance(now, Decimal | int):
            raise Unknown(call)
        rows.append(MonthRow(first, Decimal(now), known_in=found.run_month if found.is_again else None))
    return LookedBack(printed(call), name.name, rows)


def beside_months(now: Sequence[LookedBack], then: Sequence[LookedBack]) -> list[LookedBack]:
    """Months as they are known now, each beside its value when that was stated before."""
    earlier = {one.text: {row.month: row.amount for row in one.rows} for one in then}
    return [
        replace(one, rows=[replace(row, before=earlier.get(one.text, {}).get(row.month, NOTHING)) for row in one.rows])
        for one in now
    ]


def _months(start: dt.date, until: dt.date) -> list[dt.date]:
    found = []
    while start < until:
        found.append(start)
        start = moved(start, 1)
    return found


def _earlier(found: FoundMonth, name: str, months: Sequence[dt.date]) -> list[MonthRow | None]:
    """Each month as it was found last before the run, or by it."""
    if not months:
        return []
    bound = found.month if found.is_again else found.run_month
    runs = [*_months(months[0], bound), found.run_month]
    rows: dict[dt.date, dict[str, Any]] = {}
    for dataset, days in ((VALUES, [last_of(one) for one in months]), (AGAIN, [last_of(one) for one in runs])):
        for day in _with_rows(found, dataset, days):  # later ones are newer
            for row in found.reader.ask(
                "select * from made where agent_id = ?", [found.person_id], made=(dataset, [day])
            ):  # fmt: skip
                rows[row["month"]] = row
    return [_row(found, month, rows[month], name) if month in rows else None for month in months]


def _with_rows(found: FoundMonth, dataset: str, days: Sequence[dt.date]) -> list[dt.date]:
    """The days of which anything is published: a run that found no month again may have left no columns either."""
    pins = found.reader.pins(dataset, found.reader.published(dataset, days))
    asked = select(Published.business_date, Published.version).where(
        Published.dataset == dataset, Published.business_date.in_([one.business_date for one in pins]), Published.row_count > 0
    )  # fmt: skip
    filled = {(row.business_date, row.version) for row in found.reader.session.execute(asked)}
    return [one.business_date for one in pins if (one.business_date, one.version) in filled]


def _row(found: FoundMonth, month: dt.date, row: dict[str, Any], name: str) -> MonthRow | None:
    value, run = row.get(name), row["business_date"]
    if value is None or last_of(month) == run:
        return None if value is None else MonthRow(month, Decimal(value))
    lines = difference_lines(found.reader, run, month, [found.person_id])
    return MonthRow(month, Decimal(value), known_in=run.replace(day=1), line=lines.get(found.person_id, ""))
