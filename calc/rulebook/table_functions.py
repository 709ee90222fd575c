"""What the functions that read tables take and give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from calc.rulebook import units
from calc.rulebook.checked import Type
from calc.rulebook.elements import Table, Unit, Value
from calc.rulebook.functions import Caller, Rule, all_of
from calc.rulebook.naming import Scope, table_of
from calc.rulebook.problems import _
from calc.rulebook.syntax import Call, Name, Span, Text
from calc.rulebook.tables import amounts
from calc.rulebook.units import Mistake


def _read(walk: Caller, node: Call, scope: Scope, function: str) -> tuple[Table, str, list[Type]] | None:
    """The table, which value, and the types of what it is read by; all arguments are looked at."""
    kinds = all_of(walk, node, scope, 1)
    first = node.arguments[0]
    table, column = table_of(first, function, scope, first.span)
    walk.types[first.span] = Type(units.PLAIN)
    columns = list(table.keys.items()) + ([(table.band, table.band_quantity)] if function != "LOOKUP" else [])
    if len(node.arguments) - 1 != len(columns):
        raise Mistake(
            _("The table %(table)s is read by %(columns)s: %(function)s needs %(needed)s values after its name, and here are "
              "%(count)s."),
            node.at, table=table.name, columns=", ".join(name for name, _quantity in columns) or "-", function=function,
            needed=str(len(columns)), count=str(len(node.arguments) - 1),
        )  # fmt: skip
    if kinds is None:
        return None
    for (name, quantity), kind, argument in zip(columns, kinds, node.arguments[1:], strict=True):
        wanted = units.type_of(quantity) if quantity else kind
        text = isinstance(argument, Text) and wanted.unit == Unit.KEY
        if wanted.unit != kind.unit and not text and not (kind.unit is units.PLAIN and units.is_numeric(wanted)):
            raise Mistake(
                _("The table %(table)s is read by a %(wanted)s as %(column)s, and this is a %(unit)s."),
                argument.span, table=table.name, wanted=units.unit_name(wanted), column=name, unit=units.unit_name(kind),
            )  # fmt: skip
    return table, column, kinds


def _without_band(table: Table, function: str, span: Span) -> None:
    if table.band:
        raise Mistake(
            _("The table %(table)s has bands: %(function)s does not find them, write BAND."), span,
            table=table.name, function=function,
        )  # fmt: skip


def _lookup(walk: Caller, node: Call, scope: Scope) -> Type | None:
    first = node.arguments[0]
    if isinstance(first, Name) and (table := scope.book.tables.get(first.owner or first.name)):
        _without_band(table, "LOOKUP", node.at)
    found = _read(walk, node, scope, "LOOKUP")
    return units.type_of(found[0].values[found[1]], True) if found and found[1] else None


def _with_band(node: Call, function: str, scope: Scope) -> None:
    first = node.arguments[0]
    table = scope.book.tables.get(first.owner or first.name) if isinstance(first, Name) else None
    if table and not table.band:
        raise Mistake(
            _("The table %(table)s has no bands: %(function)s needs some, write LOOKUP."), node.at,
            table=table.name, function=function,
        )  # fmt: skip
    if table and function != "BAND" and table.mode is None:
        raise Mistake(
            _("The table %(table)s has no mode: for %(function)s give it whole, step or interpolated, or write BAND."), node.at,
            table=table.name, function=function,
        )  # fmt: skip


def _band(walk: Caller, node: Call, scope: Scope) -> Type | None:
    _with_band(node, "BAND", scope)
    found = _read(walk, node, scope, "BAND")
    return units.type_of(found[0].values[found[1]], True) if found and found[1] else None


def _tier_amount(walk: Caller, node: Call, scope: Scope) -> Type | None:
    _with_band(node, "TIER_AMOUNT", scope)
    found = _read(walk, node, scope, node.function)
    if not found or not found[1]:
        return None
    table, column, kinds = found
    if table.mode == "interpolated":
        _part_of_band(walk, node, table, kinds[-1])
    amount = _amount(table, column, kinds[-1])
    if table.mode == "step":
        _full_steps(walk, node, table, amount)
    return walk.fits(replace(amount, can_miss=True), node)


def _ended(table: Table) -> Iterator[tuple[tuple[Value, ...], Decimal, Decimal, Decimal]]:
    """Keys, sides and value of the bands that have all of them; what is wrong with others is told of the table."""
    at = len(table.keys)
    for row in table.rows:
        band = row[at:]
        if len(band) == 3 and all(isinstance(cell, Decimal) for cell in band):
            low, high, value = (cell for cell in band if isinstance(cell, Decimal))
            yield row[:at], low, high, value


def _full_steps(walk: Caller, node: Call, table: Table, amount: Type) -> None:
    """Room for what the steps earn when they are full, also those that lie beyond the bounds of x: all stand in the statement."""
    full: dict[tuple[Value, ...], Decimal] = {}
    for keys, low, high, value in _ended(table):
        full[keys] = full.get(keys, Decimal(0)) + abs((high - low) * value)
    most = max(full.values(), default=Decimal(0))
    walk.fits(Type(amount.unit, -most, most, amount.decimals), node)


def _part_of_band(walk: Caller, node: Call, table: Table, x: Type) -> None:
    """Room for a band's amount times how far x lies in it, which is divided by how wide the band is."""
    bands = [band for _keys, *band in _ended(table)]
    if not bands:
        return
    sides = max(units.decimals_of(side) for low, high, _value in bands for side in (low, high))
    cents = max(units.decimals_of(value) for _low, _high, value in bands)
    widest = max(high for _low, high, _value in bands) - min(low for low, _high, _value in bands)
    farthest = max(min(widest, x.high), Decimal(1))
    most = max(abs(value) for _low, _high, value in bands) * farthest
    part = Type(Unit.MONEY, -most, most, max(x.decimals, sides) + cents)
    width = Type(Unit.MONEY, Decimal(1).scaleb(-sides), widest, sides)
    walk.quotient(part, width, node.arguments[-1], finer=cents)


