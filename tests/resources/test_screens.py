"""Records as a browser asks for them: whatever the body or the address says, permission and scope hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pages import audit as audit_page
from pages import resource as page
from portal.access.identity import HOUSE
from portal.database import Database
from portal.kit.resource_form import new_fields
from portal.models.access import AuditEntry
from portal.permissions import LOCAL_OPERATOR, Permission, ScopeKind
from portal.query.references import Choice
from portal.resources import RESOURCES
from portal.services.roles import DEFAULT_ROLES, define_role
from portal.services.spreadsheets import read_sheet
from portal.services.users import add_user
from portal.services.writer import writing
from tests.access.browser import enter, post, show_page
from tests.app import the_app
from tests.resources.bank import Bank
from tests.resources.conftest import TODAY, Desk

PASSWORD = "five people with one word"
SignIn = Callable[[str], FlaskClient]
BRANCH = (
    Permission.PERSON_VIEW, Permission.PERSON_EDIT, Permission.SHARE_VIEW, Permission.SHARE_EDIT,
    Permission.INSTITUTION_VIEW, Permission.INSTITUTION_EDIT, Permission.REPORT_EXPORT,
)  # fmt: skip


@pytest.fixture(scope="module")
def people(database: Database, house: Bank) -> SignIn:
    """Browsers: `chief` administers everything, `branch` administers branch A, `li` is a customer manager."""
    with writing(LOCAL_OPERATOR) as writer:
        define_role(writer, "r_branch", name="Branch", scope_kind=ScopeKind.BELOW, permissions=BRANCH)
        add_user(writer, "r-chief", PASSWORD, roles=["administrator"])
        add_user(writer, "r-branch", PASSWORD, roles=["r_branch"], person_code="R-lead")
        add_user(writer, "r-li", PASSWORD, roles=["customer_manager"], person_code="R-li")
    browsers: dict[str, FlaskClient] = {}

    def browser(name: str) -> FlaskClient:
        if name not in browsers:
            browsers[name] = the_app().server.test_client()
            assert enter(browsers[name], f"r-{name}", PASSWORD).status_code == 302
        return browsers[name]

    return browser


def key_of(component: str, prop: str) -> str:
    wanted = f"{component}.{prop}"
    return next(key for key in the_app().callback_map if wanted in key.strip(".").split("..."))


def run(browser: FlaskClient, component: str, prop: str, *values: Any) -> TestResponse:
    """Run the callback that fills a component, with values for its inputs and states in their order."""
    key = key_of(component, prop)
    entry, given = the_app().callback_map[key], iter(values)
    inputs = [{"id": one["id"], "property": one["property"], "value": next(given)} for one in entry["inputs"]]
    state = [{"id": one["id"], "property": one["property"], "value": next(given)} for one in entry["state"]]
    declared = entry["output"] if isinstance(entry["output"], list | tuple) else [entry["output"]]
    outputs = [{"id": one.component_id, "property": one.component_property} for one in declared]
    single = not isinstance(entry["output"], list | tuple)
    changed = f"{inputs[0]['id']}.{inputs[0]['property']}"
    return post(browser, {"output": key, "outputs": outputs[0] if single else outputs, "inputs": inputs,
                          "state": state, "changedPropIds": [changed]})  # fmt: skip


def said(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.dumps(json.loads(answer.data), ensure_ascii=False)


def listed(browser: FlaskClient, resource: str, search: str = "") -> TestResponse:
    return run(browser, page.ROWS, "children", search, {"resource": resource})


def opened(browser: FlaskClient, resource: str, record: str, search: str = "") -> TestResponse:
    return run(browser, page.FACTS, "children", search, None, {"resource": resource, "record": record})


def saved(
    browser: FlaskClient, resource: str, record: str, values: Any, search: str = "", seen: str = ""
) -> TestResponse:
    return run(browser, page.FORM, "problems", 1, values, search, seen, {"resource": resource, "record": record})


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_has_its_pages(people: SignIn, resource: str) -> None:
    chief = people("chief")
    for path in (f"/admin/{resource}", f"/admin/{resource}/new", f"/admin/{resource}/import"):
        assert chief.get(path).status_code == 200
        assert post(chief, show_page(path)).status_code == 200
    shown = said(listed(chief, resource))
    assert f"/admin/{resource}/new" in shown
    assert "Form" not in shown
    assert said(opened(chief, resource, "new"))


def test_the_path_says_which_record_whatever_the_query_says(people: SignIn) -> None:
    answer = post(people("chief"), show_page("/admin/users/4", "?record=7&record=8"))
    keys = {"id": page.KEY, "data": {"resource": "users", "record": "4"}}
    assert json.dumps(keys, sort_keys=True)[1:-1] in json.dumps(json.loads(answer.data), sort_keys=True)


def test_members_whose_names_hold_a_comma_are_counted_once(people: SignIn) -> None:
    """A role's permissions: the first three in full and how many more there are, the same in every language."""
    chief = people("chief")
    clerk = next(role for role in DEFAULT_ROLES if role.code == "commission_clerk")
    assert f"+{len(clerk.permissions) - 3}" in said(listed(chief, "roles", "?q=commission_clerk"))


