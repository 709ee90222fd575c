"""From a user to an Actor: the union of the roles' permissions, and how far the person sees on a day.

The tree and the positions are dated. What someone sees follows today's tree; an institution that has closed stands
under its last parent, so a leader keeps the history of what was merged into his branch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Row, Select, and_, bindparam, func, select, text
from sqlalchemy.orm import Session

from portal.models.access import Role, RolePermission, User, UserInstitution, UserRole
from portal.models.organisation import Position
from portal.permissions import Actor, Permission, Scope, ScopeKind
from portal.settings import settings

# Reads users and positions before anyone's scope is known; it may do nothing.
HOUSE = Actor(user_id=None, name="portal", scope=Scope(all=True), roles=("system",))

_SUBTREE = text("""
    with recursive placed as (
        select distinct on (institution_id) institution_id, parent_id
        from institution_period
        where valid_from <= :on
        order by institution_id, valid_from desc
    ), below as (
        select unnest(cast(:roots as bigint[])) as institution_id
        union
        select placed.institution_id from placed join below on placed.parent_id = below.institution_id
    )
    select institution_id from below
""")


class UnknownUser(LookupError):
    """Nobody active has this number or name."""


def today() -> dt.date:
    """The calendar day of the installation's time zone."""
    return dt.datetime.now(ZoneInfo(settings().timezone)).date()


def day_begins(day: dt.date) -> dt.datetime:
    """The first instant of a calendar day in the installation's time zone."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(settings().timezone))


def subtree(session: Session, ids: Iterable[int], on: dt.date | None = None) -> frozenset[int]:
    """These institutions and everything below them, on a day's tree (today's by default)."""
    roots = sorted(set(ids))
    if not roots:
        return frozenset()
    return frozenset(session.execute(_SUBTREE, {"roots": roots, "on": on or today()}).scalars())


def actor_of(session: Session, user_id: int, on: dt.date | None = None) -> Actor:
    """Who this user is and how far they see on a day (today by default). Raises UnknownUser.

    The session must see the whole house: positions are rows with a scope of their own.
    """
    day = on or today()
    row = session.execute(_FACTS, {"user_id": user_id, "day": day}).one_or_none()
    if row is None:
        raise UnknownUser(f"There is no active user {user_id}.")
    granted = set(row.permissions or ())
    return Actor(
        user_id=row.id,
        name=row.username,
        person_id=row.person_id,
        institution_id=row.institution_id,
        permissions=frozenset(permission for permission in Permission if permission.value in granted),
        scope=_scope(session, row, day),
        language=row.language or settings().default_language,
        roles=tuple(row.roles or ()),
    )


def actor_named(session: Session, username: str) -> Actor:
    """The actor behind a user name, as typed at a command line."""
    user_id = session.scalar(select(User.id).where(User.username == folded(username)))
    if user_id is None:
        raise UnknownUser(f"There is no user {username!r}.")
    return actor_of(session, user_id)


def folded(username: str) -> str:
    """A user name as it is kept: without surrounding blanks, in lower case."""
    return username.strip().casefold()


def _scope(session: Session, row: Row[Any], day: dt.date) -> Scope:
    """The union of what the roles let a person see; without a role, nothing."""
    kinds = set(row.kinds or ())
    if ScopeKind.ALL in kinds:
        return Scope(all=True)
    roots: set[int] = set()
    if ScopeKind.CHOSEN in kinds:
        roots.update(row.chosen or ())
    if ScopeKind.BELOW in kinds and row.institution_id is not None:
        roots.add(row.institution_id)
    institutions = subtree(session, roots, day)
    if ScopeKind.OWN in kinds and row.institution_id is not None:
        institutions |= {row.institution_id}
    return Scope(institutions=institutions, person_id=row.person_id if kinds else None)


def _facts() -> Select[Any]:
    """One row with everything a user's roles and position say on a day."""
    user_id: BindParameter[int] = bindparam("user_id")
    day: BindParameter[dt.date] = bindparam("day")
    held = select(Role.code, Role.scope_kind).join(UserRole, UserRole.role_id == Role.id)
    roles = held.where(UserRole.user_id == user_id).subquery("held")
    permissions = (
        select(func.array_agg(RolePermission.permission.distinct()))
        .join(UserRole, UserRole.role_id == RolePermission.role_id)
        .where(UserRole.user_id == user_id)
    )
    chosen = select(func.array_agg(UserInstitution.institution_id)).where(UserInstitution.user_id == user_id)
    here = and_(Position.person_id == User.person_id, Position.valid_from <= day, Position.valid_to > day)
    return (
        select(
            User.id,
            User.username,
            User.person_id,
            User.language,
            Position.institution_id,
            select(func.array_agg(roles.c.code)).scalar_subquery().label("roles"),
            select(func.array_agg(roles.c.scope_kind)).scalar_subquery().label("kinds"),
            permissions.scalar_subquery().label("permissions"),
            chosen.scalar_subquery().label("chosen"),
        )
        .outerjoin(Position, here)
        .where(User.id == user_id, User.active)
    )


_FACTS = _facts()  # built once: every request asks it
