"""The real application, whatever its pages are: every address and every callback refuses strangers."""

from __future__ import annotations

import re
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from portal.access.identity import HOUSE
from portal.database import Database
from portal.kit.callbacks import permissions_by_output, undeclared_outputs
from portal.kit.pages import NOT_FOUND_PATH, PAGES
from portal.kit.theme import THEME_COOKIE, TOKENS
from portal.models.access import AuditEntry
from portal.permissions import Actor
from portal.web import PUBLIC
from tests.access.bank import PASSWORD, Bank
from tests.access.browser import CALLBACK, csrf_token, enter, post
from tests.access.conftest import ROOT

PRIVATE_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def address(rule: Rule) -> str:
    """An address that leads to the rule."""
    return re.sub(r"<[^>]+>", "something", rule.rule)


def hand_made(app: dash.Dash, key: str) -> dict[str, Any]:
    """A body for any callback, with the ids it declares and no values."""
    entry = app.callback_map[key]

    def part(dependency: Any) -> dict[str, Any]:
        return {"id": dependency["id"], "property": dependency["property"]}

    outputs = entry["output"] if isinstance(entry["output"], list | tuple) else [entry["output"]]
    wanted = [{"id": output.component_id, "property": output.component_property} for output in outputs]
    single = not isinstance(entry["output"], list | tuple)
    return {
        "output": key,
        "outputs": wanted[0] if single and wanted else wanted,
        "inputs": [part(one) for one in entry["inputs"]],
        "state": [part(one) for one in entry["state"]],
        "changedPropIds": [],
    }


def server_callbacks(app: dash.Dash) -> list[str]:
    return [key for key, entry in app.callback_map.items() if "callback" in entry]


def test_every_address_refuses_strangers(portal: dash.Dash) -> None:
    stranger = portal.server.test_client()
    public_files = "_dash_assets.static"
    checked = 0
    for rule in portal.server.url_map.iter_rules():
        if rule.endpoint in PUBLIC | {public_files}:
            continue
        for method in PRIVATE_METHODS:
            answer = getattr(stranger, method)(address(rule))
            checked += 1
            assert answer.status_code in (302, 401, 404), f"{method} {address(rule)} answered {answer.status_code}"
            if answer.status_code == 302:
                assert answer.location.startswith("/login")
    assert checked > 50


def test_every_callback_refuses_strangers(portal: dash.Dash) -> None:
    stranger = portal.server.test_client()
    for key in portal.callback_map:
        answer = stranger.post(CALLBACK, json=hand_made(portal, key))
        assert answer.status_code == 401, key
        assert answer.json == {"error": "signed_out", "login": "/login"}


def test_what_is_public_is_a_short_list(portal: dash.Dash) -> None:
    stranger = portal.server.test_client()
    assert sorted(PUBLIC) == ["health", "login.enter", "login.show", "service_worker"]
    for path in ("/login", "/health", "/sw.js", "/assets/login.css", "/assets/manifest.webmanifest"):
        assert stranger.get(path).status_code == 200, path
    for path in (
        "/assets/../portal/settings.py",
        "/assets/%2e%2e/pyproject.toml",
        "/assets/.env",
        "/assets/login.css.bak",
    ):
        assert stranger.get(path).status_code in (401, 404), path


def test_every_callback_and_page_declares_a_permission(portal: dash.Dash) -> None:
    assert undeclared_outputs(portal) == []
    assert set(server_callbacks(portal)) <= set(permissions_by_output())
    assert {page.path for page in PAGES} | {NOT_FOUND_PATH} == {
        entry["path_template"] or entry["path"] for entry in dash.page_registry.values()
    }


@pytest.fixture
def nobody_special(portal: dash.Dash, bank: Bank, calm: None) -> FlaskClient:
    """A signed-in customer manager."""
    browser = portal.server.test_client()
    assert enter(browser, "li", PASSWORD).status_code == 302
    return browser


def test_a_role_runs_exactly_the_callbacks_it_is_permitted(
    portal: dash.Dash, nobody_special: FlaskClient, database: Database
) -> None:
    from portal.services.roles import DEFAULT_ROLES

    own = Actor(
        None, "li", permissions=next(one.permissions for one in DEFAULT_ROLES if one.code == "customer_manager")
    )
    refused = 0
    for key, permission in permissions_by_output().items():
        if own.lacks(permission) is None or key not in portal.callback_map:
            continue
        assert post(nobody_special, hand_made(portal, key)).status_code in (400, 403), key
        refused += 1
    with database.transaction(HOUSE) as session:
        written = session.scalar(select(func.count()).where(AuditEntry.action == "refused", AuditEntry.actor == "li"))
    assert not refused or written


def test_a_page_that_is_not_for_you_is_403(portal: dash.Dash, nobody_special: FlaskClient) -> None:
    from portal.services.roles import DEFAULT_ROLES

    own = Actor(
        None, "li", permissions=next(one.permissions for one in DEFAULT_ROLES if one.code == "customer_manager")
    )
    for page in PAGES:
        path = re.sub(r"<[^>]+>", "1", page.path)
        assert nobody_special.get(path).status_code == (403 if own.lacks(page.permission) else 200), path


def test_no_developer_tool_answers(portal: dash.Dash, nobody_special: FlaskClient) -> None:
    for path in ("/_reload-hash", "/_alive_x", "/_dash-config", "/console", "/mcp", "/_mcp", "/ws"):
        assert nobody_special.get(path).status_code == 404, path
    assert not portal.server.debug
    assert not portal._dev_tools.ui


def test_the_page_says_its_language_and_theme(portal: dash.Dash, nobody_special: FlaskClient) -> None:
    chinese = nobody_special.get("/", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    english = nobody_special.get("/", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert '<html lang="zh-CN"' in chinese
    assert '<html lang="en"' in english
    nobody_special.set_cookie(THEME_COOKIE, "dark")
    assert portal.server.test_client().get("/login").status_code == 200


def test_logging_out_from_the_shell(portal: dash.Dash, nobody_special: FlaskClient) -> None:
    assert nobody_special.get("/").status_code == 200
    answer = nobody_special.post("/logout", data={"csrf_token": csrf_token(nobody_special)})
    assert answer.location == "/login"
    assert nobody_special.get("/").status_code == 302


def test_the_login_page_wears_the_colours_of_the_portal() -> None:
    style = (ROOT / "assets" / "login.css").read_text(encoding="utf-8")
    for name in ("ground", "surface", "ink", "muted", "line", "accent", "soft", "bad", "c2"):
        assert f"--{name}: light-dark({TOKENS['light'][name]}, {TOKENS['dark'][name]})" in style
