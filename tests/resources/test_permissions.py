"""Each default role, each resource, each action: exactly what the matrix says. And nobody reaches beyond his scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from portal.permissions import Actor, Forbidden, Permission
from portal.query.record import NotFound, View
from portal.resources import RESOURCES
from portal.services.exports import export
from portal.services.imports import preview
from portal.services.refusal import Refusal
from portal.services.roles import DEFAULT_ROLES
from portal.services.spreadsheets import BadFile
from tests.resources.bank import BEGIN, Bank
from tests.resources.conftest import TODAY, Desk

ACTIONS = ("list", "read", "create", "change", "end", "remove", "import", "export")
READ, ALL, NONE = {"list", "read"}, set(ACTIONS), set()
SALES_FORCE = ("agents", "relations", "insurance-products")
MATRIX: dict[str, dict[str, set[str]]] = {
    "customer_manager": dict.fromkeys(RESOURCES, NONE),
    "leader": dict.fromkeys(RESOURCES, NONE) | {"shares": ALL},
    "operator": dict.fromkeys(RESOURCES, NONE)
    | dict.fromkeys(("calendar", "exchange-rates", "ftp-curves", "ftp-rates", "sources"), ALL),
    "administrator": dict.fromkeys(RESOURCES, ALL),
    "rules_owner": dict.fromkeys(RESOURCES, NONE) | dict.fromkeys(SALES_FORCE, READ),
    "rules_approver": dict.fromkeys(RESOURCES, NONE) | dict.fromkeys(SALES_FORCE, READ),
    "agent": dict.fromkeys(RESOURCES, NONE),
    "team_leader": dict.fromkeys(RESOURCES, NONE) | dict.fromkeys(SALES_FORCE, READ),
    "commission_clerk": dict.fromkeys(RESOURCES, NONE) | dict.fromkeys(SALES_FORCE, ALL),
    "commission_approver": dict.fromkeys(RESOURCES, NONE) | dict.fromkeys(SALES_FORCE, READ),
    "auditor": dict.fromkeys(RESOURCES, READ),
}


def actor_with(role: str) -> Actor:
    default = next(each for each in DEFAULT_ROLES if each.code == role)
    return Actor(None, role, permissions=default.permissions, scope=replace(Actor(None, "").scope, all=True))


def attempt(desk: Desk, key: str, action: str, record: str) -> None:
    """Do it as far as the permission goes: what is refused for another reason was permitted."""
    resource = desk.of(key)
    verbs: dict[str, Callable[[], Any]] = {
        "list": lambda: desk.list(key),
        "read": lambda: desk.one(key, record),
        "create": lambda: desk.create(key, {"strange": "field"}),
        "change": lambda: desk.change(key, record, {"strange": "field"}),
        "end": lambda: desk.end(key, record, dt.date(1901, 1, 1)),
        "remove": lambda: desk.remove(key, "999999999"),
        "import": lambda: preview(desk.actor, resource, b"strange\nfield\n"),
        "export": lambda: export(desk.actor, resource, View(on=TODAY), "csv"),
    }
    try:
        verbs[action]()
    except (Refusal, NotFound, BadFile):
        return


@pytest.mark.parametrize("role", MATRIX)
@pytest.mark.parametrize("key", RESOURCES)
def test_the_matrix_of_default_roles(role: str, key: str, office: Desk, house: Bank, desk: Callable[..., Desk]) -> None:
    records = office.list(key, shown="all").records
    record = records[0].key if records else "1"
    allowed = set()
    for action in ACTIONS:
        try:
            attempt(desk(actor_with(role)), key, action, record)
        except Forbidden:
            continue
        allowed.add(action)
    assert allowed == MATRIX[role][key]


def test_the_matrix_names_every_default_role() -> None:
    assert {role.code for role in DEFAULT_ROLES} == set(MATRIX)


def everything_at(house: Bank, place: str) -> Actor:
    return house.actor(at=place)


@pytest.mark.parametrize("key", ["people", "shares", "users"])
def test_ids_of_another_branch_lead_nowhere(key: str, office: Desk, house: Bank, desk: Callable[..., Desk]) -> None:
    leader = desk(everything_at(house, "R-A"))
    own = {record.key for record in leader.list(key, shown="all").records}
    for record in office.list(key, shown="all", search="zhao").records:
        assert record.key not in own
        for verb in (
            lambda found=record: leader.one(key, found.key),
            lambda found=record: leader.change(key, found.key, {"name": "mine"}),
            lambda found=record: leader.end(key, found.key, TODAY),
        ):
            with pytest.raises((NotFound, Forbidden)):
                verb()


def test_institutions_above_and_beside_are_read_and_not_changed(house: Bank, desk: Callable[..., Desk]) -> None:
    leader = desk(everything_at(house, "R-A"))
    for code in ("R-H", "R-B", "R-B1"):
        key = str(house.institutions[code])
        assert leader.one("institutions", key).values["code"] == code
        with pytest.raises(Forbidden):
            leader.change("institutions", key, {"name": "mine"})
        with pytest.raises(Forbidden):
            leader.end("institutions", key, TODAY)
    with pytest.raises(Refusal, match="not among"):
        leader.change("institutions", str(house.institutions["R-A1"]), {"parent": str(house.institutions["R-B"])})
    with pytest.raises((Refusal, Forbidden)):
        leader.change("institutions", str(house.institutions["R-A"]), {"parent": ""})


def test_nobody_hires_or_moves_into_another_branch(house: Bank, desk: Callable[..., Desk]) -> None:
    leader = desk(everything_at(house, "R-A"))
    elsewhere = {"institution": str(house.institutions["R-B"])}
    with pytest.raises(Refusal, match="not among"):
        leader.create("people", {"code": "R-new", "name": "New", "position": "leader", **elsewhere})
    with pytest.raises(Refusal, match="not among"):
        leader.change("people", str(house.people["R-li"]), elsewhere)


def test_a_filter_does_not_widen_the_scope(house: Bank, desk: Callable[..., Desk]) -> None:
    leader = desk(house.actor(Permission.PERSON_VIEW, at="R-A"))
    for asked in (str(house.institutions["R-H"]), str(house.institutions["R-B"]), "ALL", "-1", "1 or 1=1", "9" * 30):
        found = leader.list("people", filters={"institution": asked}, shown="all")
        assert {record.codes["institution"] for record in found.records} <= {"R-A", "R-A1", "R-A2"}


def test_row_policies_hold_where_a_query_forgot_the_scope(house: Bank, desk: Callable[..., Desk]) -> None:
    """The second lock: the same session, asked without any condition, shows no other branch."""
    from sqlalchemy import select

    from portal.models.organisation import Position, Share

    leader = desk(everything_at(house, "R-A"))
    for table in (Position, Share):
        seen = leader.read(lambda reader, table=table: set(reader.session.scalars(select(table.institution_id))))
        assert seen <= set(house.below["R-A"])


@pytest.mark.parametrize("key", RESOURCES)
@pytest.mark.parametrize("record", ["0", "-1", "1.5", "x", "9" * 25, "１", "%", "", "1 or 1=1"])
def test_strange_keys_find_nothing(office: Desk, house: Bank, key: str, record: str) -> None:
    with pytest.raises(NotFound):
        office.one(key, record)


def test_people_of_own_scope_see_their_phones_masked(house: Bank, office: Desk, desk: Callable[..., Desk]) -> None:
    key = str(house.people["R-li"])
    assert office.one("people", key).values["phone"] == "13800007788"
    viewer = desk(house.actor(Permission.PERSON_VIEW, at="R-A"))
    assert viewer.one("people", key).values["phone"] == "138****88"


def test_the_history_of_a_record_tells_no_other_branch(house: Bank, office: Desk, desk: Callable[..., Desk]) -> None:
    """A person came from branch B: the leader of A learns that something changed, not where he was."""
    given = {"code": "R-moved", "name": "Moved", "position": "leader", "institution": str(house.institutions["R-B1"])}
    key = office.create("people", given, BEGIN)
    office.change("people", key, {"institution": str(house.institutions["R-A1"])}, TODAY)
    leader = desk(house.actor(Permission.PERSON_VIEW, at="R-A"))
    assert [each.texts["institution"] for each in leader.periods("people", key)] == ["Institution R-A1"]
    told = leader.changes("people", key)
    assert [each.action for each in told] == ["change", "create"]
    assert "R-B1" not in str([each.content for each in told])
    assert "R-B1" in str([each.content for each in office.changes("people", key)])
    office.end("people", key, TODAY + dt.timedelta(days=1))
