"""Who may make whom: nobody hands out more than they have, and somebody stays who can repair."""

from __future__ import annotations

import pytest

from portal.access.identity import HOUSE, actor_of
from portal.access.passwords import WeakPassword
from portal.database import Database
from portal.models.access import User
from portal.permissions import LOCAL_OPERATOR, Actor, Forbidden, Permission, Scope, ScopeKind
from portal.services import roles, users
from portal.services.preferences import UnknownPreference, set_preferences
from portal.services.writer import NotThere, writing
from tests.access.bank import PASSWORD, Bank

CLERK = Actor(
    user_id=None,
    name="clerk",
    permissions=frozenset({Permission.USER_EDIT, Permission.ROLE_EDIT}),
    scope=Scope(all=True),
)


def actor(database: Database, user_id: int) -> Actor:
    with database.transaction(HOUSE) as session:
        return actor_of(session, user_id)


CHANGES = {
    "add": lambda writer, user: users.add_user(writer, "new", PASSWORD),
    "set password": lambda writer, user: users.set_password(writer, user, PASSWORD),
    "disable": users.disable,
    "enable": users.enable,
    "grant": lambda writer, user: users.grant_role(writer, user, "leader"),
    "revoke": lambda writer, user: users.revoke_role(writer, user, "customer_manager"),
    "institutions": lambda writer, user: users.choose_institutions(writer, user, []),
    "person": lambda writer, user: users.link_person(writer, user, ""),
    "role": lambda writer, user: roles.define_role(writer, "x", name="x", scope_kind=ScopeKind.SELF, permissions=[]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_administrators_change_users(change: str, user: User, bank: Bank, database: Database) -> None:
    leader = actor(database, bank.users["wang"])
    narrow = Actor(
        user_id=None, name="local", permissions=frozenset(Permission), scope=Scope(institutions=bank.at("T-A"))
    )
    for someone in (leader, narrow):
        with pytest.raises(Forbidden), writing(someone) as writer:
            CHANGES[change](writer, writer.get(User, user.id))


def test_nobody_hands_out_more_than_they_have(bank: Bank, user: User) -> None:
    attempts = [
        lambda writer: users.grant_role(writer, writer.get(User, user.id), "administrator"),
        lambda writer: users.add_user(writer, "sock-puppet", PASSWORD, roles=["administrator"]),
        lambda writer: users.set_password(writer, writer.get(User, bank.users["root"]), PASSWORD),
        lambda writer: users.disable(writer, writer.get(User, bank.users["root"])),
        lambda writer: roles.define_role(
            writer, "clerks", name="x", scope_kind=ScopeKind.SELF, permissions=[Permission.AUDIT_VIEW]
        ),
        lambda writer: roles.define_role(writer, "operator", name="x", scope_kind=ScopeKind.SELF, permissions=[]),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden), writing(CLERK) as writer:
            attempt(writer)
    with writing(LOCAL_OPERATOR) as writer:
        assert not writer.exists(User, User.username == "sock-puppet")


def test_an_administrator_cannot_lock_everybody_out(bank: Bank, database: Database) -> None:
    root = actor(database, bank.users["root"])
    with pytest.raises(users.UserRule), writing(root) as writer:
        users.disable(writer, writer.get(User, bank.users["root"]))
    with pytest.raises(users.UserRule, match="nobody who can administer"), writing(root) as writer:
        users.revoke_role(writer, writer.get(User, bank.users["root"]), "administrator")
    assert Permission.USER_EDIT in actor(database, bank.users["root"]).permissions


@pytest.mark.parametrize("name", ["", " ", "two words", "x" * 151, "line\nbreak", "li", " LI "])
def test_user_names_that_are_refused(name: str, bank: Bank) -> None:
    with pytest.raises(users.UserRule), writing(LOCAL_OPERATOR) as writer:
        users.add_user(writer, name, PASSWORD)


def test_unknown_things_are_named(bank: Bank, user: User) -> None:
    with pytest.raises(NotThere, match="nobody"), writing(LOCAL_OPERATOR) as writer:
        users.add_user(writer, "somebody-new", PASSWORD, person_code="nobody")
    with pytest.raises(NotThere, match="no_role"), writing(LOCAL_OPERATOR) as writer:
        users.grant_role(writer, writer.get(User, user.id), "no_role")
    with pytest.raises(NotThere, match="institution"), writing(LOCAL_OPERATOR) as writer:
        users.choose_institutions(writer, writer.get(User, user.id), [-1])
    with pytest.raises(WeakPassword), writing(LOCAL_OPERATOR) as writer:
        users.set_password(writer, writer.get(User, user.id), "short")


def test_the_default_roles_are_there_and_changed_ones_stay(bank: Bank, database: Database) -> None:
    everything = actor(database, bank.users["root"])
    assert everything.permissions == frozenset(Permission)
    assert everything.scope.all
    assert actor(database, bank.users["li"]).scope == Scope(person_id=bank.people["li"])
    with writing(LOCAL_OPERATOR) as writer:
        roles.define_role(
            writer, "auditor", name="Auditor", scope_kind=ScopeKind.OWN, permissions=[Permission.AUDIT_VIEW]
        )
    with database.transaction(HOUSE) as session:
        roles.ensure_default_roles(session)
    with writing(LOCAL_OPERATOR) as writer:
        auditor = users.role_named(writer, "auditor")
        assert auditor.scope_kind == "own"
        assert users.permissions_of(writer, auditor.id) == {"audit.view"}


def test_a_role_in_use_is_not_removed(bank: Bank, database: Database) -> None:
    with pytest.raises(roles.RoleRule), writing(LOCAL_OPERATOR) as writer:
        roles.remove_role(writer, users.role_named(writer, "leader"))


def test_settings_are_ones_own_and_among_the_choices(user: User, database: Database) -> None:
    me = Actor(user_id=user.id, name=user.username)
    with writing(me) as writer:
        set_preferences(writer, language="zh", theme="dark", rise_color="green")
    for wrong in ({"language": "fr"}, {"theme": "<script>"}, {"rise_color": "blue"}):
        with pytest.raises(UnknownPreference), writing(me) as writer:
            set_preferences(writer, **wrong)
    with database.transaction(HOUSE) as session:
        kept = session.get_one(User, user.id)
        assert (kept.language, kept.theme, kept.rise_color) == ("zh", "dark", "green")
