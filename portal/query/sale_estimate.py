"""If I sell this, I earn that: a person's running month computed with and without one more policy, by the rules that price it.

The month's own plan runs, on the facts of the person and of those alone whom the rules ask for him. Nothing is kept.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook import run_month
from calc.rulebook.plan import Plan
from portal.access.identity import HOUSE
from portal.database import database
from portal.models.agents import AgentPeriod
from portal.models.commission import CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.checked_rules import UnfitRules
from portal.query.month_facts import POLICIES_THEN, give_history, history_files, known_until, priced
from portal.query.month_rules import month_rules
from portal.query.places import places
from portal.query.policy_facts import give_days, published_until
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, known_rules
from portal.query.sales_force import agents_of, people_at, people_below, relations_of, teams_of
from portal.query.statement import elements_on, last_of, must_be_seen, title_of

ONE_DAY = dt.timedelta(days=1)
MOST_PEOPLE = 5_000
KINDS = ("reporting", "recruiter", "nurturer", "trainer")
SOLD = -1  # the number of the policy that is not there
_one_at_a_time = threading.Lock()


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
    # what others sold is read as the house: only what it makes of the person's own lines is told
    with _one_at_a_time, database().transaction(HOUSE) as session, Engine(threads=2, memory="1GB") as engine:
        asked = _asked(session, person_id)
        seat = _seat(session, asked, person_id)
        own = elements_on(reader, asked.rulebook_id, seat.institution_id, asked.month, None)
        plan = _give(engine, session, asked, own, seat)
        before = _lines(engine, plan, person_id)
        _sell(engine, sale, seat, asked.sold_on)
        after = _lines(engine, plan, person_id)
    return Estimate(asked.month, asked.known_until, _effects(before, after, own, reader.actor.language))


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where a person works in the month: the team, or the institution of who has none, and the institution above."""

    person_id: int
    institution_id: int
    seat_id: int


def _seat(session: Session, asked: _Asked, person_id: int) -> _Seat:
    rows = agents_of(session, asked.channel, asked.month, last_of(asked.month), [person_id]).to_pylist()
    if not rows:
        raise NoEstimate("agent")
    return _Seat(person_id, rows[0]["institution_id"], rows[0]["seat_id"])


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


# -- what the month is computed on


def _give(engine: Engine, session: Session, asked: _Asked, own: Mapping[Key, Any], seat: _Seat) -> Plan:
    """Offer the month of the people who are asked for, and give back its plan."""
    last = last_of(asked.month)
    people = set(people_below(session, seat.person_id, last, KINDS))
    if _asks_all(own):
        branch = sorted(places(session, asked.known_until).below(seat.institution_id))
        people |= set(people_at(session, branch, last))
    if len(people) > MOST_PEOPLE:
        raise NoEstimate("people")
    engine.give("agent", agents_of(session, asked.channel, asked.month, last, sorted(people)))
    engine.give("team", teams_of(session, last))
    engine.give("relation", relations_of(session, last, sorted(people)))
    engine.give("month", pa.table({
        "first_day": pa.array([asked.month], pa.date32()), "last_day": pa.array([last], pa.date32()),
    }))  # fmt: skip
    _give_facts(engine, session, last)
    give_history(engine, history_files(session, asked.month), asked.month)
    engine.connection.execute(OWN_HISTORY)
    rules = known_rules(session, asked.rulebook_id)
    standing, first, end = priced(engine, rules, asked.month)
    try:
        made = month_rules(session, rules, {*standing, seat.seat_id}, first, end)
    except UnfitRules as problem:
        raise NoEstimate("rules", str(problem)) from problem
    engine.give("rules", made.table)
    return made.plan


def _asks_all(own: Mapping[Key, Any]) -> bool:
    """Whether the rules ask what whole teams or institutions come to."""
    return any(
        section in ("measures", "formulas") and content.get("grain") in ("team", "institution")
        for (section, _name), content in own.items()
    )


def _give_facts(engine: Engine, session: Session, last: dt.date) -> None:
    """Offer the facts of the month's agents, as far as they are known."""
    for dataset in ("premium", "renewal_due", "policy_end", "policy"):
        give_days(engine, f"all_{dataset}", dataset, published_until(session, dataset, last))
    run = engine.connection.execute
    for dataset in ("premium", "renewal_due", "policy_end"):
        run(f"create table {dataset} as select * from all_{dataset} where agent_id in (select agent_id from agent)")
    run(
        "create table policy_state as select * from all_policy where agent_id in (select agent_id from agent) "
        "or policy_id in (select policy_id from premium)"
    )
    run(POLICIES_THEN, {"last": last})


def _sell(engine: Engine, sale: Sale, seat: _Seat, day: dt.date) -> None:
    """Add the policy and its first premium to the facts."""
    values = {
        "number": SOLD, "day": day, "agent": seat.person_id, "seat": seat.seat_id, "product": sale.product_code,
        "term": sale.payment_term, "amount": sale.premium_amount,
    }  # fmt: skip
    engine.connection.execute(SOLD_POLICY, values)
    engine.connection.execute(SOLD_PREMIUM, values)


def _lines(engine: Engine, plan: Plan, person_id: int) -> dict[str, Decimal]:
    """What each line of the person pays. Raises NoEstimate where one has a problem."""
    run_month(engine, plan)
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


OWN_HISTORY = """
create table own_history as select * from history where agent_id in (select agent_id from agent);
drop view history;
alter table own_history rename to history
"""
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
