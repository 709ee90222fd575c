"""What the rules of institutions, and of years, must have in common so that their people can be worked out side by side.

Values, rows and expressions are each one's own, and so are a table's mode and the side of its boundaries. What an element counts,
for whom it is worked out and over which rows is the same everywhere: others name it, sum it and pay it without asking whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from calc.rulebook.check import check
from calc.rulebook.checked import Checked, Type
from calc.rulebook.elements import Book, Fact, Formula, Measure, Quantity, Table
from calc.rulebook.problems import Problem, _
from calc.rulebook.units import type_of, widest

ROUNDS = 8  # what others can be widens what is made of it: twice is usual
Kept = TypeVar("Kept")


def agreed(variants: Mapping[int, Checked]) -> tuple[dict[int, Checked], list[Problem]]:
    """The variants with the types that their elements have for everyone, or what they disagree on."""
    found = dict(variants)
    problems = disagreements([checked.book for checked in found.values()])
    for _round in range(0 if problems else ROUNDS):
        everywhere = _everywhere(found)
        if all(kind == everywhere[name] for checked in found.values() for name, kind in checked.results.items()):
            return found, []
        wider = {number: check(checked.book, everywhere) for number, checked in found.items()}
        problems = _once(problem for _checked, wrong in wider.values() for problem in wrong)
        if problems:
            break
        found = {number: checked for number, (checked, _wrong) in wider.items() if checked is not None}
    return found, problems or [
        Problem("", "", _("The rules of institutions widen each other without end: declare bounds."))
    ]


def _everywhere(variants: Mapping[int, Checked]) -> dict[str, Type]:
    """What each element can be, whoever's rules make it."""
    found: dict[str, list[Type]] = {}
    for checked in variants.values():
        for name, kind in checked.results.items():
            found.setdefault(name, []).append(kind)
    return {name: widest(kinds) for name, kinds in found.items()}


def disagreements(books: Sequence[Book]) -> list[Problem]:
    """Elements that are one thing in one book and another in the next, each told once."""
    first, *others = books
    return _once(problem for other in others if other is not first for problem in _between(first, other))


def _once(problems: Iterator[Problem]) -> list[Problem]:
    found: list[Problem] = []
    for problem in problems:
        if problem not in found:
            found.append(problem)
    return found


def _between(one: Book, other: Book) -> Iterator[Problem]:
    yield from _kinds(one, other)
    yield from _columns("agent", one.agent, other.agent)
    for fact, its in _shared(one.facts, other.facts):
        yield from _facts(fact, its)
    for parameter, another in _shared(one.parameters, other.parameters):
        yield from _same(parameter.name, "unit", "unit", parameter.quantity.unit, another.quantity.unit)
    for table, that in _shared(one.tables, other.tables):
        yield from _tables(table, that)
    for formula, theirs in _shared(one.formulas, other.formulas):
        yield from _elements(formula, theirs)
    for measure, twin in _shared(one.measures, other.measures):
        yield from _elements(measure, twin)
        for part in ("of", "aggregate", "window", "ago"):
            yield from _same(measure.name, part, part, getattr(measure, part), getattr(twin, part))


def _shared(mine: Mapping[str, Kept], theirs: Mapping[str, Kept]) -> Iterator[tuple[Kept, Kept]]:
    return ((one, theirs[name]) for name, one in mine.items() if name in theirs)


def _kinds(one: Book, other: Book) -> Iterator[Problem]:
    """A name that is a measure here and a formula there."""
    for mine, theirs in ((one, other), (other, one)):
        for name in mine.measures:
            if name in theirs.formulas:
                pattern = _(
                    "%(name)s is a measure by some institutions' rules and a formula by others': give one another name."
                )
                yield Problem(name, "expression", pattern, {"name": name})


def _same(element: str, part: str, what: str, mine: object, theirs: object) -> Iterator[Problem]:
    if mine != theirs:
        pattern = _(
            "%(what)s: %(one)s by some institutions' rules, %(other)s by others'. It is the same everywhere: take it over, or "
            "give the element another name."
        )
        values = {"what": what, "one": str(mine) or "–", "other": str(theirs) or "–"}
        yield Problem(element, part, pattern, values)


def _elements(mine: Formula | Measure, theirs: Formula | Measure) -> Iterator[Problem]:
    yield from _same(mine.name, "unit", "unit", mine.quantity.unit, theirs.quantity.unit)
    yield from _same(mine.name, "grain", "grain", mine.grain, theirs.grain)


def _columns(element: str, mine: Mapping[str, Quantity], theirs: Mapping[str, Quantity]) -> Iterator[Problem]:
    for (name, one), other in ((item, theirs[item[0]]) for item in mine.items() if item[0] in theirs):
        part = f"column {name}"
        yield from _same(element, part, "unit", one.unit, other.unit)
        if one.unit == other.unit:
            yield from _same(element, part, "decimals", type_of(one).decimals, type_of(other).decimals)


def _facts(mine: Fact, theirs: Fact) -> Iterator[Problem]:
    yield from _columns(mine.name, mine.columns, theirs.columns)
    for part in ("key", "agent", "institution", "month_of", "rules_of"):
        yield from _same(mine.name, part, part, getattr(mine, part), getattr(theirs, part))
    for other, column in mine.refers.items():
        yield from _same(mine.name, f"refers {other}", "refers", column, theirs.refers.get(other, column))


def _tables(mine: Table, theirs: Table) -> Iterator[Problem]:
    """Keys, band and values; where a mode asks for another unit of the value, the mode decides."""

    def units(columns: Mapping[str, Quantity]) -> str:
        return ", ".join(f"{name}: {quantity.unit}" for name, quantity in columns.items())

    def band(table: Table) -> str:
        return f"{table.band_quantity.unit}" if table.band_quantity else ""

    shown: Callable[[Mapping[str, Quantity]], str] = ", ".join if mine.mode and theirs.mode else units
    yield from _same(mine.name, "keys", "keys", units(mine.keys), units(theirs.keys))
    yield from _same(mine.name, "band", "band", band(mine), band(theirs))
    yield from _same(mine.name, "values", "values", shown(mine.values), shown(theirs.values))
