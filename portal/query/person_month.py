"""A month for one person: the facts of the person and of those whom the rules ask for him, and the month's own plan.

For questions asked at a screen: what a sale would add, what a draft makes of an agent. Nothing is kept.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook.plan import Plan
from portal.access.identity import HOUSE
from portal.database import database
from portal.query.month_facts import give_history, history_files, priced
from portal.query.month_rules import month_rules
from portal.query.places import places
from portal.query.policy_facts import POLICIES_THEN, give_days, published_until
from portal.query.rulebook_rules import Rules
from portal.query.sales_force import agents_of, people_at, people_below, relations_of, teams_of
from portal.query.statement import last_of

MOST_PEOPLE = 5_000
KINDS = ("reporting", "recruiter", "nurturer", "trainer")
DATASETS = ("premium", "renewal_due", "policy_end", "policy")
_one_at_a_time = threading.Lock()


class NobodyThere(LookupError):
    """The person has no contract of the rulebook's channel in the month."""


class TooMany(LookupError):
    """The rules ask more people for this one than a screen waits for."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person works in a month: the team, or the institution of who has none, and the institution above."""

    person_id: int
    institution_id: int
    seat_id: int


@contextmanager
def at_work() -> Iterator[tuple[Session, Engine]]:
    """A session of the house and an engine; one question at a time, so that a web process keeps its memory.

    What others sold is read as the house: a caller checks what may be asked, and tells only what concerns the person.
    """
    with _one_at_a_time, database().transaction(HOUSE) as session, Engine(threads=2, memory="1GB") as engine:
        yield session, engine


def seat_of(session: Session, channel: str, month: dt.date, person_id: int) -> Seat:
    """Where a person works at the month's end. Raises NobodyThere."""
    rows = agents_of(session, channel, month, last_of(month), [person_id]).to_pylist()
    if not rows:
        raise NobodyThere(person_id)
    return Seat(person_id, rows[0]["institution_id"], rows[0]["seat_id"])


def give_person(engine: Engine, session: Session, channel: str, month: dt.date, seat: Seat, *, branch: bool) -> None:
    """Offer the month's facts of a person and of everyone below; with `branch`, of the whole institution as well.

    Raises:
        TooMany: these are more people than a screen waits for.
    """
    last = last_of(month)
    people = set(people_below(session, seat.person_id, month, last, KINDS))
    if branch:
        below = sorted(places(session, last).below(seat.institution_id))
        people |= set(people_at(session, below, month, last))
    if len(people) > MOST_PEOPLE:
        raise TooMany(len(people))
    engine.give("agent", agents_of(session, channel, month, last, sorted(people)))
    engine.give("team", teams_of(session, last))
    engine.give("relation", relations_of(session, last, sorted(people)))
    engine.give("month", pa.table({
        "first_day": pa.array([month], pa.date32()), "last_day": pa.array([last], pa.date32()),
    }))  # fmt: skip
    _give_facts(engine, session, last)
    give_history(engine, history_files(session, month), month)
    engine.connection.execute(OWN_HISTORY)


def give_rules(engine: Engine, session: Session, rules: Rules, month: dt.date, seat: Seat) -> Plan:
    """Offer who prices what of the facts given, and give back the month's plan. Raises UnfitRules."""
    standing, first, end = priced(engine, rules, month)
    made = month_rules(session, rules, {*standing, seat.seat_id}, first, end)
    engine.give("rules", made.table)
    return made.plan


def asks_all(elements: Mapping[tuple[str, str], Any]) -> bool:
    """Whether rules ask what whole teams or institutions come to."""
    return any(
        section in ("measures", "formulas") and content.get("grain") in ("team", "institution")
        for (section, _name), content in elements.items()
    )


def _give_facts(engine: Engine, session: Session, last: dt.date) -> None:
    """Offer the facts of the month's agents, as far as they are known."""
    for dataset in DATASETS:
        give_days(engine, f"all_{dataset}", dataset, published_until(session, dataset, last))
    run = engine.connection.execute
    for dataset in ("premium", "renewal_due", "policy_end"):
        run(f"create table {dataset} as select * from all_{dataset} where agent_id in (select agent_id from agent)")
    run(
        "create table policy_state as select * from all_policy where agent_id in (select agent_id from agent) "
        "or policy_id in (select policy_id from premium)"
    )
    run(POLICIES_THEN, {"last": last})


OWN_HISTORY = """
create table own_history as select * from history where agent_id in (select agent_id from agent);
drop view history;
alter table own_history rename to history
"""
