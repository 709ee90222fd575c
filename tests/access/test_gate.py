"""The gate lets nothing through that is anonymous, comes from elsewhere, is misshapen, or lacks its permission."""

from __future__ import annotations

import itertools

import dash
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.access import gate
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry
from portal.permissions import LOCAL_OPERATOR
from portal.resources import RESOURCES
from portal.services.records import create, saving
from tests.access.browser import CALLBACK, csrf_token, enter, post, show_page, word
from tests.access.conftest import SignIn
from tests.access.toy import SECRET

NUMBERS = itertools.count(1)


@pytest.fixture
def stranger(toy: dash.Dash) -> FlaskClient:
    return toy.server.test_client()


def secret() -> dict[str, object]:
    outputs = [{"id": "secret", "property": "children"}, {"id": "second", "property": "children"}]
    return {**word(), "output": SECRET, "outputs": outputs, "state": []}


def audit_of(database: Database, who: str) -> list[AuditEntry]:
    with database.transaction(HOUSE) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.actor == who).order_by(AuditEntry.id.desc())))


# ---- anonymous ----


@pytest.mark.parametrize(
    "path",
    [
        "/", "/users", "/nothing", "/login/../_dash-layout", "/login/../", "//", "/%2e%2e/_dash-layout", "/LOGIN", "/login/",
        "/Login/../users", "/_dash-layout", "/_dash-dependencies", "/_dash-layout/", "/_dash-layout.", "/assets/../_dash-layout",
        "/_dash-component-suites/dash/dcc/dash_core_components.js", "/_favicon.ico", "/assets/nothing.js", "/setup", "/admin",
    ],
)  # fmt: skip
def test_strangers_see_no_page_under_any_spelling(stranger: FlaskClient, path: str) -> None:
    answer = stranger.get(path, follow_redirects=False)
    assert answer.status_code in (301, 302, 308, 401, 404)
    assert b"_dash-config" not in answer.data
    assert b"namespace" not in answer.data
    if answer.status_code == 302:
        assert answer.location.startswith("/login")


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch", "options", "head"])
@pytest.mark.parametrize("path", [CALLBACK, "/_dash-layout", "/users", "/logout", "/_reload-hash", "/health/x"])
def test_strangers_get_nothing_by_any_method(stranger: FlaskClient, path: str, method: str) -> None:
    assert getattr(stranger, method)(path).status_code in (302, 401, 404, 405)


def test_a_stranger_is_led_to_the_login_page_and_back(stranger: FlaskClient, bank: object, calm: None) -> None:
    answer = stranger.get("/users?page=2")
    assert answer.location == "/login?next=/users?page%3D2"
    assert enter(stranger, "root", "correct horse battery", next="/users?page=2").location == "/users?page=2"


def test_the_reload_hash_and_source_maps_are_not_there_for_anyone(sign_in: SignIn) -> None:
    browser = sign_in("root")
    for path in ("/_reload-hash", "/_dash-component-suites/dash/dash-renderer/build/dash_renderer.min.js.map"):
        assert browser.get(path).status_code == 404


def test_a_path_that_is_no_page_says_so(sign_in: SignIn) -> None:
    browser = sign_in("root")
    assert browser.get("/").status_code == browser.get("/users").status_code == 200
    for path in ("/setup", "/seed", "/debug", "/users/../nothing", "/.env", "/.git/config"):
        assert browser.get(path).status_code == 404


# ---- permission ----


def test_a_callback_needs_its_permission_and_a_refusal_is_written_down(sign_in: SignIn, database: Database) -> None:
    assert post(sign_in("root"), secret()).status_code == 200
    answer = post(sign_in("li"), secret())
    assert answer.status_code == 403
    assert b"of the house" not in answer.data
    entry = audit_of(database, "li")[0]
    assert (entry.action, entry.subject_key) == ("refused", "audit.view")
    assert entry.content["path"] == CALLBACK


def test_a_page_needs_its_permission_by_address_and_by_callback(sign_in: SignIn, database: Database) -> None:
    browser = sign_in("li")
    assert browser.get("/users").status_code == 403
    for path in ("/users", "/users/", "//users", "/users//"):
        assert post(browser, show_page(path)).status_code == 403
    assert audit_of(database, "li")[0].subject_key == "user.view"
    assert post(browser, show_page("/")).status_code == 200
    assert post(sign_in("root"), show_page("/users")).status_code == 200


def test_a_callback_nobody_listed_is_denied_even_to_the_administrator(sign_in: SignIn) -> None:
    body = {
        "output": "unlisted.children", "outputs": {"id": "unlisted", "property": "children"},
        "inputs": [{"id": "left", "property": "n_clicks", "value": 1}], "changedPropIds": ["left.n_clicks"],
    }  # fmt: skip
    assert post(sign_in("root"), body).status_code == 403