def test_a_list_stays_small(people: SignIn) -> None:
    """The browser pays for every component: a page of 25 rows is one table."""
    answer = listed(people("chief"), "people", "?show=all")
    assert said(answer).count('"namespace"') < 40
    assert len(answer.data) < 30_000


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_manager_is_refused_everywhere(people: SignIn, resource: str, database: Database) -> None:
    manager = people("li")
    key = {"resource": resource, "record": "1"}
    bodies = [
        listed(manager, resource),
        opened(manager, resource, "1"),
        opened(manager, resource, "new"),
        saved(manager, resource, "new", {"code": "x"}),
        saved(manager, resource, "1", {"name": "x"}),
        run(manager, page.END_FORM, "answered", 1, {"valid_from": str(TODAY)}, key),
        run(manager, page.REMOVE_FORM, "answered", 1, {}, key),
        run(manager, page.TOKEN, "data", 1, base64.b64encode(b"code\nx\n").decode(), key),
        manager.get(f"/export/records/{resource}.xlsx"),
        manager.get(f"/admin/{resource}", headers={"Accept": "text/html"}),
        post(manager, show_page(f"/admin/{resource}/import")),
    ]
    assert [answer.status_code for answer in bodies] == [403] * len(bodies)
    with database.transaction(HOUSE) as session:
        told = session.scalar(select(func.count()).where(AuditEntry.action == "refused", AuditEntry.actor == "r-li"))
    assert told is not None
    assert told >= len(bodies)


def test_a_branch_sees_and_changes_its_own(people: SignIn, house: Bank, office: Desk, database: Database) -> None:
    branch = people("branch")
    assert "R-li" in said(listed(branch, "people", "?q=R-"))
    assert "R-zhao" not in said(listed(branch, "people", "?q=R-&show=all"))
    own, other = str(house.people["R-li"]), str(house.people["R-zhao"])
    assert '"Li"' in said(opened(branch, "people", own))
    hidden = said(opened(branch, "people", other))
    assert "There is no such record" in hidden
    assert "Zhao" not in hidden
    assert saved(branch, "people", other, {"name": "Mine"}).status_code == 403
    assert office.one("people", other).values["name"] == "Zhao"
    with database.transaction(HOUSE) as session:
        told = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == "people", AuditEntry.subject_key == other)
        )
        assert {row.action for row in told} == {"refused"}


