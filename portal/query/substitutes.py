"""Who stands in for whom today, and with whose eyes and permissions that lets a person decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.access.identity import HOUSE, UnknownUser, actor_of, today
from portal.database import database
from portal.models.access import User
from portal.models.approvals import Substitute
from portal.models.organisation import Person
from portal.permissions import Actor
from portal.query.reader import Reader
from portal.query.references import name_in


@dataclass(frozen=True, slots=True)
class Authority:
    """With what someone decides: the permissions and scope of his own, or of a person he stands in for.

    `actor` is always the one who decides; for someone else he has that person's permissions and scope, for `kind` only
    where it names one.
    """

    actor: Actor
    for_person: int | None = None
    kinds: frozenset[str] | None = None  # None: all kinds

    def covers(self, kind: str) -> bool:
        return self.kinds is None or kind in self.kinds


def authorities(actor: Actor, on: dt.date | None = None) -> list[Authority]:
    """The person's own authority first, then that of each person he stands in for on a day (today by default)."""
    own = Authority(actor)
    if actor.person_id is None:
        return [own]
    day = on or today()
    with database().transaction(HOUSE) as session:
        wanted = (
            select(User.id, Substitute.person_id, Substitute.kind)
            .join(User, User.person_id == Substitute.person_id)
            .where(
                Substitute.substitute_id == actor.person_id, Substitute.first_day <= day, Substitute.last_day >= day,
                User.active,
            )
            .order_by(Substitute.person_id)
        )  # fmt: skip
        kinds: dict[tuple[int, int], set[str | None]] = {}
        for user, person, kind in session.execute(wanted):
            kinds.setdefault((user, person), set()).add(kind)
        return [own, *(_in_place_of(session, actor, user, person, some) for (user, person), some in kinds.items())]


def stands_in(session: Session, substitute: int | None, person: int, kind: str, on: dt.date) -> bool:
    """Whether someone decides requests of a kind in a person's place on a day."""
    if substitute is None:
        return False
    wanted = select(Substitute.id).where(
        Substitute.person_id == person, Substitute.substitute_id == substitute, Substitute.first_day <= on,
        Substitute.last_day >= on, or_(Substitute.kind.is_(None), Substitute.kind == kind),
    )  # fmt: skip
    return session.scalar(wanted.limit(1)) is not None


def absences(reader: Reader, person: int) -> Sequence[Substitute]:
    """The substitutes a person has named for today and later, the next ones first."""
    wanted = select(Substitute).where(Substitute.person_id == person, Substitute.last_day >= today())
    return reader.session.scalars(wanted.order_by(Substitute.first_day, Substitute.id)).all()


def colleagues(reader: Reader) -> list[tuple[int, str, str]]:
    """Everyone else who can log in, by name: number, staff number, name."""
    name = name_in(Person, reader.actor.language)
    with database().transaction(HOUSE) as session:
        wanted = select(Person.id, Person.code, name).join(User, User.person_id == Person.id).where(User.active)
        rows = session.execute(wanted.order_by(name, Person.id)).all()
    return [(number, code, words) for number, code, words in rows if number != reader.actor.person_id]


def _in_place_of(session: Session, actor: Actor, user: int, person: int, kinds: set[str | None]) -> Authority:
    try:
        other = actor_of(session, user)
    except UnknownUser:
        other = replace(actor, permissions=frozenset())
    acting = replace(actor, permissions=other.permissions, scope=other.scope)
    return Authority(acting, person, None if None in kinds else frozenset(one for one in kinds if one))
