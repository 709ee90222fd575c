"""A term of an explanation, and the terms of a table: the row or the bands that a value met, each with what it earned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from calc.rulebook import lookups, units
from calc.rulebook.elements import Quantity, Table, Unit, Value
from calc.rulebook.syntax import Call, Name
from calc.rulebook.variants import Variants


@dataclass(frozen=True, slots=True)
class Term:
    """A node of a formula, a band, a table's row, a person or a fact's row, with what it comes to."""

    text: str
    value: Value
    unit: Unit | None
    children: tuple[Term, ...] = ()
    kind: str = "node"  # node, element, band, row, person, fact, month
    key: str = ""  # whose row it is, where it is another's
    unlisted: int = 0  # children that are not listed
    unlisted_total: Decimal = Decimal(0)


def from_table(
    variants: Variants, call: Call, arguments: Sequence[Value], unit: Unit | None, variant: int
) -> list[Term]:
    """The row that is found, the band that holds a value, or all bands up to it with what each earns."""
    name = call.arguments[0]
    assert isinstance(name, Name)
    table = variants.table(name.owner or name.name, (variant,))[0][1]
    at = lookups.position(call, table)
    rows = [band for band in lookups.bands(table) if _same_keys(band.keys, arguments)]
    if not table.band:
        return [Term(_keys_text(table, band), band.values[at], unit, kind="row") for band in rows]
    x = arguments[-1]
    if not isinstance(x, Decimal | dt.date):
        return []
    reached = [band for band in rows if _reaches(table, band, x)]
    if call.function in ("TIER", "TIER_AMOUNT") and table.mode in ("step", "interpolated"):
        return [_band_part(table, band, x) for band in reached if isinstance(x, Decimal)]
    return [Term(_band_text(table, band), band.values[at], unit, kind="band") for band in reached[-1:]]


def _same_keys(keys: Sequence[Value], arguments: Sequence[Value]) -> bool:
    return all(
        key == argument or (isinstance(key, str) and str(argument) == key)
        for key, argument in zip(keys, arguments, strict=False)
    )


def _keys_text(table: Table, band: lookups.Band) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(table.keys, band.keys, strict=True))


def _band_text(table: Table, band: lookups.Band) -> str:
    low, high = (f"{side:f}" if isinstance(side, Decimal) else str(side or "") for side in (band.low, band.high))
    keys = _keys_text(table, band)
    return f"{keys + ', ' if keys else ''}{table.band} {low} – {high}"


def _reaches(table: Table, band: lookups.Band, x: Decimal | dt.date) -> bool:
    """Whether x lies in a band or above it."""
    if band.low is None:
        return True
    above, at = x > band.low, x == band.low
    return above or (at and (table.boundary == "lower" or band.lowest))


def _band_part(table: Table, band: lookups.Band, x: Decimal) -> Term:
    """What the part of x in a band earns; of a full interpolated band its amount."""
    low, high, value = band.low, band.high, band.values[0]
    assert isinstance(low, Decimal)  # of both modes the bands begin at 0
    of_value = units.type_of(next(iter(table.values.values())))
    of_band = units.type_of(table.band_quantity or Quantity(Unit.NUMBER))
    unit = (of_value if table.mode == "interpolated" else units.multiplied(of_band, of_value)).unit
    if not isinstance(value, Decimal):  # an open band without an amount: the value has a problem
        return Term(_band_text(table, band), None, unit, kind="band")
    upto = min(x, high) if isinstance(high, Decimal) else x
    if table.mode == "step":
        row = Term("rate", value, of_value.unit, kind="row")
        return Term(_band_text(table, band), (upto - low) * value, unit, (row,), "band")
    part = value
    if isinstance(high, Decimal) and upto < high:
        part = units.half_away(value * (upto - low) / (high - low), 10)
    return Term(_band_text(table, band), part, unit, (Term("amount", value, unit, kind="row"),), "band")
