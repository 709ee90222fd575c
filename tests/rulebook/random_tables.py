"""Random tables: every kind and mode, few and round boundaries, rows that may not hold what is looked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

from calc.rulebook.elements import Mode, Quantity, Table, Unit, Value

D = Decimal
KINDS = ("A", "B", "C")
RANKS = ("R1", "R2", "R3")
TEXT, KEY, DATE = Quantity(Unit.TEXT), Quantity(Unit.KEY), Quantity(Unit.DATE)
SMALL_MONEY = Quantity(Unit.MONEY, D(-10000), D(10000), 2)
SMALL_RATE = Quantity(Unit.RATE, D(0), D(1), 2)
COUNTED = Quantity(Unit.COUNT, D(0), D(9999), 0)
SUMS = Quantity(Unit.MONEY, D(-1000000), D(1000000), 2)
DAYS = (dt.date(2024, 12, 31), dt.date(2025, 11, 1), dt.date(2025, 11, 15), dt.date(2026, 1, 1), dt.date(2026, 1, 31))
MODES: tuple[Mode, ...] = ("whole", "step", "interpolated")
Rows = Iterable[tuple[Value, ...]]
Draw = Callable[[st.SearchStrategy], object]


def _bands(draw: Draw, keys: Sequence[tuple[Value, ...]], quantity: Quantity, start: Value, scale: int) -> Rows:
    """Bands without gaps from `start` on; the last may be open, and then has no amount where amounts are of whole bands."""
    for key in keys:
        ends = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=4)))  # type: ignore[type-var, call-overload]
        edges = [start, *(D(end * scale) for end in ends), *([None] if draw(st.booleans()) else [])]
        for low, high in pairwise(edges):
            amount = quantity is SMALL_MONEY
            value = D(draw(st.integers(0, 60))).scaleb(0 if amount else -2)  # type: ignore[arg-type]
            yield (*key, low, high, None if amount and high is None else value)


def _sided(draw: Draw, name: str, mode: Mode | None, rows: Rows, band: Quantity = SUMS, kind: bool = False) -> Table:
    value = SMALL_MONEY if mode == "interpolated" else SMALL_RATE
    keys = {"kind": TEXT} if kind else {}
    side = draw(st.sampled_from(["lower", "upper"]))
    return Table(name, keys, {"value": value}, tuple(rows), "x", band, side, mode)  # type: ignore[arg-type]


def _switched(draw: Draw) -> Table:
    """A table whose mode each variant chooses."""
    mode: Mode = draw(st.sampled_from(MODES))  # type: ignore[assignment]
    value = SMALL_MONEY if mode == "interpolated" else SMALL_RATE
    return _sided(draw, "switched", mode, _bands(draw, [()], value, D(0), 50))


def _pairs(draw: Draw) -> Table:
    """Many rows with two keys: they are joined, not written into the statement."""
    keys = [(kind, D(number)) for kind in (*KINDS, *RANKS) for number in range(5) if draw(st.integers(0, 4))]
    rows = tuple((*key, D(draw(st.integers(-20, 100)))) for key in keys or [("A", D(0))])  # type: ignore[arg-type]
    return Table("pairs", {"kind": TEXT, "number": COUNTED}, {"fee": SMALL_MONEY}, rows)


def _dated(draw: Draw) -> Table:
    """Bands of days."""
    first, last = draw(st.booleans()), draw(st.booleans())
    edges: list[Value] = [*([None] if first else []), *DAYS[draw(st.integers(0, 2)) :], *([None] if last else [])]  # type: ignore[misc]
    rows = [(low, high, D(draw(st.integers(0, 60))).scaleb(-2)) for low, high in pairwise(edges)]  # type: ignore[arg-type]
    return _sided(draw, "dated", None, rows, DATE)


@st.composite
def tables(draw: Draw) -> dict[str, Table]:
    """Every kind of table; the same shapes each time, the rows at random."""
    kinds = sorted(draw(st.sets(st.sampled_from([*KINDS, *RANKS]), min_size=1)))  # type: ignore[type-var, call-overload]
    grid = tuple((kind, D(draw(st.integers(0, 100))).scaleb(-2), D(draw(st.integers(-20, 100)))) for kind in kinds)  # type: ignore[arg-type]
    start = draw(st.sampled_from([None, D(0)]))
    found = (
        Table("grid", {"kind": TEXT}, {"share": SMALL_RATE, "fee": SMALL_MONEY}, grid),
        _sided(draw, "bands", None, _bands(draw, [()], SMALL_RATE, start, 1), COUNTED),  # type: ignore[arg-type]
        _sided(draw, "whole", "whole", _bands(draw, [()], SMALL_RATE, start, 50)),  # type: ignore[arg-type]
        _sided(draw, "stepped", "step", _bands(draw, [()], SMALL_RATE, D(0), 50)),
        _sided(draw, "between", "interpolated", _bands(draw, [()], SMALL_MONEY, D(0), 50)),
        _sided(draw, "by_kind", "step", _bands(draw, [("A",), ("R1",)], SMALL_RATE, D(0), 100), kind=True),
        _switched(draw), _pairs(draw), _dated(draw),
    )  # fmt: skip
    return {table.name: table for table in found}
