"""A leader's way in a real browser: down to the account and back, filters in place, and what a phone does not load."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.app import the_app
from tests.browser.chromium import chromium, served, sign_in, visit
from tests.query.conftest import PASSWORD

pytestmark = pytest.mark.browser

PATIENCE = 120_000  # milliseconds; the cores are shared with everything else that is tested
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def address(signed_in: Callable[[str], FlaskClient]) -> Iterator[str]:
    """Where the tiny bank is served."""
    with served(the_app().server) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Eva, who leads the house, at a desk or (with the size given) on a phone; a page error fails the test."""
    size = getattr(request, "param", {"width": 1440, "height": 900})
    context = browser.new_context(viewport=size, service_workers="block", locale="en-US")
    shown = context.new_page()
    shown.set_default_timeout(PATIENCE)
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(shown, f"{address}/login", "q-eva", PASSWORD)
    yield shown
    context.close()
    assert errors == []


def titled(page: Any, title: str) -> None:
    """Wait for a page with this heading."""
    page.get_by_role("heading", level=1, name=title, exact=True).wait_for()


def test_from_the_house_down_to_an_account_and_back(page: Any, address: str) -> None:
    visit(page, f"{address}/home")
    titled(page, "Name Q-HO")
    way = [page.url]
    for name, title in (
        ("Name Q-R1", "Name Q-R1"),
        ("Name Q-B1", "Name Q-B1"),
        ("Person Q-ann", "Deposits by customer"),
    ):
        page.get_by_role("link", name=name, exact=True).first.click()
        titled(page, title)
        way.append(page.url)
    page.locator(".ag-row .link", has_text="Ada").click()
    titled(page, "Deposits by account")
    page.locator(".ag-row .link", has_text="A910001").click()
    page.wait_for_url(re.compile(r"/account\?id=910001"))
    page.go_back()
    titled(page, "Deposits by account")
    for url in reversed(way):
        page.go_back()
        page.wait_for_url(url)
    titled(page, "Name Q-HO")


def test_a_choice_stays_on_the_page_and_in_the_address(page: Any, address: str) -> None:
    visit(page, f"{address}/home")
    titled(page, "Name Q-HO")
    page.evaluate("document.body.dataset.same = 'yes'")
    page.get_by_role("radio", name="Loans").click()
    page.get_by_role("heading", level=2, name="Loans").wait_for()
    page.get_by_role("radio", name=re.compile("As booked")).click()
    page.wait_for_url(re.compile(r"figure=loans.*view=booking"))
    page.go_back()
    page.go_back()
    page.get_by_role("heading", level=2, name="Deposits").wait_for()
    assert page.evaluate("document.body.dataset.same") == "yes"


def test_filters_change_figures_chart_and_rows_together(page: Any, address: str) -> None:
    visit(page, f"{address}/reports/deposits")
    titled(page, "Deposits by q-region level")
    page.locator(".ag-row .link", has_text="Name Q-R2").wait_for()
    page.locator("#report-chart .bars-line", has_text="Name Q-R2").wait_for()
    page.get_by_label("By", exact=True).select_option("customer")
    titled(page, "Deposits by customer")
    page.locator(".ag-row .link", has_text="Cem").wait_for()
    page.get_by_label("Compare with").fill("2024-01-31")
    page.locator(".ag-header-cell-text", has_text="Change").first.wait_for()
    page.locator(".ag-header-cell-text", has_text="Customer").click()
    page.locator('.ag-row[row-index="0"] .link', has_text="Ada").wait_for()
    assert "by=customer" in page.url
    assert "compare=2024-01-31" in page.url


LISTENING = """
const plain = window.fetch;
window.questions = [];
window.fetch = function (path, options) {
    if (String(path).endsWith("/_dash-update-component")) window.questions.push(JSON.parse(options.body).output);
    return plain.apply(this, arguments);
};
"""
# Choices in the filter bar, one right after the other; what had been asked when the last of them was made.
CHOOSE = """(choices) => {
    window.questions.length = 0;
    for (const [field, value] of choices) {
        const select = document.getElementById("report-filters-" + field);
        Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(select, value);
        select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return [...window.questions];
}"""


