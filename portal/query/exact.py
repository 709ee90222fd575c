"""Exact division of stored terms: the same results as the engine's macros `money_ratio` and `points_money`."""

from __future__ import annotations

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
