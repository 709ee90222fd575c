"""A book from plain mappings, as its text form and its stored form have them, and back.

A mapping holds texts, lists and mappings only: every scalar is the text that was typed, so that no number passes through
binary floating point. What is not understood is a problem with the element and part it stands in; nothing is passed over.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar, get_args

from calc.rulebook.elements import (
    NUMERIC,
    Aggregate,
    Book,
    Boundary,
    Fact,
    Formula,
    Ladder,
    Line,
    Measure,
    Mode,
    Move,
    MoveKind,
    Parameter,
    Quantity,
    Table,
    Titles,
    Unit,
    Value,
    Window,
)  # fmt: skip
from calc.rulebook.names import closest
from calc.rulebook.problems import Problem, _

SECTIONS = ("agent", "relations", "facts", "parameters", "tables", "measures", "formulas", "ladders", "lines")
HEAD = (
    "rulebook",
    "name",
    "title",
    "title_zh",
    "note",
    "node",
    "valid_from",
    "recorded_on",
    "overrides",
)  # of a version; a book is the rest
TITLES = ("title", "title_zh", "note")
QUANTITY = ("unit", "low", "high", "decimals")
AGGREGATES: tuple[str, ...] = get_args(Aggregate)
_NUMBER = re.compile(r"(-?)([0-9]+(?:\.[0-9]+)?) ?(%?)")
Found = TypeVar("Found")
Plain = Mapping[str, Any]


def book_of(mapping: Plain) -> tuple[Book, list[Problem]]:
    """The book a mapping tells, and what of it was not understood. With problems the book is incomplete."""
    reading = _Reading()
    return reading.book(mapping), reading.problems


def value_of(text: object, unit: Unit) -> Value:
    """A typed text as a value of a unit; missing when empty. Raises ValueError."""
    if text is None or isinstance(text, float):
        if text is None:
            return None
        raise ValueError(text)
    if unit in NUMERIC:
        return number(text)
    written = str(text)
    if not written.isprintable():
        raise ValueError(text)
    if unit == Unit.DATE:
        return dt.date.fromisoformat(written)
    if unit == Unit.FLAG:
        return {"true": True, "false": False}[written.lower()]
    return written


def visible(text: str) -> str:
    """A text with every character that nobody sees written as its number."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def number(text: object) -> Decimal:
    if isinstance(text, Decimal | int) and not isinstance(text, bool):
        if not Decimal(text).is_finite():
            raise ValueError(text)
        return Decimal(text)
    found = _NUMBER.fullmatch(str(text).strip())
    if not found or len(found.group(2)) > 40:
        raise ValueError(text)
    sign, digits, percent = found.groups()
    _none, places, exponent = Decimal(digits).as_tuple()
    assert isinstance(exponent, int)
    return Decimal((1 if sign and any(places) else 0, places, exponent - 2 if percent else exponent))


