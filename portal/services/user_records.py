"""Users as records of the portal, written by the services that guard them (`portal.services.users`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import select

from portal.access.passwords import WeakPassword, generated_password
from portal.models.access import Role, User
from portal.models.organisation import Person
from portal.services import users
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.users import UserRule
from portal.services.writer import NotThere, Writer


def create(writer: Writer, draft: Draft) -> str:
    """A new user; one without a password cannot log in until an administrator gives one."""
    password = draft.values["password"] or generated_password()
    with _refusing():
        user = users.add_user(
            writer,
            draft.values["username"],
            password,
            person_code=_person_code(writer, draft.values["person"]),
            roles=_role_codes(writer, draft.values["roles"]),
            institutions=sorted(draft.values["institutions"]),
        )
        if not draft.values["active"]:
            users.disable(writer, user, draft.reason)
    return str(user.id)


def change(writer: Writer, draft: Draft) -> None:
    """Change what differs; each change ends the user's open sessions."""
    user = writer.get(User, int(draft.present.key if draft.present is not None else 0))
    verbs: dict[str, Callable[[], None]] = {
        "person": lambda: users.link_person(writer, user, _person_code(writer, draft.value("person"))),
        "roles": lambda: _set_roles(writer, draft, user),
        "institutions": lambda: users.choose_institutions(writer, user, sorted(draft.value("institutions"))),
        "active": lambda: (
            users.enable(writer, user) if draft.value("active") else users.disable(writer, user, draft.reason)
        ),
        "password": lambda: users.set_password(writer, user, draft.value("password")),
    }
    with _refusing():
        for name in draft.values:
            verbs[name]()


def _set_roles(writer: Writer, draft: Draft, user: User) -> None:
    before = draft.present.values["roles"] if draft.present is not None else frozenset()
    wanted = draft.value("roles")
    for code in _role_codes(writer, wanted - before):
        users.grant_role(writer, user, code)
    for code in _role_codes(writer, before - wanted):
        users.revoke_role(writer, user, code)


def _role_codes(writer: Writer, ids: frozenset[int]) -> list[str]:
    return list(writer.session.scalars(select(Role.code).where(Role.id.in_(ids)).order_by(Role.code)))


def _person_code(writer: Writer, person_id: int | None) -> str:
    if person_id is None:
        return ""
    return writer.session.scalars(select(Person.code).where(Person.id == person_id)).one()


@contextmanager
def _refusing() -> Iterator[None]:
    """The sentences of the services behind, as the portal's forms show them."""
    try:
        yield
    except WeakPassword as error:
        raise Refusal(str(error), "password") from error
    except (UserRule, NotThere) as error:
        raise Refusal(str(error)) from error
