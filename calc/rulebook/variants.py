"""The variants of a rulebook side by side: what is the same everywhere costs nothing, the rest is found by each row's variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
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
    Value,
)  # fmt: skip
from calc.rulebook.expression import cannot
from calc.rulebook.problems import _
from calc.rulebook.units import type_of, widest

V = TypeVar("V")

Group = tuple[int, ...]  # variants among which something is the same


class Variants:
    """Checked books by variant, which agree (see `agreement`): what an element is called, is worked out for and counts."""

    def __init__(self, books: Mapping[int, Checked]) -> None:
        if not books:
            raise cannot(_("There is no rulebook to compile."))
        self.books = dict(sorted(books.items()))
        self.all: Group = tuple(self.books)
        self.some = next(iter(self.books.values()))
        self.facts: dict[str, Fact] = {}
        self.measures: dict[str, Measure] = {}
        self.formulas: dict[str, Formula] = {}
        self.ladders: dict[str, Ladder] = {}
        self.lines: dict[str, Line] = {}
        self.agent: dict[str, Quantity] = dict(AGENT_COLUMNS)
        columns: dict[str, dict[str, Quantity]] = {}
        for checked in reversed(self.books.values()):
            for mine, theirs in (
                (self.facts, checked.book.facts), (self.measures, checked.book.measures),
                (self.formulas, checked.book.formulas), (self.ladders, checked.book.ladders),
                (self.lines, checked.book.lines), (self.agent, checked.book.agent),
            ):  # fmt: skip
                mine.update(theirs)  # type: ignore[arg-type]
            for fact in checked.book.facts.values():
                columns.setdefault(fact.name, {}).update(fact.columns)
        self.facts = {name: replace(fact, columns=columns[name]) for name, fact in self.facts.items()}

    def grain(self, element: str) -> str:
        found = self.formulas.get(element) or self.measures[element]
        return found.grain

    def is_element(self, name: str) -> bool:
        return name in self.formulas or name in self.measures

    def result(self, element: str) -> Type:
        """The type an element's column has for everyone."""
        return widest(c.results[element] for c in self.books.values() if element in c.results)

    def limits(self, element: str) -> list[tuple[Group, Type]]:
        """The bounds that are declared for an element, each with the variants in which they are; else those of its type."""
        whole = self.result(element)
        found = []
        for variant, checked in self.books.items():
            rule = checked.book.formulas.get(element) or checked.book.measures.get(element)
            if rule is not None:
                low, high = rule.quantity.low, rule.quantity.high
                found.append((variant, replace(whole, low=whole.low if low is None else low,
                                               high=whole.high if high is None else high)))  # fmt: skip
        return _grouped(found)

    def without(self, holders: Iterable[int]) -> Group:
        """The other variants."""
        held = set(holders)
        return tuple(variant for variant in self.all if variant not in held)

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
        """A column of the agent's month, as wide as any variant declares it."""
        declared = (checked.book.agent.get(name) or AGENT_COLUMNS.get(name) for checked in self.books.values())
        return widest(type_of(quantity) for quantity in declared if quantity is not None)

    def fact_type(self, fact: str, name: str) -> Type:
        """A column of a fact, as wide as any variant declares it."""
        holders = (checked.book.facts[fact].columns for checked in self.books.values() if fact in checked.book.facts)
        return widest(type_of(columns[name]) for columns in holders if name in columns)


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
