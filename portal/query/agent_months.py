"""One agent's month as it was computed last, for who decides about it: what it earned, what is held, what it pays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from portal.query.reader import Reader
from portal.query.statement import DATASET, HELD_OR_CARRIED, NOTHING, PAY_HOLD, last_of


@dataclass(frozen=True, slots=True)
class AgentMonth:
    """An agent's month: before holds and balance, held, and paid; `lines` are the parts before holds by line."""

    before_holds: Decimal
    held: Decimal  # by holds on the person, releases taken off
    paid: Decimal
    lines: dict[str, Decimal]


def agent_month(reader: Reader, code: str, person_id: int, month: dt.date) -> AgentMonth | None:
    """What the newest run said of an agent's month; None before the first run."""
    day = last_of(month)
    if not reader.published(DATASET, [day]):
        return None
    rows = reader.ask(
        "select line, sum(held) - sum(released) as held, sum(paid) as paid from made "
        "where rulebook = ? and agent_id = ? group by line", [code, person_id], made=(DATASET, [day]),
    )  # fmt: skip
    lines = {row["line"]: row["paid"] for row in rows if row["line"] not in HELD_OR_CARRIED}
    held = sum((row["held"] for row in rows if row["line"] == PAY_HOLD), NOTHING)
    return AgentMonth(sum(lines.values(), NOTHING), held, sum((row["paid"] for row in rows), NOTHING), lines)