def test_a_choice_is_asked_for_at_once_and_only_once(page: Any, address: str) -> None:
    page.add_init_script(LISTENING)
    visit(page, f"{address}/reports/deposits?by=customer")
    page.locator(".ag-row .link", has_text="Cem").wait_for()
    page.wait_for_load_state("networkidle")
    for by, title, row in (("manager", "customer manager", "Person Q-ann"), ("customer", "customer", "Cem")):
        at_once = page.evaluate(CHOOSE, [["by", by]])
        assert len(at_once) == 1  # what the page shows; the trend follows
        titled(page, f"Deposits by {title}")
        page.locator(".ag-row .link", has_text=row).wait_for()
        page.wait_for_function("window.questions.length > 1")
        page.wait_for_load_state("networkidle")
        outputs = page.evaluate("window.questions")
        assert outputs[0] == at_once[0] and "report-trend.content" in outputs and len(outputs) == 2
    page.evaluate(CHOOSE, [["by", "manager"], ["by", "product"], ["period", "year"]])
    titled(page, "Deposits by product")
    page.locator(".ag-header-cell-text", has_text="Daily average, year").wait_for()
    assert page.locator(".ag-row .link", has_text="Person").count() == 0


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_a_phone_has_cards_and_loads_neither_grid_nor_plotly(page: Any, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path, title in (("/home", "Name Q-HO"), ("/reports/deposits?by=customer", "Deposits by customer")):
        visit(page, f"{address}{path}")
        titled(page, title)
        page.locator(".rows tbody tr").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name=re.compile("Name Q-HO")).click()
    page.get_by_label("By", exact=True).select_option("manager")
    titled(page, "Deposits by customer manager")
    assert not [url for url in asked if "plotly.min" in url or "dash_ag_grid" in url]


SAME = """(text) => {
    const drawn = new DOMParser().parseFromString(text, "text/html").getElementById("first");
    const parts = [".figures", ".rows", ".bars", ".drawing", ".nav-group", ".page-header", ".segmented", ".legend"];
    function plain(element) {
        const copy = element.cloneNode(true);
        copy.querySelectorAll(".reader, .filters").forEach((one) => one.remove());
        for (const one of [copy, ...copy.querySelectorAll("*")]) {
            if (one.hasAttribute("style")) one.setAttribute("style", one.style.cssText);
            const kept = [...one.attributes].filter(({ name }) => !/^(id|data-opens)$/.test(name)).map((at) => [at.name, at.value]);
            [...one.attributes].forEach(({ name }) => one.removeAttribute(name));
            kept.sort().forEach(([name, value]) => one.setAttribute(name, value));
        }
        return copy.outerHTML;
    }
    const all = (place, part) => [...place.querySelectorAll(part)].filter((one) => !one.closest("dialog")).map(plain);
    const entry = document.getElementById("react-entry-point");
    return parts.map((part) => [part, all(drawn, part), all(entry, part)]);
}"""


@pytest.mark.parametrize("page", [PHONE, {"width": 1440, "height": 900}], indirect=True)
@pytest.mark.parametrize("path", ["/home", "/reports/deposits?by=customer"])
def test_what_stands_there_first_is_what_the_page_draws(page: Any, address: str, path: str) -> None:
    text = page.request.get(f"{address}{path}").text()
    visit(page, f"{address}{path}")
    page.wait_for_load_state("networkidle")
    waited, other = 0, compared(page, text)
    while other and waited < PATIENCE:  # the network rests before the last part is drawn
        page.wait_for_timeout(250)
        waited, other = waited + 250, compared(page, text)
    assert other == {}


def compared(page: Any, text: str) -> dict[str, Any]:
    """The parts that the page draws otherwise than they stood there first, and those that must be there and are not yet."""
    parts = {part: (first, last) for part, first, last in page.evaluate(SAME, text)}
    other = {part: "missing" for part in (".figures", ".drawing", ".nav-group") if not parts[part][1]}
    for part, (first, last) in parts.items():
        here = [
            one for one in first if one in last
        ]  # what only the other kind of screen shows is hidden in the drawing
        if here != last:
            other[part] = f"{here} != {last}"
    return other
