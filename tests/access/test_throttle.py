"""Guessing is slow, and says nothing about which names exist."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import dash
import pytest
from sqlalchemy import select

from portal.access import passwords, throttle
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry, User
from portal.permissions import LOCAL_OPERATOR
from portal.services import users
from portal.services.writer import writing
from tests.access.bank import PASSWORD
from tests.access.browser import enter


def test_five_failures_pause_a_name_even_for_the_right_password(toy: dash.Dash, user: User, calm: None) -> None:
    browser = toy.server.test_client()
    for _ in range(throttle.FAILURES_PER_NAME):
        assert enter(browser, user.username, "wrong").status_code == 401
    answer = enter(browser, user.username, PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 901
    with writing(LOCAL_OPERATOR) as writer:
        users.set_password(writer, writer.get(User, user.id), PASSWORD + "!")
    assert enter(browser, user.username, PASSWORD + "!").status_code == 302


def test_the_pause_ends_and_success_forgets_failures(database: Database, calm: None) -> None:
    start = dt.datetime.now(dt.UTC)
    for second in range(throttle.FAILURES_PER_NAME):
        with database.transaction(HOUSE) as session:
            throttle.admit(session, "somebody", "10.0.0.1", start + dt.timedelta(seconds=second))
    with pytest.raises(throttle.TooManyAttempts), database.transaction(HOUSE) as session:
        throttle.admit(session, "somebody", "10.0.0.2", start + dt.timedelta(minutes=14))
    later = start + throttle.WINDOW + dt.timedelta(seconds=1)
    with database.transaction(HOUSE) as session:
        throttle.succeeded(session, throttle.admit(session, "somebody", "10.0.0.2", later))
    for second in range(1, throttle.FAILURES_PER_NAME + 1):
        with database.transaction(HOUSE) as session:
            throttle.admit(session, "somebody", "10.0.0.2", later + dt.timedelta(seconds=second))


def test_one_address_cannot_spray_many_names(database: Database, calm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "FAILURES_PER_ADDRESS", 8)
    for number in range(throttle.FAILURES_PER_ADDRESS):
        with database.transaction(HOUSE) as session:
            throttle.admit(session, f"name-{number}", "10.0.0.9")
    with pytest.raises(throttle.TooManyAttempts), database.transaction(HOUSE) as session:
        throttle.admit(session, "one-more", "10.0.0.9")
    with database.transaction(HOUSE) as session:
        throttle.admit(session, "one-more", "10.0.0.10")


def test_guesses_at_the_same_moment_are_counted_one_by_one(database: Database, calm: None) -> None:
    def guess(_number: int) -> bool:
        try:
            with database.transaction(HOUSE) as session:
                throttle.admit(session, "raced", "10.0.0.7")
        except throttle.TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(24))) == throttle.FAILURES_PER_NAME


def test_unknown_wrong_and_disabled_get_the_same_answer(toy: dash.Dash, user: User, calm: None) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        gone = users.add_user(writer, f"{user.username}-gone", PASSWORD)
        users.disable(writer, gone)
    tries = {user.username: "wrong", "nobody-of-that-name": "wrong", f"{user.username}-gone": PASSWORD}
    pages = set()
    for name, password in tries.items():
        answer = enter(toy.server.test_client(), name, password)
        page = answer.get_data(as_text=True)
        pages.add((answer.status_code, page[: page.index('name="login_form"')]))
    assert len(pages) == 1


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    known, unknown = passwords.hashed("correct horse battery"), passwords.stand_in()
    assert known.split("$")[:4] == unknown.split("$")[:4]  # the same algorithm with the same parameters


def test_an_unknown_name_is_answered_after_a_real_check(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting:
        def verify(self, stored: str, _password: str) -> bool:
            checked.append(stored)
            return True

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.matches(None, "correct horse battery")
    assert checked == [passwords.stand_in()]


@pytest.mark.parametrize("name", ["", "\x00", "a" * 5_000, "\r\nroot", "' or 1=1 --", "\ud800"])
def test_strange_names_are_refused_like_any_other(toy: dash.Dash, calm: None, name: str) -> None:
    answer = enter(toy.server.test_client(), name.encode("utf-8", "replace").decode(), "x" * 10_000)
    assert answer.status_code == 401


def test_a_password_change_and_a_refusal_leave_rows_without_the_password(
    toy: dash.Dash, user: User, database: Database, calm: None
) -> None:
    enter(toy.server.test_client(), user.username, "guess-one-two-three")
    with database.transaction(HOUSE) as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(5)).all()
    assert rows[0].action == "log in refused"
    assert rows[0].subject_key == user.username
    assert all("guess-one" not in str(row.content) and "argon2" not in str(row.content) for row in rows)


@pytest.mark.parametrize("weak", ["short", "password123", "aaaaaaaaaaaa", "x" * 600, "Administrator"])
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.hashed(weak, "somebody")


def test_the_name_is_no_password_and_generated_ones_are_taken() -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.hashed("Somebody-Long", "somebody-long")
    assert passwords.matches(passwords.hashed(made := passwords.generated_password()), made)
