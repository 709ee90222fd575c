"""What a process remembers of the database is never staler than asking it: whoever changed it, wherever, what follows sees it."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from portal.access.current import behind
from portal.access.identity import HOUSE, actor_of, today
from portal.database import Database
from portal.models.access import User
from portal.permissions import LOCAL_OPERATOR, Actor, Permission, Scope, ScopeKind
from portal.postgres import SEES_ALL
from portal.query.pins import Pin, first_date, newest_date, pin
from portal.query.reader import Reader
from portal.services import users
from portal.services.roles import define_role
from portal.services.writer import writing
from tests.access.bank import Bank
from tests.access.browser import post
from tests.access.conftest import SignIn
from tests.access.test_gate import secret

DATASET = "manager_day"
DAYS = [dt.date(2024, 3, day) for day in range(1, 5)]
Other = psycopg.Connection[Any]


@pytest.fixture
def other(database: Database) -> Iterator[Other]:
    """A process that knows nothing of ours and changes the same database, statement by statement."""
    address = database.application.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as line:
        line.execute(f"set role {SEES_ALL}")
        yield line


@pytest.fixture
def processes(database: Database) -> Iterator[list[Database]]:
    """Two processes: each has lines and a memory of its own."""
    second = Database(database.application_url, None)
    yield [database, second]
    second.dispose()


def cut(other: Other, backend: int | None) -> None:
    """End a line at the server's side, as who owns it."""
    other.execute("set role none")
    other.execute("select pg_terminate_backend(%s)", [backend])
    other.execute(f"set role {SEES_ALL}")


def test_what_was_read_is_at_hand_until_anything_is_committed(database: Database, other: Other) -> None:
    asked: list[int] = []

    def read() -> int:
        with database.looking(HOUSE) as session:
            return session.memory.once("asked", lambda: asked.append(1) or len(asked))

    assert [read(), read(), read()] == [1, 1, 1]
    other.execute("begin")
    other.execute("insert into heartbeat (process, beat_at) values ('memory', now()) on conflict (process) do nothing")
    before = read()
    other.execute("commit")
    assert read() == before + 1


def test_what_is_not_there_leaves_nothing_behind(database: Database) -> None:
    before = set(database.memory().kept)
    for number in range(20):
        assert behind(f"nobody's {number}", today()) is None
    assert set(database.memory().kept) == before


def test_who_only_reads_cannot_write(database: Database, bank: Bank) -> None:
    for actor in (HOUSE, Actor(user_id=None, name="x", scope=Scope(institutions=bank.at("T-A1")))):
        with pytest.raises(DBAPIError, match="read-only"), database.looking(actor) as session:
            session.execute(text("update position set valid_to = valid_to"))


def test_a_reader_sees_its_scope_and_no_further(database: Database, bank: Bank) -> None:
    def seen(actor: Actor) -> set[int]:
        with database.looking(actor) as session:
            return set(session.execute(text("select person_id from position")).scalars())

    for _time in range(3):  # one line after the other, whatever it was used for before
        assert seen(Actor(user_id=None, name="x", scope=Scope(institutions=bank.at("T-A1")))) == {bank.people["li"]}
        assert seen(Actor(user_id=None, name="x", scope=Scope(person_id=bank.people["wang"]))) == {bank.people["wang"]}
        assert seen(Actor(user_id=None, name="x")) == set()
        assert seen(HOUSE) >= set(bank.people.values())


def test_lines_the_server_cut_are_replaced_before_they_are_used(database: Database, other: Other) -> None:
    with database.looking(HOUSE) as one, database.looking(HOUSE) as two:
        numbers = [session.scalar(text("select pg_backend_pid()")) for session in (one, two)]
    for number in numbers:
        cut(other, number)
    while other.execute("select count(*) from pg_stat_activity where pid = any (%s)", [numbers]).fetchone() != (0,):
        time.sleep(0.01)
    with database.looking(HOUSE) as one, database.transaction(HOUSE) as two:
        assert not {session.scalar(text("select pg_backend_pid()")) for session in (one, two)} & set(numbers)


def test_a_line_that_breaks_within_a_transaction_is_an_error_and_the_next_one_works(
    database: Database, other: Other
) -> None:
    with pytest.raises(DBAPIError), database.transaction(HOUSE) as session:
        cut(other, session.scalar(text("select pg_backend_pid()")))
        time.sleep(0.2)
        session.execute(text("select 1"))
    with database.transaction(HOUSE) as session:
        assert session.scalar(text("select 1")) == 1


# ---- who is asking ----

TAKEN: dict[str, Callable[[Other, int], object]] = {
    "a permission": lambda other, user_id: other.execute(
        "delete from role_permission where permission = 'audit.view' and role_id in "
        "(select role_id from user_role where user_id = %s)", [user_id]),
    "a role": lambda other, user_id: other.execute("delete from user_role where user_id = %s", [user_id]),
}  # fmt: skip
ENDED: dict[str, Callable[[Other, int], object]] = {
    "disabled": lambda other, user_id: other.execute('update "user" set active = false where id = %s', [user_id]),
    "epoch": lambda other, user_id: other.execute('update "user" set epoch = epoch + 1 where id = %s', [user_id]),
    "signed out": lambda other, user_id: other.execute("delete from web_session where user_id = %s", [user_id]),
    "expired": lambda other, user_id: other.execute(
        "update web_session set expires_at = now() where user_id = %s", [user_id]),
}  # fmt: skip


