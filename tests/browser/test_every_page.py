"""Every page a person can reach in the demo, on the narrowest phone: nothing sideways, usable by all, all of it Chinese."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from portal.access.language import LANGUAGE_COOKIE
from portal.cli.demo import LOGINS
from portal.kit import catalogue
from tests.browser.chromium import chromium
from tests.browser.screenshots import settled, sign_in
from tests.browser.tour import tour

pytestmark = [pytest.mark.browser, pytest.mark.long]

PHONE = {"width": 360, "height": 740}
FILLED = "BASIS_FILLED_DEMO"  # a folder with a filled demo, to save filling one
SERIOUS = ("serious", "critical")
AS_WRITTEN = ('{"', "We look after this customer together")  # what a record holds, and what the demo's manager typed
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Texts on the screen, those of buttons and fields that are only read aloud included; what people typed stands in fields.
TEXTS = """() => {
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
        if (!walk.currentNode.parentElement.closest("script, style, code, pre"))
            found.add(walk.currentNode.data.trim());
    for (const name of ["aria-label", "title", "placeholder"])
        for (const one of document.querySelectorAll(`[${name}]`)) found.add(one.getAttribute(name).trim());
    return [...found].filter((text) => /[A-Za-z]{3}/.test(text));
}"""
ENGLISH = re.compile(r"\b(the|of|and|is|are|was|not|this|with|for|by|from|there|no|has|have|it|to|in|at)\b")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A served demo, and the passwords of its log-ins."""
    filled = os.environ.get(FILLED)
    var = Path(filled) if filled else tmp_path_factory.mktemp("demo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BASIS_", "DATABASE_"))}
    environment["BASIS_VAR"] = str(var)
    basis = [str(Path(sys.executable).parent / "basis")]
    if not filled:
        subprocess.run([*basis, "demo", "--fill-only"], check=True, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*basis, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL) as served:
        try:
            answers(address, served)
            yield address, json.loads((var / "secrets" / "demo_logins.json").read_text())
        finally:
            served.terminate()
            served.wait(30)


def answers(address: str, served: subprocess.Popen[bytes]) -> None:
    """Wait until the portal answers."""
    for _try in range(240):
        assert served.poll() is None, "the portal did not start"
        try:
            if requests.get(f"{address}/health", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.25)
    raise TimeoutError(address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Texts of the source that read otherwise in Chinese."""
    return {
        str(message.id)
        for message in catalogue.kept()
        if isinstance(message.string, str) and message.id != message.string
    }


def unusable(axe: Any, page: Any) -> list[str]:
    """What keeps someone from using the page."""
    found = axe.run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found if one["impact"] in SERIOUS for node in one["nodes"][:3]
    ]  # fmt: skip


def untranslated(text: str, english: set[str]) -> bool:
    """Whether a text of a Chinese page is English of ours; log-ins and what people typed stay as they are."""
    if text in {name for name, *_ in LOGINS} or any(words in text for words in AS_WRITTEN):
        return False
    return text in english or bool(ENGLISH.search(text))


@pytest.mark.parametrize("user", [name for name, *_ in LOGINS])
def test_every_page_of(user: str, demo: tuple[str, dict[str, str]], browser: Any, english: set[str]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    address, passwords = demo
    context = browser.new_context(viewport=PHONE, has_touch=True, service_workers="block", bypass_csp=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "response", lambda answer: problems.append(f"{page.url}: {answer.status}") if answer.status >= 500 else None
    )
    sign_in(page, address, user, passwords[user])
    opened = []
    for href in tour(page, address):
        opened.append(href)
        for theme, language in (("light", "en"), ("dark", "zh")):
            page.emulate_media(color_scheme=theme)
            context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": address}])
            page.goto(address + href)
            settled(page)
            said = f"{href} {theme} {language}"
            if (wide := page.evaluate(SIDEWAYS)) > 0:
                problems.append(f"{said}: scrolls sideways by {wide}")
            problems += [f"{said}: {one}" for one in unusable(axe, page)]
            if page.locator("h1").count() != 1:
                problems.append(f"{said}: {page.locator('h1').count()} headings of the first level")
            if language == "zh":
                texts = page.evaluate(TEXTS)
                ours = set() if "/import" in href else english  # columns of a file are called what the file calls them
                problems += [f"{said}: {text}" for text in texts if untranslated(text, ours)]
        context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "en", "url": address}])
    context.close()
    print(user, len(opened), *opened, sep="\n  ")
    assert not problems, "\n".join(dict.fromkeys(problems))
