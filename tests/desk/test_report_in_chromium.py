"""From what the house pays down to one agent's statement, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import visit

pytestmark = pytest.mark.browser


def heading(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_total_leads_to_its_parts_and_these_to_a_statement(person: Callable[..., Page]) -> None:
    page = person("clara")
    visit(page, "/reports")
    expect(page.locator(".report-card")).to_have_count(1)  # a house of an insurer alone: none of the bank's
    page.get_by_role("link", name="Commission", exact=True).first.click()
    heading(page, "Commission by team")
    page.locator(".ag-row .link", has_text="ZT1").click()
    heading(page, "Commission by agent")
    page.locator(".ag-row .link", has_text="Bo").click()
    heading(page, "Commission by line")
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_contain_text("300.00")
    page.locator(".ag-row .link", has_text="Commission").click()
    page.wait_for_url(re.compile(r"/statement\?"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bo")
    page.go_back()
    heading(page, "Commission by line")


def test_a_figure_says_what_it_means_and_of_what_it_is_made(person: Callable[..., Page]) -> None:
    page = person("clara")
    visit(page, "/reports/commission")
    page.locator(".figure", has_text="Paid").get_by_role("link").first.click()
    heading(page, "Commission by line")
    expect(page.locator("#report-head")).to_contain_text("What statements pay")
    headings = page.locator(".ag-header-cell-text").all_inner_texts()
    assert headings == ["Line", "Earned", "Cut by caps", "Held", "Released", "Carried", "Paid"]
    page.get_by_role("link", name="Close", exact=True).click()
    expect(page.locator("#report-head")).not_to_contain_text("What statements pay")


def test_on_a_phone_rows_are_cards_that_lead_on(person: Callable[..., Page]) -> None:
    page = person("clara", 390, 844)
    visit(page, "/reports/commission?by=agent")
    heading(page, "Commission by agent")
    page.locator("#report-cards").get_by_role("link", name="Bo").click()
    heading(page, "Commission by line")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
