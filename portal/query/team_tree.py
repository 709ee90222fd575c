"""The organisation of teams on a day: what stands where, who leads it, which agents sit in it, of which rank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from portal.models.agents import Agent, Relation, RelationKind, RelationPeriod
from portal.models.organisation import InstitutionLevel, Position, PositionKind
from portal.permissions import Permission
from portal.query.names import person_name
from portal.query.outside import institution_within, roots_within
from portal.query.places import Place, Places
from portal.query.ranks import Rank, contracts_on
from portal.query.reach import within
from portal.query.reader import Reader

NO_RANK = Rank("", "", -1)


@dataclass(frozen=True, slots=True)
class Member:
    """An agent who sits in an institution on a day; `superior` is whom he reports to."""

    person_id: int
    agent_no: str
    name: str
    joined_on: dt.date
    rank: Rank
    leads: bool
    seat_id: int
    superior_id: int | None
    superior: str


@dataclass(frozen=True)
class TeamTree:
    """The part of the tree that holds agents, as the actor sees it; `members` are those of `here`, leaders first.

    `agents` counts by institution those below it, `leaders` names who leads it.
    """

    on: dt.date
    here: Place
    way: Sequence[Place]
    places: Places
    roots: Sequence[Place]
    agents: dict[int, int]
    leaders: dict[int, str]
    members: Sequence[Member]
    teams: frozenset[int]  # institutions of a level of sales teams


def team_tree(reader: Reader, institution_id: int | None, on: dt.date) -> TeamTree | None:
    """The organisation around an institution, or around the uppermost one with agents; None where there are none.

    Raises:
        Forbidden: the actor may not see agents.
        OutOfScope: there is no such institution, or the actor may not see it.
    """
    reader.allow(Permission.AGENT_VIEW)
    tree = reader.places(on)
    counted: dict[int, int] = {}
    for seat, agents in seats_on(reader, on):
        for place in tree.above(seat):
            counted[place.id] = counted.get(place.id, 0) + agents
    teams = teams_on(reader, tree)
    peopled = {place.id for team in teams for place in tree.above(team)} | counted.keys()
    roots = [one for one in roots_within(reader, tree) if one.id in peopled]
    if not roots:
        return None
    roots = [_uppermost(tree, one, peopled) for one in roots]
    here = roots[0] if institution_id is None else institution_within(reader, institution_id, on)
    leaders = {one.seat_id: one.name for one in reversed(members_on(reader, on, only_leaders=True))}
    shown = Places({key: place for key, place in tree.by_id.items() if key in peopled}, {
        parent: [one for one in below if one.id in peopled] for parent, below in tree.children.items()
    })  # fmt: skip
    inside = members_on(reader, on, [here.id])
    seen = reader.actor.scope
    way = [one for one in tree.above(here.id) if (seen.all or one.id in seen.institutions) and one.id in peopled]
    return TeamTree(on, here, way, shown, roots, counted, leaders, inside, teams)


def _uppermost(tree: Places, root: Place, peopled: set[int]) -> Place:
    """The lowest institution below a root that holds all of its agents: a house of two companies begins at the insurer."""
    here = root
    while True:
        children = tree.children.get(here.id, ())
        below = [one for one in children if one.id in peopled]
        if len(below) != 1 or len(children) == 1:
            return here
        here = below[0]


def teams_on(reader: Reader, tree: Places) -> frozenset[int]:
    """The institutions of a day that are sales teams."""
    levels = set(reader.session.scalars(select(InstitutionLevel.code).where(InstitutionLevel.sales_team)))
    return frozenset(place.id for place in tree.by_id.values() if place.level in levels)


def seats_on(reader: Reader, on: dt.date) -> Sequence[Row[int, int]]:
    """The institutions where agents have a seat on a day, of all the actor sees, and how many."""
    return reader.session.execute(
        select(Position.institution_id, func.count())
        .join(Agent, Agent.id == Position.person_id)
        .where(Position.valid_from <= on, Position.valid_to > on, within(reader.actor, Position))
        .group_by(Position.institution_id)
    ).all()


def members_on(
    reader: Reader, on: dt.date, seats: Sequence[int] | None = None, *, only_leaders: bool = False
) -> list[Member]:
    """The agents with a seat on a day, leaders first, then by number; of some institutions, or of all the actor sees."""
    above = aliased(RelationPeriod)
    superior = (
        select(Relation.agent_id, above.from_id)
        .join(above, above.relation_id == Relation.id)
        .where(Relation.kind == RelationKind.REPORTING, above.valid_from <= on, above.valid_to > on)
        .subquery()
    )
    wanted = (
        select(Agent.id, Agent.agent_no, Agent.joined_on, Position.kind, Position.institution_id, superior.c.from_id)
        .join(Position, Position.person_id == Agent.id)
        .outerjoin(superior, superior.c.agent_id == Agent.id)
        .where(Position.valid_from <= on, Position.valid_to > on, within(reader.actor, Position))
    )
    if seats is not None:
        wanted = wanted.where(Position.institution_id.in_(seats))
    if only_leaders:
        wanted = wanted.where(Position.kind == PositionKind.LEADER)
    rows = reader.session.execute(wanted).all()
    ranks = contracts_on(reader, on, on, [row.id for row in rows])
    found = [
        Member(person, number, person_name(reader, person), joined, ranks[person][1] if person in ranks else NO_RANK,
               kind == PositionKind.LEADER, seat, over, person_name(reader, over))
        for person, number, joined, kind, seat, over in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.leads, -one.rank.place, one.agent_no))