def test_a_form_saves_what_is_offered_and_nothing_else(people: SignIn, house: Bank, office: Desk) -> None:
    chief, key = people("chief"), str(house.people["R-wu"])
    for values in (
        {"name": "Wu", "epoch": 7},
        {"code": "other"},
        {"valid_to": "2020-01-01"},
        {"id": 1},
        {"kind": "leader"},
    ):
        shown = said(saved(chief, "people", key, values))
        assert "cannot be changed here" in shown
    assert "is not among those you may choose" in said(saved(chief, "people", key, {"institution": "999999"}))
    assert "It is missing" in said(saved(chief, "people", key, {"name": ""}))
    assert "meantime" in said(saved(chief, "people", key, {"name": "Wu Jun"}, "", "an older version"))
    assert "Saved." in said(saved(chief, "people", key, {"name": "Wu Jun"}))
    assert office.one("people", key).values["name"] == "Wu Jun"
    office.change("people", key, {"name": "Wu"})


STRANGE: list[Any] = [
    None, [], {}, 0, -1, True, "ALL", [["x"]] * 50, "\x00", "%", "9" * 400, {"resource": ["people"]},
    {"resource": "x" * 9_999}, {"resource": "people"}, {"resource": "people", "record": {"a": 1}},
    {"resource": "people", "record": "1"},
]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=[str(place) for place in range(len(STRANGE))])
def test_no_hand_made_body_breaks_anything(people: SignIn, strange: Any) -> None:
    chief, known = people("chief"), {"resource": "people", "record": "new"}
    answers = [
        run(chief, page.ROWS, "children", strange, {"resource": "people"}),
        run(chief, page.ROWS, "children", "", strange),
        run(chief, page.FACTS, "children", strange, strange, known),
        run(chief, page.FACTS, "children", "", None, strange),
        run(chief, page.FORM, "problems", 1, strange, strange, strange, known),
        run(chief, page.FORM, "problems", strange, {"name": strange, "code": strange, "institution": strange,
                                                     "position": strange, "valid_from": strange, "reason": strange},
            "", "", known),
        run(chief, page.FORM, "problems", 1, {"subject": strange, "role": strange, "parts": strange}, "", "",
            {"resource": "shares", "record": "new"}),
        run(chief, page.FORM, "problems", 1, {"roles": strange, "password": strange, "active": strange}, "", "",
            {"resource": "users", "record": "new"}),
        run(chief, page.FORM, "problems", 1, {"options": strange, "first_date": strange}, "", "",
            {"resource": "sources", "record": "new"}),
        run(chief, page.END_FORM, "answered", 1, strange, {"resource": "people", "record": "999999999"}),
        run(chief, page.END_FORM, "answered", 1, {"valid_from": strange, "reason": strange}, known),
        run(chief, page.REMOVE_FORM, "answered", 1, strange, strange),
        run(chief, page.TOKEN, "data", 1, strange, {"resource": "people"}),
        run(chief, audit_page.ROWS, "children", strange),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} <= {200, 204, 400, 403}
    assert all("Traceback" not in answer.get_data(as_text=True) for answer in answers)


@pytest.mark.parametrize(
    "search",
    ["?page=-1", "?page=9999999999999999999999", "?sort=password_hash", "?sort='", "?on=0001-01-01", "?on=9999-12-31",
     "?on=2026-02-30", "?show=ALL", "?institution=ALL", "?institution=-1", "?q=%00", "?q=%25_%27", "?" + "a=1&" * 300],
)  # fmt: skip
def test_no_address_breaks_a_list(people: SignIn, search: str) -> None:
    for resource in RESOURCES:
        assert listed(people("chief"), resource, search).status_code in (200, 400)


def test_files_leave_as_attachments_with_the_filters_of_the_list(people: SignIn, house: Bank) -> None:
    answer = people("chief").get("/export/records/people.csv?q=R-zhao")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=people-{TODAY}.csv"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert [row.cells[0] for row in read_sheet(answer.data).rows] == ["R-zhao"]
    own = read_sheet(people("branch").get("/export/records/people.xlsx?q=R-&show=all").data)
    assert "R-zhao" not in {row.cells[0] for row in own.rows}


