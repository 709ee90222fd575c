"""The pages of rulebooks as a browser asks for them: reading, editing, and what is refused."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pages import rulebook_element as element_page
from pages import rulebook_version as version_page
from pages import rulebooks as list_page
from portal.access.identity import HOUSE
from portal.database import Database
from portal.kit import rulebook_editor
from portal.models.rulebooks import Rulebook, RulebookVersion
from portal.permissions import LOCAL_OPERATOR
from portal.query import places
from portal.services import rulebooks
from portal.services.roles import ensure_default_roles
from portal.services.rulebook_text import written
from portal.services.users import add_user
from portal.services.writer import writing
from tests.access.browser import enter, post, show_page
from tests.app import the_app
from tests.resources.test_screens import run, said
from tests.rules.conftest import House

PASSWORD = "people who write the rules"
HOSTILE = "<img src=x onerror=alert(1)>"
LAW: dict[str, Any] = {
    "facts": {"premium": {
        "key": "premium_id", "agent": "agent_id", "institution": "issuing_institution_id", "month_of": "received_on",
        "rules_of": "issued_on",
        "columns": {"premium_id": "key", "agent_id": "key", "issuing_institution_id": "key", "product_code": "text",
                    "payment_term": {"unit": "count", "low": "1", "high": "100"}, "issued_on": "date", "received_on": "date",
                    "amount": {"unit": "money", "low": "-1000000", "high": "1000000"}},
    }},
    "parameters": {"bonus_rate": {"unit": "rate", "value": "10%", "low": "0", "high": "1", "title": "Bonus rate",
                                  "title_zh": "奖金率"}},
    "tables": {"fyc_rate": {"keys": {"product_code": "text", "term": "count"}, "values": {"rate": "rate"},
                            "rows": [["A", "10", "20%"], ["B", "5", "15%"]]}},
    "measures": {"month_fyc": {"unit": "money", "grain": "agent", "of": "premium", "sum": "fyc", "title": HOSTILE}},
    "formulas": {
        "fyc": {"unit": "money", "grain": "premium", "low": "-10000000", "high": "10000000", "decimals": "2",
                "formula": "ROUND(premium.amount * COALESCE(LOOKUP(fyc_rate, premium.product_code, premium.payment_term), 0%), 2)"},
        "bonus": {"unit": "money", "grain": "agent", "formula": "ROUND(month_fyc * p.bonus_rate, 2)"},
    },
    "lines": [{"name": "bonus", "pays": "bonus", "group": "Bonus", "order": "10", "kind": "earning"}],
}  # fmt: skip


@dataclass
class Law:
    """A rulebook with a version in force, and people as they log in."""

    code: str
    number: int
    root: int
    people: Callable[[str], FlaskClient]

    def key(self, number: int | None = None, **more: str) -> dict[str, str]:
        return {"code": self.code, "number": str(number or self.number), **more}


@pytest.fixture(scope="module")
def law(database: Database, house: House) -> Iterator[Law]:
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
    with writing(LOCAL_OPERATOR) as writer:
        for name, role in (
            ("b-owner", "rules_owner"),
            ("b-approver", "rules_approver"),
            ("b-agent", "customer_manager"),
        ):
            add_user(writer, name, PASSWORD, roles=[role])
        book = rulebooks.new_rulebook(writer, "pages", "Basic law", "基本法")
        version = rulebooks.new_draft(
            writer,
            book,
            title=f"2020 {HOSTILE}",
            institution_id=house.institutions["L-HO"],
            valid_from=dt.date(2020, 1, 1),
        )
        rulebooks.take_text(writer, version, LAW)
        version.state, version.recorded_at = "approved", dt.datetime.now(dt.UTC)
        number = version.number
    browsers: dict[str, FlaskClient] = {}

    def browser(name: str) -> FlaskClient:
        if name not in browsers:
            browsers[name] = the_app().server.test_client()
            assert enter(browsers[name], f"b-{name}", PASSWORD).status_code == 302
        return browsers[name]

    places.forget()
    yield Law("pages", number, house.institutions["L-HO"], browser)


def viewed(law: Law, who: str, number: int | None = None, search: str = "") -> str:
    return said(run(law.people(who), version_page.BODY, "children", search, None, 0, law.key(number)))


def headed(law: Law, who: str, number: int | None = None, search: str = "") -> str:
    return said(run(law.people(who), version_page.HEAD, "children", search, None, 0, law.key(number)))


def begun(law: Law, title: str, **more: str) -> int:
    """A draft begun in the page; its number."""
    values = {"book": law.code, "title": title, "how": "copy", "based_on": str(law.number),
              "institution": str(law.root), "valid_from": "2031-01-01", **more}  # fmt: skip
    answer = run(law.people("owner"), list_page.FORM, "said", 1, values)
    href = answer.get_json()["response"][list_page.GO]["href"]
    assert href.startswith("/rulebooks/pages/")
    return int(href.rsplit("/", 1)[1])


def clicked(browser: FlaskClient, button: str, key: Any) -> TestResponse:
    """Click a button whose callback answers several places of the page."""
    for output, entry in the_app().callback_map.items():
        if [one["id"] for one in entry["inputs"]] == [button]:
            outputs = [{"id": one.component_id, "property": one.component_property} for one in entry["output"]]
            return post(browser, {
                "output": output, "outputs": outputs, "inputs": [{"id": button, "property": "n_clicks", "value": 1}],
                "state": [{**one, "value": key} for one in entry["state"]], "changedPropIds": [f"{button}.n_clicks"],
            })  # fmt: skip
    raise LookupError(button)


def test_everything_can_be_read(law: Law) -> None:
    listed = said(run(law.people("approver"), list_page.BODY, "children", "?book=pages"))
    assert "Versions over time" in listed and f"2020 {HOSTILE}" in listed and "In force" in listed
    shown = viewed(law, "approver")
    assert "Bonus rate" in shown and "10%" in shown and "Statement lines" in shown and '"type": "Markdown"' not in shown
    assert "Bonus rate" in viewed(law, "approver", search="?q=奖金") and "fyc_rate" not in viewed(
        law, "approver", search="?q=奖金"
    )
    assert "No element has these words" in viewed(law, "approver", search="?q=nothing+is+called+so")
    at = viewed(law, "approver", search=f"?at={law.root}")
    assert "L-HO · " in at
    assert "Nothing is wrong" in viewed(law, "approver", search="?tab=check")
    assert "local operator" in viewed(law, "approver", search="?tab=history")
    for path, shows in (
        ("/rulebooks", list_page.BODY), ("/rulebooks/pages/1", version_page.BODY),
        ("/rulebooks/pages/1/formulas/fyc", element_page.BODY), ("/rulebooks/pages/1/formulas/%E5%A5%96", '"name": "奖"'),
    ):  # fmt: skip
        assert shows in said(post(law.people("approver"), show_page(path))), path


def test_columns_of_a_table_keep_their_order(law: Law) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        version = writer.session.query(RulebookVersion).join(Rulebook).filter(Rulebook.code == law.code).first()
        assert version is not None
        rows = {row.name: row.content for row in rulebooks.current_elements(writer, version)}
    assert list(rows["fyc_rate"]["keys"]) == ["product_code", "term"]


@pytest.mark.parametrize("key", [None, 5, {}, {"code": "pages", "number": "99"}, {"code": "' or 1=1", "number": "x"}])
def test_a_version_that_is_not_there(law: Law, key: Any) -> None:
    assert "There is no such version" in said(run(law.people("owner"), version_page.BODY, "children", "", None, 0, key))


def test_who_only_reads_gets_no_buttons_and_no_way_to_write(law: Law) -> None:
    draft = begun(law, "2031 for reading")
    assert version_page.DISCARD not in headed(law, "approver", draft) and version_page.DISCARD in headed(
        law, "owner", draft
    )
    assert list_page.NEW not in said(run(law.people("approver"), list_page.HEAD, "children", ""))
    values = {"title": "x", "institution": str(law.root), "valid_from": "2031-01-01", "book": law.code}
    for who in ("approver", "agent"):
        assert run(law.people(who), list_page.FORM, "said", 1, values).status_code == 403
        assert clicked(law.people(who), version_page.SUBMIT, law.key(draft)).status_code == 403
    assert run(law.people("agent"), version_page.BODY, "children", "", None, 0, law.key(draft)).status_code == 403
    assert run(law.people("agent"), list_page.BODY, "children", "").status_code == 403


def test_what_a_new_draft_needs(law: Law) -> None:
    good = {"book": law.code, "title": "t", "how": "copy", "institution": str(law.root), "valid_from": "2031-01-01"}
    for change, sentence in (
        ({"title": " "}, "Give the draft a title"), ({"valid_from": "soon"}, "A date is written like"),
        ({"institution": "0"}, "Choose an institution"), ({"institution": "x"}, "Choose an institution"),
        ({"book": "none"}, "no such record"), ({"based_on": "99"}, "no such record"),
    ):  # fmt: skip
        assert sentence in said(run(law.people("owner"), list_page.FORM, "said", 1, {**good, **change}))
    for strange in (None, 5, ["x"]):
        assert run(law.people("owner"), list_page.FORM, "said", 1, strange).status_code == 200


def test_a_draft_is_not_submitted_before_it_was_simulated(law: Law) -> None:
    draft = begun(law, "2031 to submit")
    refused = said(clicked(law.people("owner"), version_page.SUBMIT, law.key(draft)))
    assert "Simulate the draft as it is now" in refused
    assert "Draft" in headed(law, "owner", draft)
    assert "Choose 1 to 12 months" in said(
        run(law.people("owner"), version_page.SIMULATE_FORM, "said", 1, {"months": []}, law.key(draft))
    )
    for strange in (
        {"months": ["2026-13"]},
        {"months": ["2026-01"], "amount": "NaN"},
        {"months": ["2026-01"], "amount": "1"},
    ):
        told = said(run(law.people("owner"), version_page.SIMULATE_FORM, "said", 1, strange, law.key(draft)))
        assert "A month is written like" in told or "This is no amount" in told or "A goal needs" in told


def test_a_simulation_is_asked_for_and_cancelled(law: Law) -> None:
    draft = begun(law, "2031 to try")
    asked = run(law.people("owner"), version_page.SIMULATE_FORM, "said", 1, {"months": ["2026-09"]}, law.key(draft))
    assert "simulate 1" in said(asked)
    assert "Waiting for the jobs" in viewed(law, "owner", draft, "?tab=simulate")
    assert "cancel 1" in said(clicked(law.people("owner"), version_page.CANCEL, law.key(draft)))
    assert "Waiting for the jobs" not in viewed(law, "owner", draft, "?tab=simulate")


def test_a_draft_is_discarded_with_a_reason_and_comments_are_text(law: Law) -> None:
    draft = begun(law, "2031 to give up")
    assert "Write a comment" in said(
        run(law.people("approver"), version_page.COMMENT_FORM, "problems", 1, {}, law.key(draft))
    )
    run(law.people("approver"), version_page.COMMENT_FORM, "problems", 1, {"words": HOSTILE}, law.key(draft))
    assert HOSTILE in viewed(law, "owner", draft, "?tab=comments")
    assert "Say why" in said(run(law.people("owner"), version_page.DISCARD_FORM, "problems", 1, {}, law.key(draft)))
    run(law.people("owner"), version_page.DISCARD_FORM, "problems", 1, {"reason": "Not needed"}, law.key(draft))
    assert "Discarded" in headed(law, "owner", draft) and version_page.DISCARD not in headed(law, "owner", draft)


# ---- editing ----


def element(law: Law, draft: int, section: str, name: str) -> dict[str, str]:
    return law.key(draft, section=section, name=name)


def looked_at(law: Law, who: str, key: Any) -> tuple[str, Any]:
    """What the page of an element shows, and what its writer has seen."""
    answer = run(law.people(who), element_page.BODY, "children", key, None)
    return said(answer), answer.get_json()["response"].get(element_page.SEEN, {}).get("data")


def saved(law: Law, key: Any, values: Any, seen: Any, formula: Any = None, who: str = "owner") -> str:
    return said(run(law.people(who), element_page.FORM, "said", 1, values, formula, seen, key))


def test_a_rate_is_changed_in_the_page(law: Law) -> None:
    draft = begun(law, "2031 with another rate")
    key = element(law, draft, "parameters", "bonus_rate")
    shown, seen = looked_at(law, "owner", key)
    assert "Bonus rate" in shown and '"value": "10%"' in shown and "Used by" in shown and "formulas/bonus" in shown
    values = {"value": "12%", "unit": "rate", "low": "0", "high": "1", "title": "Bonus rate", "title_zh": "奖金率"}
    assert "Saved." in saved(law, key, values, seen)
    assert "was changed by b-owner meanwhile" in saved(law, key, {**values, "value": "13%"}, seen)
    changes = viewed(law, "owner", draft, "?tab=changes")
    assert "1 difference" in changes and "10%" in changes and "12%" in changes
    assert "before: 10%" in viewed(law, "owner", draft) and "Nothing is wrong" in viewed(
        law, "owner", draft, "?tab=check"
    )
    refused = said(clicked(law.people("owner"), version_page.SUBMIT, law.key(draft)))
    assert "Simulate the draft as it is now" in refused
    assert "b-owner" in viewed(law, "owner", draft, "?tab=history")


def test_a_formula_is_checked_while_it_is_typed(law: Law) -> None:
    draft = begun(law, "2031 with a formula")
    key = element(law, draft, "formulas", "bonus")

    def live(text: Any) -> tuple[Any, str]:
        answer = run(law.people("owner"), element_page.LIVE, "children", text, key)
        response = answer.get_json()["response"] if answer.status_code == 200 and answer.data else {}
        return response.get(element_page.FORMULA, {}).get("marks"), str(response)

    marks, told = live("ROUND(month_fyc * p.bonus_rate * 2, 2)")
    assert marks == [] and "gives money with 2 decimals" in told
    marks, told = live("ROUND(month_fyk * p.bonus_rate, 2)")
    assert marks == [[6, 15]] and "month_fyc" in told and "from character 7" in told
    for strange in (None, 5, "x" * 6_000):
        assert run(law.people("owner"), element_page.LIVE, "children", strange, key).status_code in (200, 204)
    assert run(law.people("approver"), element_page.LIVE, "children", "1", key).status_code == 403
    _shown, seen = looked_at(law, "owner", key)
    values = {"unit": "money", "grain": "agent"}
    assert "Saved." in saved(law, key, values, seen, "ROUND(month_fyc * p.nothing, 2)")
    assert "1 problem" in viewed(law, "owner", draft, "?tab=check")
    assert "Simulat" in headed(law, "owner", draft)
    answer = run(law.people("owner"), version_page.SIMULATE_FORM, "said", 1, {"months": ["2026-09"]}, law.key(draft))
    assert "bonus: " in said(answer)


def test_a_table_is_pasted_from_a_spreadsheet(law: Law) -> None:
    draft = begun(law, "2031 with a table")
    key = element(law, draft, "tables", "fyc_rate")
    shown, seen = looked_at(law, "owner", key)
    assert r"product_code\tterm\trate\nA\t10\t20%\nB\t5\t15%" in shown
    columns = "keys\tproduct_code\ttext\nkeys\tterm\tcount\nvalues\trate\trate\t0\t1"
    for rows, sentence in (
        ("A\t10\tmuch", "Row 1, column rate: much is no rate"), ("A\t1,000\t5%", "Row 1, column term: 1,000 is no count"),
        ("A\t10\t5%\tmore", "Row 1 has 4 cells, and there are 3 columns"),
        ("A\t10\t１０%", "Row 1, column rate: １０% is no rate. Write it without separators"),
        ("A\t10\t=CMD()", "Row 1, column rate: =CMD() is no rate"), ("A\t10\t1e400", "Row 1, column rate: 1e400 is no rate"),
        ("A\u200b\t10\t5%", r"Row 1, column product_code: A\\u200b holds characters that nobody sees"),
        ("A\t10\t5%\nA\x00\t10\t6%", r"Row 2, column product_code: A\\u0000 holds characters that nobody sees"),
    ):  # fmt: skip
        assert sentence in saved(law, key, {"columns": columns, "rows": rows}, seen)
    twice = columns + "\nkeys\tterm\ttext"
    assert "Line 4: the column term stands twice" in saved(law, key, {"columns": twice, "rows": ""}, seen)
    hidden = {"columns": columns, "rows": "A\t10\t5%", "title": "a\u202eb"}
    assert "characters that cannot be shown" in saved(law, key, hidden, seen)
    assert "a column is keys, band or values" in saved(law, key, {"columns": "x\ty\tz", "rows": ""}, seen)
    assert "no such unit" in saved(law, key, {"columns": "keys\ty\tmoon", "rows": ""}, seen)
    pasted = "product_code\tterm\trate\r\nA\t10\t21%\r\nB\t5\t15%\r\nC\t\t1%\r\n"
    assert "Saved." in saved(law, key, {"columns": columns, "rows": pasted}, seen)
    changes = viewed(law, "owner", draft, "?tab=changes")
    assert "A, 10" in changes and "21%" in changes


def test_a_new_element_is_added_and_taken_out(law: Law) -> None:
    draft = begun(law, "2031 with an award")

    def add(values: Any) -> str:
        return said(run(law.people("owner"), version_page.ADD_FORM, "problems", 1, values, law.key(draft)))

    for name in (HOSTILE, "1st", "", "a b", "x" * 61):
        assert "A name has letters" in add({"section": "formulas", "name": name})
    assert "no such part" in add({"section": "nothing", "name": "award"})
    assert "/rulebooks/pages/" in add({"section": "formulas", "name": "奖励", "title": HOSTILE})
    assert "changed by" in add({"section": "formulas", "name": "奖励"})
    key = element(law, draft, "formulas", "奖励")
    shown, seen = looked_at(law, "owner", key)
    assert HOSTILE in shown
    assert "Saved." in saved(
        law, key, {"unit": "money", "grain": "agent", "title": HOSTILE}, seen, "ROUND(month_fyc * 3%, 2)"
    )
    assert "/lines/award_line" in add({"section": "lines", "name": "award_line"})
    line = element(law, draft, "lines", "award_line")
    assert "Saved." in saved(
        law, line, {"pays": "奖励", "group": "Bonus", "order": "20"}, looked_at(law, "owner", line)[1]
    )
    assert "Nothing is wrong" in viewed(law, "owner", draft, "?tab=check")
    assert "lines/award_line" in looked_at(law, "owner", key)[0]
    gone = said(clicked(law.people("owner"), f"{element_page.REMOVE_DIALOG}-yes", line))
    assert "Taken out" in gone and "award_line" not in viewed(law, "owner", draft)


def test_every_kind_of_element_keeps_what_it_says(law: Law) -> None:
    draft = begun(law, "2031 saved as it is")
    for section, name in (("parameters", "bonus_rate"), ("formulas", "bonus"), ("measures", "month_fyc"), ("lines", "bonus"),
                          ("tables", "fyc_rate"), ("facts", "premium")):  # fmt: skip
        content = LAW[section][0] if section == "lines" else LAW[section][name]
        seen = looked_at(law, "owner", element(law, draft, section, name))[1]
        formula = content.get("formula") if section == "formulas" else None
        told = saved(law, element(law, draft, section, name), rulebook_editor.values(section, content), seen, formula)
        assert "Nothing was different" in told, (section, told)


def test_an_override_stands_on_what_is_inherited(law: Law, house: House) -> None:
    draft = begun(law, "P1", how="overrides", institution=str(house.institutions["L-P1"]))
    key = element(law, draft, "parameters", "bonus_rate")
    shown, seen = looked_at(law, "owner", key)
    assert '"value": "10%"' in shown and seen == {"own": None}
    assert "Saved." in saved(
        law, key, {"value": "15%", "unit": "rate", "low": "0", "high": "1", "title": "Bonus rate"}, seen
    )
    changes = viewed(law, "owner", draft, "?tab=changes")
    assert '"before": "10%"' in changes and '"after": "15%"' in changes
    assert "Taken out" in said(clicked(law.people("owner"), f"{element_page.REMOVE_DIALOG}-yes", key))
    assert "Nothing differs" in viewed(law, "owner", draft, "?tab=changes")


def test_who_may_not_edit_an_element(law: Law) -> None:
    draft = begun(law, "2031 of others")
    key = element(law, draft, "parameters", "bonus_rate")
    shown, seen = looked_at(law, "approver", key)
    assert "Bonus rate" in shown and element_page.FORM not in shown
    answer = run(law.people("approver"), element_page.FORM, "said", 1, {"value": "99%"}, None, seen, key)
    assert answer.status_code == 403
    in_force = element(law, law.number, "parameters", "bonus_rate")
    assert "is approved and stays" in saved(
        law, in_force, {"value": "99%", "unit": "rate"}, looked_at(law, "owner", in_force)[1]
    )
    for strange in (None, 7, {}, {**key, "section": "x"}, {**key, "name": "nothing"}):
        assert "There is no such element" in looked_at(law, "owner", strange)[0]
        assert run(law.people("owner"), element_page.FORM, "said", 1, None, None, None, strange).status_code == 200


def test_a_draft_gets_another_title_day_and_budget(law: Law) -> None:
    draft = begun(law, "2031 to be renamed", budget="1,000,000")
    key = law.key(draft)
    asked = clicked(law.people("owner"), version_page.DRAFT, key).get_json()["response"]
    assert asked[version_page.DRAFT_FORM]["values"] == {
        "title": "2031 to be renamed", "title_zh": "", "valid_from": "2031-01-01", "budget": "1,000,000.00",
    }  # fmt: skip
    for wrong, where in (
        ({"title": "", "valid_from": "2031-01-01"}, "title"),
        ({"title": "T", "title_zh": "长" * 201, "valid_from": "2031-01-01"}, "title_zh"),
        ({"title": "T", "valid_from": "soon"}, "valid_from"),
        ({"title": "T", "valid_from": "2031-01-01", "budget": "-1"}, "budget"),
        ({"title": "T", "valid_from": "2031-01-01", "budget": "1.005"}, "budget"),
    ):  # fmt: skip
        told = run(law.people("owner"), version_page.DRAFT_FORM, "said", 1, wrong, key).get_json()["response"]
        assert list(told[version_page.DRAFT_FORM]["problems"]) == [where]
    changed = {"title": "2032", "title_zh": "二〇三二年版", "valid_from": "2032-02-01", "budget": ""}
    assert run(law.people("approver"), version_page.DRAFT_FORM, "said", 1, changed, key).status_code == 403
    run(law.people("owner"), version_page.DRAFT_FORM, "said", 1, changed, key)
    assert "from 1 Feb 2032" in headed(law, "owner", draft)
    values = clicked(law.people("owner"), version_page.DRAFT, key).get_json()["response"][version_page.DRAFT_FORM][
        "values"
    ]
    assert values == {"title": "2032", "title_zh": "二〇三二年版", "valid_from": "2032-02-01", "budget": ""}


def test_an_override_has_days_of_its_own(law: Law, house: House) -> None:
    draft = begun(law, "P1 for a quarter", how="overrides", institution=str(house.institutions["L-P1"]))
    key = element(law, draft, "parameters", "bonus_rate")
    typed = {"value": "12%", "unit": "rate", "low": "0", "high": "1", "title": "Bonus rate", "until_next_version": True}
    none = looked_at(law, "owner", key)[1]
    assert "It must end after it begins" in saved(
        law, key, typed | {"valid_from": "2031-04-01", "valid_to": "2031-04-01"}, none
    )
    assert "A date is written" in saved(law, key, typed | {"valid_from": "April"}, none)
    assert "Saved." in saved(law, key, typed | {"valid_from": "2031-04-01", "valid_to": ""}, none)
    assert "from 1 Apr 2031 until the next version above" in viewed(law, "owner", draft)
    shown, seen = looked_at(law, "owner", key)
    assert '"valid_from": "2031-04-01"' in shown and '"until_next_version": true' in shown
    assert "Saved." in saved(law, key, typed | {"valid_from": "2031-04-01", "valid_to": "2031-07-01"}, seen)
    assert "1 Apr 2031 until 1 Jul 2031" in viewed(law, "owner", draft)


def test_tables_and_versions_are_files(law: Law) -> None:
    browser = law.people("approver")
    answer = browser.get(f"/export/rulebook/pages/{law.number}/fyc_rate.csv")
    assert answer.status_code == 200 and answer.data.decode("utf-8-sig").splitlines() == [
        "product_code,term,rate", "A,10,0.2", "B,5,0.15",
    ]  # fmt: skip
    assert browser.get(f"/export/rulebook/pages/{law.number}/fyc_rate.xlsx").data.startswith(b"PK")
    text = browser.get(f"/export/rulebook/pages/{law.number}.yaml")
    told = written(text.data.decode()).told
    assert told["tables"]["fyc_rate"]["rows"] == [["A", "10", "20%"], ["B", "5", "15%"]] and told["node"] == "L-HO"
    for missing in (f"{law.number}/none.csv", f"{law.number}/fyc_rate.exe", "999999/fyc_rate.csv", "999999.yaml"):
        assert browser.get(f"/export/rulebook/pages/{missing}").status_code == 404
    for file in (f"{law.number}/fyc_rate.csv", f"{law.number}.yaml"):
        assert law.people("agent").get(f"/export/rulebook/pages/{file}").status_code == 403


def test_columns_that_change_take_their_cells_along() -> None:
    was = {"keys": {"product": "text"}, "values": {"rate": "rate"}, "rows": [["A", "1%"]]}
    typed = {"columns": "role\tname\tunit\tlow\thigh\tdecimals\nkeys\tterm\tcount\nkeys\tproduct\ttext\nvalues\trate\trate",
             "rows": "product\trate\nA\t1%\nB\t2%"}  # fmt: skip
    content = rulebook_editor.content_of("tables", was, typed, None)
    assert content["rows"] == [[None, "A", "1%"], [None, "B", "2%"]]


def test_the_circular_is_kept_beside_the_draft(law: Law) -> None:
    draft = begun(law, "2031 as the circular says")
    key = law.key(draft)

    def kept(who: str, content: bytes, name: Any = "Circular.txt") -> TestResponse:
        sent = base64.b64encode(content).decode()
        return run(law.people(who), version_page.FILE_SAID, "children", 1, sent, name, key)

    assert "file 1" in said(kept("owner", b"From 2031 on, 15 %.", HOSTILE))
    assert "Only PDF" in said(kept("owner", b"<html>hello"))
    assert kept("approver", b"words").status_code == 403
    shown = viewed(law, "approver", draft, "?tab=comments")
    assert HOSTILE in shown and "/export/circulars/circular-" in shown and version_page.FILE not in shown
    href = re.search(r"/export/circulars/[^\"\\\\]+", shown)
    assert href is not None
    answer = law.people("approver").get(href[0])
    assert answer.data == b"From 2031 on, 15 %." and "sandbox" in answer.headers["Content-Security-Policy"]
    assert law.people("approver").get("/export/circulars/none.txt").status_code == 404
    assert law.people("agent").get(href[0]).status_code == 403


def test_example_people_bind_a_draft(law: Law, database: Database) -> None:
    draft = begun(law, "2033 held to an example")
    key = law.key(draft)
    assert "Nobody yet" in viewed(law, "owner", draft, "?tab=examples")
    told = run(law.people("owner"), version_page.TAKE_FORM, "said", 1, {"agent": "none", "month": "2030-01"}, key)
    assert "There is no agent none" in said(told)
    assert run(law.people("approver"), version_page.TAKE_FORM, "said", 1, {}, key).status_code == 403
    row = {"premium_id": "1", "agent_id": "1", "issuing_institution_id": "1", "product_code": "A", "payment_term": "10",
           "issued_on": "2030-01-05", "received_on": "2030-01-05", "amount": "1000"}  # fmt: skip
    given = {"about": "1", "agent": [{"agent_id": "1", "institution_id": "1"}], "premium": [row]}
    with writing(LOCAL_OPERATOR) as writer:
        book = writer.session.query(Rulebook).filter_by(code=law.code).one()
        example = rulebooks.add_example(
            writer, book, title=HOSTILE, month=dt.date(2030, 1, 1), given=given, expected={"bonus": "20.00"},
            valid_from=dt.date(2031, 1, 1),
        ).id  # fmt: skip
    shown = viewed(law, "owner", draft, f"?tab=examples&example={example}")
    assert HOSTILE in shown and '"20.00"' in shown and '"met"' in shown
    missed = {"example": str(example), "amount:bonus": "21.50"}
    assert "This is no amount" in said(
        run(law.people("owner"), version_page.EXPECTED_FORM, "said", 1, missed | {"amount:bonus": "much"}, key)
    )
    assert "Saved." in said(run(law.people("owner"), version_page.EXPECTED_FORM, "said", 2, missed, key))
    assert "1 line missed" in viewed(law, "owner", draft, "?tab=examples")
    assert "must be 21.50 and is 20.00" in viewed(law, "owner", draft, "?tab=check")
    assert "example no longer binds" in said(
        run(law.people("owner"), version_page.END_FORM, "said", 1, {"example": str(example), "reason": " "}, key)
    )
    run(
        law.people("owner"),
        version_page.END_FORM,
        "said",
        2,
        {"example": str(example), "reason": "it was a trial"},
        key,
    )
    assert "Nobody yet" in viewed(law, "owner", draft, "?tab=examples")
    assert "Nothing is wrong" in viewed(law, "owner", draft, "?tab=check")
