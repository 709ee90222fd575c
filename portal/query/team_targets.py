"""What the form of a move offers: the places a team or agent may go to, and those who may be the superior then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.models.agents import Agent
from portal.permissions import Permission
from portal.query.names import person_name
from portal.query.outside import institution_within, refuse
from portal.query.places import Place
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.references import Choice
from portal.query.team_move import earliest_move, leader_of, parent_of, seat_of, superior_of
from portal.query.team_tree import members_on, teams_on


@dataclass(frozen=True)
class MoveForm:
    """What is to move, where it stands on the first day that is offered, and what may be chosen."""

    kind: str
    name: str
    place: str
    superior: str
    first_day: dt.date
    targets: Sequence[Choice]
    superiors: Sequence[Choice]


def move_form(reader: Reader, kind: str, subject: int, first_day: dt.date) -> MoveForm:
    """The form for an agent or a team.

    Raises:
        Forbidden: the actor may not ask for moves.
        OutOfScope: there is no such agent or team, or the actor may not see it.
    """
    reader.allow(Permission.TEAM_MOVE_REQUEST)
    day = max(first_day, earliest_move(reader) or first_day)
    tree, language = reader.places(day), reader.actor.language
    teams = teams_on(reader, tree)
    if kind == "team":
        place = institution_within(reader, subject, day)
        if subject not in teams:
            raise refuse(reader, "institution", subject)
        name, before, who = place.title(language), parent_of(reader, subject, day), leader_of(reader, subject, day)
        wanted = [
            one for one in tree.by_id.values() if one.id in _above_teams(tree.by_id, teams) and one.depth < place.depth
        ]
    else:
        if reader.session.scalar(select(Agent.id).where(Agent.id == subject, within(reader.actor, Agent))) is None:
            raise refuse(reader, "agent", subject)
        name, before, who = person_name(reader, subject), seat_of(reader, subject, day), subject
        wanted = [one for one in tree.by_id.values() if one.id in teams]
    here = before.institution_id if before is not None else None
    known = tree.get(here)
    over = superior_of(reader, who, day) if who is not None else None
    leaders = [one for one in members_on(reader, day, only_leaders=True) if one.person_id != who]
    return MoveForm(
        kind, name, known.title(language) if known else "", person_name(reader, over), day,
        [Choice(str(one.id), one.code, one.title(language)) for one in sorted(wanted, key=lambda one: (one.depth, one.code))],
        [Choice(str(one.person_id), one.agent_no, one.name) for one in leaders],
    )  # fmt: skip


def _above_teams(by_id: Mapping[int, Place], teams: frozenset[int]) -> frozenset[int]:
    """The institutions directly above teams: where a team may go."""
    parents = {by_id[team].parent_id for team in teams if team in by_id}
    return frozenset(one for one in parents if one is not None)
