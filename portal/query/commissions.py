"""Commission months as the desk sees them: how far each has come, what it pays, what moved each line, who is paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.models.approvals import OPEN_STATES, ApprovalRequest
from portal.models.commission import CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.approvals import current_request
from portal.query.calendar import ONE_DAY
from portal.query.names import agent_numbers
from portal.query.outside import refuse
from portal.query.places import people_names
from portal.query.reader import Reader
from portal.query.rulebooks import book_name
from portal.query.statement import (
    ADJUSTMENT,
    DATASET,
    HELD_OR_CARRIED,
    NOTHING,
    OWED_AFTER,
    OWED_BEFORE,
    PAY_HOLD,
    last_of,
)
from portal.query.statement_lines import month_before

__all__ = [  # a month, its state and its rulebook are named by the desk too
    "AGENTS_LISTED", "KIND", "CommissionMonth", "MonthState", "MonthTotal", "Move", "Paid", "Rulebook", "Split", "is_computed",
    "line_totals", "matching", "month_row", "month_totals", "moves", "next_month", "open_month_of", "open_request",
    "paid_agents", "problems", "split",
]  # fmt: skip
KIND = "commission_month"  # the kind of decision that closes one
MOVES, PROBLEMS = "line_change", "row_problem"
NO_CENTS = Decimal("0.00")  # as a payment file writes nothing
MONTHS_LISTED, AGENTS_LISTED = 36, 20


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """A month of a rulebook; `total` is None while it was not computed."""

    row: CommissionMonth
    rulebook: str
    total: Decimal | None
    agents: int
    change: Decimal | None  # to the month before


@dataclass(frozen=True, slots=True)
class Move:
    """A line of the month against the month before: before + joined + left + rules + volume = after."""

    line: str
    before: Decimal
    joined: Decimal
    left: Decimal
    rules: Decimal
    volume: Decimal
    after: Decimal
    agents: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What one agent is paid: earned − held + carried = amount."""

    agent_id: int
    agent_no: str
    name: str
    earned: Decimal  # before holds on the person and balances
    held: Decimal  # by holds on the person; below zero what was released
    carried: Decimal  # from the month before, to the next
    amount: Decimal
    name_zh: str = ""


def month_totals(reader: Reader) -> list[MonthTotal]:
    """The months, newest first. Raises Forbidden."""
    reader.allow(Permission.COMMISSION_VIEW)
    listed = reader.session.execute(
        select(CommissionMonth, Rulebook)
        .join(Rulebook, Rulebook.id == CommissionMonth.rulebook_id)
        .order_by(CommissionMonth.month.desc(), Rulebook.code)
        .limit(MONTHS_LISTED)
    ).all()
    days = reader.published(DATASET, [last_of(row.month) for row, _book in listed])
    sums: dict[tuple[str, dt.date], Mapping[str, Any]] = {}
    if days:
        rows = reader.ask(
            "select rulebook, in_month, sum(paid) as paid, count(*) filter (paid <> 0) as agents from "
            "(select rulebook, in_month, agent_id, sum(paid) as paid from made group by all) group by all",
            made=(DATASET, days),
        )  # fmt: skip
        sums = {(row["rulebook"], row["in_month"]): row for row in rows}
    found = []
    for row, book in listed:
        here, before = sums.get((book.code, row.month)), sums.get((book.code, month_before(row.month)))
        change = here["paid"] - before["paid"] if here and before else None
        found.append(
            MonthTotal(
                row,
                book_name(book, reader.actor.language),
                here["paid"] if here else None,
                here["agents"] if here else 0,
                change,
            )
        )
    return found


def next_month(reader: Reader) -> dt.date | None:
    """The month that is run next: the one after the newest, once that is closed in every rulebook; None before the first."""
    reader.allow(Permission.COMMISSION_VIEW)
    newest = reader.session.scalar(select(func.max(CommissionMonth.month)))
    if newest is None:
        return None
    states = set(reader.session.scalars(select(CommissionMonth.state).where(CommissionMonth.month == newest)))
    return last_of(newest) + ONE_DAY if states <= {MonthState.CLOSED, MonthState.PAID} else None


def month_row(reader: Reader, month_id: int) -> tuple[CommissionMonth, Rulebook]:
    """One month. Raises Forbidden, OutOfScope."""
    reader.allow(Permission.COMMISSION_VIEW)
    row = reader.session.get(CommissionMonth, month_id)
    if row is None:
        raise refuse(reader, "commission_month", month_id)
    return row, reader.session.get_one(Rulebook, row.rulebook_id)


def open_month_of(reader: Reader, rulebook_id: int) -> CommissionMonth | None:
    """The month of a rulebook that is open, if one is."""
    reader.allow(Permission.COMMISSION_VIEW)
    return reader.session.scalars(
        select(CommissionMonth).where(
            CommissionMonth.rulebook_id == rulebook_id, CommissionMonth.state == MonthState.OPEN
        )
    ).first()


def is_computed(reader: Reader, month: dt.date) -> bool:
    """Whether there are statements of a month."""
    return bool(reader.published(DATASET, [last_of(month)]))


def line_totals(reader: Reader, code: str, month: dt.date) -> dict[tuple[str, bool], Decimal]:
    """What a month pays by line; the flag says that it is for closed months."""
    rows = reader.ask(
        "select line, for_month <> in_month as earlier, sum(paid) as paid from made where rulebook = ? group by all "
        "order by all", [code], made=(DATASET, [last_of(month)]),
    )  # fmt: skip
    return {(row["line"], row["earlier"]): row["paid"] for row in rows}


