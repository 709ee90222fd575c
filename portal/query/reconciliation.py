"""What came into a commission month and what became of it: policies by part and reason, premiums against control totals.

All of it was worked out by the month's run and published with it; here it is summed and listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from portal.models.agents import AgentPeriod
from portal.models.among import among
from portal.query.reader import Reader
from portal.query.statement import DATASET, PAY_HOLD, last_of

POLICIES, CONTROL = "month_policy", "premium_control"
PARTS = ("paid", "held", "refused")
LISTED = 40


@dataclass(frozen=True, slots=True)
class Part:
    """Policies of a month with one fate for one reason."""

    part: str  # paid, held, refused
    reason: str
    policies: int
    receipts: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy in a part; `detail` and `element` say more about the reason. `is_counted` is off where it counts in another part."""

    policy_id: int
    agent_id: int | None
    agent_no: str
    reason: str
    detail: str
    element: str
    receipts: int
    amount: Decimal
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Control:
    """A delivery of premiums against the core's control total, or several together; `days` of them, `told` with a total."""

    delivered_on: dt.date
    days: int
    told: int
    control_amount: Decimal | None
    sent_amount: Decimal
    aside_amount: Decimal
    taken_amount: Decimal
    difference: Decimal | None

    @property
    def expected(self) -> Decimal:
        """What should have been taken in, where a total was given."""
        return (self.control_amount or Decimal(0)) + self.sent_amount - self.aside_amount


def accounted(reader: Reader, code: str, month: dt.date) -> list[Part]:
    """What came into a rulebook's month, by part and reason; what belongs to none stands in each. Empty before it was kept."""
    if not reader.published(POLICIES, [last_of(month)]):
        return []
    rows = reader.ask(
        "select part, reason, sum(policies)::bigint as policies, sum(receipts)::bigint as receipts, sum(amount) as amount "
        "from made where rulebook in (?, '') group by part, reason "
        "order by list_position(['paid', 'held', 'refused'], part), abs(sum(amount)) desc, reason",
        [code], made=(POLICIES, [last_of(month)]),
    )  # fmt: skip
    return [Part(**row) for row in rows]


def policies_of(
    reader: Reader, code: str, month: dt.date, part: str, reason: str, page: int
) -> tuple[list[PolicyRow], int]:
    """The policies of a part, perhaps of one reason only, the largest premiums first: a page of them, and how many there are."""
    if not reader.published(POLICIES, [last_of(month)]):
        return [], 0
    rows = reader.ask(
        "select policy_id, agent_id, coalesce(agent_no, '') as agent_no, reason, detail, element, receipts, amount, "
        "policies = 1 as is_counted, count(*) over () as found "
        "from made where rulebook in (?, '') and part = ? and (? = '' or reason = ?) "
        "order by abs(amount) desc, policy_id, reason, detail limit ? offset ?",
        [code, part, reason, reason, LISTED, (page - 1) * LISTED], made=(POLICIES, [last_of(month)]),
    )  # fmt: skip
    return [_policy(row) for row in rows], rows[0]["found"] if rows else 0


@dataclass(frozen=True, slots=True)
class HeldLine:
    """What the rules themselves hold back of a line until its condition is met, and what they release; of all its agents."""

    line: str
    agents: int
    held: Decimal
    released: Decimal


@dataclass(frozen=True, slots=True)
class HeldPay:
    """What the rules hold back of one agent's line for a month, the open one or a closed one, and what they release."""

    agent_id: int
    for_month: dt.date
    held: Decimal
    released: Decimal


def held_by_rules(reader: Reader, code: str, month: dt.date) -> list[HeldLine]:
    """The lines of a month of which the rules hold or release something, the largest first."""
    rows = reader.ask(
        "select line, count(distinct agent_id) as agents, sum(held) as held, sum(released) as released from made "
        "where rulebook = ? and line <> ? and (held <> 0 or released <> 0) group by line order by sum(held) desc, line",
        [code, PAY_HOLD], made=(DATASET, [last_of(month)]),
    )  # fmt: skip
    return [HeldLine(row["line"], row["agents"], row["held"], row["released"]) for row in rows]


def held_of_agents(reader: Reader, code: str, month: dt.date, line: str, page: int) -> tuple[list[HeldPay], int]:
    """Whose line it is, the largest part held first: a page of them, and how many there are."""
    rows = reader.ask(
        "select agent_id, for_month, sum(held) as held, sum(released) as released, count(*) over () as found from made "
        "where rulebook = ? and line = ? and (held <> 0 or released <> 0) group by agent_id, for_month "
        "order by sum(held) desc, sum(released) desc, agent_id, for_month limit ? offset ?",
        [code, line, LISTED, (page - 1) * LISTED], made=(DATASET, [last_of(month)]),
    )  # fmt: skip
    found = [HeldPay(row["agent_id"], row["for_month"], row["held"], row["released"]) for row in rows]
    return found, rows[0]["found"] if rows else 0


def contract_ends(reader: Reader, agents: Iterable[int]) -> dict[int, dt.date]:
    """The last day of the last contract of some agents."""
    rows = reader.session.execute(
        select(AgentPeriod.agent_id, func.max(AgentPeriod.valid_to))
        .where(among(AgentPeriod.agent_id, set(agents)))
        .group_by(AgentPeriod.agent_id)
    ).all()
    return {agent: end - dt.timedelta(days=1) for agent, end in rows}


def controls(reader: Reader, month: dt.date) -> list[Control]:
    """The deliveries of a month against their control totals; empty for who does not see the whole house."""
    if not reader.published(CONTROL, [last_of(month)]):
        return []
    rows = reader.ask("select * from made order by delivered_on", made=(CONTROL, [last_of(month)]))
    return [
        Control(
            row["delivered_on"], row["rows"], row["rows"] if row["control_amount"] is not None else 0, row["control_amount"],
            row["sent_amount"], row["aside_amount"], row["taken_amount"], row["difference_amount"],
        )
        for row in rows
    ]  # fmt: skip


def together(found: list[Control]) -> Control:
    """All deliveries as one; the difference is that of those with a total."""
    nothing = Decimal(0)
    told = [one for one in found if one.control_amount is not None]

    def total(name: str) -> Decimal:
        return sum((getattr(one, name) for one in found), nothing)

    return Control(
        found[-1].delivered_on, sum(one.days for one in found), sum(one.told for one in found),
        sum((one.control_amount or nothing for one in told), nothing) if told else None, total("sent_amount"),
        total("aside_amount"), total("taken_amount"),
        sum((one.difference or nothing for one in told), nothing) if told else None,
    )  # fmt: skip


def _policy(row: Mapping[str, Any]) -> PolicyRow:
    return PolicyRow(**{name: value for name, value in row.items() if name != "found"})
