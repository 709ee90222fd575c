"""The gate: every request passes here first. Denied by default, decided by endpoint, never by path.

Addresses for other systems have a rule of their own: they know keys only, never a cookie, so no browser can be made to use them.
For all others, in order: the host, who is asking, whether the request comes from our own page (cross-site forgery), the shape of a
callback's body, and the permission of the callback or page. Dash itself checks none of these.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import dash
from dash import _pages as dash_pages
from flask import Flask, Response, abort, g, jsonify, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden as NotAllowed
from werkzeug.wrappers import Response as AnyResponse

from portal.access import callback_body, keys
from portal.access.audit import visible
from portal.access.callback_body import Malformed
from portal.access.current import SignedIn, no_person, signed_in
from portal.permissions import Forbidden, Needed
from portal.settings import Settings

CALLBACK = "/_dash-update-component"
PAGES = frozenset({"/", "/<path:path>"})
SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
NEVER = frozenset({"/_reload-hash"})  # a developer's tool
PAGE_ROUTER = ".._pages_content.children..._pages_store.data.."  # Dash's own callback that shows a page
HEALTH = "health"
OTHER_SYSTEMS = "api"  # the blueprint whose endpoints know keys only
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_COOKIE, CSRF_HEADER, CSRF_FIELD = "_csrf_token", "X-CSRFToken", "csrf_token"
FORM_LIMIT_BYTES = 64 * 1024  # what strangers may send
KEYED_LIMIT_BYTES = 64 * 1024  # one event is a few hundred bytes
BODY_LIMIT_BYTES = 12 * 1024 * 1024  # a spreadsheet of 8 MB, in the base64 of an upload

log = logging.getLogger("portal.access")


class NoSuchPage(LookupError):
    """No page is registered under this path."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the gate decides by, handed over by the outermost layer.

    `callbacks`: a callback's output → the permission it needs, None for anyone signed in; missing is denied.
    `pages`: the path of a page, as it was registered → the same.
    `keyed`: endpoints for other systems → what their key must permit, None for any key that holds.
    `public`: endpoints that answer anybody; `public_assets`: the files of the assets folder that do.
    """

    callbacks: Mapping[str, Needed]
    pages: Mapping[str, Needed]
    keyed: Mapping[str, Needed] = field(default_factory=dict)
    public: Collection[str] = ()
    assets_endpoint: str = "_dash_assets.static"
    public_assets: Collection[str] = field(default_factory=frozenset)


class Gate:
    """The checks of one application."""

    def __init__(self, app: dash.Dash, chosen: Settings, rules: Rules) -> None:
        self.app, self.rules = app, rules
        self.hosts = {host.lower() for host in chosen.allowed_hosts}

    def check(self) -> AnyResponse | None:
        """Refuse the request, or let it through by returning nothing."""
        endpoint = request.endpoint
        if endpoint != HEALTH:
            self._check_host()
        if endpoint in NEVER or (endpoint == SUITES and request.path.endswith(".map")):
            abort(404)
        if endpoint in self.rules.keyed:
            self._check_key(str(endpoint))
            return None
        if self._is_public(endpoint):
            request.max_content_length = FORM_LIMIT_BYTES
            return None
        person = signed_in()
        if person is None:
            return self._turn_away(endpoint)
        if request.method not in SAFE_METHODS:
            self._check_own_page(person)
        if endpoint == CALLBACK:
            self._check_callback(person)
        elif endpoint in PAGES:
            self._check_page(request.path, person)
        return None

    def _is_public(self, endpoint: str | None) -> bool:
        if endpoint == self.rules.assets_endpoint:
            return (request.view_args or {}).get("filename") in self.rules.public_assets
        return endpoint in self.rules.public

    def _check_key(self, endpoint: str) -> None:
        """Another system: its key and nothing else. Who refuses the answer's exceptions speaks JSON (`portal.api`)."""
        no_person()
        request.max_content_length = KEYED_LIMIT_BYTES
        holder = keys.admit(request.headers.get("Authorization", ""), request.remote_addr or "")
        permission = self.rules.keyed[endpoint]
        if lacking := holder.actor.lacks(permission):
            raise Forbidden(lacking, holder.actor)
        g.key_holder = holder

    def _check_host(self) -> None:
        if not self._is_ours(f"//{request.host}"):
            abort(400, "This portal is not known under that host name.")

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            return f"[{host}]" in self.hosts if ":" in host else host in self.hosts
        except ValueError:
            return False

    def _turn_away(self, endpoint: str | None) -> AnyResponse:
        """Anonymous: pages lead to the log-in page, everything else is a plain 401."""
        if session or request.cookies.get(session_cookie(self.app.server)):
            log.warning("A session was refused: ended, or never ours. address=%s", visible(request.remote_addr or ""))
            session.clear()
        if request.method in SAFE_METHODS and endpoint in PAGES:
            wish = request.full_path.removesuffix("?")
            return redirect(url_for("login.show", next=wish if wish != "/" else None))
        answer = jsonify(error="signed_out", login=url_for("login.show"))
        answer.status_code = 401
        return answer

    def _check_own_page(self, person: SignedIn) -> None:
        """A request that changes something carries the session's token, which other sites cannot read."""
        origin = request.headers.get("Origin")
        if request.headers.get("Sec-Fetch-Site") == "cross-site" or (origin is not None and not self._is_ours(origin)):
            raise NotAllowed("The request came from another site.")
        given = request.headers.get(CSRF_HEADER) or ""
        if not given and request.mimetype == "application/x-www-form-urlencoded":
            given = request.form.get(CSRF_FIELD, "")
        if not same(given, person.csrf_token):
            raise NotAllowed("The request does not carry this session's token: reload the page.")

    def _check_callback(self, person: SignedIn) -> None:
        if request.method != "POST":
            return  # the route itself answers OPTIONS
        if not request.is_json:
            abort(415)
        body = callback_body.parse(request.get_data(cache=True))
        key = callback_body.check(body, self.app.callback_map)
        if key == PAGE_ROUTER:
            path, query = (part.get("value") for part in body["inputs"][:2])
            if not isinstance(path, str) or not path.startswith("/") or not isinstance(query, str | None):
                raise Malformed("A page has a path and a query.")
            self._check_page(path, person)
            return
        permission = self._permission_of(key)
        if lacking := person.actor.lacks(permission):
            raise Forbidden(lacking, person.actor)

    def _permission_of(self, key: str) -> Needed:
        for name in (key, callback_body.normalised(key)):
            if name in self.rules.callbacks:
                return self.rules.callbacks[name]
        log.error("The callback %s declares no permission and is denied.", visible(key))
        raise NotAllowed("This callback declares no permission.")

    def _check_page(self, path: str, person: SignedIn) -> None:
        try:
            permission = self.page_permission(path)
        except NoSuchPage:
            return  # the page that says so; nothing to protect
        if lacking := person.actor.lacks(permission):
            raise Forbidden(lacking, person.actor)

    def page_permission(self, path: str) -> Needed:
        """What the page at a path needs; Dash's own search finds it, so that both always mean the same page."""
        if not path.isprintable():
            raise Malformed("A path has no control characters.")
        entry, _variables = dash_pages._path_to_page(self.app.strip_relative_path(path))  # type: ignore[no-untyped-call]  # Dash's own
        if not entry:
            raise NoSuchPage(path)
        declared = entry["path_template"] or entry["path"]
        if declared not in self.rules.pages:
            log.error("The page %s declares no permission and is denied.", visible(declared))
            raise NotAllowed("This page declares no permission.")
        return self.rules.pages[declared]


def install(app: dash.Dash, chosen: Settings, rules: Rules) -> Gate:
    """Put the gate before everything `app` answers."""
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    gate = Gate(app, chosen, rules)
    server.before_request(gate.check)

    @server.after_request
    def _finish(response: Response) -> Response:
        """A path that is no page says so in its status; the token's cookie follows the session."""
        if request.endpoint not in PAGES or response.status_code != 200:
            return response
        try:
            gate.page_permission(request.path)
        except NoSuchPage:
            response.status_code = 404
        person = signed_in()
        if person is not None and request.cookies.get(CSRF_COOKIE) != person.csrf_token:
            set_csrf_cookie(response, person.csrf_token, chosen)
        return response

    return gate


def set_csrf_cookie(response: AnyResponse, token: str, chosen: Settings) -> None:
    """The cookie Dash reads and sends back as a header; other sites can do neither."""
    response.set_cookie(CSRF_COOKIE, token, secure=chosen.secure_cookies, httponly=False, samesite="Lax")


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def session_cookie(server: Flask) -> str:
    """The name of the cookie that holds the signed session."""
    return str(server.config["SESSION_COOKIE_NAME"])
