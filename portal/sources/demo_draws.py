"""Lots that always fall the same way: integers drawn from a purpose, a number and, where needed, a day.

Whole numbers only, with arithmetic of our own: neither a run's order, nor its chunks, nor a newer engine changes them.
In SQL one writes `draw('purpose', id, choices)` or `draw_on('purpose', id, number, choices)`: 0 up to choices - 1.
"""

from __future__ import annotations

import re
import zlib

import duckdb

MACROS = (
    "create macro stir(x) as (xor(x, x >> 15) * 73244475) & 4294967295",
    "create macro drawn(purpose, id, number, choices) as (stir(stir(stir((id::bigint * 668265263 + number::bigint * "
    "2246822519 + purpose::bigint * 374761393) & 4294967295))) >> 4) % choices",
    # a value of a distribution, given its eleven deciles and a lot of 0 to 9,999
    "create macro decile(tenths, lot) as tenths[lot // 1000 + 1] "
    "+ (tenths[lot // 1000 + 2] - tenths[lot // 1000 + 1]) * (lot % 1000) // 1000",
    "create macro working_day(d) as d - greatest(isodow(d)::integer - 5, 0)",  # the Friday before a weekend
    "create macro day_number(d) as d - date '2000-01-01'",
    "create macro yuan(cents) as (cents * 0.01::decimal(3, 2))::decimal(18, 2)",
    "create macro picked(names, lot) as names[lot + 1]",
)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the macros that lots need."""
    for macro in MACROS:
        connection.execute(macro)


def lots(sql: str, seed: int) -> str:
    """The statement with each lot's purpose as a number that depends on the seed."""
    sql = re.sub(r"\bdraw\('([^']+)', ([^,]+),", lambda m: f"drawn({_number(m[1], seed)}, {m[2]}, 0,", sql)
    return re.sub(r"\bdraw_on\('([^']+)',", lambda m: f"drawn({_number(m[1], seed)},", sql)


def _number(purpose: str, seed: int) -> int:
    return zlib.crc32(purpose.encode(), seed & 0xFFFFFFFF)
