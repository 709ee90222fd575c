"""From the click on Simulate to the picture, on the demo insurer and on one of 100,000 agents.

The jobs process does the work and the page looks for it; both, the browser and PostgreSQL share the machine. When the page opens,
the jobs process makes ready what no draft changes; the first click after the start comes before that has ended and is told apart.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import chromium, sign_in, visit

DRAFT = "/rulebooks/individual/2?tab=simulate"
ROUNDS = 5
MOST = 3  # months that the page proposes


def clicked(page: Page, months: int) -> float:
    """Seconds from the click until the picture of the new simulation of the last months stands."""
    for number, month in enumerate(page.get_by_role("checkbox").all()[:MOST]):
        month.set_checked(number < months)
    button = page.get_by_role("button", name="Simulate", exact=True).last
    button.scroll_into_view_if_needed()
    began = time.perf_counter()
    button.click()
    cancel = page.get_by_role(
        "button", name="Cancel"
    ).first  # stands while it is under way, and the old picture does not
    cancel.wait_for()
    cancel.wait_for(state="detached")
    page.locator(".bars, .drawing, .columns-chart").first.wait_for()
    return time.perf_counter() - began


def measure(address: str, var: Path, draft: str = DRAFT, months: Sequence[int] = (MOST, 1)) -> dict[str, float]:
    """Seconds for the last months of each of these numbers; the page is open before anybody clicks."""
    logins = json.loads((var / "secrets" / "demo_logins.json").read_text())
    jobs = subprocess.Popen([Path(sys.executable).parent / "basis", "jobs"], stderr=subprocess.DEVNULL)
    told = {}
    try:
        with chromium() as browser:
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            sign_in(page, f"{address}/login", "rules", logins["rules"])
            visit(page, f"{address}{draft}")
            told["first click after the start, seconds"] = clicked(page, months[0])
            for number in months:
                clicked(page, number)  # other months than before begin from nothing
                told[f"click to picture, months: {number}, seconds"] = statistics.median(
                    clicked(page, number) for _round in range(ROUNDS)
                )
    finally:
        jobs.terminate()
        jobs.wait()
    return told
