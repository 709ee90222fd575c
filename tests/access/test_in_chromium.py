"""The way in and out, in a real Chromium: log in, the shell, its switches, log out, a session that has ended."""

from __future__ import annotations

from collections.abc import Iterator

import dash
import pytest
from playwright.sync_api import Browser, Page

from portal.access.identity import HOUSE
from portal.access.sessions import end_all
from portal.database import Database
from portal.models.access import User
from tests.access.bank import PASSWORD, Bank
from tests.browser.chromium import chromium, fill_in, served, stands, visit

pytestmark = pytest.mark.browser
TWICE_READ = "body stream already read"  # Dash reads the body of a 401 twice; the page is being left anyway


@pytest.fixture(scope="module")
def address(portal: dash.Dash) -> Iterator[str]:
    with served(portal.server) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=address, locale="en-GB")
    opened = context.new_page()
    violations: list[str] = []
    opened.on("pageerror", lambda error: None if TWICE_READ in str(error) else violations.append(str(error)))
    opened.on("console", lambda said: violations.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert violations == []


def test_in_and_out(page: Page, bank: Bank, calm: None) -> None:
    visit(page, "/?at=1994-02-28")
    assert page.url.endswith("/login?next=/?at%3D1994-02-28")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_response("**/?at=1994-02-28"):  # from there the way leads on to where this person works
        fill_in(page, "root", PASSWORD)
    page.wait_for_selector("text=Jobs" if page.viewport_size["width"] > 768 else ".bottom-bar a", timeout=30_000)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("form[action='/logout']").first.evaluate("form => form.requestSubmit()")
    page.wait_for_selector("input[name=username]", timeout=30_000)  # a request on its way may navigate there, too
    visit(page, "/")
    assert "/login" in page.url


def test_the_language_of_the_login_page_stays(page: Page, bank: Bank, calm: None) -> None:
    visit(page, "/login")
    page.click("text=简体中文")
    page.wait_for_selector("html[lang=zh-CN] input[type=password]", timeout=30_000)
    fill_in(page, "li", PASSWORD)
    page.wait_for_selector("html[lang=zh-CN] .shell .page", timeout=30_000)


def test_the_colour_of_a_rise_follows_the_language_until_somebody_chooses(page: Page, user: User, calm: None) -> None:
    visit(page, "/login")
    fill_in(page, user.username, PASSWORD)
    menu = page.viewport_size["width"] > 768
    color = "document.documentElement.dataset.rise"
    for language, custom in (("en", "green"), ("zh", "red"), ("en", "green")):
        page.wait_for_selector(f"html[lang^={language}] .page h1", timeout=30_000)
        page.wait_for_load_state("networkidle")
        stands(page)
        assert page.evaluate(color) == custom
        page.click("#shell-language" if menu else ".bottom-bar button")
        if not menu:
            page.click("#shell-sheet-language")
    page.wait_for_selector("html[lang^=zh] .page h1", timeout=30_000)
    page.wait_for_load_state("networkidle")
    stands(page)
    page.click(".drop summary" if menu else ".bottom-bar button")
    page.click(f"#shell-{'' if menu else 'sheet-'}rise button:first-child")  # green
    page.wait_for_selector("html[data-rise=green]", timeout=30_000)
    page.reload()
    stands(page)
    assert page.evaluate(color) == "green"


def test_a_new_password_from_the_menu_behind_ones_name(page: Page, user: User, calm: None) -> None:
    visit(page, "/login")
    fill_in(page, user.username, PASSWORD)
    page.wait_for_selector(".page h1", timeout=30_000)
    page.wait_for_load_state("networkidle")
    if page.viewport_size["width"] > 768:
        page.click(".drop summary")
        page.click(".drop a[href='/password']")
    else:
        page.click(".bottom-bar button")
        page.click("#shell-sheet a[href='/password']")
    page.fill("#password-current", "wrong")
    page.fill("#password-new", "three quiet words")
    page.fill("#password-again", "three quiet words")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The present password is not right.", timeout=30_000)
    page.fill("#password-current", PASSWORD)
    page.click("#password-save")
    page.wait_for_selector("text=Your password is changed.", timeout=30_000)
    assert page.input_value("#password-new") == ""
    visit(page, "/")
    page.wait_for_selector(".shell .page", timeout=30_000)  # still signed in


def test_an_address_without_a_page_says_so(page: Page, bank: Bank, calm: None) -> None:
    visit(page, "/login?language=zh")
    fill_in(page, "li", PASSWORD)
    page.wait_for_selector(".shell .page", timeout=30_000)
    assert visit(page, "/nothing-here").status == 404
    page.wait_for_selector("h1 >> text=页面不存在", timeout=30_000)
    page.click("text=返回首页")
    page.wait_for_url("**/", timeout=30_000)


def test_a_session_that_ended_leads_back_to_the_login_page(
    page: Page, bank: Bank, calm: None, database: Database
) -> None:
    visit(page, "/login")
    fill_in(page, "wang", PASSWORD)
    page.wait_for_selector("[id='shell-date'] >> text=/./", state="attached", timeout=30_000)
    with database.transaction(HOUSE) as session:
        end_all(session, session.get_one(User, bank.users["wang"]).id)
    page.evaluate("window.basis.go('/nothing-here?x=1')")
    page.wait_for_url("**/login?next=*", timeout=30_000)
    assert "nothing-here" in page.url
