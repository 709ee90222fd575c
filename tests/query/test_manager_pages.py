"""A manager's pages as a browser asks for them: one answer a page, his own only, whatever the address says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callbacks.workbench import elsewhere_href
from pages import account, account_day, customer, customers, why, workbench
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry
from portal.permissions import Actor, Permission
from portal.query.reader import reading
from tests.access.browser import post
from tests.app import the_app
from tests.query.bank import Bank
from tests.query.test_leader_pages import run, said

SignIn = Callable[[str], FlaskClient]
NOTHING = "There is nothing here that you may see."
MOST_COMPONENTS, MOST_BYTES = 80, 40_000


@pytest.fixture
def bob(signed_in: SignIn) -> FlaskClient:
    """Bob has two fifths of Bea."""
    return signed_in("Q-bob")


def show(browser: FlaskClient, page: Any, search: Any = "") -> str:
    return said(run(browser, page.CONTENT, "children", search))


def components(content: Any) -> int:
    """How many components an answer holds; plain values of a table are none."""
    if isinstance(content, dict):
        return ("namespace" in content) + sum(components(value) for value in content.values())
    return sum(components(value) for value in content) if isinstance(content, list) else 0


def test_the_workbench_shows_whole_and_share(bob: FlaskClient) -> None:
    shown = show(bob, workbench)
    assert "1 customers, 1 accounts" in shown and "Name Q-B2" in shown
    assert '"133.34"' in shown and '"40 %"'.replace(" ", "\N{NARROW NO-BREAK SPACE}") in shown
    assert "53.34" in shown  # his deposits, in full
    assert "Ada" not in shown and "Cem" not in shown


def test_the_workbench_is_one_small_answer(bob: FlaskClient) -> None:
    answer = run(bob, workbench.CONTENT, "children", "")
    content = json.loads(answer.data)["response"][workbench.CONTENT]["children"]
    assert components(content) <= MOST_COMPONENTS, components(content)
    assert len(answer.data) <= MOST_BYTES


def test_search_and_span_stand_in_the_address(bob: FlaskClient) -> None:
    assert "Bea" in show(bob, workbench, "?search=bea&span=1M")
    found = show(bob, workbench, "?search=nobody")
    assert "No customer has these words." in found


@pytest.mark.parametrize(
    ("permissions", "href"),
    [
        ({Permission.INSTITUTION_HOME_VIEW, Permission.JOB_RUN}, "/home"),
        ({Permission.JOB_RUN}, "/jobs"),
        ({Permission.REPORT_EXPORT}, "/inbox"),
        (set(), ""),
    ],
)
def test_others_are_led_to_their_own_place(database: Database, permissions: set[Permission], href: str) -> None:
    with reading(Actor(None, "someone", permissions=frozenset(permissions))) as reader:
        assert elsewhere_href(reader) == href


def test_the_way_down_from_the_workbench(bob: FlaskClient, bank: Bank) -> None:
    person = bank.people["Q-bob"]
    assert "Bea" in show(bob, customers)
    assert "A910002" in show(bob, customer, "?id=900002")
    assert "/account/day?id=910002&day=2024-02-02" in show(bob, account, "?id=910002")
    day = show(bob, account_day, "?id=910002&day=2024-02-02")
    assert '"53.34"' in day and '"80.00"' in day and '"+33.33"' in day
    explained = show(bob, why, f"?figure=deposits_average&subject=account&id=910002&manager={person}")
    assert "146.68 ÷ 3 = 48.89" in explained
    assert "35.56" in explained and "13.33" in explained


@pytest.mark.parametrize(
    ("page", "search"),
    [
        (customer, "?id=900001"), (customer, "?id=900003&at=2024-01-05"), (customer, ""), (customer, "?id=-1"),
        (account, "?id=910001"), (account_day, "?id=910001&day=2024-01-05"), (account, "?id=9" * 30),
        (why, "?figure=deposits&subject=customer&id=900001&whole=1"), (why, "?figure=deposits&subject=institution&id=1"),
        (why, "?figure=aum&subject=account&id=910003"), (why, "?figure=deposits&subject=customer&id=900002&manager=-5"),
    ],
)  # fmt: skip
def test_an_address_of_anothers_leads_nowhere(bob: FlaskClient, page: Any, search: str) -> None:
    shown = show(bob, page, search)
    assert NOTHING in shown
    assert "Ada" not in shown and "Cem" not in shown


def test_a_guess_is_recorded(bob: FlaskClient, database: Database) -> None:
    show(bob, customer, "?id=900005")
    with database.transaction(HOUSE) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.actor, entry.action, entry.subject_key) == ("q-bob", "refused", "900005")


@pytest.mark.parametrize(
    "search", [None, 7, ["?id=1"], {"id": 1}, "?" + "a=1&" * 500, "?at=yesterday", "?at=2024-01-00"]
)
@pytest.mark.parametrize("page", [workbench, customers, customer, account, account_day, why])
def test_a_hostile_address_gets_a_sentence(bob: FlaskClient, page: Any, search: Any) -> None:
    answer = run(bob, page.CONTENT, "children", search)
    assert answer.status_code == 200
    assert b"Traceback" not in answer.data


@pytest.mark.parametrize(
    "search", ["?figure=nothing&subject=manager&id=1", "?figure=deposits&subject=planet&id=1", "?figure=deposits"]
)
def test_a_figure_that_does_not_exist_is_said(bob: FlaskClient, search: str) -> None:
    assert "There is no" in show(bob, why, search)


def test_nobody_unknown_gets_an_answer() -> None:
    stranger = the_app().server.test_client()
    body = {
        "output": f"{workbench.CONTENT}.children",
        "outputs": {"id": workbench.CONTENT, "property": "children"},
        "inputs": [{"id": workbench.ADDRESS, "property": "search", "value": ""}],
        "changedPropIds": [f"{workbench.ADDRESS}.search"],
    }
    assert post(stranger, body).status_code == 401
