"""Moves of teams and agents: asked for by one person, decided by a second, then written as dated records.

An agent goes to another team and may get another superior; a team goes under another institution with everybody in it, and its
leader may get another superior. No move reaches into a month that is closed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.access.identity import today
from portal.models.agents import Agent, Relation, RelationKind, RelationPeriod
from portal.models.organisation import Institution, InstitutionPeriod, Position
from portal.permissions import Permission
from portal.query.approval import Approval, Content
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.run_order import POLICIES_KEY
from portal.query.team_move import (
    leader_of,
    parent_of,
    seat_of,
    superior_of,
)
from portal.services.institutions import check_standing, exists_throughout, keep_tree
from portal.services.periods import end, hold
from portal.services.reallocation_checks import differs, fits_there, has_a_superior, is_there, reaches_no_closed_month
from portal.services.reallocation_words import changes, day_of, line, names, preview
from portal.services.recalculation import recalculate_from
from portal.services.refusal import Refusal
from portal.services.relations import check_circle, keep_kind
from portal.services.shares import follow
from portal.services.values import EARLIEST, LATEST, day_from
from portal.services.writer import Writer

KEEP, NOBODY, LEADER = "keep", "nobody", "leader"  # what may be asked for instead of naming a superior


def key_of(kind: str, subject: int) -> str:
    """The key of what moves: `agent-17`, `team-43`."""
    return f"{kind}-{subject}"


def subject_of(key: str) -> tuple[str, int]:
    """What a key names. Raises Refusal when it is none."""
    kind, _line, number = key.partition("-")
    if kind not in ("agent", "team") or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Refusal(_("There is no such record."))
    return kind, int(number)


def proposal_of(target: Any, superior: Any, first_day: Any) -> dict[str, Any]:
    """What a form or a program asks for: where to, under whom, from which day on. Raises Refusal."""
    day = day_from(first_day)
    if day is None or not EARLIEST <= day < LATEST:
        raise Refusal(_("A date is expected, such as 2026-01-31."), "valid_from")
    if not (isinstance(target, str) and target.isascii() and target.isdigit() and len(target) < 19):
        raise Refusal(_("Say where to."), "to")
    named = isinstance(superior, str) and superior.isascii() and superior.isdigit() and len(superior) < 19
    if superior not in (KEEP, NOBODY, LEADER) and not named:
        raise Refusal(_("Say whom the agent reports to then."), "superior")
    return {"to": int(target), "superior": superior, "valid_from": day}


def content(reader: Reader, key: str, proposal: Content) -> Content:
    """What moves from where to where from which day on, and who reports to whom before and then."""
    kind, subject = subject_of(key)
    day, target = dt.date.fromisoformat(str(proposal["valid_from"])), int(proposal["to"])
    before = parent_of(reader, subject, day) if kind == "team" else seat_of(reader, subject, day)
    who = leader_of(reader, subject, day) if kind == "team" else subject
    superior_before = superior_of(reader, who, day) if who is not None else None
    asked = str(proposal["superior"])
    superior = superior_before
    if asked == NOBODY:
        superior = None
    elif asked == LEADER:
        superior = leader_of(reader, target, day)
    elif asked != KEEP:
        superior = int(asked)
    return {
        "kind": kind, "subject": subject, "valid_from": day, "from": before.institution_id if before else None, "to": target,
        "who": who, "superior_before": superior_before, "superior": superior if who is not None else None,
    }  # fmt: skip


def place(reader: Reader, content: Content) -> int:
    """The lowest institution above where it comes from and where it goes to."""
    seats = [int(content[name]) for name in ("from", "to") if content[name] is not None]
    return reader.places(day_of(content)).common(seats)


def lock(writer: Writer, key: str) -> None:
    """Nobody else moves institutions or changes superiors until the decision is taken."""
    subject_of(key)
    keep_tree(writer)
    keep_kind(writer, RelationKind.REPORTING)


def sees(reader: Reader, key: str) -> bool:
    """Whether the agent or team is there for the asker."""
    kind, subject = subject_of(key)
    if kind == "agent":
        return (
            reader.session.scalar(select(Agent.id).where(Agent.id == subject, within(reader.actor, Agent))) is not None
        )
    scope = reader.actor.scope
    return (scope.all or subject in scope.institutions) and reader.session.get(Institution, subject) is not None


def apply(writer: Writer, key: str, content: Content) -> None:
    """Write the new place and the new superior from the day on."""
    kind, subject = subject_of(key)
    day = day_of(content)
    if content["from"] != content["to"]:
        (move_team if kind == "team" else move_agent)(writer, subject, int(content["to"]), day)
    if content["who"] is not None and content["superior"] != content["superior_before"]:
        report_to(writer, int(content["who"]), content["superior"], day)
    told = {name: content[name] for name in ("from", "to", "superior_before", "superior")}
    writer.record("change", "reallocation", key, told | {"valid_from": day})


def move_agent(writer: Writer, person_id: int, target: int, day: dt.date) -> None:
    """The agent sits in another team from a day on, until the next change that was planned already; shares follow."""
    present = _present(writer, Position, Position.person_id == person_id, day)
    span = hold(writer.session, Position, "person_id", person_id, {"institution_id": target, "kind": present.kind}, day)
    missing = exists_throughout(writer, target, *span)
    if missing is not None:
        raise Refusal(_("The institution does not exist on %(day)s.", day=missing))
    if follow(writer, person_id, target, span):
        recalculate_from(writer, day, f"shares of person {person_id}")
    recalculate_from(writer, day, f"place of agent {agent_no(writer, person_id)}", POLICIES_KEY)


def agent_no(writer: Writer, person_id: int) -> str:
    """An agent by the number people know him by."""
    return writer.session.scalars(select(Agent.agent_no).where(Agent.id == person_id)).one()


def move_team(writer: Writer, team: int, target: int, day: dt.date) -> None:
    """The team stands under another institution from a day on, until the next change that was planned already."""
    present = _present(writer, InstitutionPeriod, InstitutionPeriod.institution_id == team, day)
    values = {"parent_id": target, "level_id": present.level_id, "name": present.name, "name_zh": present.name_zh}
    check_standing(writer, team, hold(writer.session, InstitutionPeriod, "institution_id", team, values, day))


def report_to(writer: Writer, person_id: int, superior: int | None, day: dt.date) -> None:
    """The agent reports to another superior, or to nobody, from a day on."""
    same = select(Relation).where(Relation.kind == RelationKind.REPORTING, Relation.agent_id == person_id)
    relation = writer.session.scalars(same.with_for_update()).one_or_none()
    if superior is None:
        if relation is not None:
            end(writer.session, RelationPeriod, "relation_id", relation.id, day, today())
        return
    if relation is None:
        relation = Relation(kind=RelationKind.REPORTING.value, agent_id=person_id)
        writer.session.add(relation)
        writer.session.flush()
    hold(writer.session, RelationPeriod, "relation_id", relation.id, {"from_id": superior}, day)
    check_circle(writer, relation.id)


def _present(writer: Writer, table: Any, condition: Any, day: dt.date) -> Any:
    found = writer.session.scalars(
        select(table).where(condition, table.valid_from <= day, table.valid_to > day)
    ).one_or_none()
    if found is None:
        raise Refusal(_("There is no such record."))
    return found


REALLOCATION = Approval(
    key="reallocation",
    title=_l("Move of a team or agent"),
    icon="diagram-3",
    subject="reallocation",
    request_permission=Permission.TEAM_MOVE_REQUEST,
    decide_permission=Permission.TEAM_MOVE_DECIDE,
    content=content,
    place=place,
    names=names,
    line=line,
    changes=changes,
    preview=preview,
    checks=(is_there, differs, reaches_no_closed_month, fits_there, has_a_superior),
    sees=sees,
    lock=lock,
    on_approved=apply,
    due_days=5,
)
