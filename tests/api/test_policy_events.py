"""Taking policy events over REST: once each, strictly read, refused with the field."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import PolicyEvent
from tests.api.conftest import EVENTS, Key, event


def test_an_event_is_taken_once_and_answered_alike(key: Key) -> None:
    system = key()
    first, again = system.post(event()), system.post(event())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["href"] == f"{EVENTS}/e1"
    looked = system.get(first.json["href"])
    assert (looked.status_code, looked.json["state"], looked.json["business_date"]) == (200, "waiting", None)
    assert looked.json["received_at"] == first.json["received_at"]


def test_the_same_key_with_another_content_is_an_error(key: Key) -> None:
    system = key()
    assert system.post(event()).status_code == 201
    answer = system.post(event(amount="12000.01"))
    assert (answer.status_code, answer.json["error"], answer.json["field"]) == (409, "key_used", "key")
    assert system.post(event()).status_code == 200


def test_keys_of_events_are_unique_in_a_system_whichever_key_it_uses(key: Key) -> None:
    old, new, other = key("sys-a"), key("sys-a"), key("sys-b")
    assert old.post(event("same")).status_code == 201
    assert new.post(event("same")).status_code == 200
    assert other.post(event("same", amount="1.00")).status_code == 201
    assert other.get(f"{EVENTS}/same").status_code == 200
    assert key().get(f"{EVENTS}/same").status_code == 404


def test_a_hundred_at_once_are_one(key: Key, database: Database) -> None:
    system = key("crowd")

    def send(_number: int) -> int:
        return system.client.application.test_client().post(
            EVENTS, json=event("one"), headers={"Authorization": f"Bearer {system.token}"}
        ).status_code  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(send, range(24)))
    assert answers == [200] * 23 + [201]
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(func.count()).where(PolicyEvent.source == "crowd")) == 1


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"amount": 12000.5}, "row.amount", "not exact"),
        ({"amount": "12.345"}, "row.amount", "amount"),
        ({"amount": "10000000000000.00"}, "row.amount", "at most 13 digits"),
        ({"amount": "-10000000000000.00"}, "row.amount", "at most 13 digits"),
        ({"amount": "１２"}, "row.amount", "full-width"),
        ({"amount": True}, "row.amount", "a text or a whole number"),
        ({"amount": {"value": 1}}, "row.amount", "a text or a whole number"),
        ({"amount": None}, "row.amount", "missing"),
        ({"agent_no": ""}, "row.agent_no", "missing"),
        ({"policy_year": 1_000_000_000}, "row.policy_year", "at most 9 digits"),
        ({"policy_year": -(2**31)}, "row.policy_year", "at most 9 digits"),
        ({"premium_id": 10**18}, "row.premium_id", "at most 18 digits"),
        ({"agent_no": "A\u202eG"}, "row.agent_no", "none of them invisible"),
        ({"agent_no": "a\u0000b"}, "row.agent_no", "on one line"),
        ({"agent_no": "\ud800"}, "row.agent_no", "on one line"),
        ({"agent_no": "x" * 2000}, "row.agent_no", "at most"),
        ({"received_on": "2026-02-30"}, "row.received_on", "not a date"),
        ({"policy_id": "1; drop table policy_event"}, "row.policy_id", "whole number"),
        ({"business_date": "2026-01-05"}, "row.business_date", "no column"),
        ({"colour": "red"}, "row.colour", "no column"),
    ],
)
def test_content_that_cannot_be_used_names_its_field(
    key: Key, change: dict[str, object], field: str, says: str
) -> None:
    sent = event()
    sent["row"] |= change
    answer = key().raw(json.dumps(sent).encode())
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert says in answer.json["message"]
    assert field.removeprefix("row.") in answer.json["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"key": ""}, "key"), ({"key": "a/b"}, "key"), ({"key": ".."}, "key"), ({"key": 5}, "key"), ({"key": "x" * 101}, "key"),
     ({"key": None}, "key"), ({"dataset": "claim"}, "dataset"), ({"dataset": ["premium"]}, "dataset"), ({"row": []}, "row"),
     ({"row": "x"}, "row"), ({"source": "other"}, "source"), ({"business_date": "2026-01-01"}, "business_date")],
)  # fmt: skip
def test_an_event_that_is_none_names_its_field(key: Key, change: dict[str, object], field: str) -> None:
    answer = key().post(event() | change)
    assert (answer.status_code, answer.json["field"]) == (422, field)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"null", 400), (b"{", 400), (b'"text"', 400), (b"\xff\xfe", 400),
        (b'{"key": "a", "key": "b"}', 400), (b'{"key": NaN}', 400), (b"[" * 30_000, 400), (b'{"a":' * 9_000, 400),
        (b'{"key": 1' + b"0" * 5_000 + b"}", 400), (b'{"key": "' + b"x" * 70_000 + b'"}', 413),
    ],
)  # fmt: skip
def test_a_body_that_is_no_event_is_refused_without_an_error(key: Key, body: bytes, status: int) -> None:
    answer = key().raw(body)
    assert answer.status_code == status
    assert answer.json["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(key: Key, kind: str) -> None:
    assert key().raw(json.dumps(event()).encode(), kind).status_code == 415


def test_refusals_are_in_the_language_that_is_asked_for(key: Key) -> None:
    answer = key().post(event(amount=1.5), **{"Accept-Language": "zh-CN"})
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.json["message"])
