"""Small tables for the calculation, written as plain rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from calc.columns import COLUMNS

ARROW = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_()}
FAR = dt.date(9999, 12, 31)


def table(rows: Iterable[Mapping[str, Any]], *columns: str) -> pa.Table:
    """Rows as an Arrow table with the house's types."""
    listed = list(rows)
    return pa.table({name: pa.array([row[name] for row in listed], arrow_type(name)) for name in columns})


def arrow_type(column: str) -> pa.DataType:
    declared = COLUMNS[column]
    if declared.startswith("DECIMAL"):
        width, scale = declared[8:-1].split(",")
        return pa.decimal128(int(width), int(scale))
    return ARROW[declared]
