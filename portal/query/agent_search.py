"""Agents by number or name while somebody types, inside the scope of whoever asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from portal.access.identity import today
from portal.models.agents import Agent
from portal.models.organisation import InstitutionPeriod, Person, Position
from portal.permissions import Actor, Permission
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.references import name_in
from portal.query.search import words_of

MOST = 8
VIEWS = (Permission.AGENT_VIEW, Permission.STATEMENT_VIEW, Permission.COMMISSION_VIEW)  # each shows agents by name


@dataclass(frozen=True, slots=True)
class FoundAgent:
    """An agent who was found; `place` is where the agent sits now, empty for who has left."""

    id: int
    agent_no: str
    name: str
    place: str


def may_find(actor: Actor) -> bool:
    """Whether somebody reads about agents at all."""
    return any(actor.may(one) for one in VIEWS)


def agents_like(reader: Reader, text: str, most: int = MOST) -> list[FoundAgent]:
    """Agents whose number or name has all the words; the exact number first, then by number. Too short a text finds none."""
    words = words_of(text)
    if not words or not may_find(reader.actor):
        return []
    on = today()
    called = func.lower(Agent.agent_no + " " + Person.name + " " + Person.name_zh)
    wanted = select(Agent.id, Agent.agent_no, name_in(Person, reader.actor.language).label("name"), _place(reader, on))
    wanted = wanted.join(Person, Person.id == Agent.id).where(within(reader.actor, Agent))
    for word in words:
        wanted = wanted.where(called.contains(word, autoescape=True))
    exact: Any = case((func.lower(Agent.agent_no) == " ".join(words), 0), else_=1)
    rows = reader.session.execute(wanted.order_by(exact, Agent.agent_no).limit(most))
    return [FoundAgent(row.id, row.agent_no, row.name or row.agent_no, row.place or "") for row in rows]


def _place(reader: Reader, on: dt.date) -> Any:
    """What the agent's institution is called today, as a sub-query."""
    return (
        select(name_in(InstitutionPeriod, reader.actor.language))
        .join(Position, Position.institution_id == InstitutionPeriod.institution_id)
        .where(Position.person_id == Agent.id, Position.valid_from <= on, Position.valid_to > on)
        .where(InstitutionPeriod.valid_from <= on, InstitutionPeriod.valid_to > on)
        .order_by(Position.id)
        .limit(1)
        .scalar_subquery()
        .label("place")
    )
