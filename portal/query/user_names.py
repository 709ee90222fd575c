"""What the people behind user names are called: who asked and who decided, for whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.database import seeing_all
from portal.models.access import User
from portal.query.places import people_names
from portal.query.reader import Reader


def called(reader: Reader, usernames: Iterable[str]) -> dict[str, str]:
    """The name of each user who is an employee, in the reader's language; the user name of the others, and of nobody nothing."""
    names = {one for one in usernames if one}
    if not names:
        return {}
    with seeing_all(reader.session, reader.actor.scope):
        rows = reader.session.execute(select(User.username, User.person_id).where(User.username.in_(names))).all()
    known, chinese = people_names(reader.session), reader.actor.language == "zh"
    found = {name: name for name in names}
    for username, person_id in rows:
        person = known.get(person_id) if person_id is not None else None
        if person is not None:
            found[username] = person.name_zh if chinese and person.name_zh else person.name
    return found
