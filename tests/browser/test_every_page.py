"""Every page a person of the demo can reach, opened in a real browser at both sizes: whole, quiet, readable, in Chinese too.

The demo bank and insurer are filled once. Each log-in takes the tour of its menu and of one page of each kind behind it, but
for those that an earlier one has seen.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.access.language import LANGUAGE_COOKIE
from portal.kit import catalogue
from tests.browser.chromium import chromium, sign_in, wait_for
from tests.browser.tour import OWN, tour

pytestmark = [pytest.mark.browser, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
LOGINS = (
    "manager",
    "leader",
    "agent",
    "team-leader",
    "rules",
    "approver",
    "clerk",
    "operator",
    "admin",
)  # who does most first
VIEWS = {"desk": (1440, 900, "light", "en"), "phone": (360, 740, "dark", "zh")}
STEPS = 1  # links followed one after the other from the menu
OPENED: dict[str, Counter[str]] = {
    view: Counter() for view in VIEWS
}  # by path: each is looked at once by its first reader
PATIENCE = 120_000  # milliseconds; the cores are shared with everything else that is tested
TEXTS = """() => { const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
    while (walker.nextNode()) { const one = walker.currentNode.data.trim(); if (one) found.add(one); } return [...found]; }"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address and the log-ins of a filled demo, served by processes of its own."""
    folder = tmp_path_factory.mktemp("demo")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BASIS_", "DATABASE_"))}
    environment = kept | {"BASIS_VAR": str(folder)}
    basis = str(Path(sys.executable).with_name("basis"))
    subprocess.run([basis, "demo", "--fill-only"], cwd=ROOT, env=environment, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [basis, "serve", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as served:
        try:
            wait_for(f"http://127.0.0.1:{port}/login", served)
            yield f"http://127.0.0.1:{port}", json.loads((folder / "secrets" / "demo_logins.json").read_text())
        finally:
            served.send_signal(signal.SIGINT)
            served.wait(60)


@pytest.fixture(scope="module")
def untranslated() -> frozenset[str]:
    """Texts of two words and more that stand otherwise in Chinese: none of them is shown to a Chinese reader."""
    texts = catalogue.kept()
    return frozenset(str(one.id) for one in texts if one.id and " " in str(one.id) and str(one.string) != str(one.id))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("who", LOGINS)
def test_every_page(demo: tuple[str, dict[str, str]], untranslated: frozenset[str], who: str, view: str) -> None:
    address, logins = demo
    width, height, theme, language = VIEWS[view]
    found: list[str] = []
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=view == "phone",
            service_workers="block",
            locale="en-GB",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        sign_in(page, f"{address}/login", who, logins[who])
        context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": address}])
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        said.clear()
        opened = 0
        for href in tour(page, address, STEPS, 1, OPENED[view]):
            opened += 1
            found += [f"{href}: {one}" for one in said if not (href in OWN and ("403" in one or "404" in one))]
            said.clear()
            found += [
                f"{href}: {one}" for one in faults(page, width, untranslated if language == "zh" else frozenset())
            ]
        context.close()
    assert opened
    assert not found, "\n".join(found)


def faults(page: Page, width: int, english: frozenset[str]) -> Iterator[str]:
    """What a person would complain about."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        yield f"scrolls sideways by {wide - width}"
    if not page.locator("h1").count():
        yield "has no heading"
    left = english.intersection(page.evaluate(TEXTS)) if english else ()
    yield from (f"is not in Chinese: {text}" for text in left)
    yield from unreadable(page)


def unreadable(page: Page) -> Iterator[str]:
    """What axe finds; parts that a package of ours draws are its own."""
    from axe_playwright_python.sync_playwright import Axe

    for one in Axe().run(page).response["violations"]:
        for node in one["nodes"]:
            if "dash-datepicker" not in node["html"] and "ag-" not in node["html"]:
                yield f"{one['id']}: {node['html'][:160]}"
