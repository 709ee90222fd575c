"""A page comes with its first answers: those its reader would get by asking, and drawn so that they stand there at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.access.gate import CALLBACK
from portal.kit import first_round
from portal.permissions import LOCAL_OPERATOR
from portal.services.users import add_user
from portal.services.writer import writing
from tests.access.browser import csrf_token, enter
from tests.app import the_app
from tests.query.conftest import PASSWORD

SignIn = Callable[[str], FlaskClient]


def page_of(browser: FlaskClient, path: str = "/") -> str:
    return browser.get(path).get_data(as_text=True)


def drawn(page: str) -> str:
    """What stands on the screen before any script runs."""
    found = re.search(r'<div id="first"[^>]*>(.*)</div>\s*<div id="react-entry-point">', page, re.DOTALL)
    return found.group(1) if found else ""


def given(page: str) -> dict[str, Any]:
    """The answers that came with the page."""
    found = re.search(r'<script type="application/json" id="given">(.*?)</script>', page, re.DOTALL)
    return json.loads(found.group(1)) if found else {}


def test_a_manager_sees_his_figures_in_the_first_answer_and_nobody_elses(signed_in: SignIn) -> None:
    page = page_of(signed_in("Q-bob"))
    assert "Person Q-bob" in drawn(page) and drawn(page).count('class="figure-value"') == 5
    assert "53.34" in drawn(page) and "Bea" in drawn(page)
    for others in ("Ada", "Cem", "Dee", "Person Q-ann"):
        assert others not in page


def test_a_leader_sees_the_report_the_address_asks_for(signed_in: SignIn) -> None:
    page = page_of(signed_in("Q-eva"), "/reports/deposits?by=customer&compare=2024-01-31")
    assert "<h1>Deposits by customer</h1>" in drawn(page)
    assert "Ada" in drawn(page) and "Cem" in drawn(page)
    assert re.search(r"<title>Deposits · Basis</title>", page)


@pytest.mark.parametrize(
    "path", ["/", "/customers", "/reports/deposits?by=customer", "/why?figure=deposits&subject=customer&id=900002"]
)
def test_what_came_with_the_page_is_what_asking_brings(signed_in: SignIn, path: str) -> None:
    browser = signed_in("Q-bob")
    here = given(page_of(browser, path))
    known = {one["output"]: one for one in here["dependencies"]}
    assert len(here["answers"]) >= 6
    for one in here["answers"]:
        declared, values = known[one["output"]], iter(one["values"])
        body = {
            "output": one["output"], "outputs": first_round._outputs(one["output"]), "changedPropIds": [],
            "inputs": [{**part, "value": next(values)} for part in declared["inputs"]],
            "state": [{**part, "value": next(values)} for part in declared["state"]],
        }  # fmt: skip
        answer = browser.post(CALLBACK, json=body, headers={"X-CSRFToken": csrf_token(browser)})
        assert answer.get_json() == one["answer"], one["output"]


def test_a_page_that_is_not_for_you_comes_without_its_answers(signed_in: SignIn) -> None:
    answer = signed_in("Q-bob").get("/admin/audit")
    assert answer.status_code == 403
    assert given(answer.get_data(as_text=True)) == {}


def test_strangers_get_nothing() -> None:
    answer = the_app().server.test_client().get("/")
    assert answer.status_code == 302
    assert 'id="given"' not in answer.get_data(as_text=True)


def test_a_name_with_markup_in_it_stays_text(signed_in: SignIn) -> None:
    name = "</script><script>alert(1)</script>"
    with writing(LOCAL_OPERATOR) as writer:
        add_user(writer, name, PASSWORD, roles=["customer_manager"])
    browser = the_app().server.test_client()
    enter(browser, name, PASSWORD)
    page = page_of(browser)
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in drawn(page)
    assert "<script>alert" not in page
    assert name in json.dumps(given(page)["answers"])


def test_a_page_says_in_which_theme_it_was_drawn(signed_in: SignIn) -> None:
    browser = signed_in("Q-bob")
    assert 'data-drawn="light"' in page_of(browser)
    browser.set_cookie("basis_theme", "dark")
    page = page_of(browser)
    browser.delete_cookie("basis_theme")
    assert 'data-drawn="dark"' in page


def test_in_the_readers_language(signed_in: SignIn) -> None:
    browser = signed_in("Q-bob")
    browser.set_cookie("basis_language", "zh")
    page = page_of(browser)
    browser.delete_cookie("basis_language")
    assert 'lang="zh-CN"' in page
    assert "我的客户" in drawn(page) and "My customers" not in drawn(page)
