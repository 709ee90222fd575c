"""A declared Report and a View become one question to the lake.

A Report says which measures may be read by which dimensions; a View is what one person looks at now. The same question
answers the page, the export and the command, with the scope added by the reader.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from calc.columns import PROFIT_DIVISOR
from portal.permissions import Permission
from portal.query.facts import Row
from portal.query.places import Places, people_names, products
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
        raise ReportError(f"Report {self.key} has no measure {key!r}; it has {', '.join(m.key for m in self.measures)}.")

    def dimension(self, key: str, levels: Sequence[str]) -> Dimension:
        """The dimension of a key; every level of the tree is one."""
        for dimension in self.dimensions:
            if dimension.key == key:
                return dimension
        if key in levels:
            return Dimension(key, key, "institution_id", drills_to="manager")
        names = [*levels, *(dimension.key for dimension in self.dimensions)]
        raise ReportError(f"Report {self.key} cannot be read by {key!r}; it can by {', '.join(names)}.")


@dataclass(frozen=True, slots=True)
class View:
    """What one person looks at."""

    at: dt.date
    by: str
    measures: tuple[str, ...] = ()
    period: Period = Period.MONTH
    compare: dt.date | None = None
    institution: int | None = None  # it and what stands below it
    manager: int | None = None
    customer: int | None = None
    account: int | None = None
    product: int | None = None


@dataclass(frozen=True)
class Line:
    """One row of a report: what it stands for, and its figures (before, when compared)."""

    key: int
    code: str
    name: str
    values: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The rows of a view, largest first, and the total over the rows."""

    report: Report
    view: View
    measures: tuple[Measure, ...]
    dimension: Dimension
    lines: list[Line]
    total: Line


def answer(reader: Reader, report: Report, view: View) -> Answer:
    """Read a report. Each figure is rounded once; the total is computed from stored terms, not from rounded rows."""
    reader.allow(report.permission)
    tree = reader.places(view.at)
    dimension = report.dimension(view.by, tree.levels)
    measures = tuple(report.measure(key) for key in (view.measures or report.standard))
    now = _grouped(reader, report, view, dimension, measures, tree)
    before: dict[int, Row] = {}
    if view.compare is not None:
        earlier = _at(view, view.compare)
        before = {row["key"]: row for row in _grouped(reader, report, earlier, dimension, measures, tree)}
    names = _names(reader, dimension, tree, [row["key"] for row in now] + list(before), view)
    keys = list(dict.fromkeys([row["key"] for row in now if row["key"] is not None] + [k for k in before if k is not None]))
    by_key = {row["key"]: row for row in now}
    nothing = {measure.key: None for measure in measures}
    lines = [
        Line(key, *names.get(key, (str(key), str(key))), _values(by_key.get(key, nothing), measures),
             _values(before.get(key, nothing), measures) if view.compare else {})
        for key in keys
    ]  # fmt: skip
    total = Line(
        0, "", "", _values(by_key.get(None, nothing), measures),
        _values(before.get(None, nothing), measures) if view.compare else {},
    )  # fmt: skip
    return Answer(report, view, measures, dimension, lines, total)


def _at(view: View, day: dt.date) -> View:
    return View(day, view.by, view.measures, view.period, None, view.institution, view.manager, view.customer,
                view.account, view.product)  # fmt: skip


def _values(row: Row, measures: Sequence[Measure]) -> dict[str, Any]:
    return {measure.key: row.get(measure.key) for measure in measures}


def _grouped(
    reader: Reader, report: Report, view: View, dimension: Dimension, measures: Sequence[Measure], tree: Places
) -> list[Row]:
    """Rows by key, and one with the key None: the total, from the same stored terms."""
    dataset = "credit_day" if dimension.dataset == "credit_day" or view.customer or view.account else "manager_day"
    wanted = [product.id for product in products(reader.session).values() if product.kind in report.kinds]
    conditions = ["role = 'marketer'", f"product_id in ({', '.join(map(str, wanted)) or 'null'})"]
    parameters: list[object] = []
    if view.institution is not None:
        below = ", ".join(str(one) for one in sorted(tree.below(view.institution)))
        conditions.append(f"institution_id in ({below})")
    for column, value in (("manager_id", view.manager), ("customer_id", view.customer),
                          ("account_id", view.account), ("product_id", view.product)):  # fmt: skip
        if value is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    column = _level_column(tree, dimension.key) if dimension.column == "institution_id" else dimension.column
    figures = ", ".join(f"{measure.text(view)} as {measure.key}" for measure in measures)
    if dataset == "credit_day":
        figures = figures.replace("sum(accounts)", "count(distinct account_id) filter (share > 0 and is_open)")
    select = (
        f"select {column} as key, {figures} from facts where {' and '.join(conditions)} "
        f"group by grouping sets (({column}), ()) order by key"
    )
    return reader.ask(select, parameters, facts=(dataset, [view.at]))


def _level_column(tree: Places, level: str) -> str:
    """Each institution's ancestor on a level, as SQL over whole numbers."""
    pairs = ((place.id, tree.at_level(place.id, level)) for place in tree.by_id.values())
    cases = " ".join(f"when {int(one)} then {int(place.id)}" for one, place in pairs if place and place.id != one)
    return f"case institution_id {cases} else institution_id end" if cases else "institution_id"


def _names(
    reader: Reader, dimension: Dimension, tree: Places, keys: Sequence[int], view: View
) -> dict[int, tuple[str, str]]:
    """Code and name of what the rows stand for."""
    language = reader.actor.language
    if dimension.column == "institution_id":
        return {key: (place.code, place.title(language)) for key in keys if (place := tree.get(key))}
    if dimension.column == "manager_id":
        people = people_names(reader.session)
        known = {p.id: (p.code, p.name_zh if language == "zh" and p.name_zh else p.name) for p in people.values()}
        return {**known, 0: ("", "未分配" if language == "zh" else "Unassigned")}
    if dimension.column == "product_id":
        return {
            p.id: (p.code, p.name_zh if language == "zh" and p.name_zh else p.name) for p in products(reader.session).values()
        }
    listed = "account" if dimension.column == "account_id" else "customer"
    number = "account_no" if listed == "account" else "customer_no"
    name = "account_no" if listed == "account" else ("name_zh" if language == "zh" else "name")
    rows = reader.ask(f"select {listed}_id as key, {number} as code, {name} as name from {listed}s", **{f"{listed}s": (listed, [view.at])})  # type: ignore[arg-type]
    return {row["key"]: (row["code"], row["name"] or row["code"]) for row in rows}