def test_pattern_callbacks_are_found_by_their_type(sign_in: SignIn) -> None:
    browser = sign_in("li")
    row, cell = {"type": "row", "index": 1}, {"type": "cell", "index": 1}
    body = {
        "output": '{"index":["MATCH"],"type":"cell"}.children',
        "outputs": {"id": cell, "property": "children"},
        "inputs": [{"id": row, "property": "n_clicks", "value": 3}],
        "changedPropIds": ['{"index":1,"type":"row"}.n_clicks'],
    }
    assert post(browser, body).json["response"] == {'{"index":1,"type":"cell"}': {"children": "3"}}
    many = {
        "output": "count.children",
        "outputs": {"id": "count", "property": "children"},
        "inputs": [
            [{"id": row, "property": "n_clicks", "value": 3}, {"id": {**row, "index": 2}, "property": "n_clicks"}]
        ],
        "changedPropIds": [],
    }
    assert post(browser, many).json["response"] == {"count": {"children": "2"}}
    assert post(browser, {**many, "inputs": [[]]}).json["response"] == {"count": {"children": "0"}}


# ---- from another site ----


def test_a_callback_carries_the_token_of_its_session(sign_in: SignIn) -> None:
    browser, other = sign_in("li"), sign_in("wang")
    assert post(browser, word()).status_code == 200
    for token in ("", "x", csrf_token(other), csrf_token(browser) + "x", "é"):
        assert post(browser, word(), **{"X-CSRFToken": token.encode("utf-8").decode("latin-1")}).status_code == 403


def test_a_token_in_the_body_of_a_callback_counts_for_nothing(sign_in: SignIn) -> None:
    browser = sign_in("li")
    assert browser.post(CALLBACK, data={"csrf_token": csrf_token(browser)}).status_code == 415
    assert browser.post(CALLBACK, json={**word(), "csrf_token": csrf_token(browser)}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_another_site_is_refused_even_with_the_token(sign_in: SignIn, headers: dict[str, str]) -> None:
    assert post(sign_in("li"), word(), **headers).status_code == 403


def test_our_own_origin_is_accepted(sign_in: SignIn) -> None:
    headers = {"Origin": "http://localhost:8050", "Sec-Fetch-Site": "same-origin"}
    assert post(sign_in("li"), word(), **headers).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", ""]
)
def test_a_callback_speaks_json_only(sign_in: SignIn, kind: str) -> None:
    browser = sign_in("li")
    answer = browser.post(CALLBACK, data=b"{}", content_type=kind, headers={"X-CSRFToken": csrf_token(browser)})
    assert answer.status_code == 415


def test_logging_out_needs_the_token(sign_in: SignIn) -> None:
    browser = sign_in("li")
    assert browser.post("/logout").status_code == 403
    assert browser.get("/logout").status_code == 404
    assert post(browser, word()).status_code == 200
    assert browser.post("/logout", headers={"X-CSRFToken": csrf_token(browser)}).status_code == 302
    assert post(browser, word()).status_code == 401


def test_the_login_form_carries_its_own_token(stranger: FlaskClient, bank: object, calm: None) -> None:
    form = {"username": "li", "password": "correct horse battery"}
    assert stranger.post("/login", data=form).status_code == 400
    assert stranger.post("/login", data={**form, "login_form": ""}).status_code == 400
    stranger.get("/login")
    assert stranger.post("/login", data={**form, "login_form": "planted"}).status_code == 400


# ---- hosts and proxies ----


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:x@evil.example", "127.0.0.1.nip.io", "[::2]", ""]
)
def test_an_unknown_host_name_is_refused(stranger: FlaskClient, host: str) -> None:
    assert stranger.get("/login", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:8050", "LOCALHOST", "127.0.0.1:80", "[::1]:8050"])
def test_known_host_names_are_answered(stranger: FlaskClient, host: str) -> None:
    assert stranger.get("/login", headers={"Host": host}).status_code == 200


def test_proxy_headers_of_strangers_change_nothing(
    stranger: FlaskClient, bank: object, calm: None, database: Database
) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-User": "root",
        "X-Real-IP": "6.6.6.6",
    }
    answer = stranger.get("/users", headers=forged)
    assert answer.location == "/login?next=/users"
    page = stranger.get("/login", headers=forged)
    assert page.status_code == 200
    stranger.post("/login", data={"username": "li"}, headers=forged)
    enter(stranger, "forger", "wrong")
    assert audit_of(database, "forger")[0].content["address"] == "127.0.0.1"


# ---- headers ----