def _amount(table: Table, column: str, x: Type) -> Type:
    value = units.type_of(table.values[column])
    if x.unit is units.PLAIN and table.band_quantity:
        x = replace(x, unit=table.band_quantity.unit)
    if table.mode == "interpolated":
        low, high = amounts(table)
        return Type(value.unit, low, high, max(value.decimals, units.QUOTIENT_DECIMALS))
    if table.mode == "step":
        band = units.type_of(table.band_quantity) if table.band_quantity else x
        decimals = max(x.decimals, band.decimals)
        x = Type(x.unit, Decimal(0), max(x.high, Decimal(0)), decimals)  # below 0 there is no band
        value = replace(value, low=min(value.low, Decimal(0)), high=max(value.high, Decimal(0)))
    return units.multiplied(x, value)


def _tier(walk: Caller, node: Call, scope: Scope) -> Type | None:
    _with_band(node, "TIER", scope)
    found = _read(walk, node, scope, "TIER")
    if not found or not found[1]:
        return None
    table, column, kinds = found
    value = units.type_of(table.values[column], True)
    if table.mode == "whole":
        return value
    if table.mode == "interpolated":
        _part_of_band(walk, node, table, kinds[-1])
    amount = _amount(table, column, kinds[-1])
    if table.mode == "step":
        _full_steps(walk, node, table, amount)
    average = walk.quotient(amount, kinds[-1], node)
    if table.mode == "step":
        return replace(
            value, low=min(value.low, Decimal(0)), high=max(value.high, Decimal(0)), decimals=units.QUOTIENT_DECIMALS
        )
    return replace(average, can_miss=True)


def _tier_exactly(walk: Caller, node: Call, scope: Scope) -> Type | None:
    """The TIER of `x * TIER(t, ..., x)`: nothing is divided, so it needs no room for it."""
    first = node.arguments[0]
    assert isinstance(first, Name)
    table, column = table_of(first, "TIER", scope, first.span)
    value = units.type_of(table.values[column], True)
    if table.mode == "whole":
        return value
    alike = table.mode == "interpolated" and table.band_quantity and table.band_quantity.unit == value.unit
    return replace(value, unit=Unit.RATE if alike else value.unit, decimals=units.QUOTIENT_DECIMALS)


TABLE_CALLS: Mapping[str, Rule] = {
    "LOOKUP": _lookup, "BAND": _band, "TIER": _tier, "TIER_AMOUNT": _tier_amount, "TIER exactly": _tier_exactly,
}  # fmt: skip
