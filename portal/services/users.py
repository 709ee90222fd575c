"""Users: who may log in, with which roles and where. Each change ends the user's sessions at once.

Nobody hands out more than they have themselves, and administering users needs a view of the whole house: a leader who
could grant roles in his branch could otherwise grant himself the house.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from portal.access import passwords, throttle
from portal.access.identity import folded
from portal.access.passwords import WeakPassword
from portal.access.sessions import end_all
from portal.models.access import Role, RolePermission, User, UserInstitution, UserRole
from portal.models.organisation import Institution, Person
from portal.permissions import Forbidden, Permission, ScopeKind
from portal.services.writer import NotThere, Writer

LONGEST_NAME = throttle.LONGEST_NAME


class UserRule(ValueError):
    """A change of users that the house does not allow; the message says why."""


def add_user(
    writer: Writer,
    username: str,
    password: str,
    *,
    person_code: str = "",
    roles: Collection[str] = (),
    institutions: Iterable[int] = (),
    language: str = "",
) -> User:
    """Let someone log in. `roles` are codes; `person_code` is the staff number of an employee, if they are one."""
    _allow(writer)
    name = folded(username)
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or any(c.isspace() for c in name):
        raise UserRule(_("A user name has up to %(longest)s visible characters and no blanks.", longest=LONGEST_NAME))
    if writer.exists(User, User.username == name):
        raise UserRule(_("There is already a user %(name)s.", name=name))
    person_id = _person(writer, person_code) if person_code else None
    user = User(username=name, password_hash=passwords.hashed(password, name), person_id=person_id, language=language)
    writer.add(user)
    for code in roles:
        grant_role(writer, user, code)
    chosen = list(institutions)
    if chosen:
        choose_institutions(writer, user, chosen)
    return user


def set_password(writer: Writer, user: User, password: str) -> None:
    """Give a user a new password; whoever used the old one is signed out."""
    _allow_about(writer, user)
    _renew_password(writer, user, password)
    throttle.forgive(writer.session, user.username)


def note_attempt(writer: Writer, address: str) -> int:
    """Write down that someone is about to prove the own password, in a transaction before; raises TooManyAttempts.

    A screen left unlocked is no place to guess at leisure: the attempts count together with those at log-in.
    """
    return throttle.admit(writer.session, _own_user(writer).username, address)


def change_own_password(writer: Writer, current: str, new: str, attempt: int | None = None, *, keep: str = "") -> None:
    """Change one's own password, knowing the present one. Signs out everywhere but in the session of the token `keep`.

    Raises UserRule when the present password is not right, WeakPassword for a new one nobody should use.
    """
    user = _own_user(writer)
    if not passwords.matches(user.password_hash, current):
        raise UserRule(_("The present password is not right."))
    if passwords.matches(user.password_hash, new):
        raise WeakPassword(_("The new password is the present one: choose another."))
    _renew_password(writer, user, new, keep)
    if attempt is not None:
        throttle.succeeded(writer.session, attempt)


def _own_user(writer: Writer) -> User:
    if writer.actor.user_id is None:
        raise UserRule(_("Only a signed-in user has a password to change."))
    return writer.get(User, writer.actor.user_id)


def disable(writer: Writer, user: User, reason: str = "") -> None:
    """Keep a user from logging in and sign him out; nothing of what he did is lost."""
    _allow_about(writer, user)
    if user.id == writer.actor.user_id:
        raise UserRule(_("Nobody disables themselves: ask another administrator."))
    writer.change(user, "disable", reason=reason, active=False)
    _end_sessions(writer, user)
    _keep_an_administrator(writer)


def enable(writer: Writer, user: User) -> None:
    """Let a disabled user log in again."""
    _allow_about(writer, user)
    writer.change(user, "enable", active=True)
    _end_sessions(writer, user)


def link_person(writer: Writer, user: User, person_code: str) -> None:
    """Say which employee a user is; empty for none."""
    _allow_about(writer, user)
    person_id = _person(writer, person_code) if person_code else None
    if person_id is not None and writer.exists(User, User.person_id == person_id, User.id != user.id):
        raise UserRule(_("The employee %(code)s already has a user.", code=person_code))
    writer.change(user, "link person", person_id=person_id)
    _end_sessions(writer, user)


def grant_role(writer: Writer, user: User, code: str) -> None:
    """Give a user a role; having it already changes nothing."""
    _allow_about(writer, user)
    role = role_named(writer, code)
    _allow_no_more_than_own(writer, permissions_of(writer, role.id))
    if writer.session.get(UserRole, (user.id, role.id)) is None:
        writer.session.add(UserRole(user_id=user.id, role_id=role.id))
        _changed(writer, user, "grant role", {"role": code})


def revoke_role(writer: Writer, user: User, code: str) -> None:
    """Take a role from a user; not having it changes nothing."""
    _allow_about(writer, user)
    held = writer.session.get(UserRole, (user.id, role_named(writer, code).id))
    if held is not None:
        writer.session.delete(held)
        _changed(writer, user, "revoke role", {"role": code})
        _keep_an_administrator(writer)


def choose_institutions(writer: Writer, user: User, institution_ids: Iterable[int]) -> None:
    """Replace the institutions a user sees with a role of the scope `chosen`."""
    _allow_about(writer, user)
    wanted = set(institution_ids)
    unknown = wanted - set(writer.session.scalars(select(Institution.id).where(Institution.id.in_(wanted))))
    if unknown:
        raise NotThere(f"There is no institution {min(unknown)}.")
    chosen = select(UserInstitution.institution_id).where(UserInstitution.user_id == user.id)
    before = set(writer.session.scalars(chosen))
    if wanted == before:
        return
    writer.session.execute(delete(UserInstitution).where(UserInstitution.user_id == user.id))
    writer.session.add_all(UserInstitution(user_id=user.id, institution_id=one) for one in wanted)
    _changed(writer, user, "choose institutions", {"institutions": [sorted(before), sorted(wanted)]})


def permissions_of(writer: Writer, *role_ids: int) -> set[str]:
    """What these roles permit together."""
    return set(writer.session.scalars(select(RolePermission.permission).where(RolePermission.role_id.in_(role_ids))))


def role_named(writer: Writer, code: str) -> Role:
    """The role with this code. Raises NotThere."""
    role = writer.session.scalar(select(Role).where(Role.code == code))
    if role is None:
        raise NotThere(f"There is no role {code!r}.")
    return role


def _allow(writer: Writer) -> None:
    writer.allow(Permission.USER_EDIT)
    if not writer.actor.scope.all:
        raise Forbidden(Permission.USER_EDIT, writer.actor)


def _allow_about(writer: Writer, user: User) -> None:
    """Only someone who may do all that a user may do changes that user: a new password would be a new role."""
    _allow(writer)
    roles = writer.session.scalars(select(UserRole.role_id).where(UserRole.user_id == user.id))
    _allow_no_more_than_own(writer, permissions_of(writer, *roles))


def _allow_no_more_than_own(writer: Writer, permissions: Collection[str]) -> None:
    for permission in Permission:
        if permission.value in permissions:
            writer.allow(permission)


def _renew_password(writer: Writer, user: User, password: str, keep: str = "") -> None:
    writer.change(user, "set password", password_hash=passwords.hashed(password, user.username))
    _end_sessions(writer, user, keep)


def _changed(writer: Writer, user: User, action: str, content: dict[str, object]) -> None:
    writer.session.flush()
    writer.record(action, "user", user.username, content)
    _end_sessions(writer, user)


def _end_sessions(writer: Writer, user: User, keep: str = "") -> None:
    end_all(writer.session, user.id, keep)
    writer.session.refresh(user)


def _keep_an_administrator(writer: Writer) -> None:
    """Someone must be left who can repair what was changed."""
    left = writer.session.scalar(
        select(func.count(User.id.distinct()))
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(User.active, Role.scope_kind == ScopeKind.ALL, RolePermission.permission == Permission.USER_EDIT)
    )
    if not left and writer.actor.user_id is not None:
        raise UserRule(_("This would leave nobody who can administer users: give someone else the role first."))


def _person(writer: Writer, code: str) -> int:
    person_id = writer.session.scalar(select(Person.id).where(Person.code == code))
    if person_id is None:
        raise NotThere(f"There is no employee {code!r}.")
    return person_id
