"""The OpenAPI document and its page say what the addresses do."""

from __future__ import annotations

import json
import re
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient

from portal.access.identity import HOUSE
from portal.api.declared import ROOT
from portal.api.operations import OPERATIONS
from portal.database import Database
from portal.permissions import LOCAL_OPERATOR
from portal.query.policy_event_words import COLUMNS
from portal.services.roles import ensure_default_roles
from portal.services.users import add_user
from portal.services.writer import writing
from portal.sources.insurer import SCHEMAS
from tests.access.browser import enter
from tests.api.conftest import Key, event

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def people(database: Database) -> None:
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
    with writing(LOCAL_OPERATOR) as writer:
        for name, role in (("api-admin", "administrator"), ("api-agent", "agent")):
            add_user(writer, name, PASSWORD, roles=[role])


def signed_in(portal: dash.Dash, name: str) -> FlaskClient:
    browser = portal.server.test_client()
    assert enter(browser, name, PASSWORD).status_code == 302
    return browser


@pytest.fixture
def document(portal: dash.Dash, people: None) -> dict[str, Any]:
    answer = signed_in(portal, "api-admin").get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_only_administrators_see_it(portal: dash.Dash, people: None) -> None:
    agent = signed_in(portal, "api-agent")
    for path in ("/api", "/api/openapi.json"):
        assert agent.get(path).status_code == 403
        assert portal.server.test_client().get(path).status_code in (302, 401)
    assert signed_in(portal, "api-admin").get("/api").status_code == 200


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    named = re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document))
    assert named
    assert set(named) <= set(schemas)


def test_every_operation_and_column_is_described(document: dict[str, Any]) -> None:
    assert {(path, method) for path, operations in document["paths"].items() for method in operations} == {
        (f"{ROOT}{one.path}", one.method) for one in OPERATIONS
    }
    columns = {name for schema in SCHEMAS.values() for name in schema.names} - {"business_date"}
    assert columns == set(COLUMNS)


def test_amounts_are_texts(document: dict[str, Any]) -> None:
    row = document["components"]["schemas"]["PremiumRow"]["properties"]
    assert row["amount"]["type"] == "string"
    assert re.fullmatch(row["amount"]["pattern"], "-1200.50")
    assert not re.fullmatch(row["amount"]["pattern"], "1.234")
    assert '"number"' not in json.dumps(document)


def test_answers_are_as_declared(document: dict[str, Any], key: Key) -> None:
    system = key()
    declared = document["paths"][f"{ROOT}/policy-events"]["post"]["responses"]
    for answer in (system.post(event()), system.post(event()), system.post(event(amount="1.00")), system.post([])):
        said = declared[str(answer.status_code)]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
        schema = document["components"]["schemas"][said]
        assert set(schema["required"]) <= set(answer.json) <= set(schema["properties"])
    looked = system.get(f"{ROOT}/policy-events/e1").json
    assert set(looked) == set(document["components"]["schemas"]["EventState"]["properties"])


def test_the_page_shows_every_operation(portal: dash.Dash, people: None) -> None:
    from pages.api import layout

    with portal.server.test_request_context():
        shown = json.dumps(layout().to_plotly_json(), default=lambda one: one.to_plotly_json(), ensure_ascii=False)
    for one in OPERATIONS:
        assert f"{one.method.upper()} {ROOT}{one.path}" in shown
    assert all(column in shown for column in COLUMNS)