def reader_of_secrets(user: User) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        role = f"secrets_{user.id}"
        define_role(writer, role, name="x", scope_kind=ScopeKind.OWN, permissions=[Permission.AUDIT_VIEW])
        users.grant_role(writer, writer.get(User, user.id), role)


@pytest.mark.parametrize("what", TAKEN)
def test_a_right_another_process_took_is_refused_with_the_next_request(
    what: str, sign_in: SignIn, user: User, other: Other
) -> None:
    reader_of_secrets(user)
    browser = sign_in(user.username)
    assert [post(browser, secret()).status_code for _time in range(3)] == [200, 200, 200]
    TAKEN[what](other, user.id)
    assert post(browser, secret()).status_code == 403


@pytest.mark.parametrize("what", ENDED)
def test_a_session_another_process_ended_is_over_with_the_next_request(
    what: str, sign_in: SignIn, user: User, other: Other
) -> None:
    reader_of_secrets(user)
    browser = sign_in(user.username)
    assert [post(browser, secret()).status_code for _time in range(3)] == [200, 200, 200]
    ENDED[what](other, user.id)
    assert post(browser, secret()).status_code == 401


# ---- a law: whatever is changed, in whatever order, remembered is what asking gives ----


def remembered(process: Database, user_id: int) -> tuple[object, ...]:
    with process.looking(HOUSE) as session:
        reader = Reader(HOUSE, session)
        reader.look_up([DATASET], DAYS)
        actor = session.memory.once(("actor", user_id), lambda: actor_of(session, user_id))
        return reader.newest, reader.first, dict(reader._known), actor


def asked(process: Database, user_id: int) -> tuple[object, ...]:
    with process.transaction(HOUSE) as session:
        pins: dict[tuple[str, dt.date], Pin | None] = {(DATASET, day): None for day in DAYS}
        pins |= pin(session, [DATASET], DAYS)
        return newest_date(session), first_date(session), pins, actor_of(session, user_id)


def publish(other: Other, chance: random.Random) -> None:
    day = chance.choice(DAYS)
    run = other.execute(
        "insert into run (job, business_date, attempt, requested_by, chunk) values ('memory', %s, "
        "(select coalesce(max(attempt), 0) + 1 from run where job = 'memory'), 'x', 'memory') returning id", [day]
    ).fetchone()  # fmt: skip
    assert run is not None
    other.execute(
        "insert into published (dataset, business_date, version, run_id, files, row_count, content_hash, flagged) values (%s, %s, "
        "(select coalesce(max(version), 0) + 1 from published where dataset = %s and business_date = %s), %s, '[]', 0, '', %s)",
        [DATASET, day, DATASET, day, run[0], chance.random() < 0.5],
    )


def flag(other: Other, chance: random.Random) -> None:
    other.execute(
        "insert into problem (chunk, business_date, rule, severity, dataset, message) "
        "values ('memory', %s, 'x', 'warning', %s, '')",
        [chance.choice(DAYS), DATASET],
    )


def acknowledge(other: Other, chance: random.Random) -> None:
    other.execute(
        "update problem set acknowledged_at = now() where chunk = 'memory' and business_date = %s",
        [chance.choice(DAYS)],
    )


def change_rights(other: Other, chance: random.Random, user_id: int) -> None:
    if chance.random() < 0.5:
        other.execute("delete from user_role where user_id = %s", [user_id])
    else:
        other.execute(
            "insert into user_role (user_id, role_id) select %s, id from role "
            "where code in ('customer_manager', 'leader') on conflict do nothing",
            [user_id],
        )


@pytest.mark.parametrize("seed", range(6))
def test_remembered_is_what_asking_gives(seed: int, processes: list[Database], other: Other, user: User) -> None:
    chance = random.Random(seed)
    open_changes = False
    for _step in range(60):
        step = chance.choice(
            ["publish", "flag", "acknowledge", "rights", "begin", "commit", "rollback", "look", "look"]
        )
        if step == "begin" and not open_changes:
            other.execute("begin")
            open_changes = True
        elif step in ("commit", "rollback") and open_changes:
            other.execute(step)
            open_changes = False
        elif step in ("publish", "flag", "acknowledge"):
            {"publish": publish, "flag": flag, "acknowledge": acknowledge}[step](other, chance)
        elif step == "rights":
            change_rights(other, chance, user.id)
        for process in chance.sample(processes, chance.randint(0, 2)):
            assert remembered(process, user.id) == asked(process, user.id)
    if open_changes:
        other.execute("rollback")
    for process in processes:
        assert remembered(process, user.id) == asked(process, user.id)


def test_what_is_remembered_takes_no_second_line(processes: list[Database]) -> None:
    """A reader that has begun asks on its own line; one that asks nothing else begins no transaction."""
    pool = processes[1].application.pool
    assert isinstance(pool, QueuePool)
    with processes[1].looking(HOUSE) as session:
        assert session.memory.once("nothing", lambda: 1) == 1
        assert pool.checkedout() == 0
    with processes[1].looking(HOUSE) as session:
        assert session.scalar(text("select 1")) == 1
        assert pool.checkedout() == 1
        assert session.memory.once("nothing", lambda: 2) == 1
    assert pool.size() >= pool.checkedin() == 1
