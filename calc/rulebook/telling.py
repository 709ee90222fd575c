"""A book as plain mappings again: what is stored, hashed, compared and written as text. Defaults are left out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from calc.rulebook.elements import (
    Book,
    Fact,
    Formula,
    Ladder,
    Line,
    Measure,
    Parameter,
    Quantity,
    Table,
    Titles,
    Unit,
    Value,
)  # fmt: skip
from calc.rulebook.printing import plain, printed
from calc.rulebook.reading import Unreadable, parse
from calc.rulebook.units import decimals_of

Told = dict[str, Any]


def mapping_of(book: Book) -> Told:
    """The sections of a book, in the order people read them; `book_of` reads it back to an equal book."""
    told: Told = {
        "rulebook": book.name,
        **titles(book.titles),
        "agent": {name: quantity(one) for name, one in book.agent.items()},
        "relations": list(book.relations) if book.relations != Book("").relations else [],
        "facts": {name: fact(one) for name, one in book.facts.items()},
        "parameters": {name: parameter(one) for name, one in book.parameters.items()},
        "tables": {name: table(one) for name, one in book.tables.items()},
        "measures": {name: measure(one) for name, one in book.measures.items()},
        "formulas": {name: formula(one) for name, one in book.formulas.items()},
        "ladders": {name: ladder(one) for name, one in book.ladders.items()},
        "lines": [{"name": name, **line(one)} for name, one in book.lines.items()],
    }
    return {section: content for section, content in told.items() if content}


def content_hash(book: Book) -> str:
    """What a book says, as a hash: neither the order of elements nor the way formulas are typed alters it."""
    told = mapping_of(book)
    for formula_told in told.get("formulas", {}).values():
        formula_told["formula"] = canonical(formula_told["formula"])
    for measure_told in told.get("measures", {}).values():
        for part in ("sum", "count_distinct", "min", "max", "where"):
            if part in measure_told:
                measure_told[part] = canonical(measure_told[part])
    for ladder_told in told.get("ladders", {}).values():
        for move in ladder_told.get("moves", []):
            move["when"] = canonical(move["when"])
    for line_told in told.get("lines", []):
        for part in ("cap", "hold", "release"):
            if part in line_told:
                line_told[part] = canonical(line_told[part])
    told["lines"] = sorted(told.get("lines", []), key=lambda one: str(one["name"]))
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def canonical(text: str) -> str:
    """A formula as it is printed; as it was typed where it cannot be read."""
    try:
        return printed(parse(text))
    except Unreadable:
        return text


def said(value: Value, unit: Unit) -> str | None:
    """A value as a person types it: rates as percentages."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, Decimal):
        return str(value)
    if unit == Unit.RATE and 0 < decimals_of(value) <= 6:
        sign, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)
        return f"{plain(Decimal((sign, digits, exponent + 2)))}%"
    return plain(value)


def quantity(one: Quantity) -> Told | str:
    """The unit alone where nothing more is declared."""
    told = _bounds(one)
    return told if len(told) > 1 else one.unit.value


def _bounds(one: Quantity) -> Told:
    told: Told = {"unit": one.unit.value}
    for key, bound in (("low", one.low), ("high", one.high)):
        if bound is not None:
            told[key] = said(bound, one.unit)
    if one.decimals is not None:
        told["decimals"] = str(one.decimals)
    return told


def titles(one: Titles) -> Told:
    """What people call it."""
    return {key: text for key, text in (("title", one.en), ("title_zh", one.zh), ("note", one.note)) if text}


def _without_defaults(told: Told, **defaults: object) -> Told:
    return {key: value for key, value in told.items() if value not in ("", None, [], {}) and value != defaults.get(key)}


def fact(one: Fact) -> Told:
    told = {
        "key": one.key, "agent": one.agent, "institution": one.institution, "month_of": one.month_of, "rules_of": one.rules_of,
        "refers": dict(one.refers), "optional": sorted(one.optional),
        "columns": {name: quantity(column) for name, column in one.columns.items()},
    }  # fmt: skip
    return {**titles(one.titles), **_without_defaults(told, agent="agent_id", institution="institution_id")}


def parameter(one: Parameter) -> Told:
    value = {} if one.value is None else {"value": said(one.value, one.quantity.unit)}
    return {**titles(one.titles), **_bounds(one.quantity), **value}


def table(one: Table) -> Told:
    told: Told = {"keys": {name: quantity(column) for name, column in one.keys.items()}}
    units = [column.unit for column in one.keys.values()]
    if one.band and one.band_quantity:
        told["band"] = {one.band: quantity(one.band_quantity)}
        units += [one.band_quantity.unit] * 2
    units += [column.unit for column in one.values.values()]
    told["boundary"], told["mode"] = one.boundary, one.mode
    told["values"] = {name: quantity(column) for name, column in one.values.items()}
    told["rows"] = [[said(cell, unit) for cell, unit in zip(row, units, strict=False)] for row in one.rows]
    return {**titles(one.titles), **_without_defaults(told, boundary="lower")}


def measure(one: Measure) -> Told:
    told = {
        "grain": one.grain, "of": one.of, one.aggregate: one.expression or "rows", "where": one.where, "window": one.window,
        "ago": str(one.ago),
    }  # fmt: skip
    return {**titles(one.titles), **_bounds(one.quantity), **_without_defaults(told, window="month", ago="0")}


def formula(one: Formula) -> Told:
    return {**titles(one.titles), **_bounds(one.quantity), "grain": one.grain, "formula": one.expression}


def ladder(one: Ladder) -> Told:
    moves = [
        {**_without_defaults({"from": move.from_rank, "to": move.to_rank, "kind": move.kind, "when": move.when,
                              "otherwise": move.otherwise}), **titles(move.titles)}
        for move in one.moves
    ]  # fmt: skip
    called = {rank: titles(each) for rank, each in one.rank_titles.items()}
    told = {"ranks": list(one.ranks), "rank": one.rank, "rank_titles": called, "moves": moves}
    return {**titles(one.titles), **_without_defaults(told, rank="rank")}


def line(one: Line) -> Told:
    told = {
        "pays": one.pays, "group": one.group, "order": str(one.order), "kind": one.kind, "cap": one.cap, "hold": one.hold,
        "release": one.release,
    }  # fmt: skip
    return {**titles(one.titles), **_without_defaults(told, kind="earning", order="0")}


TELL: Mapping[str, Any] = {
    "facts": fact, "parameters": parameter, "tables": table, "measures": measure, "formulas": formula, "ladders": ladder,
    "lines": line,
}  # fmt: skip
