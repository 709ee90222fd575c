"""The gallery in a real browser: nothing scrolls sideways, everything can be used by everyone, little travels."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import chromium, sign_in, visit, wait_for
from tests.kit.gallery import NAME, PASSWORD

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1440, 900), "tablet": (900, 1000), "phone": (360, 740)}
COLD_BYTES, WARM_BYTES = 300_000, 40_000  # of a phone's workbench, everything included
PATIENCE = 180_000  # milliseconds; the cores are shared with everything else that is tested


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gallery in a process and an installation of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BASIS_", "DATABASE_"))}
    environment["BASIS_VAR"] = str(tmp_path_factory.mktemp("gallery"))
    command = [sys.executable, "-m", "tests.kit.gallery", str(port)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command, cwd=root, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as served:
        try:
            wait_for(f"http://localhost:{port}/login", served)
            yield f"http://localhost:{port}"
        finally:
            served.send_signal(signal.SIGINT)
            served.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def session(browser: Any, gallery: str) -> Any:
    """What a browser keeps of someone who has logged in."""
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    log_in(page, gallery)
    kept = context.storage_state()
    context.close()
    return kept


def log_in(page: Any, gallery: str) -> None:
    page.set_default_timeout(PATIENCE)
    sign_in(page, f"{gallery}/login?next=/gallery", NAME, PASSWORD)
    page.wait_for_selector("#_pages_content h1")


@contextmanager
def opened(browser: Any, session: Any, size: str = "desktop", **options: Any) -> Iterator[Any]:
    """A page of someone who has logged in, and what went wrong on it in `page.problems`."""
    width, height = SIZES[size]
    options = {"locale": "en-US", "service_workers": "block", "storage_state": session} | options
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone", **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
    yield page
    context.close()


def show(page: Any, gallery: str, path: str) -> None:
    visit(page, f"{gallery}{path}")
    page.wait_for_selector("#_pages_content h1")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("size", SIZES)
def test_nothing_scrolls_sideways(browser: Any, gallery: str, session: Any, size: str) -> None:
    with opened(browser, session, size) as page:
        for path in ("/gallery", "/gallery/parts"):
            show(page, gallery, path)
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path
        assert not page.problems


def test_a_word_without_end_takes_no_other_columns_room(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session) as page:
        show(page, gallery, "/gallery")
        page.wait_for_selector("text=xxxxxxxxxx")
        hidden = "[...document.querySelectorAll('.rows-wrap')].map((one) => one.scrollWidth - one.clientWidth)"
        assert max(page.evaluate(hidden)) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everyone_can_use_it(browser: Any, gallery: str, session: Any, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with opened(
        browser, session, color_scheme=theme, reduced_motion="reduce"
    ) as page:  # a notice that fades is no text
        for path in ("/gallery", "/gallery/parts"):
            show(page, gallery, path)
            found = axe.run(page).response["violations"]
            assert not [(one["id"], node["html"]) for one in found for node in one["nodes"]], path


def test_cells_of_a_spreadsheet_are_pasted_where_they_begin(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session) as page:
        show(page, gallery, "/gallery/parts")
        paste = """(cell, text) => { const held = new DataTransfer(); held.setData("text/plain", text);
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true })); }"""
        cell = page.locator('#rows-form [data-cell="0:1"]')
        cell.evaluate(paste, "200\t6%\n\t8%\r\n")
        cells = [one.input_value() for one in page.locator("#rows-form [data-cell]").all()]
        assert cells == ["0", "200", "6%", "", "", "8%"]
        page.locator('#rows-form [data-cell="1:0"]').fill("200")
        page.locator('#rows-form [data-cell="1:0"]').press("Enter")  # one more row below the last
        page.locator('#rows-form [data-cell="2:0"]').fill("300")
        page.get_by_label("Remove row 1").click()
        cells = [one.input_value() for one in page.locator("#rows-form [data-cell]").all()]
        assert cells == ["200", "", "8%", "300", "", ""]
        page.locator('#rows-form [data-cell="0:0"]').evaluate(paste, "from\tto\trate\n1\t2\t3%\n")
        assert page.locator('#rows-form [data-cell="0:0"]').input_value() == "1", "a head that was copied is left out"
        assert not page.problems


def test_names_are_shown_as_they_are(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session) as page:
        show(page, gallery, "/gallery")
        assert page.get_by_text("<b onclick=alert(1)>Nordlicht</b> GmbH").count() == 1
        assert page.locator("[onclick]").count() == 0


def test_the_theme_is_there_before_the_first_paint_and_stays(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session) as page:
        show(page, gallery, "/gallery/parts")
        page.click("#shell-theme")
        page.wait_for_function("document.documentElement.dataset.bsTheme === 'dark'")
        page.wait_for_load_state("networkidle")
        page.goto(f"{gallery}/gallery", wait_until="commit")
        page.wait_for_selector(".brand-mark", state="attached")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 22)"
        page.wait_for_selector("#_pages_content h1")
        page.click("#shell-theme")
        page.wait_for_load_state("networkidle")
        assert not page.problems


def test_figures_take_the_colours_of_the_theme_that_is_shown(browser: Any, gallery: str, session: Any) -> None:
    """Also when the device's theme has changed since the page was asked for."""
    with opened(browser, session, color_scheme="light") as page:
        show(page, gallery, "/gallery")
        page.evaluate(
            "document.documentElement.dataset.theme = ''; localStorage.clear()"
        )  # the device's, whatever was kept
        page.evaluate(
            "addEventListener('basis_theme', () => { window.heard = document.documentElement.dataset.bsTheme; })"
        )
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector("html[data-bs-theme=dark]", state="attached")
        text = 'say => window.basisTheme.recolored(\'{"a": "#2f5bea", "b": "#123456"}\')'
        assert page.evaluate(text) == '{"a": "#7c9cff", "b": "#123456"}'
        page.emulate_media(color_scheme="light")
        page.wait_for_selector("html[data-bs-theme=light]", state="attached")
        assert page.evaluate("window.heard") == "light"
        assert page.evaluate(text.replace("#2f5bea", "#7c9cff")) == '{"a": "#2f5bea", "b": "#123456"}'
        assert not page.problems


