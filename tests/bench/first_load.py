"""What a person waits for, in a real browser: a phone's workbench on a slow line, and a report with a long grid on a desk.

Bytes are those that arrive, headers included, as the browser counts them. Cold is a browser that was never here; warm is the
same page opened again. Times run from the start of the navigation until the figures are drawn, looked at with every frame.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, StorageState

from tests.browser.chromium import chromium, sign_in

TIMES = 5
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# 1.6 Mbit/s with 150 ms to and fro, and a processor a quarter as fast
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
SLOWED = 4
REPORT = "/reports/deposits?by=customer"

# What must be on the screen, as a page sees it.
SEEN = """[...document.querySelectorAll(".figure-value")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true })).map((one) => one.innerText.trim()).filter(Boolean)"""
FIGURES = f"{SEEN}.length >= 5"
# The page itself is there and answers, not the drawing that came with it.
ANSWERS = f"!document.getElementById('first') && document.querySelector('#workbench-content') && {FIGURES}"
GRID_AND_CHARTS = (
    "document.querySelectorAll('#report-figures .figure-value').length > 0"
    " && document.querySelector('#report-grid .ag-row [col-id=name]')?.innerText"
    " && document.querySelector('#report-chart .bars-line')"
    " && document.querySelector('#report-trend svg')"
)
# Two moments, each the frame after the one in which it was found: that one is on the screen. What stood first is kept.
WATCH = """
const when = (found) => new Promise((done) => {
    (function look() {
        if (found() || performance.now() > 60000) requestAnimationFrame(() => done(performance.now()));
        else requestAnimationFrame(look);
    })();
});
window.shown = when(() => %s);
window.answers = when(() => %s);
window.shown.then(() => { window.stood = %s; });
"""
# Choose one thing in the filter bar; resolves with the milliseconds until figures and rows are others.
CHOOSE = """([field, value]) => new Promise((done) => {
    const seen = () => [document.querySelector('#report-figures'), document.querySelector('#report-grid .ag-center-cols-container')]
        .map((part) => part?.innerText ?? "");
    const before = seen(), began = performance.now();
    const select = document.getElementById("report-filters-" + field);
    Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(select, value);
    select.dispatchEvent(new Event("change", { bubbles: true }));
    (function look() {
        const now = seen(), took = performance.now() - began;
        if (took > 5000 || (now.every((text, number) => text && text !== before[number]))) done(took);
        else requestAnimationFrame(look);
    })();
})"""


class Loaded(NamedTuple):
    """One load: seconds until it is shown and until it answers, and KB."""

    shown: float
    answers: float
    kilobytes: float


@contextmanager
def opened(
    browser: Browser, state: StorageState, size: dict[str, int], script: str, slow: bool, answers: str = "true"
) -> Iterator[Page]:
    """A page of a browser that was never here, signed in."""
    # a service worker's own requests would neither be counted nor slowed down; the browser's store keeps the same files
    context = browser.new_context(
        viewport=size, has_touch=slow, is_mobile=slow, storage_state=state, service_workers="block"
    )  # type: ignore[call-overload]
    page = context.new_page()
    page.add_init_script(WATCH % (script, answers, SEEN))
    yield page
    context.close()


class Line:
    """Counts what arrives on a page's line; `slow` makes it a phone's."""

    def __init__(self, page: Page, slow: bool) -> None:
        self.bytes = 0
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", self._arrived)
        if slow:
            wire.send("Network.emulateNetworkConditions", SLOW_LINE)
            wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})

    def _arrived(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]


def load(page: Page, line: Line, address: str) -> Loaded:
    """One load until the line is quiet. What stood on the screen first must be what stands there in the end."""
    line.bytes = 0
    page.goto(address)
    shown, answers = page.evaluate("Promise.all([window.shown, window.answers])")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_500)  # what comes late counts too
    stood, stands = page.evaluate(f"[window.stood, {SEEN}]")
    if stood != stands:
        raise RuntimeError(f"{address} showed {stood} first and {stands} in the end.")
    return Loaded(shown / 1000, answers / 1000, line.bytes / 1000)


def state_of(browser: Browser, address: str, user: str, password: str) -> StorageState:
    """Someone's cookies."""
    context = browser.new_context()
    sign_in(context.new_page(), f"{address}/login", user, password)
    state = context.storage_state()
    context.close()
    return state


def loads(
    browser: Browser,
    state: StorageState,
    url: str,
    size: dict[str, int],
    script: str,
    slow: bool,
    answers: str = "true",
) -> dict[str, list[Loaded]]:
    """The page cold and warm, several times."""
    found: dict[str, list[Loaded]] = {"cold": [], "warm": []}
    for _time in range(TIMES):
        with opened(browser, state, size, script, slow, answers) as page:
            line = Line(page, slow)
            found["cold"].append(load(page, line, url))
            found["warm"].append(load(page, line, url))
    return found


def choices(page: Page) -> list[tuple[str, str]]:
    """Filters to try one after the other, none twice: every product under every period."""
    values = {
        field: page.eval_on_selector_all(f"#report-filters-{field} option", "all => all.map((one) => one.value)")
        for field in ("product", "period")
    }
    return [
        step for period in values["period"]
        for step in (("period", period), *(("product", product) for product in values["product"][1:]))
    ]  # fmt: skip


def filters(browser: Browser, state: StorageState, url: str) -> list[float]:
    """Milliseconds from a choice in the filter bar until figures and rows are others."""
    taken: list[float] = []
    with opened(browser, state, DESK, GRID_AND_CHARTS, slow=False) as page:
        load(page, Line(page, slow=False), url)
        for step in choices(page)[1:]:
            taken.append(page.evaluate(CHOOSE, list(step)))
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(300)
    return taken


def measure(address: str, var: Path) -> dict[str, float]:
    """Medians of several loads; p95 of the filters."""
    logins = json.loads((var / "secrets" / "demo_logins.json").read_text())
    with chromium() as browser:
        manager, leader = (state_of(browser, address, user, logins[user]) for user in ("manager", "leader"))
        phone = loads(browser, manager, f"{address}/", PHONE, FIGURES, slow=True, answers=ANSWERS)
        desk = loads(browser, leader, address + REPORT, DESK, GRID_AND_CHARTS, slow=False)
        filtered = filters(browser, leader, address + REPORT)

    def middle(found: list[Loaded], which: str) -> float:
        return statistics.median(getattr(one, which) for one in found)

    return {
        "phone workbench cold, KB": middle(phone["cold"], "kilobytes"),
        "phone workbench cold, figures after seconds": middle(phone["cold"], "shown"),
        "phone workbench cold, answers after seconds": middle(phone["cold"], "answers"),
        "phone workbench warm, KB": middle(phone["warm"], "kilobytes"),
        "phone workbench warm, figures after seconds": middle(phone["warm"], "shown"),
        "phone workbench warm, answers after seconds": middle(phone["warm"], "answers"),
        "desk report cold, KB": middle(desk["cold"], "kilobytes"),
        "desk report cold, grid and charts after seconds": middle(desk["cold"], "shown"),
        "desk report warm, grid and charts after seconds": middle(desk["warm"], "shown"),
        "desk filter p50, ms": statistics.median(filtered),
        "desk filter p95, ms": statistics.quantiles(filtered, n=20, method="inclusive")[18],
    }
