"""A leader's way through the inbox in a real browser, at a desk and on a phone; what people wrote stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.services.approval_words import comment
from portal.services.writer import writing
from tests.app import the_app
from tests.approvals.conftest import PASSWORD, House
from tests.browser.chromium import chromium, served, sign_in, visit

pytestmark = pytest.mark.browser
SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
WAIT = 90_000


@pytest.fixture(scope="module")
def address(built: House) -> Iterator[str]:
    with served(the_app().server) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(params=[(1440, 900), (360, 740)], ids=["desktop", "phone"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Amy's browser; at the end no script ran and the content policy was kept."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=address, locale="en-GB",
                                  service_workers="block")  # fmt: skip
    opened, faults = context.new_page(), []
    opened.set_default_timeout(WAIT)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    opened.on("console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None)
    sign_in(opened, "/login", "r-amy", PASSWORD)
    yield opened
    context.close()
    assert faults == []


def fits(page: Page) -> Any:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_leader_refuses_for_a_reason_and_approves(page: Page, house: House) -> None:
    first = house.ask()
    with writing(house.actor("li")) as writer:
        comment(writer, first.id, SCRIPT)
    visit(page, "/inbox")
    page.get_by_role("link", name="Customer 2 (C002)").click()
    expect(page.locator("#approval-trail")).to_contain_text(SCRIPT, timeout=WAIT)
    assert fits(page)
    page.get_by_role("button", name="Refuse").click()
    dialog = page.locator("#approval-refuse-dialog")
    dialog.get_by_role("button", name="Refuse").click()
    expect(dialog).to_contain_text("Say why you refuse it.", timeout=WAIT)
    dialog.locator("textarea").fill(SCRIPT)
    dialog.get_by_role("button", name="Refuse").click()
    expect(page.locator("#approval-notes")).to_contain_text(f"by Amy: {SCRIPT}", timeout=WAIT)
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)

    second = house.ask()
    visit(page, f"/inbox/{second.id}")
    bar = page.get_by_role("button", name="Approve", exact=True)
    bar.wait_for()
    box = bar.bounding_box()
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    bar.click()
    page.locator("#approval-approve-dialog").get_by_role("button", name="Approve").click()
    expect(page.locator("#approval-notes")).to_contain_text("Approved on", timeout=WAIT)
    visit(page, "/inbox?tab=decided")
    expect(page.locator(".rows tbody")).to_contain_text("refused", timeout=WAIT)
    assert fits(page)
    assert house.shares() == {"li": "0.5", "wu": "0.5"}


def test_a_request_that_changed_shows_what_changed(page: Page, house: House) -> None:
    from tests.approvals.test_deciding import change_shares

    request = house.ask()
    visit(page, f"/inbox/{request.id}")
    page.get_by_role("button", name="Approve", exact=True).click()
    change_shares(house, li="0.7", wu="0.3")
    page.locator("#approval-approve-dialog").get_by_role("button", name="Approve").click()
    conflict = page.locator("#approval-conflict")
    expect(conflict).to_contain_text("r-chief changed this on", timeout=WAIT)
    expect(conflict).to_contain_text(re.compile("60 % → 50 %.*70 % → 50 %"))
    expect(page.locator("#approval-notes")).to_contain_text("Void on")
    assert fits(page)
