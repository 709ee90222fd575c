"""A closed month is never changed: the difference between what it should have paid and what it paid goes into the open month."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, order=True)
class Posted:
    """An amount of one line: earned for one month, shown in the statement of another (or the same)."""

    agent_id: str
    line: str
    for_month: dt.date  # first day of the month
    in_month: dt.date
    amount: Decimal


Key = tuple[str, str, dt.date]  # agent, line, for_month


def differences(
    paid: Iterable[Posted], recomputed: Mapping[Key, Decimal], months: Collection[dt.date], in_month: dt.date
) -> list[Posted]:
    """What the statement of the open month `in_month` must show so that each of `months` comes to its recomputed amount.

    `paid` is all that earlier statements showed. A line or person of these months that `recomputed` no longer has comes to 0.
    Amounts that agree leave no row, so that comparing again after posting gives nothing.
    """
    shown: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for row in paid:
        shown[row.agent_id, row.line, row.for_month] += row.amount
    keys = {key for key in (*shown, *recomputed) if key[2] in months}
    missing = {key: recomputed.get(key, Decimal(0)) - shown.get(key, Decimal(0)) for key in sorted(keys)}
    return [Posted(*key, in_month, amount) for key, amount in missing.items() if amount]
