"""One expression at one row, worked out in plain Python from the language page: the slow twin of the compiled SQL.

Decimals are exact here (the callers compute within `EXACT`). Rounding happens only where the page says so.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from calc.rulebook.elements import Book, Table, Value
from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Span, Text, Unary, children

EXACT = Context(prec=200)
DIVISION = Decimal(1).scaleb(-10)


@dataclass(frozen=True)
class Nothing:
    """No value: missing, or `broken` where the row it comes from has a problem."""

    broken: bool = False


MISSING, BROKEN = Nothing(), Nothing(broken=True)
Found = Decimal | str | dt.date | bool | Nothing


@dataclass
class RowProblem(Exception):
    """Something met a missing value or divided by zero; `follows` when only because another row has a problem."""

    span: Span
    reason: str
    follows: bool = False


@dataclass(frozen=True)
class Row:
    """Where an expression is worked out: how names are found, by whose rules, and what only some rows can answer."""

    book: Book
    name: Callable[[Name], Found]
    over: Callable[[Call], Found]  # functions over time and over people


def found(value: Value) -> Found:
    """What a given cell holds; an empty one is missing."""
    return MISSING if value is None else value


def met(node: Expression, value: Found) -> Decimal | str | dt.date | bool:
    """A value that something meets: a missing one is a problem of the row."""
    if isinstance(value, Nothing):
        raise RowProblem(node.span, "missing", value.broken)
    return value


def worked_out(node: Expression, row: Row) -> Found:
    """What an expression gives at a row. Raises RowProblem."""
    match node:
        case Number(value=value) | Text(value=value) | Date(value=value) | Flag(value=value):
            return value
        case Name():
            return row.name(node)
        case Unary(sign=sign, operand=operand):
            value = met(operand, worked_out(operand, row))
            return (not value) if sign == "NOT" else -value  # type: ignore[operator]
        case Binary():
            return _binary(node, row)
        case Call(function=function):
            return FUNCTIONS[function](node, row) if function in FUNCTIONS else row.over(node)


def _one(node: Expression, row: Row) -> Found:
    return met(node, worked_out(node, row))


def _binary(node: Binary, row: Row) -> Found:
    if node.sign in ("AND", "OR"):
        left = _one(node.left, row)
        return left if left is (node.sign == "OR") else _one(node.right, row)
    if node.sign == "*" and (amount := _tier_product(node)):
        return met(node, _tier_amount(amount, row))
    left, right = _one(node.left, row), _one(node.right, row)
    if node.sign == "+" and isinstance(right, dt.date):  # so many days and a day
        left, right = right, left
    match node.sign:
        case "+" | "-":
            return (
                _sum(left, right if node.sign == "+" else -right)
                if not isinstance(right, dt.date)
                else Decimal((left - right).days)
            )  # type: ignore[operator]
        case "*":
            return left * right  # type: ignore[operator]
        case "/":
            return divided(node, left, right)  # type: ignore[arg-type]
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
    return left >= right  # type: ignore[operator]


def _sum(left: Found, right: Decimal) -> Found:
    if isinstance(left, dt.date):
        try:
            return left + dt.timedelta(days=int(right))
        except OverflowError:  # an open end stays open
            return dt.date.max if right > 0 else dt.date.min
    return left + right  # type: ignore[operator]


def divided(node: Expression, left: Decimal, right: Decimal) -> Decimal:
    """Ten decimals, half away from zero."""
    if right == 0:
        raise RowProblem(node.span, "division by zero")
    return quotient(left, right)


def quotient(left: Decimal, right: Decimal) -> Decimal:
    """In integers, so that nothing is rounded twice."""
    top, bottom = left.as_integer_ratio(), right.as_integer_ratio()
    over, under = top[0] * bottom[1] * 10**10, top[1] * bottom[0]
    sign = -1 if (over < 0) != (under < 0) else 1
    whole, rest = divmod(abs(over), abs(under))
    return Decimal(sign * (whole + (2 * rest >= abs(under)))) * DIVISION


# -- one row's own functions


def _if(node: Call, row: Row) -> Found:
    condition, yes, no = node.arguments
    return worked_out(yes if _one(condition, row) else no, row)


def _extreme(pick: Callable[..., Decimal]) -> Callable[[Call, Row], Found]:
    def at(node: Call, row: Row) -> Found:
        return pick(_one(argument, row) for argument in node.arguments)

    return at


def _abs(node: Call, row: Row) -> Found:
    return abs(_one(node.arguments[0], row))  # type: ignore[arg-type]


def _rounding(how: str) -> Callable[[Call, Row], Found]:
    def at(node: Call, row: Row) -> Found:
        places = int(_one(node.arguments[1], row)) if len(node.arguments) > 1 else 0  # type: ignore[arg-type]
        return rounded(_one(node.arguments[0], row), places, how)  # type: ignore[arg-type]

    return at


def rounded(value: Decimal, places: int, how: str = ROUND_HALF_UP) -> Decimal:
    """Python's ROUND_HALF_UP is half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=how, context=EXACT)


def _coalesce(node: Call, row: Row) -> Found:
    value: Found = MISSING
    for argument in node.arguments:
        value = worked_out(argument, row)
        if value != MISSING:
            break
    return value


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months on, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:  # an open end stays open
        return dt.date.max if months > 0 else dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(start: dt.date, end: dt.date) -> int:
    """Whole months, completed on the anniversary day, or on the last day of a month without it."""
    if end < start:
        return -months_between(end, start)
    count = 0
    while start.year * 12 + start.month + count < end.year * 12 + end.month and add_months(start, count + 1) <= end:
        count += 1
    return count


