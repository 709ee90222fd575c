"""The real application with keys of other systems."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import LoginAttempt
from portal.permissions import LOCAL_OPERATOR, OF_OTHER_SYSTEMS
from portal.resources import RESOURCES
from portal.services.records import create, saving
from tests.app import the_app
from tests.installation import database, var  # noqa: F401 - fixtures of the area

NUMBERS = itertools.count(1)
EVENTS = "/api/v1/policy-events"
Key = Callable[..., "System"]


class System:
    """Another system with its key."""

    def __init__(self, app: dash.Dash, token: str, record: str) -> None:
        self.client: FlaskClient = app.server.test_client(use_cookies=False)
        self.token, self.record = token, record

    def post(self, body: object, **headers: str) -> TestResponse:
        return self.client.post(EVENTS, json=body, headers={"Authorization": f"Bearer {self.token}", **headers})

    def raw(self, body: bytes, kind: str = "application/json") -> TestResponse:
        return self.client.post(EVENTS, data=body, content_type=kind, headers={"Authorization": f"Bearer {self.token}"})

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.token}", **headers})


@pytest.fixture(scope="package")
def portal(database: Database) -> dash.Dash:
    return the_app()


@pytest.fixture
def key(portal: dash.Dash, database: Database) -> Key:
    """Makes a key and gives back the system that has it; nobody sent a wrong one lately."""
    with database.transaction(HOUSE) as session:
        session.execute(delete(LoginAttempt))

    def make(source: str = "", permissions: tuple[str, ...] = OF_OTHER_SYSTEMS, **more: Any) -> System:
        number = next(NUMBERS)
        given = {
            "code": f"K{number}", "source": source or f"core{number}", "permissions": list(permissions),
            "first_day": "2026-01-01", "active": True,
        }  # fmt: skip
        with saving(LOCAL_OPERATOR, RESOURCES["api-keys"]) as writer:
            record = create(writer, RESOURCES["api-keys"], given | more)
        return System(portal, writer.told_once, record)

    return make


def event(key: str = "e1", **row: object) -> dict[str, Any]:
    """A premium, as another system sends it."""
    usual = {
        "premium_id": 7, "policy_id": 7, "agent_no": "Z2", "amount": "12000.00", "received_on": "2026-01-05",
        "policy_year": 1, "payment_no": 1,
    }  # fmt: skip
    return {"key": key, "dataset": "premium", "row": usual | row}


YESTERDAY = (dt.date.today() - dt.timedelta(days=1)).isoformat()
