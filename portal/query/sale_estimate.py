"""If I sell this, I earn that: a person's running month computed with and without one more policy, by the rules that price it.

The month's own plan runs, on the facts of the person and of those alone whom the rules ask for him. Nothing is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook.plan import Plan
from portal.models.agents import AgentPeriod
from portal.models.commission import CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.checked_rules import UnfitRules
from portal.query.month_facts import known_until
from portal.query.month_rules import run_rules
from portal.query.person_month import NobodyThere, Seat, TooMany, asks_all, at_work, give_person, give_rules, seat_of
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, known_rules
from portal.query.statement import elements_on, last_of, must_be_seen, title_of

ONE_DAY = dt.timedelta(days=1)
SOLD = -1  # the number of the policy that is not there


class NoEstimate(LookupError):
    """The question cannot be answered; `reason` says why: agent, facts, rules, people, problem."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Sale:
    """A policy that might be sold: its yearly premium is paid at once and its receipt confirmed."""

    product_code: str
    payment_term: int  # years
    premium_amount: Decimal


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What a line pays without and with the sale."""

    name: str
    title: str
    order: int
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        """What the sale adds to the line."""
        return self.after - self.before


@dataclass(frozen=True)
class Estimate:
    """The running month with and without a sale, on what was known of a day."""

    month: dt.date
    known_until: dt.date
    lines: Sequence[LineEffect]

    @property
    def before(self) -> Decimal:
        """What the month comes to as it stands."""
        return sum((line.before for line in self.lines), Decimal(0))

    @property
    def after(self) -> Decimal:
        """What it comes to with the sale."""
        return sum((line.after for line in self.lines), Decimal(0))


def estimate(reader: Reader, person_id: int, sale: Sale) -> Estimate:
    """What a sale would add to a person's running month, line by line.

    Raises:
        Forbidden: the actor may not see statements.
        OutOfScope: the actor may not see the person's statement.
        NoEstimate: there are no facts, no rules or no contract to compute with.
    """
    reader.allow(Permission.STATEMENT_VIEW)
    must_be_seen(reader, person_id, [])
    with at_work() as (session, engine):
        asked = _asked(session, person_id)
        try:
            seat = seat_of(session, asked.channel, asked.month, person_id)
            own = elements_on(reader, asked.rulebook_id, seat.institution_id, asked.month, None)
            give_person(engine, session, asked.channel, asked.month, seat, branch=asks_all(own))
            plan = give_rules(engine, session, known_rules(session, asked.rulebook_id), asked.month, seat)
        except NobodyThere as nobody:
            raise NoEstimate("agent") from nobody
        except TooMany as many:
            raise NoEstimate("people") from many
        except UnfitRules as problem:
            raise NoEstimate("rules", problem.sentence.said()) from problem
        before = _lines(engine, plan, person_id)
        _sell(engine, sale, seat, asked.sold_on)
        after = _lines(engine, plan, person_id)
    return Estimate(asked.month, asked.known_until, _effects(before, after, own, reader.actor.language))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The running month of a person's rulebook and the day until which facts are known."""

    rulebook_id: int
    channel: str
    month: dt.date
    known_until: dt.date

    @property
    def sold_on(self) -> dt.date:
        """The day the policy would be sold: the last known one, or the running month's first."""
        return max(self.known_until, self.month)


def _asked(session: Session, person_id: int) -> _Asked:
    known = known_until(session)
    if known is None:
        raise NoEstimate("facts")
    row = session.execute(
        select(Rulebook.id, Rulebook.code)
        .join(AgentPeriod, AgentPeriod.channel == Rulebook.code)
        .where(AgentPeriod.agent_id == person_id, AgentPeriod.valid_from <= known, AgentPeriod.valid_to > known)
    ).first()
    if row is None:
        raise NoEstimate("agent")
    closed = session.scalar(
        select(func.max(CommissionMonth.month)).where(
            CommissionMonth.rulebook_id == row.id, CommissionMonth.state != MonthState.OPEN
        )
    )
    month = known.replace(day=1)
    if closed is not None and closed >= month:
        month = last_of(closed) + ONE_DAY
    return _Asked(row.id, row.code, month, known)


def _sell(engine: Engine, sale: Sale, seat: Seat, day: dt.date) -> None:
    """Add the policy and its first premium to the facts."""
    values = {
        "number": SOLD, "day": day, "agent": seat.person_id, "seat": seat.seat_id, "product": sale.product_code,
        "term": sale.payment_term, "amount": sale.premium_amount,
    }  # fmt: skip
    engine.connection.execute(SOLD_POLICY, values)
    engine.connection.execute(SOLD_PREMIUM, values)


def _lines(engine: Engine, plan: Plan, person_id: int) -> dict[str, Decimal]:
    """What each line of the person pays. Raises NoEstimate where one has a problem."""
    try:
        run_rules(engine, plan)
    except UnfitRules as problem:
        raise NoEstimate("rules", problem.sentence.said()) from problem
    rows = engine.connection.execute("select line, paid from line_amount where agent_id = ?", [person_id]).fetchall()
    if any(paid is None for _line, paid in rows):
        raise NoEstimate("problem")
    return dict(rows)


def _effects(
    before: Mapping[str, Decimal], after: Mapping[str, Decimal], elements: Mapping[Key, Any], language: str
) -> list[LineEffect]:
    """Every line that says something, in the order of the rules."""
    found = [
        LineEffect(
            name, title_of(elements, "lines", name, language),
            int((elements.get(("lines", name)) or {}).get("order", 10_000)),
            before.get(name, Decimal(0)), after.get(name, Decimal(0)),
        )
        for name in {*before, *after}
    ]  # fmt: skip
    return sorted((one for one in found if one.before or one.after), key=lambda one: (one.order, one.name))


SOLD_POLICY = """
insert into policy by name
select $number as policy_id, $day as business_date, '' as policy_no, $agent as agent_id, $seat as institution_id,
       $seat as issuing_institution_id, $product as product_code, $term as payment_term, $amount as premium,
       $day as issued_on, $day as effective_on, 'in_force' as status, $day as receipt_confirmed_on
"""
SOLD_PREMIUM = """
insert into premium by name
select $number as premium_id, $number as policy_id, $day as business_date, $agent as agent_id, $seat as institution_id,
       $seat as issuing_institution_id, $product as product_code, $term as payment_term, $day as issued_on,
       $amount as amount, $day as received_on, 1 as policy_year, 1 as payment_no
"""
