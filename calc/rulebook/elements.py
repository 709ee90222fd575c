"""What a rulebook is made of. Plain values: nothing here is read from text, checked or computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Value = Decimal | str | dt.date | bool | None  # money, rates and counts are decimals; None is missing, or an open side


class Unit(StrEnum):
    """What a value counts."""

    MONEY = "money"
    RATE = "rate"
    COUNT = "count"
    DAYS = "days"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    TEXT = "text"
    KEY = "key"


NUMERIC = frozenset({Unit.MONEY, Unit.RATE, Unit.COUNT, Unit.DAYS, Unit.NUMBER})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A unit with its bounds and decimals; bounds and decimals that are not declared are those of the unit."""

    unit: Unit
    low: Decimal | None = None
    high: Decimal | None = None
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Titles:
    """What people call an element, and what they want to say about it."""

    en: str = ""
    zh: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A table of what happened. `agent`, `month_of` and `rules_of` name columns; columns in `optional` may be empty."""

    name: str
    columns: Mapping[str, Quantity]
    key: str  # the column that identifies a row
    agent: str = "agent_id"
    institution: str = "institution_id"  # the agent's institution on the `rules_of` day
    month_of: str = ""  # the date that decides the month; empty: the fact belongs to no month
    rules_of: str = ""  # the date that decides which rules hold; empty: the month's last day
    refers: Mapping[str, str] = field(default_factory=dict)  # another fact to the column that holds its key
    optional: frozenset[str] = frozenset()
    titles: Titles = Titles()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value with unit and bounds; None is a parameter that was declared but given no value here."""

    name: str
    quantity: Quantity
    value: Value
    titles: Titles = Titles()


Boundary = Literal["lower", "upper"]
Mode = Literal["whole", "step", "interpolated"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows found by keys, by a band, or both. A row holds keys, then from and to where there is a band, then values."""

    name: str
    keys: Mapping[str, Quantity]
    values: Mapping[str, Quantity]
    rows: tuple[tuple[Value, ...], ...]
    band: str = ""  # what the band column is called
    band_quantity: Quantity | None = None
    boundary: Boundary = "lower"
    mode: Mode | None = None  # a tier table has one
    titles: Titles = Titles()


Aggregate = Literal["sum", "count", "count_distinct", "min", "max"]
Window = Literal["month", "quarter", "year", "all"]


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over the rows of `of` (a fact, or `agent`) for each row of a coarser grain."""

    name: str
    quantity: Quantity
    grain: str
    of: str
    aggregate: Aggregate
    expression: str = ""  # empty for a count of rows
    where: str = ""
    window: Window = "month"
    ago: int = 0  # months
    titles: Titles = Titles()


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression for each row of a grain: a fact's name, `agent`, `team` or `institution`."""

    name: str
    quantity: Quantity
    grain: str
    expression: str
    titles: Titles = Titles()


MoveKind = Literal["promotion", "maintenance", "demotion"]


@dataclass(frozen=True, slots=True)
class Move:
    """When someone of one rank goes to another. A maintenance keeps `from_rank`, or leads to `otherwise`."""

    from_rank: str
    to_rank: str
    kind: MoveKind
    when: str
    otherwise: str = ""
    titles: Titles = Titles()


@dataclass(frozen=True, slots=True)
class Ladder:
    """Ranks from low to high, and the moves between them in the order they are looked at."""

    name: str
    ranks: tuple[str, ...]
    moves: tuple[Move, ...]
    rank: str = "rank"  # the column of `agent`
    titles: Titles = Titles()
    rank_titles: Mapping[str, Titles] = field(default_factory=dict)  # what people call a rank


@dataclass(frozen=True, slots=True)
class Line:
    """What is paid. `cap`, `hold` and `release` are expressions for each agent, empty where there is none."""

    name: str
    pays: str  # a formula or measure of money at the grain agent
    group: str
    order: int
    kind: Literal["earning", "deduction"] = "earning"
    cap: str = ""
    hold: str = ""
    release: str = ""
    titles: Titles = Titles()


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that holds for one institution on one day: one variant of a rulebook."""

    name: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    agent: Mapping[str, Quantity] = field(default_factory=dict)  # columns of the agent's month beyond the fixed ones
    titles: Titles = Titles()
    relations: tuple[str, ...] = ("reporting", "recruiter", "nurturer", "trainer")


AGENT_COLUMNS: Mapping[str, Quantity] = {
    "agent_id": Quantity(Unit.KEY),
    "team_id": Quantity(Unit.KEY),
    "institution_id": Quantity(Unit.KEY),
    "rank": Quantity(Unit.TEXT),
    "joined_on": Quantity(Unit.DATE),
}
MONTH_COLUMNS: Mapping[str, Quantity] = {
    "first_day": Quantity(Unit.DATE),
    "last_day": Quantity(Unit.DATE),
    "days": Quantity(Unit.DAYS, Decimal(28), Decimal(31), 0),
    "number": Quantity(Unit.COUNT, Decimal(1), Decimal(12), 0),
    "year": Quantity(Unit.COUNT, Decimal(1900), Decimal(9999), 0),
}
EDGE_COLUMNS: Mapping[str, Quantity] = {
    "depth": Quantity(Unit.COUNT, Decimal(1), Decimal(100), 0),
    "months": Quantity(Unit.COUNT, Decimal(0), Decimal(2000), 0),
    "year": Quantity(Unit.COUNT, Decimal(1), Decimal(200), 0),
}
