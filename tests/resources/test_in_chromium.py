"""Records in a real browser: what people typed stays text, forms say what is wrong, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.database import Database
from portal.permissions import LOCAL_OPERATOR
from portal.services.users import add_user
from portal.services.writer import writing
from tests.app import the_app
from tests.browser.chromium import chromium, served, sign_in, visit
from tests.resources.bank import BEGIN, Bank
from tests.resources.conftest import Desk

pytestmark = pytest.mark.browser
PASSWORD = "somebody with a browser"
SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
WAIT = 30_000


@pytest.fixture(scope="module")
def address(database: Database, house: Bank) -> Iterator[str]:
    with writing(LOCAL_OPERATOR) as writer:
        add_user(writer, "r-browser", PASSWORD, roles=["administrator"])
    with served(the_app().server) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A signed-in browser; at the end no script of a record ran and the content policy was kept."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=address, locale="en-GB",
                                  service_workers="block")  # fmt: skip
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    sign_in(opened, "/login", "r-browser", PASSWORD)
    yield opened
    context.close()
    assert faults == []


def open_page(page: Page, path: str, awaited: str) -> None:
    visit(page, path)
    page.wait_for_selector(awaited, timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def choose(page: Page, field: str, value: str, name: str) -> None:
    """Take one of many: a short list is the browser's own, a long one is searched."""
    if page.locator(f"select#{field}").count():
        page.select_option(f"#{field}", value=value)
        return
    page.click(f"#{field}")
    page.keyboard.type(name)
    page.locator(f"#{field}-list li").first.click()


def test_what_people_typed_stays_text(page: Page, office: Desk, house: Bank, request: pytest.FixtureRequest) -> None:
    code = f"R-xss{len(request.node.name)}"
    key = office.create(
        "people",
        {"code": code, "name": SCRIPT, "position": "leader", "institution": str(house.institutions["R-A"])},
        BEGIN,
        reason=SCRIPT,
    )
    office.change("people", key, {"name": f"{SCRIPT} again"}, reason=SCRIPT)
    open_page(page, f"/admin/people?q={code}", ".rows tbody tr")
    expect(page.locator(".rows tbody")).to_contain_text("<script>alert(2)</script> again")
    open_page(page, f"/admin/people/{key}", "#resource-form-name")
    expect(page.locator("#resource-form-name")).to_have_value(f"{SCRIPT} again")
    expect(page.locator("#resource-changes")).to_contain_text(SCRIPT)
    open_page(page, "/admin/people/new", "#resource-form-institution")
    open_page(page, f"/admin/audit?q=&subject=people&key={key}", ".rows tbody tr")
    page.wait_for_timeout(300)


def test_a_form_says_what_is_wrong_and_then_saves(page: Page, house: Bank, request: pytest.FixtureRequest) -> None:
    code = f"R-form{len(request.node.name)}"
    open_page(page, "/admin/institutions/new", "#resource-form-code")
    page.click("#resource-form button[type=submit]")
    expect(page.locator(".field-problem")).to_have_count(3, timeout=WAIT)
    page.fill("#resource-form-code", code)
    page.fill("#resource-form-name", "Made in a browser")
    page.select_option("#resource-form-level", label="R-sub")
    choose(page, "resource-form-parent", str(house.institutions["R-A"]), "Institution R-A")
    page.click("#resource-form button[type=submit]")
    page.wait_for_url("**/admin/institutions/*", timeout=WAIT)
    expect(page.locator("h1")).to_have_text("Made in a browser", timeout=WAIT)
    page.fill("#resource-form-name", "Renamed in a browser")
    page.click("#resource-form button[type=submit]")
    expect(page.locator("h1")).to_have_text("Renamed in a browser", timeout=WAIT)


def test_a_file_is_looked_at_before_it_is_imported(page: Page, house: Bank, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"code,name,position,institution\nR-wrong,{SCRIPT},king,R-A\n")
    open_page(page, "/admin/people/import", "#resource-file-input")
    page.set_input_files("#resource-file-input", file)
    expect(page.locator("#resource-preview")).to_contain_text("Position: choose one of", timeout=WAIT)
    expect(page.locator("#resource-apply")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
