"""How far each role sees, on today's tree; and the row policies, which hold where a query forgot them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from portal.access.identity import HOUSE, UnknownUser, actor_named, actor_of, subtree
from portal.database import Database
from portal.migrations.row_policies import apply_row_policies, declared_scopes
from portal.migrations.upgrade import application_role
from portal.models.access import User
from portal.permissions import LOCAL_OPERATOR, Actor, Permission, Scope, ScopeKind
from portal.services import users
from portal.services.roles import define_role
from portal.services.writer import writing
from tests.access.bank import PASSWORD, Bank


@pytest.fixture(scope="module")
def by_kind(bank: Bank) -> dict[ScopeKind, int]:
    """A user a scope kind, all of them wang, the leader of T-A (one after the other: a person has one user)."""
    made = {}
    with writing(LOCAL_OPERATOR) as writer:
        for kind in ScopeKind:
            define_role(writer, f"kind_{kind}", name=kind, scope_kind=kind, permissions=[Permission.REPORT_VIEW])
            user = users.add_user(writer, f"kind-{kind}", PASSWORD, roles=[f"kind_{kind}"])
            users.choose_institutions(writer, user, bank.at("T-B1", "T-A2"))
            made[kind] = user.id
    return made


def scope_of(database: Database, user_id: int, person: int) -> Scope:
    """The scope of a user while he is this person; rolled back."""
    with database.session(HOUSE) as session, session.begin() as transaction:
        session.execute(text('update "user" set person_id = null where person_id = :person'), {"person": person})
        session.execute(text('update "user" set person_id = :person where id = :id'), {"person": person, "id": user_id})
        scope = actor_of(session, user_id).scope
        transaction.rollback()
    return scope


def test_the_five_scopes(database: Database, bank: Bank, by_kind: dict[ScopeKind, int]) -> None:
    wang = bank.people["wang"]
    seen = {kind: scope_of(database, user_id, wang) for kind, user_id in by_kind.items()}
    assert seen[ScopeKind.ALL] == Scope(all=True)
    assert seen[ScopeKind.CHOSEN] == Scope(institutions=bank.at("T-B1", "T-A2"), person_id=wang)
    assert seen[ScopeKind.BELOW] == Scope(institutions=bank.at("T-A", "T-A1", "T-A2", "T-C"), person_id=wang)
    assert seen[ScopeKind.OWN] == Scope(institutions=bank.at("T-A"), person_id=wang)
    assert seen[ScopeKind.SELF] == Scope(person_id=wang)


def test_several_roles_add_up(database: Database, bank: Bank, user: User) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        define_role(writer, "chosen_jobs", name="x", scope_kind=ScopeKind.CHOSEN, permissions=[Permission.JOB_VIEW])
        row = writer.get(User, user.id)
        users.grant_role(writer, row, "chosen_jobs")
        users.choose_institutions(writer, row, bank.at("T-B"))
    with database.transaction(HOUSE) as session:
        actor = actor_of(session, user.id)
    assert actor.scope == Scope(institutions=bank.at("T-B", "T-B1"))
    assert {Permission.JOB_VIEW, Permission.WORKBENCH_VIEW} <= actor.permissions
    assert set(actor.roles) == {"customer_manager", "chosen_jobs"}


def test_without_a_role_nobody_sees_anything(database: Database, user: User) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        users.revoke_role(writer, writer.get(User, user.id), "customer_manager")
    with database.transaction(HOUSE) as session:
        actor = actor_of(session, user.id)
    assert actor.scope == Scope()
    assert not actor.permissions


def test_a_disabled_or_unknown_user_is_no_actor(database: Database, user: User) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        users.disable(writer, writer.get(User, user.id))
    with database.transaction(HOUSE) as session:
        for attempt in (lambda: actor_of(session, user.id), lambda: actor_named(session, "nobody")):
            with pytest.raises(UnknownUser):
                attempt()
        assert actor_named(session, " ROOT ").name == "root"


def test_the_tree_of_a_day(database: Database, bank: Bank) -> None:
    with database.transaction(HOUSE) as session:
        under_b = {day: subtree(session, bank.at("T-B"), day) for day in (dt.date(2020, 6, 1), dt.date(2021, 6, 1))}
        assert under_b[dt.date(2020, 6, 1)] == bank.at("T-B", "T-B1", "T-C")
        assert under_b[dt.date(2021, 6, 1)] == bank.at("T-B", "T-B1")
        assert subtree(session, bank.at("T-A")) == bank.at(
            "T-A", "T-A1", "T-A2", "T-C"
        )  # closed, under its last parent
        assert subtree(session, []) == frozenset()


def scoped(*institutions: int, person: int | None = None) -> Actor:
    return Actor(user_id=None, name="someone", scope=Scope(institutions=frozenset(institutions), person_id=person))


def people_seen(database: Database, actor: Actor) -> set[int]:
    """A raw select that forgot the scope."""
    with database.transaction(actor) as session:
        return set(session.execute(text("select person_id from position")).scalars())


def test_the_row_policies_hold_alone(database: Database, bank: Bank) -> None:
    li, wang, chen = (bank.people[name] for name in ("li", "wang", "chen"))
    assert people_seen(database, scoped(*bank.at("T-A1"))) == {li}
    assert people_seen(database, scoped(*bank.at("T-A1", "T-B1"))) == {li, chen}
    assert people_seen(database, scoped(person=wang)) == {wang}
    assert people_seen(database, scoped()) == set()
    assert people_seen(database, HOUSE) >= set(bank.people.values())


def test_a_connection_without_any_scope_sees_no_rows(database: Database, bank: Bank) -> None:
    with database.application.connect() as connection:
        assert connection.execute(text("select count(*) from position")).scalar() == 0
        assert connection.execute(text("select count(*) from institution")).scalar() > 0


def test_a_scope_ends_with_its_transaction(database: Database, bank: Bank) -> None:
    for _ in range(3):
        assert people_seen(database, HOUSE)
        assert people_seen(database, scoped()) == set()


def test_nobody_writes_outside_the_scope(database: Database, bank: Bank) -> None:
    move = text("update position set valid_to = '2030-01-01' where person_id = :person")
    with database.transaction(scoped(*bank.at("T-A1"))) as session:
        assert session.execute(move, {"person": bank.people["chen"]}).rowcount == 0
    insert = text(
        "insert into position (person_id, institution_id, kind, valid_from, valid_to) "
        "values (:person, :institution, 'leader', '2001-01-01', '2002-01-01')"
    )
    outside = {"person": bank.people["chen"], "institution": bank.institutions["T-B1"]}
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.transaction(scoped(*bank.at("T-A1"))) as session,
    ):
        session.execute(insert, outside)


POLICIES = text(
    "select tablename, policyname, roles, cmd, qual, with_check from pg_policies where schemaname = 'public'"
)
FORCED = text(
    "select relname from pg_class where relrowsecurity and relforcerowsecurity and relnamespace = 'public'::regnamespace"
)


def test_the_policies_in_the_database_are_the_declared_ones(database: Database) -> None:
    with database.owner.connect() as connection, connection.begin() as transaction:
        before = sorted(map(tuple, connection.execute(POLICIES)))
        apply_row_policies(connection, application_role(database))
        assert sorted(map(tuple, connection.execute(POLICIES))) == before
        assert set(declared_scopes()) <= set(connection.execute(FORCED).scalars())
        transaction.rollback()


def test_the_application_is_no_owner_and_no_superuser(database: Database) -> None:
    with database.application.connect() as connection:
        rights = connection.execute(
            text("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user")
        ).one()
        assert not any(rights)
        with pytest.raises(ProgrammingError):
            connection.execute(text("alter table position disable row level security"))
