"""Rows of texts as tables of a month: each cell read as its column declares, or refused with table, row and column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from flask_babel import gettext as _

from calc.rulebook.book import number
from calc.rulebook.checked import Type
from calc.rulebook.elements import NUMERIC, Unit

WHOLE = frozenset({Unit.COUNT, Unit.DAYS, Unit.KEY})
FLAGS = {"true": True, "false": False}
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}(\.0+)?")


class BadExample(ValueError):
    """What an example was given cannot be read; the sentence names table, row and column."""


def typed(
    table: str, columns: Mapping[str, Type], rows: Sequence[Mapping[str, Any]], keys: pa.DataType | None = None
) -> pa.Table:
    """Rows of texts as a table of these columns; a column that is not given is empty. Raises BadExample.

    `keys`: how identities are typed, whole numbers when nothing is said.
    """
    content = {}
    for column, kind in columns.items():
        if kind.unit is Unit.KEY and keys == pa.string():
            kind = Type(Unit.TEXT)
        values = [_value(row.get(column), kind, table, at, column) for at, row in enumerate(rows, 1)]
        content[column] = pa.array(values, _arrow(kind))
    return pa.table(content)


def amount(text: Any, where: str) -> Decimal:
    """An amount as a person wrote it. Raises BadExample."""
    try:
        return number(text)
    except ValueError:
        raise BadExample(_("%(where)s: %(text)s cannot be read.", where=where, text=str(text)[:60])) from None


def _arrow(kind: Type) -> pa.DataType:
    if kind.unit in WHOLE:
        return pa.int64()
    if kind.unit is Unit.DATE:
        return pa.date32()
    if kind.unit is Unit.FLAG:
        return pa.bool_()
    if kind.unit is Unit.TEXT:
        return pa.string()
    return pa.decimal128(max(18, kind.digits), kind.decimals)


def _value(text: Any, kind: Type, table: str, row: int, column: str) -> Any:
    if text is None or text == "":
        return None
    where = {"table": table, "row": row, "column": column, "text": str(text)[:60]}
    try:
        value: Any = str(text) if kind.unit is Unit.TEXT else _read(str(text).strip(), kind)
    except ValueError:
        raise BadExample(
            _("%(table)s, row %(row)s, %(column)s: %(text)s cannot be read as %(unit)s: %(wanted)s.",
              unit=_unit(kind), wanted=_wanted(kind), **where)
        ) from None  # fmt: skip
    if kind.unit in NUMERIC and not kind.low <= value <= kind.high:
        raise BadExample(
            _("%(table)s, row %(row)s, %(column)s: %(text)s lies outside the declared bounds, %(low)s to %(high)s.",
              low=f"{kind.low:f}", high=f"{kind.high:f}", **where)
        )  # fmt: skip
    if kind.unit in NUMERIC and value != round(value, kind.decimals):
        raise BadExample(
            _("%(table)s, row %(row)s, %(column)s: %(text)s has more decimals than the %(decimals)s declared.",
              decimals=kind.decimals, **where)
        )  # fmt: skip
    return value


def _read(text: str, kind: Type) -> Any:
    if kind.unit is Unit.DATE:
        if len(text) != 10:
            raise ValueError(text)
        return dt.date.fromisoformat(text)
    if kind.unit is Unit.FLAG:
        if text.lower() not in FLAGS:
            raise ValueError(text)
        return FLAGS[text.lower()]
    if kind.unit not in WHOLE:
        return number(text)
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text.partition(".")[0])


def _unit(kind: Type) -> str:
    return kind.unit.value if kind.unit else "number"


def _wanted(kind: Type) -> str:
    """How such a value is written."""
    if kind.unit is Unit.DATE:
        return _("write it as 2026-01-31")
    if kind.unit is Unit.FLAG:
        return _("write true or false")
    if kind.unit in WHOLE:
        return _("write a whole number without separators, as 1000")
    return _("write a number without separators, as 1000 or 0.35")
