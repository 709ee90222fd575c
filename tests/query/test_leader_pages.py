"""Homes and reports as a browser asks for them: every answer keeps to the scope, whatever the body or address says."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pages import home, report
from tests.access.browser import post, show_page
from tests.app import the_app
from tests.query.bank import Bank

SignIn = Callable[[str], FlaskClient]


def key_of(component: str, prop: str) -> str:
    """The key of the callback that fills a component."""
    wanted = f"{component}.{prop}"
    return next(key for key in the_app().callback_map if wanted in key.strip(".").split("..."))


def run(browser: FlaskClient, component: str, prop: str, *values: Any) -> TestResponse:
    """Run the callback that fills a component, with values for its inputs and states in their order."""
    key = key_of(component, prop)
    entry = the_app().callback_map[key]
    given = iter(values)
    inputs = [{"id": one["id"], "property": one["property"], "value": next(given)} for one in entry["inputs"]]
    state = [{"id": one["id"], "property": one["property"], "value": next(given)} for one in entry["state"]]
    declared = entry["output"] if isinstance(entry["output"], list | tuple) else [entry["output"]]
    outputs = [{"id": one.component_id, "property": one.component_property} for one in declared]
    changed = f"{inputs[0]['id']}.{inputs[0]['property']}"
    single = not isinstance(entry["output"], list | tuple)
    return post(browser, {
        "output": key, "outputs": outputs[0] if single else outputs, "inputs": inputs, "state": state, "changedPropIds": [changed],
    })  # fmt: skip


def said(answer: TestResponse) -> str:
    """All texts of an answer, as people read them."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.dumps(json.loads(answer.data), ensure_ascii=False)


def show_home(browser: FlaskClient, search: Any) -> str:
    return said(run(browser, home.CONTENT, "children", search))


def show_report(browser: FlaskClient, search: Any, key: Any = "deposits") -> str:
    return said(run(browser, report.HEAD, "content", search, key, [], {}))


def rows(browser: FlaskClient, search: str, key: str = "deposits", **request: Any) -> list[dict[str, Any]]:
    asked = {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}} | request
    answer = run(browser, report.GRID, "getRowsResponse", asked, search, key)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = json.loads(answer.data)["response"][report.GRID]["getRowsResponse"]["rowData"]
    return found


def test_a_home_shows_both_totals_and_the_level_below(signed_in: SignIn) -> None:
    shown = show_home(signed_in("Q-eva"), "?figure=deposits")
    for words in (
        "Name Q-HO",
        "Name Q-R1",
        "As managed",
        "As booked",
        "Managers' league",
        "Person Q-cai",
        "Unassigned",
    ):
        assert words in shown
    assert "5,131.11" in shown
    assert "/why?figure=deposits&subject=institution" in shown


def test_every_part_of_a_home_follows_its_address(signed_in: SignIn, bank: Bank) -> None:
    browser = signed_in("Q-eva")
    for figure in ("deposits", "loans", "profit", "aum", "colour"):
        for view in ("managing", "booking"):
            for span in ("1M", "1Y", "9Z"):
                shown = show_home(
                    browser, f"?figure={figure}&view={view}&span={span}&institution={bank.institutions['Q-R2']}"
                )
                assert "Name Q-R2" in shown
    assert "Person Q-cai" not in show_home(browser, "?search=nobody")


@pytest.mark.parametrize("search", ["?institution=abc", "?institution=99999999", "?institution=-1", "?institution=%00"])
def test_a_home_that_does_not_exist_is_a_sentence(signed_in: SignIn, search: str) -> None:
    assert "nothing here that you may see" in show_home(signed_in("Q-eva"), search)


@pytest.mark.parametrize("search", [None, 7, [], {"a": 1}, "?at=1999-01-01", "?at=x", "?" + "&".join(["a=1"] * 100)])
def test_strange_addresses_are_answered_in_words(signed_in: SignIn, search: Any) -> None:
    browser = signed_in("Q-eva")
    assert show_home(browser, search)
    for key in ("deposits", "colour", None, 7, ["deposits"]):
        assert run(browser, report.HEAD, "content", search, key, [], {}).status_code in (200, 400)


def test_a_report_shows_its_total_and_where_each_row_leads(signed_in: SignIn, bank: Bank) -> None:
    browser = signed_in("Q-eva")
    shown = show_report(browser, "?by=Q-branch&compare=2024-01-31")
    assert "6,361.06" in shown
    found = {row["name"]["text"]: row for row in rows(browser, "?by=Q-branch")}
    assert (
        found["Name Q-R1 itself"]["name"]["href"] == f"/reports/deposits?by=manager&place={bank.institutions['Q-R1']}"
    )
    assert found["Name Q-B3"]["balance"] == "5000.00"
    last = rows(browser, "?by=account&customer=900003")
    assert last[0]["name"]["href"] == "/account?id=910003"


