"""The audit chain: nobody edits it unseen, and what is written into it cannot pretend to be something else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from portal.access.audit import Head, head, record, verify
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry, User
from portal.permissions import LOCAL_OPERATOR, Permission
from portal.services.writer import NotThere, UnknownField, writing


def note(database: Database, key: str, **content: object) -> AuditEntry:
    with database.transaction(HOUSE) as session:
        return record(session, LOCAL_OPERATOR, "test", "nothing", key, content)


@pytest.fixture
def owner(database: Database) -> Iterator[Session]:
    """Somebody with the owner's password who has taken off every lock; rolled back at the end.

    The table is locked against everybody else meanwhile: read through this session only.
    """
    note(database, "one")
    note(database, "two")
    with database.owner.connect() as connection, connection.begin() as transaction:
        connection.execute(text("alter table audit_entry disable trigger all"))
        connection.execute(text("alter table audit_entry no force row level security"))
        yield Session(connection)
        transaction.rollback()


def test_ids_have_no_gaps_even_when_many_write_and_some_fail(database: Database) -> None:
    before = note(database, "first").id

    def write(number: int) -> None:
        with database.transaction(HOUSE) as session:
            record(session, LOCAL_OPERATOR, "test", "nothing", str(number), {})
            if number % 3 == 0:
                session.rollback()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(30)))
    with database.transaction(HOUSE) as session:
        assert head(session).id == before + 20
        assert verify(session) == []


def test_what_was_stored_verifies_after_the_round_trip(database: Database) -> None:
    content = {
        "amount": Decimal("1.10"), "day": dt.date(1994, 2, 28), "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "ratio": 0.1,
        "big": 2**80, "none": None, "yes": True, "set": {3, 1}, "who": Permission.USER_EDIT, "list": list(range(700)),
        "nested": {"中文": ["é", {"x": -0.0}]},
    }  # fmt: skip
    entry = note(database, "钥匙", **content)
    with database.transaction(HOUSE) as session:
        assert verify(session) == []
        kept = session.get_one(AuditEntry, entry.id).content
    assert kept["amount"] == "1.10"
    assert kept["who"] == "user.edit"
    assert len(kept["list"]) == 501


HOSTILE = [
    "a\r\nb forged row",
    "\x1b[2J\x1b[31mred",
    "\x00",
    "\u202egnp.exe",
    "\u2028",
    "\ud800",
    "x" * 100_000,
    "\x9b31m",
]


@pytest.mark.parametrize("text_given", HOSTILE, ids=range(len(HOSTILE)))
def test_control_characters_are_spelled_out(database: Database, text_given: str) -> None:
    entry = note(database, text_given, **{"value": text_given, "inside": {text_given[:50]: [text_given]}})
    with database.transaction(HOUSE) as session:
        assert verify(session) == []
        kept = session.get_one(AuditEntry, entry.id)
    for stored in (kept.subject_key, kept.content["value"], *kept.content["inside"]):
        assert stored.isprintable()
        assert len(stored) < 2_100


def test_what_has_no_form_is_an_error(database: Database) -> None:
    with pytest.raises(TypeError):
        note(database, "object", value=object())


@pytest.mark.parametrize(
    "change", ["update audit_entry set actor = 'nobody'", "delete from audit_entry", "truncate audit_entry"]
)
def test_the_application_may_only_add(database: Database, change: str) -> None:
    note(database, "kept")
    with pytest.raises((ProgrammingError, IntegrityError)), database.transaction(HOUSE) as session:
        session.execute(text(change))


def test_the_owner_is_stopped_by_the_trigger_too(database: Database) -> None:
    note(database, "kept")
    with pytest.raises(IntegrityError, match="never changed"), database.owner.begin() as connection:
        connection.execute(text("alter table audit_entry no force row level security"))
        connection.execute(text("update audit_entry set actor = 'nobody'"))


TAMPERINGS = {
    "content": (
        "update audit_entry set content = '{\"forged\": 1}' where id = :id",
        "was changed after it was written",
    ),
    "actor": ("update audit_entry set actor = 'someone else' where id = :id", "was changed after it was written"),
    "time": ("update audit_entry set recorded_at = recorded_at + interval '1 second' where id = :id", "was changed"),
    "deleted": ("delete from audit_entry where id = :id", "has a gap"),
    "link": ("update audit_entry set previous_hash = repeat('a', 64) where id = :id", "does not follow"),
}


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_tampering_names_the_first_bad_row(owner: Session, kind: str) -> None:
    change, sentence = TAMPERINGS[kind]
    victim = head(owner).id
    assert verify(owner) == []
    owner.execute(text(change), {"id": victim - 1})
    found = verify(owner)
    assert len(found) == 1
    assert sentence in found[0]
    assert str(victim - 1) in found[0]


def test_cutting_the_end_off_shows_against_a_head_kept_elsewhere(owner: Session) -> None:
    known = head(owner)
    assert verify(owner, known) == []
    assert verify(owner, Head(0, "")) == []
    owner.execute(text("delete from audit_entry where id = :id"), {"id": known.id})
    assert verify(owner) == []
    assert f"row {known.id} was there before" in verify(owner, known)[0]


def test_a_writer_leaves_rows_for_what_changed_and_nothing_else(database: Database, user: User) -> None:
    with database.transaction(HOUSE) as session:
        before = head(session).id
    with writing(LOCAL_OPERATOR) as writer:
        row = writer.get(User, user.id)
        writer.change(row, "change settings", language="zh", theme=row.theme)
        writer.change(row, language="zh")
    with database.transaction(HOUSE) as session:
        assert head(session).id == before + 1
        entry = session.get_one(AuditEntry, before + 1)
    assert (entry.action, entry.subject, entry.subject_key) == ("change settings", "user", str(user.id))
    assert entry.content == {"language": ["", "zh"]}


def test_a_failed_change_leaves_neither_change_nor_row(database: Database, user: User) -> None:
    with database.transaction(HOUSE) as session:
        before = head(session).id
    with pytest.raises(UnknownField), writing(LOCAL_OPERATOR) as writer:
        row = writer.get(User, user.id)
        writer.change(row, language="zh")
        writer.change(row, id=1)
    with pytest.raises(UnknownField), writing(LOCAL_OPERATOR) as writer:
        writer.change(writer.get(User, user.id), admin=True)
    with pytest.raises(NotThere), writing(LOCAL_OPERATOR) as writer:
        writer.get(User, -1)
    with database.transaction(HOUSE) as session:
        assert head(session).id == before
        assert session.get_one(User, user.id).language == ""
