"""The log-in page: plain HTML from the server, no script, in both languages. There are no default accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from portal.access import passwords, sessions, throttle
from portal.access.audit import record, visible
from portal.access.current import load, signed_in
from portal.access.gate import CSRF_COOKIE, same, set_csrf_cookie
from portal.access.identity import HOUSE, folded
from portal.access.language import LANGUAGE_COOKIE, LANGUAGES
from portal.access.urls import safe_next
from portal.database import database
from portal.models.access import User
from portal.permissions import Actor
from portal.settings import settings

FORM_FIELD = "login_form"
A_YEAR = 31_536_000

login = Blueprint("login", __name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody was signed in, as the page says it."""

    sentence: str
    status: int = 401
    wait_seconds: int = 0


@login.get("/login")
def show() -> AnyResponse:
    """The form; whoever is signed in already goes on. `?language=` switches and is remembered."""
    if signed_in() is not None:
        return redirect(safe_next(request.args.get("next")))
    answer = _page()
    wish = request.args.get("language", "")
    if wish in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, wish, max_age=A_YEAR, secure=settings().secure_cookies, samesite="Lax")
    return answer


@login.post("/login")
def enter() -> AnyResponse:
    """Check name and password, then begin a new session; whatever the browser brought along is dropped."""
    name = visible(folded(request.form.get("username", "")))[: throttle.LONGEST_NAME]
    if not same(request.form.get(FORM_FIELD, ""), session.get(FORM_FIELD) or secrets.token_urlsafe()):
        return _page(name, Refusal(_("This page was open for too long. Please try again."), 400))
    new = _authenticate(name, request.form.get("password", ""), request.remote_addr or "")
    if isinstance(new, Refusal):
        return _page(name, new)
    session.clear()
    person = load(new.token)
    if person is None:  # an administrator changed the user in this moment
        return _page(name, Refusal(_("Your rights were changed while you logged in. Please log in again.")))
    login_user(person)
    answer = redirect(safe_next(request.form.get("next")))
    set_csrf_cookie(answer, new.csrf_token, settings())
    return answer


@login.post("/logout")
def leave() -> AnyResponse:
    """End the session on the server; the cookie is worthless from here on."""
    person = signed_in()
    if person is not None:
        with database().transaction(HOUSE) as transaction:
            sessions.end_session(transaction, person.token)
            record(transaction, person.actor, "log out", "user", person.actor.name, _origin())
    logout_user()
    session.clear()
    answer = redirect("/login")
    answer.delete_cookie(CSRF_COOKIE)
    return answer


def install_login(server: Flask) -> None:
    """Add the page, and do the work behind unknown names once so that the first of them takes no longer."""
    server.register_blueprint(login)
    passwords.stand_in()


def _authenticate(name: str, password: str, address: str) -> sessions.NewSession | Refusal:
    """A new session, or a refusal that is the same for a wrong password, an unknown name and a disabled user."""
    try:
        with database().transaction(HOUSE) as transaction:
            attempt = throttle.admit(transaction, name, address)
            known_hash = transaction.scalar(select(User.password_hash).where(User.username == name, User.active))
    except throttle.TooManyAttempts as pause:
        return _paused(pause.wait_seconds)
    right = passwords.matches(known_hash, password)
    before = signed_in()
    with database().transaction(HOUSE) as transaction:
        unchanged = select(User).where(User.username == name, User.active, User.password_hash == known_hash)
        user = transaction.scalar(unchanged.with_for_update()) if right else None
        if known_hash is None or user is None:
            record(transaction, Actor(user_id=None, name=name), "log in refused", "user", name, _origin())
            return Refusal(_("The name or the password is not right."))
        throttle.succeeded(transaction, attempt)
        if passwords.outdated(known_hash):
            user.password_hash = passwords.renewed(password)
        if before is not None:
            sessions.end_session(transaction, before.token)
        new = sessions.open_session(transaction, user)
        record(transaction, Actor(user_id=user.id, name=user.username), "log in", "user", user.username, _origin())
    return new


def _paused(seconds: int) -> Refusal:
    minutes = -(-seconds // 60)
    sentence = ngettext(
        "Too many attempts. Try again in %(num)d minute, or ask your administrator.",
        "Too many attempts. Try again in %(num)d minutes, or ask your administrator.",
        minutes,
    )
    return Refusal(sentence, 429, seconds)


def _page(name: str = "", refusal: Refusal | None = None) -> Response:
    token = session.setdefault(FORM_FIELD, secrets.token_urlsafe(24))
    wanted = safe_next(request.values.get("next"), otherwise="")
    page = render_template("login.html", token=token, field=FORM_FIELD, username=name, refusal=refusal, next=wanted)
    answer = make_response(page, refusal.status if refusal else 200)
    if refusal and refusal.wait_seconds:
        answer.headers["Retry-After"] = str(refusal.wait_seconds)
    return answer


def _origin() -> dict[str, str]:
    return {"address": request.remote_addr or "", "browser": (request.user_agent.string or "")[:200]}