def moves(reader: Reader, code: str, month: dt.date) -> list[Move]:
    """What moved each line; empty for who does not see the whole house."""
    rows = reader.ask(
        "select * from made where rulebook = ? order by abs(after) desc, line", [code],
        made=(MOVES, [last_of(month)]),
    )  # fmt: skip
    return [
        Move(row["line"], row["before"], row["joined_amount"], row["left_amount"], row["rules_amount"],
             row["volume_amount"], row["after"], row["agents"])
        for row in rows
    ]  # fmt: skip


def problems(reader: Reader, code: str, month: dt.date) -> list[tuple[str, str, str, int]]:
    """Elements that could not be worked out, by part and reason: how many rows."""
    rows = reader.ask(
        "select element, part, reason, count(*) as found from made where rulebook = ? group by all "
        "order by found desc, element, part", [code], made=(PROBLEMS, [last_of(month)]),
    )  # fmt: skip
    return [(row["element"], row["part"], row["reason"], row["found"]) for row in rows]


def paid_agents(reader: Reader, code: str, month: dt.date) -> list[Paid]:
    """Everybody a month pays or holds something, by number; the amounts come to the month's total."""
    rows = reader.ask(
        "select * from (select agent_id, sum(paid) filter (line not in (?, ?, ?)) as earned, "
        "sum(held - released) filter (line = ?) as held, sum(paid) filter (line in (?, ?)) as carried, sum(paid) as paid "
        "from made where rulebook = ? group by agent_id) where paid <> 0 or held <> 0",
        [*HELD_OR_CARRIED, PAY_HOLD, OWED_BEFORE, OWED_AFTER, code], made=(DATASET, [last_of(month)]),
    )  # fmt: skip
    names = people_names(reader.session)
    numbers = agent_numbers(reader, [row["agent_id"] for row in rows])
    found = [
        Paid(
            row["agent_id"], numbers.get(row["agent_id"], ""), names[row["agent_id"]].name, row["earned"] or NO_CENTS,
            row["held"] or NO_CENTS, row["carried"] or NO_CENTS, row["paid"], names[row["agent_id"]].name_zh,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.agent_no, one.agent_id))


@dataclass(frozen=True, slots=True)
class AgentLines:
    """What a month pays one agent by line; the flag says that it is for closed months."""

    agent_id: int
    agent_no: str
    paid: Mapping[tuple[str, bool], Decimal]

    @property
    def together(self) -> Decimal:
        """What the agent is paid."""
        return sum(self.paid.values(), NO_CENTS)


def agent_lines(reader: Reader, code: str, month: dt.date) -> list[AgentLines]:
    """Every agent of a month with what each line pays, by number."""
    rows = reader.ask(
        "select agent_id, line, for_month <> in_month as earlier, sum(paid) as paid from made where rulebook = ? "
        "group by all having sum(paid) <> 0", [code], made=(DATASET, [last_of(month)]),
    )  # fmt: skip
    paid: dict[int, dict[tuple[str, bool], Decimal]] = {}
    for row in rows:
        paid.setdefault(row["agent_id"], {})[row["line"], row["earlier"]] = row["paid"]
    numbers = agent_numbers(reader, paid)
    found = [AgentLines(agent, numbers.get(agent, ""), lines) for agent, lines in paid.items()]
    return sorted(found, key=lambda one: (one.agent_no, one.agent_id))


def line_order(elements: Mapping[tuple[str, str], Any], line: str) -> int:
    """The place the rules give a line; what people decided stands behind them."""
    content = elements.get(("lines", line))
    return int(content.get("order", 10_000)) if isinstance(content, Mapping) else 20_000


def matching(agents: Sequence[Paid], search: str) -> list[Paid]:
    """Those whose number or name holds some words."""
    words = search.strip().casefold()
    return [one for one in agents if any(words in text.casefold() for text in (one.agent_no, one.name, one.name_zh))]


@dataclass(frozen=True, slots=True)
class Split:
    """What a month pays, by where it comes from; the parts come to the whole."""

    own: Decimal  # lines of the month
    earlier: Decimal  # differences of closed months
    adjusted: Decimal  # by hand
    held: Decimal  # held by holds on people, below zero; what was released, above
    carried: Decimal  # balances below zero: taken of the month before, left to the next

    @property
    def whole(self) -> Decimal:
        """What the month pays."""
        return self.own + self.earlier + self.adjusted + self.held + self.carried

    def shown(self) -> list[tuple[str, Decimal]]:
        """The whole and its parts with their titles; holds and balances only where there are any."""
        found = [(_("The month pays"), self.whole), (_("Lines of the month"), self.own),
                 (_("For earlier months"), self.earlier), (_("Adjustments"), self.adjusted)]  # fmt: skip
        if self.held:
            found.append((_("Held and released"), self.held))
        if self.carried:
            found.append((_("Carried between months"), self.carried))
        return found


def split(totals: Mapping[tuple[str, bool], Decimal]) -> Split:
    """Where what a month pays comes from."""
    by = dict.fromkeys(("own", "earlier", ADJUSTMENT, PAY_HOLD, OWED_BEFORE), NOTHING)
    for (line, late), paid in totals.items():
        part = OWED_BEFORE if line == OWED_AFTER else line
        part = part if part in by and part not in ("own", "earlier") else "earlier" if late else "own"
        by[part] += paid
    return Split(*by.values())


def open_request(reader: Reader, row: CommissionMonth) -> ApprovalRequest | None:
    """The request for its closing that waits, if there is one."""
    request = current_request(reader, KIND, str(row.id))
    return request if request is not None and request.state in OPEN_STATES else None
