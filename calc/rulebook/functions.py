"""What each function takes and gives; those that read tables stand in `table_functions`, those that sum in `sum_functions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Protocol

from calc.rulebook import units
from calc.rulebook.checked import Type
from calc.rulebook.elements import Unit
from calc.rulebook.naming import Scope
from calc.rulebook.problems import _
from calc.rulebook.syntax import Call, Expression, Number, Span
from calc.rulebook.units import Mistake

MANY = 40  # arguments

USAGE: Mapping[str, tuple[int, int, str]] = {
    "IF": (3, 3, "IF(condition, a, b)"),
    "MIN": (2, MANY, "MIN(a, b, ...)"),
    "MAX": (2, MANY, "MAX(a, b, ...)"),
    "ABS": (1, 1, "ABS(x)"),
    "ROUND": (1, 2, "ROUND(x, 2)"),
    "TRUNC": (1, 2, "TRUNC(x, 2)"),
    "FLOOR": (1, 2, "FLOOR(x, 2)"),
    "COALESCE": (2, MANY, "COALESCE(a, b, ...)"),
    "MONTHS": (2, 2, "MONTHS(from, to)"),
    "ADD_MONTHS": (2, 2, "ADD_MONTHS(date, n)"),
    "YEAR": (1, 1, "YEAR(date)"),
    "MONTH": (1, 1, "MONTH(date)"),
    "LOOKUP": (2, MANY, "LOOKUP(table, key, ...)"),
    "BAND": (2, MANY, "BAND(table, key, ..., x)"),
    "TIER": (2, MANY, "TIER(table, key, ..., x)"),
    "TIER_AMOUNT": (2, MANY, "TIER_AMOUNT(table, key, ..., x)"),
    "PRIOR": (2, 2, "PRIOR(x, n)"),
    "ROLLING_SUM": (2, 2, "ROLLING_SUM(x, n)"),
    "QTD": (1, 1, "QTD(x)"),
    "YTD": (1, 1, "YTD(x)"),
    "TEAM": (1, 1, "TEAM(x)"),
    "DIRECT": (1, 1, "DIRECT(x)"),
    "DOWNLINE": (1, 3, "DOWNLINE(x, depth, counts)"),
    "GENERATION": (3, 4, "GENERATION(x, relation, n, counts)"),
    "SPREAD": (2, 2, "SPREAD(x, rate)"),
    "RUNNING": (1, 1, "RUNNING(x)"),
}


class Caller(Protocol):
    """The walk over the expression, as functions need it."""

    types: dict[Span, Type]

    def of(self, node: Expression, scope: Scope) -> Type | None: ...

    def fits(self, kind: Type, node: Expression, *sides: tuple[Expression, Type]) -> Type: ...

    def quotient(
        self, left: Type, right: Type, dividend: Expression, divisor: Expression | None = None, finer: int = 0
    ) -> Type: ...


Rule = Callable[[Caller, Call, Scope], Type | None]


def all_of(walk: Caller, node: Call, scope: Scope, start: int = 0) -> list[Type] | None:
    """The types of the arguments; None when one of them has a problem, after all were looked at."""
    found = [walk.of(argument, scope) for argument in node.arguments[start:]]
    right = [kind for kind in found if kind is not None]
    return right if len(right) == len(found) else None


# -- of one row


def _if(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kinds = all_of(walk, node, scope)
    if kinds is None:
        return None
    if kinds[0].unit != Unit.FLAG:
        raise Mistake(
            _("The first argument of IF is a condition, and this gives a %(unit)s."),
            node.arguments[0].span, unit=units.unit_name(kinds[0]),
        )  # fmt: skip
    return units.common(kinds[1:], "IF")


def _extreme(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kinds = all_of(walk, node, scope)
    if kinds is None:
        return None
    shared = units.common(kinds, node.function)
    if shared.unit in (Unit.TEXT, Unit.KEY, Unit.FLAG):
        raise Mistake(
            _("%(function)s takes numbers or dates, and these are of the unit %(unit)s."),
            function=node.function, unit=units.unit_name(shared),
        )  # fmt: skip
    choose = min if node.function == "MIN" else max
    low, high = choose(kind.low for kind in kinds), choose(kind.high for kind in kinds)
    return Type(shared.unit, low, high, shared.decimals)


def _abs(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kind = walk.of(node.arguments[0], scope)
    if kind is None:
        return None
    units.numeric(kind, "ABS")
    largest = max(abs(kind.low), abs(kind.high))
    smallest = Decimal(0) if kind.low <= 0 <= kind.high else min(abs(kind.low), abs(kind.high))
    return Type(kind.unit, smallest, largest, kind.decimals)


_ROUNDED = {"ROUND": ROUND_HALF_UP, "TRUNC": ROUND_DOWN, "FLOOR": ROUND_FLOOR}


def _rounded(walk: Caller, node: Call, scope: Scope) -> Type | None:
    places = literal(node.arguments[1], 0, 10, node.function, 2) if len(node.arguments) > 1 else 0
    if len(node.arguments) > 1:
        walk.of(node.arguments[1], scope)
    kind = walk.of(node.arguments[0], scope)
    if kind is None:
        return None
    units.numeric(kind, node.function)
    if kind.decimals <= places:
        return replace(kind, can_miss=False)
    step, how = Decimal(1).scaleb(-places), _ROUNDED[node.function]
    return Type(kind.unit, kind.low.quantize(step, how), kind.high.quantize(step, how), places)


def _coalesce(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kinds = all_of(walk, node, scope)
    if kinds is None:
        return None
    return replace(units.common(kinds, "COALESCE"), can_miss=all(kind.can_miss for kind in kinds))


def _dates(kinds: list[Type], node: Call) -> None:
    for kind, argument in zip(kinds, node.arguments, strict=False):
        if kind.unit != Unit.DATE:
            raise Mistake(
                _("%(function)s takes a date here, and this is a %(unit)s."),
                argument.span, function=node.function, unit=units.unit_name(kind),
            )  # fmt: skip


def _months(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kinds = all_of(walk, node, scope)
    if kinds is None:
        return None
    _dates(kinds, node)
    return Type(Unit.COUNT, Decimal(-119_987), Decimal(119_987))


def _add_months(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kinds = all_of(walk, node, scope)
    if kinds is None:
        return None
    _dates(kinds[:1], node)
    if kinds[1].unit not in (Unit.COUNT, Unit.NUMBER, units.PLAIN) or kinds[1].decimals:
        raise Mistake(
            _("ADD_MONTHS adds a whole number of months, and this is a %(unit)s with %(decimals)s decimals."),
            node.arguments[1].span, unit=units.unit_name(kinds[1]), decimals=str(kinds[1].decimals),
        )  # fmt: skip
    return units.DATE


def _part_of_date(walk: Caller, node: Call, scope: Scope) -> Type | None:
    kinds = all_of(walk, node, scope)
    if kinds is None:
        return None
    _dates(kinds, node)
    return Type(Unit.COUNT, Decimal(1), Decimal(9999 if node.function == "YEAR" else 12))


def literal(node: Expression, least: int, most: int, function: str, at: int) -> int:
    """A whole number written into the formula. Raises Mistake."""
    value = node.value if isinstance(node, Number) and not node.percent else None
    if value is None or value != value.to_integral_value() or not least <= value <= most:
        raise Mistake(
            _("Argument %(at)s of %(function)s is a whole number from %(least)s to %(most)s, written as such."),
            node.span, at=str(at), function=function, least=str(least), most=str(most),
        )  # fmt: skip
    return int(value)


CALLS: Mapping[str, Rule] = {
    "IF": _if, "MIN": _extreme, "MAX": _extreme, "ABS": _abs, "ROUND": _rounded, "TRUNC": _rounded, "FLOOR": _rounded,
    "COALESCE": _coalesce, "MONTHS": _months, "ADD_MONTHS": _add_months, "YEAR": _part_of_date, "MONTH": _part_of_date,
}  # fmt: skip
