"""What a draft makes of one agent's month: an element and the pay, by the rules in force and with the draft on top."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from calc import Engine
from calc.rulebook.plan import Plan
from portal.models.agents import Agent
from portal.models.rulebooks import Rulebook, RulebookVersion
from portal.permissions import Permission
from portal.query.month_rules import run_rules
from portal.query.outside import refuse
from portal.query.person_month import Seat, asks_all, at_work, give_person, give_rules, seat_of
from portal.query.places import places
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, Rules, known_rules, with_element
from portal.query.statement import last_of

GRAINS = {"agent": "agent_id", "team": "team_id", "institution": "institution_id"}


@dataclass(frozen=True, slots=True)
class Tried:
    """An element's value and the month's pay now and with the draft; none where the rules have no such value."""

    agent_no: str
    month: dt.date
    unit: str
    value_now: Any
    value_then: Any
    pay_now: Decimal
    pay_then: Decimal


def agent_seen(reader: Reader, agent_no: str) -> Agent:
    """An agent within the scope, by number. Raises OutOfScope."""
    found = reader.session.scalar(select(Agent).where(Agent.agent_no == agent_no))
    if found is None:
        raise refuse(reader, "agent", agent_no[:40])
    return found


def tried(reader: Reader, version: RulebookVersion, key: Key, content: Any, agent_no: str, month: dt.date) -> Tried:
    """The month of an agent with an element of a draft as it is typed; the draft counts as begun by the month.

    Raises:
        OutOfScope: there is no such agent within what the actor may see.
        NobodyThere, TooMany, UnfitRules: the month cannot be computed; the message says why.
    """
    reader.allow(Permission.RULEBOOK_VIEW)
    agent = agent_seen(reader, agent_no)
    code = reader.session.scalars(select(Rulebook.code).where(Rulebook.id == version.rulebook_id)).one()
    with at_work() as (session, engine):
        seat = seat_of(session, code, month, agent.id)
        now = known_rules(session, version.rulebook_id)
        draft = known_rules(session, version.rulebook_id, draft_id=version.id)
        then = with_element(draft, version, key, content).begun_by(version.id, month)
        path = [place.id for place in places(session, last_of(month)).above(seat.seat_id)]
        held = [_held(rules, path, last_of(month)) for rules in (now, then)]
        give_person(engine, session, code, month, seat, branch=any(map(asks_all, held)))
        (before, pay_before), (after, pay_after) = (
            _computed(engine, give_rules(engine, session, rules, month, seat), seat, key[1]) for rules in (now, then)
        )
    unit = str(content.get("unit", "")) if isinstance(content, Mapping) else ""
    return Tried(agent.agent_no, month, unit, before, after, pay_before, pay_after)


def _held(rules: Rules, path: list[int], day: dt.date) -> Mapping[Key, Any]:
    found = rules.elements(rules.chain(path), day) or {}
    return {key: one.content for key, one in found.items() if isinstance(one.content, Mapping)}


def _computed(engine: Engine, plan: Plan, seat: Seat, name: str) -> tuple[Any, Decimal]:
    """An element's value for a person, or the sum over the person's rows; and what all lines pay."""
    run_rules(engine, plan)
    run = engine.connection.execute
    paid = run("select coalesce(sum(paid), 0) from line_amount where agent_id = ?", [seat.person_id]).fetchone()
    return _value(engine, plan, seat, name), Decimal(paid[0]) if paid else Decimal(0)


def _value(engine: Engine, plan: Plan, seat: Seat, name: str) -> Any:
    if not plan.variants.is_element(name):
        return None
    grain, column = plan.variants.grain(name), '"' + name.replace('"', '""') + '"'
    if grain in GRAINS:
        key = GRAINS[grain]
        asked = f'select {column} from "{grain}_value" where {key} = (select {key} from agent where agent_id = ?)'
    else:
        asked = f'select sum({column}) from "{grain}_value" where agent_id = ?'
    row = engine.connection.execute(asked, [seat.person_id]).fetchone()
    return row[0] if row else None