@pytest.mark.parametrize(
    "path", ["nothing.csv", "people.exe", "people.csv.html", "../people.csv", "people", "user.csv"]
)
def test_no_other_file_is_there(people: SignIn, path: str) -> None:
    assert people("chief").get(f"/export/records/{path}").status_code == 404


def upload(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_file_is_looked_at_and_imported(people: SignIn, house: Bank, office: Desk) -> None:
    chief, key = people("chief"), {"resource": "people"}
    file = upload(b"code,name,position,institution\nR-file,From File,leader,R-A\n")
    answer = run(chief, page.TOKEN, "data", 1, file, key)
    assert "Import 1 records" in said(answer)
    token = json.loads(answer.data)["response"][page.TOKEN]["data"]
    apply = "resource-preview.children@"
    callback = next(key for key in the_app().callback_map if key.strip(".").startswith(apply))
    entry = the_app().callback_map[callback]
    values = iter([1, file, "people.csv", token, key])
    body = {
        "output": callback,
        "outputs": [{"id": one.component_id, "property": one.component_property} for one in entry["output"]],
        "inputs": [{"id": one["id"], "property": one["property"], "value": next(values)} for one in entry["inputs"]],
        "state": [{"id": one["id"], "property": one["property"], "value": next(values)} for one in entry["state"]],
        "changedPropIds": [f"{page.APPLY}.n_clicks"],
    }
    assert "1 new, 0 changed" in said(post(chief, body))
    assert "already imported as #" in said(post(chief, body))
    assert office.list("people", search="R-file").total == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"\xff\xfe\x00", b"strange\n1\n"])
def test_a_bad_file_is_answered_with_a_sentence(people: SignIn, content: bytes) -> None:
    shown = said(run(people("chief"), page.TOKEN, "data", 1, upload(content), {"resource": "people"}))
    assert "tone-bad" in shown


def test_the_audit_log_is_read_and_verified(people: SignIn) -> None:
    chief = people("chief")
    shown = said(run(chief, audit_page.ROWS, "children", "?action=refused&q=r-li"))
    assert "r-li" in shown
    assert "r-chief" not in shown
    assert "is whole" in said(run(chief, audit_page.VERDICT, "children", 1))
    assert "Hash before" in said(run(chief, audit_page.ROWS, "children", "?entry=1"))
    assert run(people("li"), audit_page.ROWS, "children", "").status_code == 403
    assert run(people("li"), audit_page.VERDICT, "children", 1).status_code == 403


def test_who_may_only_look_is_told_so_instead_of_a_form(database: Database) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        define_role(
            writer, "r_looks", name="Looks", scope_kind=ScopeKind.ALL, permissions=frozenset({Permission.AGENT_VIEW})
        )
        add_user(writer, "r-looks", PASSWORD, roles=["r_looks"])
    browser = the_app().server.test_client()
    assert enter(browser, "r-looks", PASSWORD).status_code == 302
    shown = said(opened(browser, "agents", "new"))
    assert "makes none of them" in shown and "/admin/agents" in shown and "valid_from" not in shown


def test_a_form_says_which_codes_are_known_and_what_an_empty_password_means() -> None:
    law, bare = Choice("individual", "individual", "Basic law"), Choice("FA", "FA", "FA")
    shown = {
        one["name"]: one for one in new_fields(RESOURCES["agents"], {"rulebook": [law], "rank": [bare]}, None, "en")
    }
    assert shown["channel"]["kind"] == "choice"
    assert shown["channel"]["options"] == [{"value": "individual", "label": "Basic law"}]
    assert shown["rank"]["hint"] == "Known are: FA."
    [password] = [one for one in new_fields(RESOURCES["users"], {}, None, "en") if one["kind"] == "password"]
    assert "until an administrator gives one" in password["hint"], "there is no present one to keep"