def test_every_answer_carries_the_headers(sign_in: SignIn, stranger: FlaskClient) -> None:
    browser = sign_in("li")
    for answer in (
        browser.get("/"),
        post(browser, word()),
        stranger.get("/login"),
        stranger.get("/"),
        browser.get("/nothing"),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self' 'sha256-" in policy
        assert "unsafe-eval" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_out_of_reach_for_scripts(stranger: FlaskClient, bank: object, calm: None) -> None:
    answer = enter(stranger, "li", "correct horse battery")
    cookies = {cookie.split("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert "HttpOnly" in cookies["basis_session"]
    assert "SameSite=Lax" in cookies["basis_session"]
    assert "HttpOnly" not in cookies["_csrf_token"]  # Dash copies it into a header


# ---- errors ----


def test_an_error_shows_a_number_and_nothing_else(sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    body = {
        "output": "broken.children", "outputs": {"id": "broken", "property": "children"},
        "inputs": [{"id": "left", "property": "n_clicks", "value": 1}], "changedPropIds": ["left.n_clicks"],
    }  # fmt: skip
    answer = post(sign_in("li"), body)
    assert answer.status_code == 500
    for hidden in ("hunter2", "/secret", "Traceback", "RuntimeError", ".py"):
        assert hidden not in answer.get_data(as_text=True)
    assert answer.json["id"] == answer.headers["X-Request-Id"]
    assert answer.json["id"] in caplog.text
    assert "hunter2" in caplog.text


def test_without_the_database_the_answer_is_503(
    sign_in: SignIn, stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.access import current, server
    from portal.database import Database

    browser = sign_in("li")
    nowhere = Database("postgresql://nobody:secretword@127.0.0.1:1/none?connect_timeout=1", None)
    monkeypatch.setattr(current, "database", lambda: nowhere)
    monkeypatch.setattr(server, "database", lambda: nowhere)
    for answer in (browser.get("/"), post(browser, word()), browser.get("/users"), browser.get("/login")):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "secretword" not in answer.get_data(as_text=True)
        assert "127.0.0.1" not in answer.get_data(as_text=True)
    assert stranger.get("/health").status_code == 503
    assert stranger.get("/login").status_code == 200
    monkeypatch.undo()
    assert browser.get("/").status_code == 200
    assert stranger.get("/health").get_data() == b"ok"


def test_too_large_a_body_is_413(sign_in: SignIn) -> None:
    browser = sign_in("li")
    assert post(browser, word("x" * (gate.BODY_LIMIT_BYTES + 1))).status_code == 413
    assert browser.post("/login", data={"username": "x" * 200_000}).status_code == 413
    assert post(browser, word()).status_code == 200


# ---- other systems ----


def machine_key(permissions: list[str]) -> str:
    with saving(LOCAL_OPERATOR, RESOURCES["api-keys"]) as writer:
        given = {"code": f"G{next(NUMBERS)}", "source": "gate", "permissions": permissions, "first_day": "2026-01-01"}
        create(writer, RESOURCES["api-keys"], given | {"active": True})
    return writer.told_once


def test_an_address_of_other_systems_knows_no_session(sign_in: SignIn, toy: dash.Dash) -> None:
    browser, token = sign_in("root"), machine_key(["policy.send"])
    with_token = {"X-CSRFToken": csrf_token(browser)}
    assert browser.get("/machine").status_code == 401
    assert browser.post("/machine", headers=with_token).status_code == 401
    answer = browser.post("/machine", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).endswith("person None")  # whose cookie came along does not matter
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_key_is_no_log_in(toy: dash.Dash, bank: object, calm: None) -> None:
    headers = {"Authorization": f"Bearer {machine_key(['policy.send'])}"}
    stranger = toy.server.test_client()
    assert stranger.get("/machine", headers=headers).status_code == 200
    assert stranger.get("/users", headers=headers).status_code == 302
    assert stranger.get("/_dash-layout", headers=headers).status_code == 401
    assert stranger.post(CALLBACK, json=word(), headers=headers).status_code == 401
    assert stranger.post("/logout", headers=headers).status_code == 401


def test_a_key_needs_its_permission_and_a_known_host(toy: dash.Dash, bank: object, calm: None) -> None:
    stranger = toy.server.test_client()
    assert stranger.get("/machine", headers={"Authorization": f"Bearer {machine_key([])}"}).status_code == 403
    headers = {"Authorization": f"Bearer {machine_key(['policy.send'])}", "Host": "evil.example"}
    assert stranger.get("/machine", headers=headers).status_code == 400
    assert stranger.post("/machine", headers=headers | {"Host": "localhost"}, data=b"x" * 70_000).status_code in (
        200,
        413,
    )
