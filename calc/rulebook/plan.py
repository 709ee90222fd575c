"""A plan: the statements of one month in their order. Made once for a set of variants, run for as many months as wanted."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Type
from calc.rulebook.sql import Sql
from calc.rulebook.variants import Group, Variants

LEVEL = "level"  # what a growing statement counts


@dataclass(frozen=True, slots=True)
class Step:
    """One statement. `make` a table, `add` rows to one, or `grow` one level after level until nothing is added.

    `test` counts what would make the statement worthwhile; where it counts nothing the statement is left out.
    """

    kind: Literal["make", "view", "add", "grow"]
    table: str
    query: exp.Select | exp.Union | Callable[[], exp.Select]  # one that is rarely run is built when it is
    test: exp.Select | None = None
    most: int | None = None  # how often a `grow` runs at most; None: until nothing is added

    @property
    def select(self) -> exp.Select | exp.Union:
        """The rows the statement makes."""
        return self.query() if callable(self.query) else self.query

    def sql(self, dialect: str) -> str:
        """The statement as an engine's text."""
        select = sql.spelled(self.select, dialect)
        name = sql.table(self.table).sql(dialect=dialect, identify=True)
        if self.kind == "make":
            return f"CREATE OR REPLACE TABLE {name} AS {select}"
        if self.kind == "view":
            return f"CREATE OR REPLACE VIEW {name} AS {select}"
        return f"INSERT INTO {name} {select}"


def _asked(step: Step) -> str:
    """The table a step's test counts in."""
    return "" if step.test is None else next(step.test.find_all(exp.Table)).name


def _together(tests: Sequence[exp.Select]) -> exp.Select:
    """Counts of one table's rows, side by side."""
    counts = [
        exp.Filter(this=exp.Count(this=exp.Star()), expression=test.args["where"].copy()) for test in tests
    ]  # fmt: skip
    return exp.select(*counts).from_(next(tests[0].find_all(exp.Table)))


def placeholders(statement: Sql) -> frozenset[str]:
    return frozenset(str(node.this) for node in statement.find_all(exp.Placeholder))


@dataclass(frozen=True, slots=True)
class State:
    """How an element's column may be empty: because of a problem, because something is missing, or both (then `x!` tells)."""

    may_fail: bool
    can_miss: bool

    @property
    def has_mark(self) -> bool:
        return self.may_fail and self.can_miss


@dataclass(frozen=True, slots=True)
class Plan:
    """Statements in their order, and what an explanation needs to know of the tables they leave behind."""

    variants: Variants
    steps: tuple[Step, ...]
    needs: Mapping[str, Mapping[str, Type]]  # columns of the tables given, with the types they must fit
    history: Mapping[str, Type]  # elements that are read from earlier months
    current: Mapping[str, str]  # grain to the table that holds everything of it
    states: Mapping[str, State]
    sides: Mapping[object, str] = field(default_factory=dict)  # measures to the tables they were worked out into
    sums: Mapping[tuple[str, int, Group], Any] = field(default_factory=dict)  # functions over people likewise

    _spelled: dict[object, tuple[str, frozenset[str]]] = field(default_factory=dict, compare=False)
    _named: dict[int, frozenset[str]] = field(default_factory=dict, compare=False)

    def text(self, at: int) -> tuple[str, frozenset[str]]:
        """A step's statement for our own engine and the dates it asks for, spelled once however many months are run."""
        return self._once(at, lambda: (self.steps[at].sql("duckdb"), placeholders(self.steps[at].select)))

    def reads(self, at: int) -> frozenset[str]:
        """The tables a step's statement names."""
        if at not in self._named:
            self._named[at] = frozenset(table.name for table in self.steps[at].select.find_all(exp.Table))
        return self._named[at]

    def tests(self, at: int) -> tuple[tuple[int, ...], str]:
        """One statement that counts whether a step and those after it that ask the same table are worthwhile, and their numbers."""
        numbers = [at]
        while numbers[-1] + 1 < len(self.steps) and _asked(self.steps[numbers[-1] + 1]) == _asked(self.steps[at]):
            numbers.append(numbers[-1] + 1)
        tests = [test for number in numbers if (test := self.steps[number].test) is not None]
        text, _ = self._once(("tests", at), lambda: (sql.spelled(_together(tests), "duckdb"), frozenset()))
        return tuple(numbers), text

    def _once(self, key: object, spell: Callable[[], tuple[str, frozenset[str]]]) -> tuple[str, frozenset[str]]:
        if key not in self._spelled:
            self._spelled[key] = spell()
        return self._spelled[key]

    def sql(self, dialect: str = "duckdb") -> list[str]:
        """Every statement as an engine's text, dates as named parameters."""
        return [step.sql(dialect) for step in self.steps]


def month_days(first: dt.date) -> dict[str, dt.date]:
    """The dates statements may ask for, without those of windows."""
    return {"first_day": first, "last_day": last_day(first)}


def last_day(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def moved(first: dt.date, months: int) -> dt.date:
    """The first day of a month some months on."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


def window_day(name: str, first: dt.date) -> dt.date:
    """`quarter_13_from`, `year_0_to` ...: the sides of a measure's window, taken as it was some months back."""
    if name in ("first_day", "last_day"):
        return month_days(first)[name]
    window, ago, side = name.split("_")
    month = moved(first, -int(ago))
    if side == "to":
        return last_day(month)
    starts = {
        "month": month,
        "quarter": month.replace(month=(month.month - 1) // 3 * 3 + 1),
        "year": month.replace(month=1),
    }
    return starts[window]
