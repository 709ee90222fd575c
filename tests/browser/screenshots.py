"""Pictures of every page: desktop and phone, light and dark, English and Chinese. `make screenshots` with a demo running.

`python -m tests.browser.screenshots [address] [page ...]`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from portal.access.language import LANGUAGE_COOKIE
from portal.kit.theme import THEME_COOKIE
from portal.settings import settings
from tests.browser.chromium import chromium

OUT = Path("build/screenshots")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES: dict[str, tuple[str, str]] = {
    "workbench": ("manager", "/"),
    "home": ("leader", "/home"),
    "reports": ("leader", "/reports"),
    "deposits": ("leader", "/reports/deposits"),
    "deposits-managers": ("leader", "/reports/deposits?by=manager"),
    "profit": ("leader", "/reports/profit?by=product"),
    "why": ("manager", "/why?figure=deposits"),
    "jobs": ("operator", "/jobs"),
    "institutions": ("admin", "/admin/institutions"),
    "people": ("admin", "/admin/people"),
    "users": ("admin", "/admin/users"),
    "roles": ("admin", "/admin/roles"),
    "shares": ("admin", "/admin/shares"),
    "calendar": ("admin", "/admin/calendar"),
    "sources": ("admin", "/admin/sources"),
    "audit": ("admin", "/audit"),
}
VARIANTS = (("light", "en"), ("dark", "zh"), ("dark", "en"), ("light", "zh"))


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    """Through the log-in page, as a person would."""
    page.goto(f"{address}/login")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector("#main", state="attached")


def take(browser: Browser, address: str, wanted: list[str]) -> None:
    """One context a user, size, theme and language."""
    logins = json.loads((settings().var_path / "secrets" / "demo_logins.json").read_text())
    OUT.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        for user in sorted({user for user, _ in PAGES.values()}):
            names = [name for name, (who, _) in PAGES.items() if who == user and (not wanted or name in wanted)]
            if not names:
                continue
            context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone")
            page = context.new_page()
            sign_in(page, address, user, logins[user])
            for theme, language in VARIANTS:
                context.add_cookies([
                    {"name": THEME_COOKIE, "value": theme, "url": address},
                    {"name": LANGUAGE_COOKIE, "value": language, "url": address},
                ])  # fmt: skip
                for name in names:
                    shoot(page, f"{address}{PAGES[name][1]}", OUT / f"{name}-{size}-{theme}-{language}.png")
            context.close()


def shoot(page: Page, url: str, file: Path) -> None:
    """Wait until nothing loads any more, then take the whole page."""
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)
    page.screenshot(path=file, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    print(f"{file}" + (f"  scrolls sideways by {wide}" if wide > 0 else ""))


if __name__ == "__main__":
    with chromium() as opened:
        take(opened, sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8050", sys.argv[2:])