def test_search_leads_to_a_page_by_keys_alone(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session) as page:
        show(page, gallery, "/gallery")
        page.keyboard.press("Control+k")
        page.keyboard.type("all pa")
        page.wait_for_selector("#shell-search-found [role=option]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/gallery/parts")
        page.wait_for_selector("text=What the 2027 rules would have paid")
        assert page.evaluate("document.querySelector('.side [aria-current=page]').textContent") == "All parts"


def test_keys_begin_at_the_way_past_the_menu(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session) as page:
        show(page, gallery, "/gallery")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_the_menu_of_a_phone_opens_and_closes(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session, "phone") as page:
        show(page, gallery, "/gallery")
        page.click(".bottom-bar button")
        page.wait_for_selector("#shell-sheet[open]")
        page.click("#shell-sheet a[href='/gallery/parts']")
        page.wait_for_url("**/gallery/parts")
        page.wait_for_selector("#shell-sheet:not([open])", state="attached")
        assert all(
            box["height"] >= 44
            for box in (link.bounding_box() for link in page.locator(".bottom-bar .nav-entry").all())
        )


def test_log_out_leads_to_the_log_in_page(browser: Any, gallery: str) -> None:
    with opened(browser, None) as page:
        log_in(page, gallery)
        page.click("summary.pill")
        page.click(".drop-body button[type=submit]")
        page.wait_for_url("**/login")


def test_a_phone_loads_little(browser: Any, gallery: str, session: Any) -> None:
    with opened(browser, session, "phone") as page:
        cold, warm = (bytes_of(page, f"{gallery}/gallery") for _ in range(2))
    assert cold < COLD_BYTES and warm < WARM_BYTES, (cold, warm)


def bytes_of(page: Any, address: str) -> int:
    """What travels until the page is quiet, as the network sees it."""
    watch, sizes = page.context.new_cdp_session(page), []
    watch.send("Network.enable")
    watch.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address)
    page.wait_for_selector("#_pages_content h1")
    page.wait_for_load_state("networkidle")
    watch.detach()
    return int(sum(sizes))
