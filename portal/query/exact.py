"""Exact division of stored terms: the same results as the engine's macros `money_ratio` and `points_money`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from calc.columns import PROFIT_DIVISOR


def money_ratio(amount: Decimal, divisor: int) -> Decimal:
    """An amount divided, in cents, halves away from zero."""
    numerator, denominator = amount.as_integer_ratio()
    whole = denominator * divisor
    cents = (2 * 100 * abs(numerator) + whole) // (2 * whole)
    return Decimal(cents if numerator >= 0 else -cents).scaleb(-2)


def points_money(points: Decimal) -> Decimal:
    """Profit points as money."""
    return money_ratio(points, PROFIT_DIVISOR)


def allocated(amount: Decimal, parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """An amount split by the parts of people, so that the cents sum: largest remainder first, ties to the lowest person.

    The same split as `calc/attribution/credit_interval.sql`; a negative amount mirrors its positive.
    """
    cents = int(abs(amount) * 100)
    exact = {person: cents * ratio for person, ratio in parts}
    floored = {person: int(part) for person, part in exact.items()}
    left = cents - sum(floored.values())
    first = sorted(exact, key=lambda person: (floored[person] - exact[person], person))[: max(left, 0)]
    sign = -1 if amount < 0 else 1
    return {person: Decimal(sign * (part + (person in first))).scaleb(-2) for person, part in floored.items()}
