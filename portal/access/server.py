"""The Flask server before Dash adds its routes: cookies, languages, log-in, refusals, health."""

from __future__ import annotations

import logging
from pathlib import Path

import flask
from flask_babel import get_locale
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.access.current import install_login_manager, signed_in
from portal.access.gate import HEALTH
from portal.access.language import HTML_LANGUAGES, LANGUAGE_NAMES, Languages
from portal.access.login import install_login
from portal.access.refusals import install_refusals
from portal.database import database
from portal.postgres import PostgresError
from portal.settings import Settings

PORTAL = Path(__file__).resolve().parents[1]
SESSION_COOKIE = "basis_session"

log = logging.getLogger("portal.access")


def new_server(chosen: Settings, theme_cookie: str) -> flask.Flask:
    """A server that knows who is asking; `theme_cookie` holds what a browser shows before anybody is signed in."""
    server = flask.Flask("basis", static_folder=None, template_folder=str(PORTAL / "templates"), root_path=str(PORTAL))
    server.secret_key = chosen.session_secret()
    server.config.update(
        SESSION_COOKIE_NAME=SESSION_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=chosen.secure_cookies,
    )
    if chosen.trusted_proxies > 0:
        hops = chosen.trusted_proxies
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Languages(server, str(PORTAL / "translations"))
    install_login_manager(server)
    install_login(server)
    install_refusals(server)
    server.add_url_rule("/health", HEALTH, health)
    server.context_processor(lambda: _card(theme_cookie))
    return server


def health() -> flask.Response:
    """Whether this process can answer: the database does. No details, since anybody may ask."""
    try:
        with database().application.connect() as connection:
            connection.execute(text("select 1"))
    except (SQLAlchemyError, PostgresError) as error:
        log.error("Not healthy: %s", type(error).__name__)
        return flask.Response("unavailable", status=503, mimetype="text/plain")
    return flask.Response("ok", mimetype="text/plain")


def _card(theme_cookie: str) -> dict[str, object]:
    """What the server's own pages (log-in, refusals) need: language and theme."""
    language = str(get_locale())
    person = signed_in()
    theme = (person.theme if person else "") or flask.request.cookies.get(theme_cookie, "")
    return {
        "language": language,
        "html_language": HTML_LANGUAGES.get(language, "en"),
        "languages": LANGUAGE_NAMES.items(),
        "theme": theme if theme in ("light", "dark") else "",
    }