def test_the_rows_a_grid_begins_with_come_along(signed_in: SignIn) -> None:
    """With the figures, so that a choice takes one answer; the same rows as when the grid asks for them."""
    browser = signed_in("Q-eva")
    answer = run(browser, report.FIRST, "data", "?by=customer", "deposits", [], {})
    first = json.loads(answer.data)["response"][report.FIRST]["data"]
    assert first["search"] == "?by=customer" and first["rowCount"] == 5
    assert first["rowData"] == rows(browser, "?by=customer")
    drawn = json.loads(answer.data)["response"][report.GRID]
    again = run(
        browser, report.FIRST, "data", "?by=customer&product=1", "deposits", drawn["columnDefs"], drawn["style"]
    )
    assert "columnDefs" not in json.loads(again.data)["response"].get(report.GRID, {})
    same = run(
        browser, report.FIRST, "data", "?by=customer&period=year", "deposits", drawn["columnDefs"], drawn["style"]
    )
    renamed = json.loads(same.data)["response"]
    assert report.GRID not in renamed  # neither columns nor height: a column of another name is the same one
    assert renamed[report.FIRST]["data"]["headings"]["daily_average"] == "Daily average, year"


def test_a_grid_gets_the_rows_it_asks_for(signed_in: SignIn) -> None:
    browser = signed_in("Q-eva")
    order = [{"colId": "name", "sort": "desc"}, {"colId": "drop table", "sort": "asc"}]
    names = [row["name"]["text"] for row in rows(browser, "?by=customer", sortModel=order)]
    assert names == ["Eli", "Dee", "Cem", "Bea", "Ada"]
    assert [row["name"]["text"] for row in rows(browser, "?by=customer", startRow=1, endRow=3)] == ["Ada", "Eli"]
    for request in (None, 7, "x", {"startRow": "x", "sortModel": {"a": 1}}):
        assert run(browser, report.GRID, "getRowsResponse", request, "?by=customer", "deposits").status_code == 200


def test_unknown_words_in_an_address_become_a_sentence(signed_in: SignIn) -> None:
    browser = signed_in("Q-eva")
    assert "cannot be read by" in show_report(browser, "?by=colour")
    assert "has no measure" in show_report(browser, "?measure=colour")
    assert "is no date" in show_report(browser, "?at=soon")
    assert rows(browser, "?by=colour") == []


def test_another_branch_is_not_there_whatever_the_body_says(signed_in: SignIn, bank: Bank) -> None:
    """Ann leads Q-B1; she asks for Q-B3, its manager, its customer, its account, and for the house."""
    browser = signed_in("Q-ann")
    branch, person = bank.institutions["Q-B3"], bank.people["Q-cai"]
    for search in (f"?institution={branch}", f"?place={branch}", f"?manager={person}", "?customer=900003", "?account=910003",
                   f"?institution={bank.institutions['Q-HO']}", f"?by=customer&manager={person}&institution={branch}"):  # fmt: skip
        shown = show_report(browser, search)
        assert "nothing here that you may see" in shown
        assert "5,000.00" not in shown
        assert "Person Q-cai" not in shown
        assert rows(browser, search) == []
        assert browser.get(f"/export/report/deposits.csv{search}").status_code == 404
    for code in ("Q-B3", "Q-R1", "Q-HO"):
        assert "nothing here that you may see" in show_home(browser, f"?institution={bank.institutions[code]}")
    assert [row["name"]["text"] for row in rows(browser, "?by=customer")] == ["Ada", "Bea"]


def test_a_file_is_the_page(signed_in: SignIn) -> None:
    browser = signed_in("Q-ann")
    answer = browser.get("/export/report/deposits.csv?by=customer&measure=balance")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [line[1:] for line in lines[1:]] == [
        [row["name"]["text"], row["balance"]] for row in rows(browser, "?by=customer&measure=balance")
    ]
    assert browser.get("/export/report/deposits.xlsx").data.startswith(b"PK")
    assert browser.get("/export/report/colour.csv").status_code == 404
    assert browser.get("/export/report/deposits.pdf").status_code == 404
    assert browser.get("/export/report/deposits.csv?by=colour").status_code == 400


def test_a_file_is_never_read_by_another_level_than_its_address_says(signed_in: SignIn, bank: Bank) -> None:
    manager = signed_in("Q-bob")
    refused = manager.get("/export/report/deposits.csv?by=Q-branch")
    assert refused.status_code == 400
    assert "nothing to read by “Q-branch”; it can be read by" in refused.get_data(as_text=True)
    shown = show_report(manager, "?by=Q-branch")
    assert "nothing to read by" in shown
    assert "/export/report/deposits.csv?by=customer" in shown
    leader = signed_in("Q-eva")
    narrowed = f"?by=Q-region&institution={bank.institutions['Q-B3']}"
    assert leader.get(f"/export/report/deposits.csv{narrowed}").status_code == 400
    shown = show_report(leader, narrowed)
    assert "nothing to read by" not in shown, "who opens a branch from the regions expects no regions below it"
    assert "/export/report/deposits.csv?by=manager" in shown
    assert leader.get("/export/report/deposits.csv?by=Q-region").status_code == 200


def test_a_manager_has_reports_but_no_home(signed_in: SignIn) -> None:
    browser = signed_in("Q-bob")
    assert run(browser, home.CONTENT, "children", "").status_code == 403
    assert browser.get("/home").status_code == 403
    assert [row["balance"] for row in rows(browser, "")] == ["53.34"]


def test_pages_open_and_the_list_names_the_reports(signed_in: SignIn) -> None:
    browser = signed_in("Q-eva")
    for path in ("/home", "/reports", "/reports/deposits", "/reports/loans", "/reports/cards", "/reports/profit"):
        assert post(browser, show_page(path, "?at=2024-01-31&junk=1")).status_code == 200
    assert "/reports/profit" in said(run(browser, report.LIST, "children", report.LIST))
    assert "each month's end" in said(run(browser, report.TREND, "content", "", "deposits"))
