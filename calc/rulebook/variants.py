"""The variants of a rulebook side by side: what is the same everywhere costs nothing, the rest is found by each row's variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from calc.rulebook.checked import Checked, Text, Type
from calc.rulebook.elements import (
    AGENT_COLUMNS,
    Fact,
    Formula,
    Ladder,
    Line,
    Measure,
    Quantity,
    Table,
    Unit,
    Value,
)  # fmt: skip
from calc.rulebook.expression import PlanError

V = TypeVar("V")

Group = tuple[int, ...]  # variants among which something is the same


# Bounds and decimals of a unit where none are declared, as the language page has them.
DEFAULTS: Mapping[Unit, tuple[int, int, int]] = {
    Unit.MONEY: (-(10**12), 10**12, 2),
    Unit.RATE: (-1000, 1000, 6),
    Unit.COUNT: (0, 10**9, 0),
    Unit.DAYS: (-(10**6), 10**6, 0),
    Unit.NUMBER: (-(10**9), 10**9, 6),
}


def quantity_type(quantity: Quantity) -> Type:
    """The type of a value that is declared."""
    if quantity.unit not in DEFAULTS:
        return Type(quantity.unit)
    low, high, decimals = DEFAULTS[quantity.unit]
    return Type(
        quantity.unit,
        Decimal(low) if quantity.low is None else quantity.low,
        Decimal(high) if quantity.high is None else quantity.high,
        decimals if quantity.decimals is None else quantity.decimals,
    )


def widest(types: Iterable[Type]) -> Type:
    """A type that holds the values of all."""
    listed = list(types)
    whole = replace(
        listed[0], low=min(t.low for t in listed), high=max(t.high for t in listed),
        decimals=max(t.decimals for t in listed), can_miss=any(t.can_miss for t in listed),
    )  # fmt: skip
    units = {t.unit for t in listed if t.unit is not None}
    return replace(whole, unit=next(iter(units))) if units else whole


class Variants:
    """Checked books by variant. Names, grains, units and facts are the same in all."""

    def __init__(self, books: Mapping[int, Checked]) -> None:
        if not books:
            raise PlanError("There is no rulebook to compile.")
        self.books = dict(sorted(books.items()))
        self.all: Group = tuple(self.books)
        self.some = next(iter(self.books.values()))
        self.facts: dict[str, Fact] = {}
        self.measures: dict[str, Measure] = {}
        self.formulas: dict[str, Formula] = {}
        self.ladders: dict[str, Ladder] = {}
        self.lines: dict[str, Line] = {}
        for checked in reversed(self.books.values()):
            for mine, theirs in (
                (self.facts, checked.book.facts), (self.measures, checked.book.measures),
                (self.formulas, checked.book.formulas), (self.ladders, checked.book.ladders),
                (self.lines, checked.book.lines),
            ):  # fmt: skip
                mine.update(theirs)  # type: ignore[arg-type]

    def grain(self, element: str) -> str:
        found = self.formulas.get(element) or self.measures[element]
        return found.grain

    def is_element(self, name: str) -> bool:
        return name in self.formulas or name in self.measures

    def result(self, element: str) -> Type:
        """The type an element's column has for everyone."""
        return widest(c.results[element] for c in self.books.values() if element in c.results)

    def texts(self, element: str, part: str, among: Group | None = None) -> list[tuple[Group, Text]]:
        """The different texts of one part of an element, each with the variants in which it holds."""
        found: list[tuple[Group, Text]] = []
        for variant in among or self.all:
            text = self.books[variant].texts.get((element, part))
            if text is None:
                continue
            for at, (group, other) in enumerate(found):
                if other.expression == text.expression and other.types == text.types:
                    found[at] = ((*group, variant), other)
                    break
            else:
                found.append(((variant,), text))
        return found

    def parameter(self, name: str, among: Group) -> list[tuple[Group, Value]]:
        """The different values of a parameter."""
        return _grouped(
            (v, self.books[v].book.parameters[name].value) for v in among if name in self.books[v].book.parameters
        )

    def table(self, name: str, among: Group) -> list[tuple[Group, Table]]:
        """The different versions of a table."""
        return _grouped((v, self.books[v].book.tables[name]) for v in among if name in self.books[v].book.tables)

    def agent_type(self, name: str) -> Type:
        """A column of the agent's month."""
        quantity = self.some.book.agent.get(name) or AGENT_COLUMNS[name]
        return quantity_type(quantity)

    def fact_type(self, fact: str, name: str) -> Type:
        return quantity_type(self.facts[fact].columns[name])


def _grouped(found: Iterable[tuple[int, V]]) -> list[tuple[Group, V]]:
    groups: list[tuple[Group, V]] = []
    for variant, value in found:
        for at, (group, other) in enumerate(groups):
            if other == value:
                groups[at] = ((*group, variant), other)
                break
        else:
            groups.append(((variant,), value))
    return groups