class _Reading:
    """One mapping, read element by element."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._element = ""

    def book(self, told: Plain) -> Book:
        self._known(told, (*HEAD, *SECTIONS), "")
        book = Book(
            name=str(told.get("rulebook") or told.get("name") or ""),
            facts={name: self._fact(name, one) for name, one in self._elements(told, "facts")},
            parameters={name: self._parameter(name, one) for name, one in self._elements(told, "parameters")},
            tables={name: self._table(name, one) for name, one in self._elements(told, "tables")},
            measures={name: self._measure(name, one) for name, one in self._elements(told, "measures")},
            formulas={name: self._formula(name, one) for name, one in self._elements(told, "formulas")},
            ladders={name: self._ladder(name, one) for name, one in self._elements(told, "ladders")},
            lines={name: self._line(name, one) for name, one in self._elements(told, "lines")},
            titles=self._titles(told),
        )  # fmt: skip
        self._element = "agent"
        book = replace(book, agent=self._columns(told, "agent"))
        return replace(book, relations=self._texts(told, "relations")) if "relations" in told else book

    # -- the form

    def _problem(self, part: str, pattern: str, **values: str) -> None:
        self.problems.append(Problem(self._element, part, pattern, values))

    def _known(self, told: Plain, known: Iterable[str], part: str) -> None:
        for key in told:
            if key not in known:
                meant = closest(str(key), known)
                if meant:
                    self._problem(part or str(key), _("There is nothing called %(key)s here; did you mean %(closest)s?"),
                                  key=str(key), closest=meant)  # fmt: skip
                else:
                    self._problem(part or str(key), _("There is nothing called %(key)s here; there may be %(known)s."),
                                  key=str(key), known=", ".join(known))  # fmt: skip

    def _elements(self, told: Plain, section: str) -> list[tuple[str, Plain]]:
        """The elements of a section: a mapping by name, or a list of mappings that have their name inside."""
        found = told.get(section) or {}
        listed: list[tuple[str, Any]] = []
        self._element = ""
        if isinstance(found, Mapping):
            listed = [(str(name), one) for name, one in found.items()]
        elif isinstance(found, list) and all(isinstance(one, Mapping) and one.get("name") for one in found):
            listed = [(str(one["name"]), {key: value for key, value in one.items() if key != "name"}) for one in found]
        else:
            self._problem(section, _("%(section)s are written by name, each followed by what it is."), section=section)
        seen: set[str] = set()
        right = []
        for name, one in listed:
            self._element = name
            if name in seen:
                self._problem(
                    section, _("%(name)s stands twice among the %(section)s: remove one."), name=name, section=section
                )
            elif not isinstance(one, Mapping):
                self._problem(section, _("%(name)s is followed by what it is, as in {unit: money, ...}."), name=name)
            else:
                right.append((name, one))
            seen.add(name)
        return right

    def _mapping(self, told: Plain, key: str) -> Plain:
        found = told.get(key)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            self._problem(key, _("%(key)s is a mapping, as in {name: unit}."), key=key)
            return {}
        return found

    def _list(self, told: Plain, key: str) -> list[Any]:
        found = told.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self._problem(key, _("%(key)s is a list, as in [a, b]."), key=key)
            return []
        return found

    def _texts(self, told: Plain, key: str) -> tuple[str, ...]:
        return tuple(str(one) for one in self._list(told, key))

    def _text(self, told: Plain, key: str, otherwise: str = "") -> str:
        found = told.get(key)
        if found is None:
            return otherwise
        if isinstance(found, Mapping | list):
            self._problem(key, _("%(key)s is one text or number, not a list of them."), key=key)
            return otherwise
        return str(found)

    def _needed(self, told: Plain, key: str) -> str:
        found = self._text(told, key)
        if not found and key not in {problem.part for problem in self.problems if problem.element == self._element}:
            self._problem(key, _("%(key)s is missing: every one of this kind has it."), key=key)
        return found

    def _whole(self, told: Plain, key: str, otherwise: int) -> int:
        text = self._text(told, key, str(otherwise))
        if not re.fullmatch(r"-?[0-9]{1,4}", text):
            self._problem(key, _("%(key)s is a whole number, not %(text)s."), key=key, text=text)
            return otherwise
        return int(text)

    def _choice(self, told: Plain, key: str, choices: tuple[Found, ...], otherwise: Found) -> Found:
        text = self._text(told, key)
        if not text:
            return otherwise
        if text not in choices:
            self._problem(key, _("%(key)s is one of %(choices)s, not %(text)s."),
                          key=key, choices=", ".join(str(one) for one in choices if one), text=text)  # fmt: skip
            return otherwise
        return choices[choices.index(text)]

    def _titles(self, told: Plain) -> Titles:
        return Titles(self._text(told, "title"), self._text(told, "title_zh"), self._text(told, "note"))

    # -- units and values

    def _quantity(self, told: Any, part: str) -> Quantity:
        """`money`, or `{unit: money, low: 0, high: 100, decimals: 2}`."""
        if not isinstance(told, Mapping):
            told = {"unit": told}
        unit_text = str(told.get("unit") or "")
        if unit_text not in list(Unit):
            pattern = (
                _("%(text)s is no unit: units are %(units)s.")
                if unit_text
                else _("The unit is missing; units are %(units)s.")
            )
            values = {"text": unit_text} if unit_text else {}
            self._problem(part, pattern, **values, units=", ".join(Unit))
            return Quantity(Unit.NUMBER)
        unit = Unit(unit_text)
        low, high = (self._bound(told, key, part) for key in ("low", "high"))
        decimals = self._whole(told, "decimals", 0) if told.get("decimals") is not None else None
        return Quantity(unit, low, high, decimals)

    def _bound(self, told: Plain, key: str, part: str) -> Decimal | None:
        if told.get(key) is None:
            return None
        try:
            return number(told[key])
        except ValueError:
            self._problem(
                part, _("The bound %(key)s is a number without separators, not %(text)s."), key=key, text=str(told[key])
            )
            return None

    def _columns(self, told: Plain, key: str) -> dict[str, Quantity]:
        found = {}
        for name, one in self._mapping(told, key).items():
            if isinstance(one, Mapping):
                self._known(one, QUANTITY, f"column {name}")
            found[str(name)] = self._quantity(one, f"column {name}")
        return found

    def _value(self, text: Any, quantity: Quantity, part: str) -> Value:
        try:
            return value_of(text, quantity.unit)
        except (ValueError, KeyError, ArithmeticError):
            said = str(text)
            if quantity.unit in NUMERIC:
                pattern = _("%(text)s is no number: write it without separators, as 1000, 0.35 or 35%%.")
            elif quantity.unit == Unit.DATE:
                pattern = _("%(text)s is no date: write it as 2026-01-31.")
            elif quantity.unit != Unit.FLAG:
                said = visible(said)
                pattern = _("%(text)s holds characters that nobody sees: type it anew.")
            else:
                pattern = _("%(text)s is neither true nor false.")
            self._problem(part, pattern, text=said)
            return None

    # -- elements

    def _fact(self, name: str, told: Plain) -> Fact:
        self._element = name
        known = ("key", "agent", "institution", "month_of", "rules_of", "refers", "optional", "columns", *TITLES)
        self._known(told, known, "")
        refers = {str(other): str(column) for other, column in self._mapping(told, "refers").items()}
        return Fact(
            name, self._columns(told, "columns"), self._needed(told, "key"), self._text(told, "agent", "agent_id"),
            self._text(told, "institution", "institution_id"), self._text(told, "month_of"), self._text(told, "rules_of"),
            refers, frozenset(self._texts(told, "optional")), self._titles(told),
        )  # fmt: skip

    def _parameter(self, name: str, told: Plain) -> Parameter:
        self._element = name
        self._known(told, (*QUANTITY, "value", *TITLES), "")
        quantity = self._quantity(told, "unit")
        return Parameter(name, quantity, self._value(told.get("value"), quantity, "value"), self._titles(told))

    def _table(self, name: str, told: Plain) -> Table:
        self._element = name
        self._known(told, ("keys", "band", "boundary", "mode", "values", "rows", *TITLES), "")
        keys, values, bands = (self._columns(told, part) for part in ("keys", "values", "band"))
        if len(bands) > 1:
            self._problem("band", _("A table has one band column, and here are %(count)s."), count=str(len(bands)))
        band = next(iter(bands.items()), None)
        quantities = [*keys.values(), *([band[1], band[1]] if band else []), *values.values()]
        rows = []
        for at, row in enumerate(self._list(told, "rows"), 1):
            if not isinstance(row, list):
                self._problem(f"row {at}", _("A row is a list of its cells, as in [TL10, 1, 35%%]."))
                continue
            cells = [self._value(cell, quantity, f"row {at}") for cell, quantity in zip(row, quantities, strict=False)]
            rows.append((*cells, *(str(cell) for cell in row[len(quantities) :])))
        modes: tuple[Mode, ...] = get_args(Mode)
        boundaries: tuple[Boundary, ...] = get_args(Boundary)
        return Table(
            name, keys, values, tuple(rows), band[0] if band else "", band[1] if band else None,
            self._choice(told, "boundary", boundaries, "lower"), self._choice(told, "mode", (*modes, None), None),
            self._titles(told),
        )  # fmt: skip

    def _measure(self, name: str, told: Plain) -> Measure:
        self._element = name
        self._known(told, (*QUANTITY, "grain", "of", *AGGREGATES, "where", "window", "ago", *TITLES), "")
        aggregates: tuple[Aggregate, ...] = get_args(Aggregate)
        given = [one for one in aggregates if told.get(one) is not None]
        if len(given) != 1:
            self._problem("expression", _("A measure has one of %(choices)s, and here are %(count)s."),
                          choices=", ".join(AGGREGATES), count=str(len(given)))  # fmt: skip
            given = given[:1] or ["count"]
        text = self._text(told, given[0])
        counts_rows = given[0] == "count" and text in ("rows", "")
        windows: tuple[Window, ...] = get_args(Window)
        return Measure(
            name, self._quantity(told, "unit"), self._needed(told, "grain"), self._needed(told, "of"), given[0],
            "" if counts_rows else text, self._text(told, "where"), self._choice(told, "window", windows, "month"),
            self._whole(told, "ago", 0), self._titles(told),
        )  # fmt: skip

    def _formula(self, name: str, told: Plain) -> Formula:
        self._element = name
        self._known(told, (*QUANTITY, "grain", "formula", "expression", *TITLES), "")
        text = self._text(told, "expression") if told.get("expression") is not None else self._needed(told, "formula")
        return Formula(name, self._quantity(told, "unit"), self._needed(told, "grain"), text, self._titles(told))

    def _ladder(self, name: str, told: Plain) -> Ladder:
        self._element = name
        self._known(told, ("ranks", "rank", "rank_titles", "moves", *TITLES), "")
        moves = []
        kinds: tuple[MoveKind, ...] = get_args(MoveKind)
        for at, one in enumerate(self._list(told, "moves"), 1):
            if not isinstance(one, Mapping):
                self._problem(
                    f"move {at}", _("A move is written as {from: a, to: b, kind: promotion, when: condition}.")
                )
                continue
            self._known(one, ("from", "to", "kind", "when", "otherwise", *TITLES), f"move {at}")
            moves.append(Move(
                self._needed(one, "from"), self._needed(one, "to"), self._choice(one, "kind", kinds, "promotion"),
                self._needed(one, "when"), self._text(one, "otherwise"), self._titles(one),
            ))  # fmt: skip
        return Ladder(
            name, self._texts(told, "ranks"), tuple(moves), self._text(told, "rank", "rank"), self._titles(told),
            self._rank_titles(told),
        )  # fmt: skip

    def _rank_titles(self, told: Plain) -> dict[str, Titles]:
        """What people call each rank: {FA: {title: Financial adviser}}."""
        found = {}
        for rank in self._mapping(told, "rank_titles"):
            one = self._mapping(told["rank_titles"], rank)
            self._known(one, TITLES, "rank_titles")
            found[str(rank)] = self._titles(one)
        return found

    def _line(self, name: str, told: Plain) -> Line:
        self._element = name
        self._known(told, ("name", "pays", "group", "order", "kind", "cap", "hold", "release", *TITLES), "")
        return Line(
            name, self._needed(told, "pays"), self._text(told, "group"), self._whole(told, "order", 0),
            self._choice(told, "kind", ("earning", "deduction"), "earning"), self._text(told, "cap"), self._text(told, "hold"),
            self._text(told, "release"), self._titles(told),
        )  # fmt: skip
