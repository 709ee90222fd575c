"""Renewals that are awaited: what is late, what falls due, to whom it is told, and what a lapse would do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from pages import statement_renewals as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.query.reader import Reader
from portal.query.renewals_ahead import Renewals, _awaited, renewals_ahead
from portal.query.statement import statement
from portal.query.statement_ahead import agent_month
from tests.ahead.conftest import JAN
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of

DAY = dt.date(2026, 11, 27)
HELD: dict[str, Any] = {
    "status": "in_force", "payment_term": 10, "premium": Decimal(12000), "effective_on": dt.date(2025, 1, 10),
    "first_amount": Decimal(12000), "last_no": None, "last_on": None, "last_amount": None, "unpaid_on": None,
    "unpaid_amount": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "awaited"),
    [
        ({}, None),  # a year's premium falls due in January
        ({"effective_on": dt.date(2025, 12, 31)}, (dt.date(2026, 12, 31), 12000)),
        ({"effective_on": dt.date(2025, 12, 31), "status": "ended"}, None),
        ({"effective_on": dt.date(2025, 12, 31), "payment_term": 1}, None),
        ({"effective_on": dt.date(2026, 9, 30), "first_amount": Decimal(3000)}, (dt.date(2026, 12, 30), 3000)),
        ({"effective_on": dt.date(2026, 8, 31), "first_amount": Decimal(1000), "last_no": 3,
          "last_on": dt.date(2026, 10, 31), "last_amount": Decimal(1000)}, (dt.date(2026, 11, 30), 1000)),
        ({"unpaid_on": dt.date(2026, 11, 1), "unpaid_amount": Decimal(12000)}, (dt.date(2026, 11, 1), 12000)),
    ],
)  # fmt: skip
def test_what_a_policy_awaits(changes: dict[str, Any], awaited: object) -> None:
    assert _awaited(HELD | changes, DAY, 60) == awaited


def asked(database: Database, name: str, person: int) -> Renewals | None:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    with database.transaction(actor) as session:
        reader = Reader(actor, session)
        one = statement(reader, person, JAN)
        known = agent_month(reader, one) if one else None
        return renewals_ahead(reader, one, known) if one and known else None


def test_a_policy_that_was_just_sold_awaits_nothing(ahead: dict[str, int], database: Database) -> None:
    found = asked(database, "bo", ahead["Z2"])
    assert found is not None and found.known_until == JAN.replace(day=31) and found.found == []


def test_it_is_told_to_whom_it_belongs(ahead: dict[str, int]) -> None:
    def shown(name: str, search: str = "") -> str:
        return said(run(browser_of(name), page.CONTENT, "children", search))

    assert "Premiums awaited" in shown("bo") and "Premiums awaited" in shown("ada", f"?agent={ahead['Z2']}")
    assert "names no agent" in shown("max")
    for name, agent in (("cy", ahead["Z1"]), ("bo", ahead["Z1"]), ("bo", 4711), ("bo", "x")):
        assert "Nothing here" in shown(name, f"?agent={agent}"), (name, agent)
