"""Users, roles, the calendar and sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.access.passwords import matches
from portal.models.access import AuditEntry, Role, User
from portal.permissions import LOCAL_OPERATOR, Forbidden, Permission
from portal.query.record import NotFound
from portal.services.refusal import Refusal
from tests.resources.bank import PUBLISHED_ON, Bank
from tests.resources.conftest import Desk

Unique = Callable[[str], str]
PASSWORD = "a long enough secret"


def role_id(office: Desk, code: str) -> str:
    return str(office.read(lambda reader: reader.session.scalars(select(Role.id).where(Role.code == code)).one()))


def test_a_user_logs_in_with_what_was_given(office: Desk, house: Bank, unique: Unique) -> None:
    given = {"username": unique("u"), "roles": [role_id(office, "leader")], "password": PASSWORD}
    key = office.create("users", given)
    record = office.one("users", key)
    assert record.labels["roles"] == "Leader"
    assert record.values["active"] is True
    user = office.read(lambda reader: reader.session.get(User, int(key)))
    assert matches(user.password_hash, PASSWORD)
    office.change("users", key, {"roles": [role_id(office, "leader"), role_id(office, "auditor")], "active": False})
    assert office.one("users", key).labels["roles"] == "Leader, Auditor"
    assert office.one("users", key).values["active"] is False
    assert office.read(lambda reader: reader.session.get(User, int(key))).epoch > user.epoch
    told = office.changes("users", key)
    assert {each.action for each in told} >= {"disable", "grant role"}


def test_no_password_reaches_the_log_or_a_record(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("users", {"username": unique("u"), "roles": [role_id(office, "leader")], "password": PASSWORD})
    office.change("users", key, {"password": "another long secret"})
    assert "password" not in office.one("users", key).values
    entries = office.read(lambda reader: reader.session.scalars(select(AuditEntry)).all())
    told = str([entry.content for entry in entries])
    assert PASSWORD not in told
    assert "another long secret" not in told
    assert "argon2" not in told


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"password": "short"}, "between"),
        ({"password": ["x"] * 12}, "text is expected"),
        ({"roles": []}, "missing"),
        ({"roles": ["999999"]}, "not among"),
        ({"roles": "leader"}, "not among"),
        ({"roles": {"leader": 1}}, "choose from the list"),
        ({"person": "999999"}, "not among"),
        ({"epoch": 7}, "cannot be changed here"),
        ({"password_hash": "x"}, "cannot be changed here"),
        ({"username": ""}, "missing"),
    ],
)
def test_a_wrong_user_is_refused(
    office: Desk, house: Bank, unique: Unique, given: dict[str, object], sentence: str
) -> None:
    good: dict[str, object] = {"username": unique("u"), "roles": [role_id(office, "leader")], "password": PASSWORD}
    with pytest.raises(Refusal, match=sentence):
        office.create("users", good | given)


def test_nobody_gives_more_than_he_has(house: Bank, office: Desk, desk: Callable[..., Desk], unique: Unique) -> None:
    clerk = desk(house.actor(Permission.USER_VIEW, Permission.USER_EDIT, everything=True))
    with pytest.raises(Forbidden):
        clerk.create(
            "users", {"username": unique("u"), "roles": [role_id(office, "administrator")], "password": PASSWORD}
        )
    branch = desk(house.actor(Permission.USER_VIEW, Permission.USER_EDIT, Permission.WORKBENCH_VIEW, at="R-A"))
    with pytest.raises(Forbidden):
        branch.create("users", {"username": unique("v"), "roles": [role_id(office, "leader")], "password": PASSWORD})


def test_a_leader_sees_the_users_of_his_branch(
    house: Bank, office: Desk, desk: Callable[..., Desk], unique: Unique
) -> None:
    person = str(house.people["R-zhao"])
    key = office.create(
        "users", {"username": unique("u"), "roles": [role_id(office, "leader")], "password": PASSWORD, "person": person}
    )
    leader_a = desk(house.actor(Permission.USER_VIEW, at="R-A"))
    leader_b = desk(house.actor(Permission.USER_VIEW, at="R-B"))
    assert leader_b.one("users", key).labels["person"] == "Zhao"
    with pytest.raises(NotFound):
        leader_a.one("users", key)
    assert key not in {record.key for record in leader_a.list("users").records}


def test_roles_are_made_changed_and_removed(office: Desk, house: Bank, unique: Unique) -> None:
    given = {"code": unique("r"), "name": "Teller", "scope": "own", "permissions": ["report.view", "job.view"]}
    key = office.create("roles", given)
    assert office.one("roles", key).values["permissions"] == {"report.view", "job.view"}
    office.change("roles", key, {"permissions": ["report.view"], "name": "Cashier"})
    assert office.one("roles", key).values["permissions"] == {"report.view"}
    with pytest.raises(Refusal):
        office.create("roles", given)
    with pytest.raises(Refusal, match="not among"):
        office.change("roles", key, {"permissions": ["everything"]})
    with pytest.raises(Refusal, match="choose one of"):
        office.change("roles", key, {"scope": "ALL"})
    office.create("users", {"username": unique("u"), "roles": [key], "password": PASSWORD})
    with pytest.raises(Refusal, match="still given"):
        office.remove("roles", key)


def test_calendar_days_close_until_they_are_published(office: Desk, house: Bank) -> None:
    day = dt.date(2031, 10, 1)
    key = office.create("calendar", {"date": str(day), "open": False, "note": "National day"})
    assert office.list("calendar", filters={"date": "2031-10"}).total == 1
    assert office.change("calendar", key, {"note": "国庆节"})
    with pytest.raises(Refusal, match="already"):
        office.create("calendar", {"date": str(day)})
    with pytest.raises(Refusal, match="published"):
        office.create("calendar", {"date": str(PUBLISHED_ON)})
    office.remove("calendar", key)
    assert office.list("calendar", filters={"date": "2031-10"}).total == 0


def test_the_calendar_belongs_to_the_whole_house(house: Bank, desk: Callable[..., Desk]) -> None:
    leader = desk(house.actor(Permission.CALENDAR_VIEW, Permission.CALENDAR_EDIT, at="R-A"))
    with pytest.raises(Forbidden):
        leader.create("calendar", {"date": "2031-01-01"})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"location": ""}, "where the files are"),
        ({"location": "http://169.254.169.254/latest"}, "folder or from"),
        ({"location": "HTTPS://bank/core"}, "folder or from"),
        ({"adapter": "ftp"}, "choose one of"),
        ({"options": "[1]"}, "object in JSON"),
        ({"options": "{" * 10_000}, "object in JSON"),
        ({"first_date": "2026-02-01", "last_date": "2026-01-01"}, "after the last"),
        ({"first_date": "2026-02-30"}, "a date is expected"),
        ({"first_date": "0001-01-01"}, "a date is expected"),
        ({"code": "a b"}, "without blanks"),
        ({"code": "<b>"}, "without blanks"),
        ({"code": "x" * 41}, "at most 40"),
    ],
)
def test_a_wrong_source_is_refused(
    office: Desk, house: Bank, unique: Unique, given: dict[str, object], sentence: str
) -> None:
    good: dict[str, object] = {"code": unique("s"), "adapter": "folder", "location": "s3://bank/core"}
    with pytest.raises(Refusal, match=sentence):
        office.create("sources", good | given)


def test_a_source_keeps_its_options(office: Desk, house: Bank, unique: Unique) -> None:
    given = {"code": unique("s"), "adapter": "demo", "options": '{"seed": 7}', "active": "no"}
    key = office.create("sources", given)
    assert office.one("sources", key).values["options"] == {"seed": 7}
    assert office.one("sources", key).values["active"] is False
    office.remove("sources", key)
    with pytest.raises(NotFound):
        office.one("sources", key)


def test_people_never_vanish(office: Desk, house: Bank) -> None:
    with pytest.raises(Refusal, match="never removed"):
        office.remove("people", str(house.people["R-li"]))


def test_what_was_done_is_told(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("sources", {"code": unique("s"), "adapter": "demo"})
    office.change("sources", key, {"active": False}, reason="moved")
    told = office.changes("sources", key)
    assert [(each.action, each.actor) for each in told] == [
        ("change", LOCAL_OPERATOR.name), ("create", LOCAL_OPERATOR.name),
    ]  # fmt: skip
    assert told[0].content == {"active": [True, False], "reason": "moved"}
