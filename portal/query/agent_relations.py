"""The relations of one agent on a day, upwards along each line and down to those he leads, recruited, nurtured or trains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from portal.models.agents import Agent, AgentPeriod, Relation, RelationKind, RelationPeriod
from portal.models.base import FAR_FUTURE
from portal.models.organisation import Position
from portal.permissions import Permission
from portal.query.names import person_name
from portal.query.outside import refuse
from portal.query.places import Place
from portal.query.ranks import Rank, rank_of
from portal.query.reach import within
from portal.query.reader import Reader

KINDS = tuple(kind.value for kind in RelationKind)
STEPS_UP = 3


@dataclass(frozen=True, slots=True)
class Tie:
    """Somebody an agent is tied to: `steps` up (above 0) or down (below 0); `since` the first and `until` the end day."""

    kind: str
    person_id: int
    name: str
    note: str  # number and rank
    steps: int
    since: dt.date
    until: dt.date

    @property
    def last_day(self) -> dt.date | None:
        """The last day it holds; None when no end is known."""
        return None if self.until == FAR_FUTURE else self.until - dt.timedelta(days=1)


@dataclass(frozen=True)
class AgentRelations:
    """One agent with his ties of a day, and every period of his own relations, the newest first."""

    person_id: int
    agent_no: str
    name: str
    rank: Rank
    seat: Place | None
    leads: bool
    on: dt.date
    ties: Sequence[Tie]
    history: Sequence[Tie]

    def up(self, kind: str) -> list[Tie]:
        """Along one line upwards, the nearest first."""
        return sorted((one for one in self.ties if one.kind == kind and one.steps > 0), key=lambda one: one.steps)

    def down(self, kind: str) -> list[Tie]:
        """Those directly below in one line."""
        return [one for one in self.ties if one.kind == kind and one.steps < 0]


def agent_relations(reader: Reader, person_id: int, on: dt.date) -> AgentRelations:
    """An agent's relations on a day.

    Raises:
        Forbidden: the actor may not see relations.
        OutOfScope: there is no such agent, or the actor may not see him.
    """
    reader.allow(Permission.RELATION_VIEW)
    agent = reader.session.scalars(
        select(Agent).where(Agent.id == person_id, within(reader.actor, Agent))
    ).one_or_none()
    if agent is None:
        raise refuse(reader, "agent", person_id)
    position = reader.session.scalars(
        select(Position).where(Position.person_id == person_id, Position.valid_from <= on, Position.valid_to > on)
    ).one_or_none()
    told = _Telling(reader, on)
    ties = [tie for kind in KINDS for tie in _upwards(reader, told, person_id, kind, on)]
    below = select(Relation.kind, Relation.agent_id, RelationPeriod.valid_from, RelationPeriod.valid_to).join(
        RelationPeriod, RelationPeriod.relation_id == Relation.id
    )
    for kind, other, since, until in reader.session.execute(
        below.where(RelationPeriod.from_id == person_id, RelationPeriod.valid_from <= on, RelationPeriod.valid_to > on)
        .order_by(Relation.kind, RelationPeriod.valid_from, Relation.agent_id)
    ):  # fmt: skip
        ties.append(told.tie(kind, other, -1, since, until))
    periods = reader.session.execute(
        select(Relation.kind, RelationPeriod.from_id, RelationPeriod.valid_from, RelationPeriod.valid_to)
        .join(RelationPeriod, RelationPeriod.relation_id == Relation.id)
        .where(Relation.agent_id == person_id)
        .order_by(RelationPeriod.valid_from.desc(), Relation.kind)
    ).all()
    history = [told.tie(kind, other, 1, since, until) for kind, other, since, until in periods]
    return AgentRelations(
        person_id, agent.agent_no, told.name(person_id), told.rank(person_id),
        reader.places(on).get(position.institution_id) if position else None,
        position is not None and position.kind == "leader", on, ties, history,
    )  # fmt: skip


def superiors_on(reader: Reader, person_id: int, on: dt.date) -> list[int]:
    """Whom a person reports to on a day, and whom that one reports to, up to the end; a circle is cut."""
    way: list[int] = []
    here: int | None = person_id
    while here is not None:
        here = reader.session.scalar(
            select(RelationPeriod.from_id).join(Relation, Relation.id == RelationPeriod.relation_id)
            .where(Relation.kind == RelationKind.REPORTING, Relation.agent_id == here, RelationPeriod.valid_from <= on,
                   RelationPeriod.valid_to > on)
        )  # fmt: skip
        if here is None or here in way or here == person_id:
            return way
        way.append(here)
    return way


def reports_of(reader: Reader, person_id: int, on: dt.date) -> set[int]:
    """Everybody who reports to a person on a day, directly or through others."""
    pairs = reader.session.execute(
        select(Relation.agent_id, RelationPeriod.from_id).join(RelationPeriod, RelationPeriod.relation_id == Relation.id)
        .where(Relation.kind == RelationKind.REPORTING, RelationPeriod.valid_from <= on, RelationPeriod.valid_to > on)
    ).all()  # fmt: skip
    below: dict[int, list[int]] = {}
    for agent, over in pairs:
        below.setdefault(over, []).append(agent)
    found: set[int] = set()
    waiting = list(below.get(person_id, ()))
    while waiting:
        here = waiting.pop()
        if here not in found and here != person_id:
            found.add(here)
            waiting += below.get(here, ())
    return found


class _Telling:
    """Names, numbers and ranks on a day, asked for once."""

    def __init__(self, reader: Reader, on: dt.date) -> None:
        self.reader, self.on = reader, on
        self.numbers = dict(reader.session.execute(select(Agent.id, Agent.agent_no)).all())
        rows = reader.session.execute(
            select(AgentPeriod.agent_id, AgentPeriod.channel, AgentPeriod.rank).ext(distinct_on(AgentPeriod.agent_id))
            .where(AgentPeriod.valid_from <= on).order_by(AgentPeriod.agent_id, AgentPeriod.valid_from.desc())
        )  # fmt: skip
        self.ranks = {agent: (channel, rank) for agent, channel, rank in rows}

    def name(self, person: int) -> str:
        return person_name(self.reader, person)

    def rank(self, person: int) -> Rank:
        channel, code = self.ranks.get(person, ("", ""))
        return rank_of(self.reader, channel, code, self.on)

    def tie(self, kind: str, person: int, steps: int, since: dt.date, until: dt.date) -> Tie:
        note = " · ".join(filter(None, [self.numbers.get(person, ""), self.rank(person).title]))
        return Tie(kind, person, self.name(person), note, steps, since, until)


def _upwards(reader: Reader, told: _Telling, person_id: int, kind: str, on: dt.date) -> list[Tie]:
    """Along one line upwards, so many steps; a trainer is one step only."""
    found: list[Tie] = []
    here, most = person_id, 1 if kind == RelationKind.TRAINER else STEPS_UP
    while len(found) < most:
        row = reader.session.execute(
            select(RelationPeriod.from_id, RelationPeriod.valid_from, RelationPeriod.valid_to)
            .join(Relation, Relation.id == RelationPeriod.relation_id)
            .where(Relation.kind == kind, Relation.agent_id == here, RelationPeriod.valid_from <= on, RelationPeriod.valid_to > on)
        ).one_or_none()  # fmt: skip
        if row is None or row.from_id == person_id:
            return found
        found.append(told.tie(kind, row.from_id, len(found) + 1, row.valid_from, row.valid_to))
        here = row.from_id
    return found
