"""What a report declares, and what one person looks at.

A Report says which measures may be read by which dimensions; a View is what one person looks at now. `report_table`
turns the two into one question to the lake; `report_view` reads a View from an address.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from flask_babel import gettext as _

from calc.columns import PROFIT_DIVISOR
from portal.permissions import Permission


class Period(StrEnum):
    """Since when sums run."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def first_day(self, day: dt.date) -> dt.date:
        """The first day of the period a day lies in."""
        if self is Period.YEAR:
            return day.replace(month=1, day=1)
        if self is Period.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        return day.replace(day=1)

    def days(self, day: dt.date) -> int:
        """Calendar days from the period's first day up to the day."""
        return (day - self.first_day(day)).days + 1


def days_in_year_before(day: dt.date) -> int:
    """Calendar days of the year the base was taken from."""
    return 366 if calendar.isleap(day.year - 1) else 365


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: its name, its unit and the SQL that sums it. `{period}`, `{days}` and `{base_days}` follow the view."""

    key: str
    title: Any  # a lazily translated text
    sql: str
    unit: str = "money"  # money, count
    meaning: Any = ""  # the definition, for "why this number?"
    periodic: bool = False  # sums over the view's period
    base: Literal["", "day", "year"] = ""  # what it is measured against, of the year before: its last day, or all of it
    counts: str = ""  # a count of these, each once however many share it: read from the credits, not summed

    def text(self, view: View) -> str:
        """The SQL for a view's period and day."""
        return self.sql.format(
            period=view.period.value, days=view.period.days(view.at), base_days=days_in_year_before(view.at),
            year_days=Period.YEAR.days(view.at), divisor=PROFIT_DIVISOR,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dimension:
    """What figures may be read by: a column, or a level of the tree (any level the bank has)."""

    key: str
    title: Any
    column: str
    dataset: str = "manager_day"
    drills_to: str = ""


class ReportError(ValueError):
    """A view asks for what its report does not declare; the message names it and what there is."""


@dataclass(frozen=True)
class Report:
    """Measures by dimensions over products of some kinds."""

    key: str
    title: Any
    kinds: tuple[str, ...]
    measures: tuple[Measure, ...]
    dimensions: tuple[Dimension, ...]
    standard: tuple[str, ...]  # the measures shown unless a view chooses
    permission: Permission = Permission.REPORT_VIEW
    icon: str = "bar-chart"

    def __post_init__(self) -> None:
        known = {measure.key for measure in self.measures}
        if unknown := [key for key in self.standard if key not in known]:
            raise ReportError(f"Report {self.key} shows the measure {unknown[0]!r}, which it does not declare.")

    def measure(self, key: str) -> Measure:
        for measure in self.measures:
            if measure.key == key:
                return measure
        listed = ", ".join(measure.key for measure in self.measures)
        raise ReportError(
            _(
                "The report %(report)s has no measure “%(key)s”; it has %(listed)s.",
                report=self.title,
                key=key,
                listed=listed,
            )
        )

    def dimension(self, key: str, levels: Sequence[str]) -> Dimension:
        """The dimension of a key; every level of the tree is one."""
        for dimension in self.dimensions:
            if dimension.key == key:
                return dimension
        if key in levels:
            return Dimension(key, key, "institution_id", drills_to="manager")
        names = [*levels, *(dimension.key for dimension in self.dimensions)]
        listed = ", ".join(names)
        raise ReportError(
            _(
                "The report %(report)s cannot be read by “%(key)s”; it can by %(listed)s.",
                report=self.title,
                key=key,
                listed=listed,
            )
        )


@dataclass(frozen=True, slots=True)
class View:
    """What one person looks at."""

    at: dt.date
    by: str
    measures: tuple[str, ...] = ()
    period: Period = Period.MONTH
    compare: dt.date | None = None
    institution: int | None = None  # it and what stands below it
    place: int | None = None  # what stands at this institution itself, at none below it
    manager: int | None = None
    customer: int | None = None
    account: int | None = None
    product: int | None = None