def _months(node: Call, row: Row) -> Found:
    return Decimal(months_between(*(_one(argument, row) for argument in node.arguments)))  # type: ignore[arg-type]


def _add_months(node: Call, row: Row) -> Found:
    day, months = (_one(argument, row) for argument in node.arguments)
    return add_months(day, int(months))  # type: ignore[arg-type]


def _date_part(part: str) -> Callable[[Call, Row], Found]:
    return lambda node, row: Decimal(getattr(_one(node.arguments[0], row), part))


# -- tables


def _table(node: Call, row: Row) -> tuple[Table, int]:
    """The table a call names, and which column of its rows it reads."""
    name = node.arguments[0]
    assert isinstance(name, Name)
    table = row.book.tables[name.owner or name.name]
    before = len(table.keys) + (2 if table.band else 0)
    return table, before + (list(table.values).index(name.name) if name.owner else 0)


def _band_rows(node: Call, row: Row) -> tuple[Table, list[tuple[Value, ...]], Decimal, int]:
    """The bands with this call's keys from low to high, what is looked for, and the column read."""
    table, column = _table(node, row)
    keys = tuple(_one(argument, row) for argument in node.arguments[1:-1])
    sought = _one(node.arguments[-1], row)
    bands = [cells for cells in table.rows if cells[: len(keys)] == keys]
    start = len(keys)
    return table, sorted(bands, key=lambda cells: (cells[start] is not None, cells[start])), sought, column  # type: ignore[return-value, arg-type]


def _holds(table: Table, cells: Sequence[Value], x: Decimal, first: bool) -> bool:
    low, high = cells[len(table.keys)], cells[len(table.keys) + 1]
    if table.boundary == "lower":
        return (low is None or low <= x) and (high is None or x < high)  # type: ignore[operator]
    return (low is None or low < x or (first and low == x)) and (high is None or x <= high)  # type: ignore[operator]


def _lookup(node: Call, row: Row) -> Found:
    table, column = _table(node, row)
    keys = tuple(_one(argument, row) for argument in node.arguments[1:])
    return next((found(cells[column]) for cells in table.rows if cells[: len(keys)] == keys), MISSING)


def _band(node: Call, row: Row) -> Found:
    table, bands, x, column = _band_rows(node, row)
    return next((found(cells[column]) for at, cells in enumerate(bands) if _holds(table, cells, x, at == 0)), MISSING)


def _tier(node: Call, row: Row) -> Found:
    table, _ = _table(node, row)
    if table.mode == "whole":
        return _band(node, row)
    amount = _tier_amount(node, row)
    if isinstance(amount, Nothing):
        return amount
    return divided(node, amount, _one(node.arguments[-1], row))  # type: ignore[arg-type]


def _tier_amount(node: Call, row: Row) -> Found:
    """What x earns. Walks the bands from the lowest; the band that holds x is the last it looks at."""
    table, bands, x, column = _band_rows(node, row)
    earned = Decimal(0)
    for at, cells in enumerate(bands):
        low, high, value = cells[len(table.keys)], cells[len(table.keys) + 1], cells[column]
        if low is not None and x < low:  # type: ignore[operator]
            return MISSING
        last = _holds(table, cells, x, at == 0)
        if value is None and (last or table.mode != "whole"):
            return MISSING
        if table.mode == "whole":
            if last:
                return x * value  # type: ignore[operator]
        elif table.mode == "step":
            earned += ((x if last else high) - low) * value  # type: ignore[operator]
        elif last and high is None:
            raise RowProblem(node.span, "open band")
        else:
            earned += quotient(value * (x - low), high - low) if last else value  # type: ignore[operator]
        if last:
            return earned
        if high is None:
            return MISSING
    return MISSING


def same(one: Expression, other: Expression) -> bool:
    """Whether two expressions are written alike, wherever they stand."""
    if type(one) is not type(other):
        return False
    for field in ("value", "percent", "owner", "name", "sign", "function"):
        if getattr(one, field, None) != getattr(other, field, None):
            return False
    ones, others = children(one), children(other)
    return len(ones) == len(others) and all(map(same, ones, others))


def _tier_product(node: Binary) -> Call | None:
    """The TIER of `x * TIER(t, ..., x)`, either way round."""
    for x, tier in ((node.left, node.right), (node.right, node.left)):
        if isinstance(tier, Call) and tier.function == "TIER" and same(x, tier.arguments[-1]):
            return tier
    return None


FUNCTIONS: dict[str, Callable[[Call, Row], Found]] = {
    "IF": _if,
    "MIN": _extreme(min),
    "MAX": _extreme(max),
    "ABS": _abs,
    "ROUND": _rounding(ROUND_HALF_UP),
    "TRUNC": _rounding(ROUND_DOWN),
    "FLOOR": _rounding(ROUND_FLOOR),
    "COALESCE": _coalesce,
    "MONTHS": _months,
    "ADD_MONTHS": _add_months,
    "YEAR": _date_part("year"),
    "MONTH": _date_part("month"),
    "LOOKUP": _lookup,
    "BAND": _band,
    "TIER": _tier,
    "TIER_AMOUNT": _tier_amount,
}
