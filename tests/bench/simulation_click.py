"""From the click on Simulate to the picture, on the demo insurer: a draft of a law of 80 formulas against the rules in force.

The jobs process does the work and the page looks for it; both, the browser and PostgreSQL share the machine. The first click after
the start compiles both sets of rules; how long that takes is told apart.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
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


def measure(address: str, var: Path) -> dict[str, float]:
    """Seconds for the three months the page proposes and for the last of them."""
    logins = json.loads((var / "secrets" / "demo_logins.json").read_text())
    jobs = subprocess.Popen([Path(sys.executable).parent / "basis", "jobs"], stderr=subprocess.DEVNULL)
    try:
        with chromium() as browser:
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            sign_in(page, f"{address}/login", "rules", logins["rules"])
            visit(page, f"{address}{DRAFT}")
            first = clicked(page, MOST)
            three = [clicked(page, MOST) for _round in range(ROUNDS)]
            one = [clicked(page, 1) for _round in range(ROUNDS)]
    finally:
        jobs.terminate()
        jobs.wait()
    return {
        "first click after the start, three months, seconds": first,
        "click to picture, three months, seconds": statistics.median(three),
        "click to picture, one month, seconds": statistics.median(one),
    }
