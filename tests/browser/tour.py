"""A person's tour of the portal: the pages of the menu, and one of each kind that links lead to from there.

`python -m tests.browser.tour [address] [user ...]` takes pictures of the tours of all demo log-ins, with a demo running.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from portal.access.language import LANGUAGE_COOKIE
from portal.settings import settings
from tests.browser.chromium import chromium, sign_in, visit
from tests.browser.screenshots import SIZES, VARIANTS, settled

OUT = Path("build/tour")

OWN = ("/", "/away", "/password", "/share-request", "/no-such-page", "/admin/users/1", "/jobs/run?id=0")  # in no menu
STEPS = 3  # links followed one after the other from the menu
MOST_OF_A_PATH = 3  # a report with other questions is the same page
SHOWN_LINKS = """() => [...document.querySelectorAll('.side a, #main a[href^="/"]')]
    .filter((one) => !one.hasAttribute("download")).map((one) => one.getAttribute("href"))"""


def kind_of(href: str) -> str:
    """What pages of one kind have in common: the path with its numbers left out, and the names of what it is asked."""
    parts = urlsplit(href)
    path = re.sub(
        r"/[ac]?\d+(-\w+)?(?=/|$)", "/N", parts.path
    )  # numbers of records; shares go by account or customer and role
    path = re.sub(r"^(/rulebooks/[^/]+/N/[^/]+)/.+", r"\1/name", path)
    return f"{path}?{','.join(sorted(re.findall('(?:^|&)([^=&]+)=', parts.query)))}"


def tour(
    page: Page, address: str, steps: int = STEPS, most: int = MOST_OF_A_PATH, opened: Counter[str] | None = None
) -> Iterator[str]:
    """Open the pages one after the other, each settled when it is given; every kind is opened once.

    `opened` counts pages by path; given along from person to person, nobody opens what another one has opened `most` times.
    """
    visit(page, f"{address}/")
    settled(page)
    waiting = [(href, 0) for href in (*OWN, *page.evaluate(SHOWN_LINKS))]
    seen: set[str] = set()
    paths: Counter[str] = Counter() if opened is None else opened
    while waiting:
        href, depth = waiting.pop(0)
        kind = kind_of(href)
        path = kind.partition("?")[0]
        full = paths[path] >= most and path != "/"  # where people land is each one's own
        if kind in seen or full or path.startswith("/export/"):
            continue
        seen.add(kind)
        paths[path] += 1
        visit(page, address + href)
        settled(page)
        yield href
        if depth < steps:
            waiting += [(link, depth + 1) for link in page.evaluate(SHOWN_LINKS)]


def take(browser: Browser, address: str, user: str, password: str) -> None:
    """Pictures of every page of a tour: a desk in light English, a phone in dark Chinese."""
    OUT.mkdir(parents=True, exist_ok=True)
    for (size, (width, height)), (theme, language) in zip(SIZES.items(), VARIANTS, strict=False):
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone")
        page = context.new_page()
        sign_in(page, f"{address}/login", user, password)
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": address}])
        for number, href in enumerate(tour(page, address)):
            name = re.sub(r"\W+", "-", href).strip("-")[:60] or "landing"
            page.screenshot(path=OUT / f"{user}-{size}-{number:02}-{name}.png", full_page=True)
        context.close()


if __name__ == "__main__":
    logins = json.loads((settings().var_path / "secrets" / "demo_logins.json").read_text())
    wanted = sys.argv[2:] or list(logins)
    with chromium() as opened:
        for who in wanted:
            take(opened, sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8050", who, logins[who])
