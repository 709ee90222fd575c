"""What a field may refer to (an institution, a person, a level, a role, a permission, a curve): names, codes and choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.models.access import Role
from portal.models.organisation import FtpCurve, Institution, InstitutionLevel, InstitutionPeriod, Person
from portal.permissions import OF_OTHER_SYSTEMS, Actor, Permission
from portal.query.permission_titles import PERMISSION_TITLES
from portal.query.reach import people_within

MOST_CHOICES = 10_000
PERMISSIONS = {"permission": tuple(Permission), "key_permission": OF_OTHER_SYSTEMS}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be chosen; `depth` indents a tree."""

    value: str
    code: str
    label: str
    depth: int = 0


def name_in(table: Any, language: str) -> ColumnElement[str]:
    """A name in the reader's language; the English one where there is no Chinese one."""
    if language == "zh":
        return func.coalesce(func.nullif(table.name_zh, ""), table.name)
    named: ColumnElement[str] = table.name
    return named


def label_of(reference: str, column: Any, language: str, on: dt.date) -> ColumnElement[str]:
    """The name of what a column refers to, as a sub-query; an institution is called what it was called that day."""
    if reference == "institution":
        period = aliased(InstitutionPeriod)
        return (
            _nearest(select(name_in(period, language)), period, on)
            .where(period.institution_id == column)
            .scalar_subquery()
        )
    table: Any = aliased(_table(reference))
    return select(name_in(table, language)).where(table.id == column).scalar_subquery()


def code_of(reference: str, column: Any) -> ColumnElement[str]:
    """The code of what a column refers to, as a sub-query."""
    table: Any = aliased(_table(reference))
    return select(table.code).where(table.id == column).scalar_subquery()


def depth_of(column: Any) -> ColumnElement[int]:
    """How far below the root a level stands, as a sub-query: levels are sorted from above, not by name."""
    table = aliased(InstitutionLevel)
    return select(table.depth).where(table.id == column).scalar_subquery()


def choices(session: Session, actor: Actor, reference: str, on: dt.date) -> list[Choice]:
    """What the actor may choose: institutions in the order of the tree, people of his scope by name."""
    if reference in PERMISSIONS:
        return [Choice(each.value, each.value, str(PERMISSION_TITLES[each])) for each in PERMISSIONS[reference]]
    if reference == "institution":
        return _institutions(session, actor, on)
    table: Any = _table(reference)
    wanted = select(table.id, table.code, name_in(table, actor.language)).limit(MOST_CHOICES)
    if reference == "level":
        wanted = wanted.order_by(table.depth)
    elif reference == "person":
        wanted = wanted.order_by(name_in(table, actor.language), table.id)
        if not actor.scope.all:
            wanted = wanted.where(table.id.in_(people_within(actor, on)))
    else:
        wanted = wanted.order_by(table.code)
    return [Choice(str(row_id), code, name) for row_id, code, name in session.execute(wanted)]


def titles(
    session: Session, actor: Actor, reference: str, values: Collection[Any], on: dt.date
) -> dict[str, tuple[str, str]]:
    """The codes and names of some values, by the text of the value."""
    if reference in PERMISSIONS:
        return {each.value: (each.value, str(PERMISSION_TITLES[each])) for each in Permission if each.value in values}
    table: Any = _table(reference)
    wanted = select(table.id, table.code, label_of(reference, table.id, actor.language, on)).where(
        table.id.in_(list(values))
    )
    return {str(row_id): (code, name or code) for row_id, code, name in session.execute(wanted)}


def _table(reference: str) -> Any:
    return {
        "institution": Institution, "person": Person, "level": InstitutionLevel, "role": Role, "curve": FtpCurve,
    }[reference]  # fmt: skip


def _nearest(wanted: Select[Any], period: Any, on: dt.date) -> Select[Any]:
    """The period that holds on a day, or the last before it, or the first after it."""
    return wanted.order_by((period.valid_from <= on).desc(), func.abs(period.valid_from - on)).limit(1)


def _institutions(session: Session, actor: Actor, on: dt.date) -> list[Choice]:
    held = (
        select(
            InstitutionPeriod.institution_id,
            InstitutionPeriod.parent_id,
            Institution.code,
            name_in(InstitutionPeriod, actor.language),
        )
        .join(Institution, Institution.id == InstitutionPeriod.institution_id)
        .where(InstitutionPeriod.valid_from <= on, InstitutionPeriod.valid_to > on)
        .order_by(Institution.code)
    )
    rows = {institution: (parent, code, name) for institution, parent, code, name in session.execute(held)}
    if not actor.scope.all:
        rows = {institution: row for institution, row in rows.items() if institution in actor.scope.institutions}
    below: dict[int | None, list[int]] = {}
    for institution, (parent, _code, _name) in rows.items():
        below.setdefault(parent if parent in rows else None, []).append(institution)
    found: list[Choice] = []
    waiting = [(institution, 0) for institution in reversed(below.get(None, []))]
    while waiting:
        institution, depth = waiting.pop()
        _parent, code, name = rows[institution]
        found.append(Choice(str(institution), code, name, depth))
        waiting.extend((child, depth + 1) for child in reversed(below.get(institution, [])))
    return found
