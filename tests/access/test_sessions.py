"""A copied cookie is worth nothing once its session has ended, however it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import dash
import pytest
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.access import current, login, sessions, throttle
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import User, WebSession
from portal.permissions import LOCAL_OPERATOR, Actor, ScopeKind
from portal.services import users
from portal.services.roles import define_role
from portal.services.writer import Writer, writing
from tests.access.bank import PASSWORD, Bank
from tests.access.browser import CALLBACK, csrf_token, enter, post, word
from tests.access.conftest import SignIn


def copied(browser: FlaskClient, toy: dash.Dash) -> FlaskClient:
    """Another browser with the same cookies."""
    thief = toy.server.test_client()
    for name in ("basis_session", "_csrf_token"):
        cookie = browser.get_cookie(name)
        assert cookie is not None
        thief.set_cookie(name, cookie.value)
    return thief


def as_operator(change: Callable[[Writer, User], object]) -> Callable[[User], None]:
    def run(user: User) -> None:
        with writing(LOCAL_OPERATOR) as writer:
            change(writer, writer.get(User, user.id))

    return run


ENDINGS = {
    "new password": as_operator(lambda writer, user: users.set_password(writer, user, "another good password")),
    "disabled": as_operator(lambda writer, user: users.disable(writer, user, "left the bank")),
    "role granted": as_operator(lambda writer, user: users.grant_role(writer, user, "leader")),
    "role revoked": as_operator(lambda writer, user: users.revoke_role(writer, user, "customer_manager")),
    "other institutions": as_operator(lambda writer, user: users.choose_institutions(writer, user, [1])),
}


def test_a_session_works_until_logout_and_its_copy_not_after(sign_in: SignIn, toy: dash.Dash, user: User) -> None:
    browser = sign_in(user.username)
    thief = copied(browser, toy)
    assert post(thief, word()).status_code == 200
    assert browser.post("/logout", data={"csrf_token": csrf_token(browser)}).status_code == 302
    assert post(thief, word()).status_code == 401
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_change_of_the_user_ends_every_session_at_once(
    ending: str, sign_in: SignIn, toy: dash.Dash, user: User, bank: Bank
) -> None:
    browser = sign_in(user.username)
    thief = copied(browser, toy)
    assert post(browser, word()).status_code == 200
    ENDINGS[ending](user)
    assert post(browser, word()).status_code == post(thief, word()).status_code == 401


def test_a_change_of_the_user_while_he_logs_in_lets_him_try_again(
    sign_in: SignIn, toy: dash.Dash, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(token: str) -> current.SignedIn | None:
        ENDINGS["role granted"](user)
        return current.load(token)

    monkeypatch.setattr(login, "load", too_late)
    answer = enter(toy.server.test_client(), user.username, PASSWORD)
    assert answer.status_code == 401 and "Please log in again." in answer.get_data(as_text=True)
    monkeypatch.undo()
    assert post(sign_in(user.username), word()).status_code == 200


def test_a_changed_role_ends_the_sessions_of_everyone_who_has_it(sign_in: SignIn, user: User) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        define_role(writer, "reader", name="Reader", scope_kind=ScopeKind.OWN, permissions=[])
        users.grant_role(writer, writer.get(User, user.id), "reader")
    browser = sign_in(user.username)
    with writing(LOCAL_OPERATOR) as writer:
        define_role(writer, "reader", name="Reader", scope_kind=ScopeKind.ALL, permissions=[])
    assert post(browser, word()).status_code == 401


def test_changing_ones_own_password_needs_the_present_one(sign_in: SignIn, user: User, database: Database) -> None:
    browser = sign_in(user.username)
    me = Actor(user_id=user.id, name=user.username)
    with pytest.raises(users.UserRule), writing(me) as writer:
        users.change_own_password(writer, "wrong", "another good password")
    assert post(browser, word()).status_code == 200
    with writing(me) as writer:
        users.change_own_password(writer, PASSWORD, "another good password")
    assert post(browser, word()).status_code == 401
    sign_in(user.username, "another good password")


def test_a_new_password_keeps_the_session_it_was_chosen_in(sign_in: SignIn, user: User, toy: dash.Dash) -> None:
    here, elsewhere = sign_in(user.username), sign_in(user.username)
    with here.session_transaction() as kept:
        token = kept["_user_id"]
    with writing(Actor(user_id=user.id, name=user.username)) as writer:
        users.change_own_password(writer, PASSWORD, "another good password", keep=token)
    assert post(here, word()).status_code == 200
    assert post(elsewhere, word()).status_code == 401
    assert post(copied(here, toy), word()).status_code == 200
    with writing(LOCAL_OPERATOR) as writer:  # the kept session ends like any other
        users.disable(writer, writer.get(User, user.id))
    assert post(here, word()).status_code == 401


def test_another_users_session_is_never_kept(sign_in: SignIn, user: User) -> None:
    theirs = sign_in("li")
    with theirs.session_transaction() as kept:
        token = kept["_user_id"]
    with writing(Actor(user_id=user.id, name=user.username)) as writer:
        users.change_own_password(writer, PASSWORD, "another good password", keep=token)
    assert post(theirs, word()).status_code == 200  # it was not theirs to end, and not theirs to take over


def test_guessing_the_present_password_is_paused(sign_in: SignIn, user: User) -> None:
    me = Actor(user_id=user.id, name=user.username)
    for _guess in range(throttle.FAILURES_PER_NAME):
        with writing(me) as writer:
            attempt = users.note_attempt(writer, "10.0.0.7")
        with pytest.raises(users.UserRule), writing(me) as writer:
            users.change_own_password(writer, "wrong", "another good password", attempt)
    with pytest.raises(throttle.TooManyAttempts), writing(me) as writer:
        users.note_attempt(writer, "10.0.0.7")


def test_what_a_browser_brought_along_is_dropped_at_login(
    toy: dash.Dash, user: User, calm: None, database: Database
) -> None:
    browser = toy.server.test_client()
    with browser.session_transaction() as planted:
        planted["planted"] = "by someone else"
    browser.set_cookie("_csrf_token", "planted")
    assert enter(browser, user.username, PASSWORD).status_code == 302
    with browser.session_transaction() as after:
        assert "planted" not in after
        first = after["_user_id"]
    assert csrf_token(browser) != "planted"
    assert enter(toy.server.test_client(), user.username, PASSWORD).status_code == 302
    with database.transaction(HOUSE) as session:
        tokens = set(session.scalars(select(WebSession.token_hash).where(WebSession.user_id == user.id)))
    assert len(tokens) == 2
    assert sessions.hash_of(first) in tokens


def test_a_cookie_signed_with_the_right_key_but_a_made_up_token_is_refused(
    toy: dash.Dash, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    signer = SecureCookieSessionInterface().get_signing_serializer(toy.server)
    assert signer is not None
    for payload in ({"_user_id": str(user.id)}, {"_user_id": "1"}, {"_user_id": "a" * 43, "_fresh": True}):
        browser = toy.server.test_client()
        browser.set_cookie("basis_session", signer.dumps(payload))
        assert browser.post(CALLBACK, json=word()).status_code == 401
    assert "A session was refused" in caplog.text


def use(database: Database, token: str, now: dt.datetime) -> bool:
    """Use a session at a moment; whether it still holds."""
    with database.transaction(HOUSE) as session:
        live = sessions.left(session, token)
        holds = live is not None and live.holds(now)
        if live is not None and holds and live.is_due(now):
            sessions.touch(session, token, now)
    return holds


def test_a_session_ends_when_idle_and_when_old(user: User, database: Database) -> None:
    start = dt.datetime.now(dt.UTC)
    with database.transaction(HOUSE) as session:
        token = sessions.open_session(session, session.get_one(User, user.id), start).token
    moments = [(59, True), (118, True), (179, False)]  # minutes; each use renews the hour of idleness
    for minutes, holds in moments:
        assert use(database, token, start + dt.timedelta(minutes=minutes)) is holds
    with database.transaction(HOUSE) as session:
        token = sessions.open_session(session, session.get_one(User, user.id), start).token
    for minutes in range(30, 601, 30):
        assert use(database, token, start + dt.timedelta(minutes=minutes)) is (minutes < 600)


def test_only_a_hash_of_the_token_is_stored(user: User, database: Database) -> None:
    with database.transaction(HOUSE) as session:
        new = sessions.open_session(session, session.get_one(User, user.id))
    with database.transaction(HOUSE) as session:
        kept = session.scalars(select(WebSession.token_hash).where(WebSession.user_id == user.id)).all()
        assert kept == [sessions.hash_of(new.token)]
        assert new.token not in kept
