"""Tables in expressions: small ones stand in the statement as CASE, others are joined; full bands are added up beforehand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Type
from calc.rulebook.elements import NUMERIC, Quantity, Table, Unit, Value
from calc.rulebook.expression import comparable, divided, product
from calc.rulebook.piece import Piece, Trouble, at_scale, met, settled
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Name
from calc.rulebook.variants import Group, Variants

INLINE_ROWS = 12
Side = Any  # of a band: a number or a day; None: open


@dataclass(frozen=True, slots=True)
class Found:
    """The row that holds a call's keys and band, as pieces; those of a row that is not there are NULL."""

    value: Piece
    low: Piece
    high: Piece
    before: Piece  # what the bands below earn when full


def stored_name(table: str) -> str:
    """The table of a plan that holds a table of the book."""
    return f"table {table}"


def _as_decimal(value: Value) -> Decimal:
    assert isinstance(value, Decimal)
    return value


def band_order(table: Table, rows: Sequence[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    """The rows of one set of keys by where their bands begin; an open side comes first."""
    at = len(table.keys)
    begun = [row for row in rows if row[at] is not None]
    return [*(row for row in rows if row[at] is None), *sorted(begun, key=lambda row: row[at])]  # type: ignore[arg-type, return-value]


@dataclass(frozen=True, slots=True)
class Band:
    """One row of a table, its band's sides resolved."""

    keys: tuple[Value, ...]
    low: Side
    high: Side
    lowest: bool  # with boundary `upper` the lowest boundary belongs to the first band
    before: Decimal | None  # what the bands below earn when full; None where one of them has no value
    values: tuple[Value, ...]


def bands(table: Table) -> list[Band]:
    """The rows of a table in their order, with what is earned below each band of a tier."""
    by_keys: dict[tuple[Value, ...], list[tuple[Value, ...]]] = {}
    for row in table.rows:
        by_keys.setdefault(row[: len(table.keys)], []).append(row)
    width = len(table.keys)
    if not table.band:
        return [Band(keys, None, None, False, None, row[width:]) for keys, rows in by_keys.items() for row in rows]
    found = []
    for keys, rows in by_keys.items():
        earned: Decimal | None = Decimal(0)
        for at, row in enumerate(band_order(table, rows)):
            low, high, values = row[width], row[width + 1], row[width + 2 :]
            assert low is None or isinstance(low, Decimal | dt.date)
            assert high is None or isinstance(high, Decimal | dt.date)
            found.append(Band(keys, low, high, at == 0, earned, values))
            earned = _full(table, low, high, values[0], earned)
    return found


def _full(table: Table, low: Side, high: Side, value: Value, earned: Decimal | None) -> Decimal | None:
    """What the bands up to this one earn when full."""
    if earned is None or value is None or table.mode not in ("step", "interpolated"):
        return None
    if table.mode == "interpolated":
        return earned + _as_decimal(value)
    whole = isinstance(low, Decimal) and isinstance(high, Decimal)
    return earned + (_as_decimal(high) - _as_decimal(low)) * _as_decimal(value) if whole else None


def cells_type(cells: Sequence[Value], quantity: Quantity | None) -> Type:
    """The narrowest type of a column of a table."""
    unit = quantity.unit if quantity else Unit.MONEY
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    if unit not in NUMERIC or not numbers:
        return Type(unit)
    decimals = max(sql.type_of_number(cell).decimals for cell in numbers)
    return Type(unit, min(numbers), max(numbers), decimals)


def way_of_reading(table: Table) -> tuple[object, ...]:
    """What decides how a row is found and what it gives, besides the rows."""
    return table.boundary if table.band else "", table.mode, tuple(table.keys), tuple(table.values)


def read_alike(versions: Sequence[tuple[Group, Table]]) -> list[Group]:
    """Variants whose versions of a table are read alike: rows are looked up, the side of a boundary is in the statement."""
    groups: dict[object, Group] = {}
    for group, table in versions:
        way = way_of_reading(table)
        groups[way] = (*groups.get(way, ()), *group)
    return list(groups.values())


def store(variants: Variants, name: str) -> exp.Select:
    """The SELECT that makes the joined form of a table: all versions, typed."""
    versions = [table for _, table in variants.table(name, variants.all)]
    columns = _columns(versions[0])
    rows = []
    for at, version in enumerate(versions):
        for band in bands(version):
            lowest = band.lowest and version.boundary == "upper"
            rows.append((Decimal(at), *band.keys, band.low, band.high, lowest, band.before, *band.values))
    types = [cells_type([row[at] for row in rows], quantity) for at, (_, quantity) in enumerate(columns)]
    aliases = [f"c{at}" for at in range(len(columns))]
    values = exp.values(
        [tuple(cell(x) for x in row) for row in rows] or [tuple(exp.Null() for _ in columns)], "v", aliases
    )
    listed = []
    for at, (column, _) in enumerate(columns):
        source: Sql = exp.column(aliases[at], "v")
        kind = types[at]
        if column == "lowest":
            kind = Type(Unit.FLAG)
        elif kind.unit == Unit.KEY:
            kind = replace(kind, unit=Unit.TEXT)
        listed.append(sql.named(sql.typed(source, kind), column))
    query = exp.select(*listed).from_(values)
    return query if rows else query.where(sql.FALSE)


def cell(value: Value) -> Sql:
    if isinstance(value, Decimal):
        return sql.number_text(value)
    return sql.literal(value)


def _columns(table: Table) -> list[tuple[str, Quantity | None]]:
    whole = Quantity(Unit.COUNT)
    return [
        ("version", whole), *((f"key {k}", q) for k, q in table.keys.items()),
        ("low", table.band_quantity or whole), ("high", table.band_quantity or whole), ("lowest", None), ("before", None),
        *((f"value {v}", q) for v, q in table.values.items()),
    ]  # fmt: skip


def _chosen(table: Table, rows: Sequence[tuple[Band, Value]], x: Piece, kind: Type) -> Sql:
    """The cell of the band that holds x, of the bands of one set of keys in their order.

    What a band begins with is not asked again where the one before it ends: each boundary is written once.
    """
    upper, branches, end = table.boundary == "upper", list[tuple[Sql, Sql]](), None
    for band, value in rows:
        if band.low is not None and (end is None or band.low != end):
            below = exp.LTE if upper and not band.lowest else exp.LT
            branches.append((_beside(below, x, band.low), sql.NULL))
        end = band.high
        if end is not None:
            inside = _beside(exp.LTE if upper else exp.LT, x, end)
        else:  # a missing x is in no band, not even in one that is open
            inside = sql.negated(sql.missing(x.sql)) if x.nullable else sql.TRUE
        branches.append((inside, sql.NULL if value is None else sql.literal(value, kind)))
    return sql.case(branches)


def _beside(sign: type[exp.Binary], x: Piece, side: Side) -> Sql:
    return sign(this=sql.paren(x.sql), expression=sql.literal(side, x.type))


def _key_equals(key: Piece, value: Value, quantity: Quantity) -> Sql:
    unit = Unit.TEXT if isinstance(value, str) else quantity.unit
    shown = sql.type_of_number(value) if isinstance(value, Decimal) else Type(unit)
    left, right = comparable(key, Piece(sql.literal(value), shown, shown.digits if isinstance(value, Decimal) else 0))
    return sql.equal(sql.paren(left), right)


def inline(table: Table, arguments: Sequence[Piece], column: int) -> Found:
    """A small table as CASE expressions, one for each thing that is read of a row; keys that are written out are looked up here."""
    rows = bands(table)
    keys, x = arguments[: len(table.keys)], arguments[-1] if table.band else None
    known = [sql.constant(key.sql) for key in keys]
    quantities = list(table.keys.values())

    def asked(band: Band) -> list[Sql]:
        """What is still to be asked of a row's keys."""
        return [
            _key_equals(key, value, quantity)
            for key, value, quantity, written in zip(keys, band.keys, quantities, known, strict=True) if written is None
        ]  # fmt: skip

    def of(cells: list[Value], quantity: Quantity | None) -> Piece:
        kind = cells_type(cells, quantity)
        left = [
            (band, cell) for band, cell in zip(rows, cells, strict=True)
            if all(written is None or same_key(value, written) for value, written in zip(band.keys, known, strict=True))
        ]  # fmt: skip
        branches: list[tuple[Sql, Sql]] = []
        for _keys, grouped in groupby(left, key=lambda one: one[0].keys):
            listed = list(grouped)
            cell = listed[0][1]
            value = _chosen(table, listed, x, kind) if x else sql.NULL if cell is None else sql.literal(cell, kind)
            terms = asked(listed[0][0])
            branches.append((sql.both(*terms) if terms else sql.TRUE, value))
        if all(cell is None for _band, cell in left):
            return Piece(sql.NULL, kind)
        value = sql.case(branches) if any(written is None for written in known) else branches[0][1]
        if not sql.is_numeric(kind):
            return Piece(value, kind)
        return Piece(sql.decimal(value, kind.digits, kind.decimals), kind, kind.digits)

    quantity = list(table.values.values())[column]
    return Found(
        of([band.values[column] for band in rows], quantity),
        of([band.low for band in rows], table.band_quantity), of([band.high for band in rows], table.band_quantity),
        of([band.before for band in rows], None),
    )  # fmt: skip


def same_key(one: Value, other: Value) -> bool:
    """Whether a key of a row is the one asked for; keys of people are given as numbers or as texts."""
    return one == other or str(one) == str(other)


def joined_row(variants: Variants, name: str, among: Group, alias: str, column: int) -> Found:
    """The pieces of a joined table's row."""
    tables = [table for _, table in variants.table(name, variants.all)]
    rows = [band for table in tables for band in bands(table)]
    first = tables[0]

    def of(column_name: str, cells: list[Value], quantity: Quantity | None) -> Piece:
        kind = cells_type(cells, quantity)
        return Piece(sql.column(column_name, alias), kind, kind.digits if sql.is_numeric(kind) else 0)

    value_name = list(first.values)[column]
    return Found(
        of(f"value {value_name}", [band.values[column] for band in rows], first.values[value_name]),
        of("low", [band.low for band in rows], first.band_quantity),
        of("high", [band.high for band in rows], first.band_quantity),
        of("before", [band.before for band in rows], None),
    )


def join_condition(alias: str, table: Table, arguments: Sequence[Piece], version: Sql) -> Sql:
    """How a joined table's row is found."""
    terms: list[Sql] = [sql.equal(sql.column("version", alias), version)]
    for (key, quantity), argument in zip(table.keys.items(), arguments, strict=False):
        kind = Type(Unit.TEXT) if quantity.unit == Unit.KEY else Type(quantity.unit)
        left, right = comparable(argument, Piece(sql.column(f"key {key}", alias), kind))
        terms.append(sql.equal(sql.paren(left), right))
    if table.band:
        x, low, high = arguments[-1].sql, sql.column("low", alias), sql.column("high", alias)
        above, below = (exp.GTE, exp.LT) if table.boundary == "lower" else (exp.GT, exp.LTE)
        reaches: list[Sql] = [sql.missing(low), above(this=sql.paren(x), expression=low)]
        if table.boundary == "upper":
            at_lowest = sql.equal(sql.paren(x), low)
            reaches.append(sql.both(sql.column("lowest", alias), at_lowest))
        terms.append(sql.paren(sql.either(reaches)))
        terms.append(sql.paren(sql.either([sql.missing(high), below(this=sql.paren(x), expression=high)])))
        if arguments[-1].nullable:  # a band open on both sides holds every x, and none that is missing
            terms.append(sql.negated(sql.missing(x)))
    return sql.both(*terms)


def outcome(call: Call, table: Table, arguments: Sequence[Piece], row: Found, kind: Type) -> Piece:
    """What a call of LOOKUP, BAND, TIER or TIER_AMOUNT gives, once the row is found."""
    met_before = met(*arguments)
    tier = call.function in ("TIER", "TIER_AMOUNT") and table.mode in ("step", "interpolated")
    if call.function == "TIER_AMOUNT" and table.mode == "whole":
        value = product(row.value, arguments[-1], kind)
    elif tier:
        value = _earned(table, arguments[-1], row, kind if call.function == "TIER_AMOUNT" else None)
    else:
        value = settled(row.value, kind)
    absent = Trouble(sql.missing(value.sql), "missing", call.span.start, _sought(table, arguments))
    if sql.constant(value.sql) is not None:
        return replace(value, troubles=met_before)
    troubles = met_before
    if tier and table.mode == "interpolated":
        open_band = sql.both(sql.negated(sql.missing(row.value.sql)), sql.missing(row.high.sql))
        troubles = (*troubles, Trouble(open_band, "open band", call.span.start))
    if tier and call.function == "TIER":
        x = arguments[-1]
        zero = Trouble(sql.equal(sql.paren(x.sql), sql.number(0)), "division by zero", call.span.start)
        under = () if x.type.low > 0 else (zero,)
        missing = (absent,)
        return replace(
            divided(value, x, kind),
            troubles=(*troubles, *(t.under(sql.negated(sql.missing(value.sql))) for t in under)),
            missing=missing,
        )
    return replace(value, troubles=troubles, missing=(absent,))


def _earned(table: Table, x: Piece, row: Found, kind: Type | None) -> Piece:
    """What the full bands below earn and the part of the band that holds x."""
    decimals = max(x.type.decimals, row.low.type.decimals)
    farthest = x.type.high
    if table.mode == "interpolated":  # x lies in a band that ends
        farthest = min(farthest, row.high.type.high - row.low.type.low)
    part_type = Type(Unit.MONEY, Decimal(0), max(farthest, Decimal(1)), decimals)
    a, b = at_scale(x, decimals), at_scale(row.low, decimals)
    over = Piece(
        sql.paren(exp.Sub(this=sql.paren(a.sql), expression=b.sql)),
        part_type,
        min(38, max(a.width, b.width) + 1),
    )
    largest = _largest(row.value)
    most = largest * part_type.high  # no step earns more a unit than the best one
    exact = Type(Unit.MONEY, -most, most, decimals + row.value.type.decimals)
    part = product(row.value, over, exact)
    if table.mode == "interpolated":
        decimals = max(row.high.type.decimals, row.low.type.decimals)
        high, low = at_scale(row.high, decimals), at_scale(row.low, decimals)
        size = sql.paren(exp.Sub(this=high.sql, expression=low.sql))
        width_type = Type(Unit.MONEY, Decimal(1).scaleb(-decimals), max(row.high.type.high, Decimal(1)), decimals)
        width = Piece(size, width_type, min(38, max(high.width, low.width) + 1))
        part = divided(part, width, Type(Unit.MONEY, -largest, largest, sql.QUOTIENT_DECIMALS))
        most = _largest(row.before) + largest
    decimals = max(part.type.decimals, row.before.type.decimals)
    one, two = at_scale(row.before, decimals), at_scale(part, decimals)
    whole = sql.paren(exp.Add(this=one.sql, expression=two.sql))
    earned = Piece(whole, Type(Unit.MONEY, -most, most, decimals), min(38, max(one.width, two.width) + 1))
    return settled(earned, kind) if kind else earned


def _largest(piece: Piece) -> Decimal:
    """What a cell comes to at most, whatever its sign."""
    return max(abs(piece.type.low), abs(piece.type.high))


def _sought(table: Table, arguments: Sequence[Piece]) -> Sql:
    """`fyc_rate: product = X9` for whoever has to add the row."""
    names = [*table.keys, *([table.band] if table.band else [])]
    parts: list[Sql] = [sql.text(table.name)]
    for at, (name, argument) in enumerate(zip(names, arguments, strict=False)):
        parts += [sql.text(f"{': ' if at == 0 else ', '}{name} = "), sql.as_text(argument.sql)]
    return sql.joined(*parts)


def position(call: Call, table: Table) -> int:
    """Which of the table's values a call reads."""
    name = call.arguments[0]
    assert isinstance(name, Name)
    return list(table.values).index(name.name) if name.owner else 0


def is_plain(piece: Piece) -> bool:
    """Whether writing a value several times into a statement costs nothing."""
    inner = piece.sql.this if isinstance(piece.sql, exp.Cast) else piece.sql
    return isinstance(inner, (exp.Column, exp.Literal, exp.Placeholder))
