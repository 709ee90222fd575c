"""Pictures of every page: desktop and phone, light and dark, English and Chinese. `make screenshots` with a demo running.

`python -m tests.browser.screenshots [address] [page ...]`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from portal.access.language import LANGUAGE_COOKIE
from portal.settings import settings
from tests.browser.chromium import chromium, sign_in, visit

OUT = Path("build/screenshots")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES: dict[
    str, tuple[str, ...]
] = {  # who looks, the address, and links (how their addresses begin) followed from there
    "workbench": ("manager", "/"),
    "customers": ("manager", "/customers"),
    "customers-none": ("manager", "/customers?search=nobody+is+called+so"),
    "customer": ("manager", "/customers", "/customer?"),
    "account": ("manager", "/customers", "/customer?", "/account?"),
    "account-day": ("manager", "/customers", "/customer?", "/account?", "/account/day?"),
    "why": ("manager", "/", ".why"),
    "forbidden": ("manager", "/admin/audit"),
    "missing": ("manager", "/no-such-page"),
    "empty-workbench": ("operator", "/"),
    "home": ("leader", "/home"),
    "home-branch": ("leader", "/home", "/home?institution="),
    "home-sub-branch": ("leader", "/home", "/home?institution=", "/home?institution="),
    "team": ("team-leader", "/team"),
    "team-why": ("team-leader", "/team", ".why"),
    "team-agent": ("team-leader", "/team", "/team/agent?"),
    "teams": ("clerk", "/teams"),
    "team-relations": (
        "clerk",
        "/teams",
        "/teams?institution=",
        "/teams?institution=",
        "/teams?institution=",
        "/teams/agent?",
    ),
    "team-move": (
        "clerk",
        "/teams",
        "/teams?institution=",
        "/teams?institution=",
        "/teams?institution=",
        "/teams/agent?",
        "/teams/move?",
    ),
    "reports": ("leader", "/reports"),
    "deposits": ("leader", "/reports/deposits"),
    "deposits-managers": ("leader", "/reports/deposits?by=manager"),
    "deposits-customers": ("leader", "/reports/deposits?by=customer"),
    "profit": ("leader", "/reports/profit?by=product"),
    "jobs": ("operator", "/jobs"),
    "run": ("operator", "/jobs", "/jobs/run?"),
    "institutions": ("admin", "/admin/institutions"),
    "institution": ("admin", "/admin/institutions", "/admin/institutions/"),
    "institution-new": ("admin", "/admin/institutions/new"),
    "institutions-import": ("admin", "/admin/institutions/import"),
    "people": ("admin", "/admin/people"),
    "people-none": ("admin", "/admin/people?search=nobody+is+called+so"),
    "users": ("admin", "/admin/users"),
    "user": ("admin", "/admin/users", "/admin/users/"),
    "roles": ("admin", "/admin/roles"),
    "role": ("admin", "/admin/roles", "/admin/roles/"),
    "shares": ("admin", "/admin/shares"),
    "share": ("admin", "/admin/shares", "/admin/shares/"),
    "calendar": ("admin", "/admin/calendar"),
    "sources": ("admin", "/admin/sources"),
    "source": ("admin", "/admin/sources", "/admin/sources/"),
    "password": ("manager", "/password"),
    "audit": ("admin", "/admin/audit"),
    "statement": ("agent", "/statement"),
    "statement-ahead": ("agent", "/statement/ahead"),
    "statement-sale": ("agent", "/statement/sale?product=WL01&term=10&premium=12000"),
    "statement-renewals": ("agent", "/statement/renewals"),
}
VARIANTS = (("light", "en"), ("dark", "zh"), ("dark", "en"), ("light", "zh"))


def take(browser: Browser, address: str, wanted: list[str]) -> None:
    """One context a user, size, theme and language."""
    logins = json.loads((settings().var_path / "secrets" / "demo_logins.json").read_text())
    OUT.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        for user in sorted({user for user, *_way in PAGES.values()}):
            names = [name for name, (who, *_way) in PAGES.items() if who == user and (not wanted or name in wanted)]
            if not names:
                continue
            context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone")
            page = context.new_page()
            sign_in(page, f"{address}/login", user, logins[user])
            for theme, language in VARIANTS:
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": address}])
                for name in names:
                    _who, path, *links = PAGES[name]
                    shoot(page, f"{address}{path}", links, OUT / f"{name}-{size}-{theme}-{language}.png")
            context.close()


def shoot(page: Page, url: str, links: list[str], file: Path) -> None:
    """Follow the links, wait until nothing loads any more, then take the whole page."""
    visit(page, url)
    settled(page)
    for link in links:
        wanted = link if link.startswith(".") else f'#main a[href^="{link}"]'
        followed = page.evaluate(
            "wanted => [...document.querySelectorAll(wanted)]"
            ".map(link => link.href).find(to => to !== location.href && !/(new|import)$/.test(to))",
            wanted,
        )
        if followed is None:
            print(f"{file}  has no link to {link}")
            return
        visit(page, followed)
        settled(page)
    page.screenshot(path=file, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    print(f"{file}" + (f"  scrolls sideways by {wide}" if wide > 0 else ""))


def settled(page: Page) -> None:
    """Wait until nothing loads and nothing moves any more."""
    page.wait_for_load_state("networkidle")
    for waiting in ("#first", ".skeleton", ".ag-row-loading", "html[data-busy]"):
        page.wait_for_selector(waiting, state="detached")
    page.wait_for_timeout(600)


if __name__ == "__main__":
    with chromium() as opened:
        take(opened, sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8050", sys.argv[2:])
