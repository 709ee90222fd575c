"""What the people behind user names are called: who asked and who decided, for whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.database import seeing_all
from portal.models.access import Role, User
from portal.models.organisation import Person
from portal.query.names import person_name
from portal.query.reader import Reader
from portal.query.references import name_in


def called(reader: Reader, usernames: Iterable[str]) -> dict[str, str]:
    """The name of each user who is an employee, in the reader's language; the user name of the others, and of nobody nothing."""
    names = {one for one in usernames if one}
    if not names:
        return {}
    with seeing_all(reader.session, reader.actor.scope):
        rows = reader.session.execute(select(User.username, User.person_id).where(User.username.in_(names))).all()
    return {name: name for name in names} | {
        username: person_name(reader, person_id) or username for username, person_id in rows
    }


def user_called(reader: Reader, username: str) -> str:
    """What one user is called."""
    return called(reader, [username]).get(username, username)


def own_name_and_roles(reader: Reader) -> tuple[str, list[str]]:
    """What whoever asks is called, and what his roles are; every page shows both, so they are asked once a state."""
    actor = reader.actor

    def asked() -> tuple[str, list[str]]:
        name = reader.session.scalar(select(name_in(Person, actor.language)).where(Person.id == actor.person_id))
        mine = select(name_in(Role, actor.language)).where(Role.code.in_(actor.roles)).order_by(Role.code)
        return name or actor.name, list(reader.session.scalars(mine))

    key = ("own name and roles", actor.person_id, actor.name, tuple(sorted(actor.roles)), actor.language)
    return reader.memory.once(key, asked)
