"""The order in which movements of one account and day were posted: neither number nor file says it, the balances do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

TOLERANCE = Decimal("0.10")  # the largest rounding difference seen in a core system's own books
MOST_TRIED = 20_000


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of an account, signed: what comes onto it is positive. `balance_after` where the bank posted it."""

    id: int
    amount: Decimal
    balance_after: Decimal | None
    kind: str


def in_order(movements: Sequence[Movement], opening: Decimal) -> list[Movement]:
    """Movements so that each posted balance follows from the one before; by number where no balances were posted, or
    where they do not chain."""
    by_number = sorted(movements, key=lambda one: one.id)
    if any(one.balance_after is None for one in by_number):
        return by_number
    tried = 0

    def walk(left: list[Movement], balance: Decimal, way: list[Movement]) -> list[Movement] | None:
        nonlocal tried
        tried += 1
        if not left:
            return way
        if tried > MOST_TRIED:
            return None
        for one in left:
            if one.balance_after is not None and abs(one.balance_after - (balance + one.amount)) <= TOLERANCE:
                rest = [other for other in left if other is not one]
                found = walk(rest, one.balance_after, [*way, one])
                if found is not None:
                    return found
        return None

    return walk(by_number, opening, []) or by_number
