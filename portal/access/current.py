"""Who is signed in during a request: flask-login's `current_user`, loaded from the session kept on the server."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from flask import Flask, g
from flask_babel import get_locale
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.exceptions import Unauthorized

from portal.access import sessions
from portal.access.identity import HOUSE, actor_of, today
from portal.database import database
from portal.permissions import Actor


@dataclass(frozen=True, slots=True)
class UserSettings:
    """How a person wants to read the portal."""

    language: str  # en or zh
    theme: str  # light, dark, or empty: as the device
    rise_color: str  # green or red


class SignedIn(UserMixin):
    """A signed-in browser as flask-login knows it; its id is the session's token, not the user's number."""

    def __init__(self, token: str, csrf_token: str, actor: Actor, language: str, theme: str, rise_color: str) -> None:
        self.token, self.csrf_token, self.actor = token, csrf_token, actor
        self.language, self.theme, self.rise_color = language, theme, rise_color

    def get_id(self) -> str:
        return self.token


def load(token: str) -> SignedIn | None:
    """The person behind a token whose session holds now."""
    g.person_is_loading = True  # stays when the database fails, so that the page which says so does not ask again
    now = dt.datetime.now(dt.UTC)
    found = behind(token, today())
    if found is not None and found[0].holds(now):
        live, actor = found
        person = SignedIn(token, live.csrf_token, actor, live.language, live.theme, live.rise_color)
        if live.is_due(now):
            with database().transaction(HOUSE) as session:
                sessions.touch(session, token, now)
    else:
        person = None
    g.person_is_loading = False
    return person


def behind(token: str, day: dt.date) -> tuple[sessions.LiveSession, Actor] | None:
    """The session of a token as it was left, and what its user may do and see on a day; None when it was ended."""

    def read() -> tuple[sessions.LiveSession, Actor] | None:
        with database().looking(HOUSE) as session:
            live = sessions.left(session, token)
            return None if live is None else (live, actor_of(session, live.user_id, day))

    return database().memory().once(("behind", sessions.hash_of(token), day), read)


def install_login_manager(server: Flask) -> None:
    """Tell flask-login where its users come from. Its own cookie protection is off: the server's session decides."""
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(load)
    manager.init_app(server, add_context_processor=False)


def no_person() -> None:
    """This request is another system's: whatever cookie it carries is not looked at."""
    g.person_is_loading = True


def signed_in() -> SignedIn | None:
    """The signed-in person of this request, or None."""
    if g.get("person_is_loading"):
        return None
    person = current_user._get_current_object()
    return person if isinstance(person, SignedIn) else None


def current_actor() -> Actor:
    """The actor of this request, speaking the language the page is shown in. Raises Unauthorized for nobody."""
    person = signed_in()
    if person is None:
        raise Unauthorized
    return replace(person.actor, language=str(get_locale() or person.actor.language))


def current_user_settings() -> UserSettings:
    """Language, theme and colour of a rise; what is not chosen follows the device or the language's custom."""
    person = signed_in()
    language = str(get_locale() or "en")
    chosen = person.rise_color if person else ""
    custom = "red" if language == "zh" else "green"
    return UserSettings(language, person.theme if person else "", chosen or custom)
