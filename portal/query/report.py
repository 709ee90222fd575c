"""What a report declares, and what one person looks at.

A Report says which measures may be read by which dimensions, and how its facts are asked: a bank's accounts in `report_accounts`,
an insurer's commissions in `report_commission`. A View is what one person looks at now. `report_table` turns the two into one
question to the lake; `report_view` reads a View from an address.
"""

from __future__ import annotations

import calendar
import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flask_babel import gettext as _

from calc.columns import PROFIT_DIVISOR
from portal.permissions import Permission

if TYPE_CHECKING:
    import pyarrow as pa

    from portal.query.places import Place, Places
    from portal.query.reader import Reader


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
    in_order: bool = False  # rows stand in the order of their keys, not by size


class ReportError(ValueError):
    """A view asks for what its report does not declare; the message names it and what there is."""


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
    # of a bank's accounts
    manager: int | None = None
    customer: int | None = None
    account: int | None = None
    product: int | None = None
    # of an insurer's commissions
    agent: int | None = None
    line: str = ""
    rank: str = ""
    rulebook: str = ""

    def on(self, day: dt.date) -> View:
        """The same view on another day, compared to nothing."""
        return replace(self, at=day, compare=None)


@dataclass(frozen=True)
class Report(ABC):
    """Measures by dimensions over some facts."""

    key: str
    title: Any
    measures: tuple[Measure, ...]
    dimensions: tuple[Dimension, ...]
    standard: tuple[str, ...]  # the measures shown unless a view chooses
    permission: Permission = Permission.REPORT_VIEW
    icon: str = "bar-chart"

    deepest: ClassVar[str]  # the dimension below the last level of the tree
    innermost: ClassVar[tuple[str, ...]]  # of these fields of a view each leaves no level to read by
    monthly: ClassVar[bool] = False  # its days are the ends of months
    steps: ClassVar[
        tuple[str, ...]
    ]  # what an address narrows a view to below institution and place, one after the other
    filters: ClassVar[tuple[str, ...]]  # and what it narrows it to wherever it stands
    place_column: ClassVar[str]  # the column by which facts stand in the tree

    @property
    def narrowings(self) -> tuple[str, ...]:
        """All that an address may narrow a view to, beside institution and place."""
        return self.steps + self.filters

    def __post_init__(self) -> None:
        known = {measure.key for measure in self.measures}
        if unknown := [key for key in self.standard if key not in known]:
            raise ReportError(f"Report {self.key} shows the measure {unknown[0]!r}, which it does not declare.")

    def measure(self, key: str, offered: Sequence[Measure] = ()) -> Measure:
        """The measure of a key, of those that are declared or offered beside them."""
        known = {measure.key: measure for measure in (*self.measures, *offered)}
        if key in known:
            return known[key]
        listed = ", ".join(known)
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
            return Dimension(key, key, self.place_column, drills_to=self.deepest)
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

    @abstractmethod
    def published(self, reader: Reader) -> bool:
        """Whether there are figures at all: of a house without any the report stands in no menu."""

    def offered(self, reader: Reader) -> Sequence[Measure]:
        """Measures beside the declared ones, which only what is published tells."""
        return ()

    def days(self, reader: Reader, view: View) -> list[dt.date]:
        """The days whose institution tree a view goes by, the last one last."""
        return [view.compare, view.at] if view.compare else [view.at]

    def peopled(self, reader: Reader, view: View) -> frozenset[int] | None:
        """The institutions that have facts of a view's days, with all above them; None where any may have."""
        return None

    # ---- addresses ----

    @abstractmethod
    def day(self, reader: Reader, text: str) -> dt.date:
        """The business date an address means; the newest one when it says none.

        Raises:
            ReportError: it means none, or one without figures; the message says which there are.
            NotPublished: nothing is published at all.
        """

    @abstractmethod
    def narrowed(
        self, reader: Reader, address: Mapping[str, str], at: dt.date
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """What an address narrows a view to, as fields of the view, and their names, once it is certain that the actor may
        see it. Raises ReportError, OutOfScope."""

    @abstractmethod
    def below_levels(self, view: View, below: bool) -> str:
        """By which dimension a view is read that no level of the tree is left for; `below`: it is about some institution."""

    @abstractmethod
    def drilled(self, tree: Places, view: View, dimension: str, key: Any) -> dict[str, str]:
        """Where a row of a dimension that is no level leads: what its address adds to the view's."""

    # ---- figures ----

    @abstractmethod
    def grouped(self, reader: Reader, view: View, dimension: Dimension, measures: Sequence[Measure]) -> pa.Table:
        """Figures by key (whole = 0), and in the last row over all (whole = 1); with code and name where the facts say them."""

    @abstractmethod
    def names(
        self, reader: Reader, dimension: Dimension, view: View, keys: Iterable[Any]
    ) -> Mapping[Any, tuple[str, str]]:
        """Code and name of what rows stand for, other than institutions."""

    @abstractmethod
    def trend(self, reader: Reader, view: View, measure: Measure) -> list[tuple[dt.date, Decimal | int]]:
        """The total of a measure on published month ends of the last year and on the view's day, the oldest first."""

    @abstractmethod
    def dataset(self, view: View, dimension: Dimension) -> str:
        """The dataset that answers a view."""

    @abstractmethod
    def since(self, reader: Reader, view: View) -> str:
        """Beside a figure of a period that is partly known: since when; else empty."""

    @abstractmethod
    def measure_notes(self, reader: Reader, measure: Measure, view: View) -> list[str]:
        """What to know before reading a measure, as sentences."""


def place_name(place: Place, level: str, language: str) -> str:
    """What a row of a level is called: one that stands above the level holds only what is nowhere below it."""
    name = place.title(language)
    return name if place.level == level else (f"{name}本级" if language == "zh" else f"{name} itself")
