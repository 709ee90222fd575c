"""Keys open what other systems may use and nothing else; nothing else opens that."""

from __future__ import annotations

import datetime as dt

import dash
import pytest
from sqlalchemy import select, text

from portal.access.identity import HOUSE
from portal.api.operations import OPERATIONS
from portal.api.rest import KEYED
from portal.database import Database
from portal.models.access import AuditEntry
from portal.models.api_keys import ApiKey
from portal.permissions import LOCAL_OPERATOR, Actor, Forbidden, Permission, Scope
from portal.resources import RESOURCES
from portal.services.imports import preview
from portal.services.records import change, create, saving
from portal.services.refusal import Refusal
from portal.services.writer import writing
from portal.settings import settings
from tests.api.conftest import EVENTS, YESTERDAY, Key, event

KEYS = RESOURCES["api-keys"]


def audit(database: Database, who: str) -> list[AuditEntry]:
    with database.transaction(HOUSE) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.actor == who).order_by(AuditEntry.id.desc())))


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer basis_", "Bearer nothing", "bearer basis_x y"]
)
def test_without_a_key_that_holds_there_is_nothing(portal: dash.Dash, key: Key, header: str) -> None:
    client = portal.server.test_client()
    for method, path in (
        ("post", EVENTS),
        ("get", f"{EVENTS}/e1"),
        ("get", "/api/v1/"),
        ("options", EVENTS),
        ("put", EVENTS),
    ):
        answer = getattr(client, method)(path, json=event(), headers={"Authorization": header})
        assert answer.status_code in (401, 429), (method, path)
        assert answer.is_json
    assert client.post(EVENTS, json=event()).headers["WWW-Authenticate"] == "Bearer"


def test_a_key_is_kept_as_a_hash_and_told_once(key: Key, database: Database) -> None:
    system = key()
    assert len(system.token) > 40
    with database.transaction(HOUSE) as session:
        rows = session.execute(
            text("select row_to_json(k)::text from api_key k union all select content::text from audit_entry")
        )
        everything = "\n".join(rows.scalars())
    assert system.token not in everything
    assert system.token[:12] in everything
    assert system.post(event()).status_code == 201


def test_a_revoked_key_and_one_of_other_days_are_refused_at_once(key: Key) -> None:
    system, gone, early = key(), key(last_day=YESTERDAY), key(first_day="2199-01-01")
    assert system.post(event()).status_code == 201
    assert (gone.post(event()).status_code, early.post(event()).status_code) == (401, 401)
    with saving(LOCAL_OPERATOR, KEYS) as writer:
        change(writer, KEYS, system.record, {"active": False})
    assert system.post(event()).status_code == 401


def test_a_key_without_the_permission_is_refused_and_written_down(key: Key, database: Database) -> None:
    system = key(permissions=())
    answer = system.post(event())
    assert (answer.status_code, answer.json["error"]) == (403, "forbidden")
    with database.transaction(HOUSE) as session:
        code = session.get_one(ApiKey, int(system.record)).code
    row = audit(database, f"key {code}")[0]
    assert (row.action, row.subject_key, row.content["path"]) == ("refused", "policy.send", EVENTS)


def test_a_key_opens_no_page_and_no_callback(key: Key) -> None:
    system = key()
    for path in ("/", "/admin/users", "/api", "/api/openapi.json", "/_dash-layout", "/export/records/users.csv"):
        assert system.get(path).status_code in (302, 401), path
    answer = system.client.post("/_dash-update-component", json={}, headers={"Authorization": f"Bearer {system.token}"})
    assert answer.status_code == 401


def test_unknown_addresses_and_methods_answer_a_key_in_json(key: Key) -> None:
    system = key()
    for path in ("/api/v1", "/api/v1/", "/api/v1/nothing", EVENTS, f"{EVENTS}/", f"{EVENTS}/a/b"):
        answer = system.get(path, Accept="text/html")
        assert answer.status_code == 404, path
        assert answer.is_json


def test_wrong_keys_are_written_down_and_then_answered_with_a_pause(
    portal: dash.Dash, key: Key, database: Database
) -> None:
    system, client = key(), portal.server.test_client()
    answers = [client.post(EVENTS, json=event(), headers={"Authorization": "Bearer basis_wrong"}) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    assert int(answers[-1].headers["Retry-After"]) > 0
    row = audit(database, "unknown key")[0]
    assert (row.action, row.content["begins_with"]) == ("key refused", "basis_wrong")
    assert system.post(event()).status_code == 201  # others at the same address go on


def test_a_key_that_asks_too_often_pauses(key: Key, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    monkeypatch.setattr(settings(), "key_requests_per_minute", 2)
    system, other = key(), key()
    assert [system.post(event()).status_code for _ in range(3)] == [201, 200, 429]
    assert other.post(event()).status_code == 201
    with database.transaction(HOUSE) as session:
        session.get_one(ApiKey, int(system.record)).minute_began_at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)
    assert system.post(event()).status_code == 200


def test_every_operation_is_behind_its_permission() -> None:
    assert {one.endpoint: one.permission for one in OPERATIONS} | {"api.nothing": None} == KEYED
    assert all(one.permission is not None for one in OPERATIONS)


def test_keys_are_made_by_who_sees_the_whole_house_and_may_do_it_himself(database: Database) -> None:
    given = {"code": "Kx", "source": "core", "permissions": ["policy.send"], "first_day": "2026-01-01"}
    may = frozenset({Permission.API_KEY_EDIT, Permission.API_KEY_VIEW})
    for actor in (
        Actor(None, "branch", permissions=frozenset(Permission), scope=Scope(institutions=frozenset({1}))),
        Actor(None, "less", permissions=may, scope=Scope(all=True)),
    ):
        with pytest.raises(Forbidden), saving(actor, KEYS) as writer:
            create(writer, KEYS, given)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"source": "Core System"}, "source"), ({"last_day": "2025-01-01"}, "last_day"),
     ({"permissions": ["user.edit"]}, "permissions"),
     ({"token_hash": "x"}, "token_hash"), ({"last_used_on": "2026-01-01"}, "last_used_on")],
)  # fmt: skip
def test_what_a_key_cannot_be(more: dict[str, object], field: str, database: Database) -> None:
    given = {"code": "Ky", "source": "core", "permissions": ["policy.send"], "first_day": "2026-01-01"}
    with pytest.raises(Refusal) as refused, saving(LOCAL_OPERATOR, KEYS) as writer:
        create(writer, KEYS, given | more)
    assert refused.value.field == field


def test_no_key_comes_from_a_file(database: Database) -> None:
    seen = preview(LOCAL_OPERATOR, KEYS, b"code,source,permissions,first_day\nKz,core,policy.send,2026-01-01\n")
    assert [line.state for line in seen.lines] == ["wrong"]
    with writing(LOCAL_OPERATOR) as writer:
        assert not writer.exists(ApiKey, ApiKey.code == "Kz")
