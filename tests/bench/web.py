"""What the portal answers on `basis serve`: what a browser sent once is sent again, by 50 people and then flat out."""

from __future__ import annotations

import json
import statistics
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.browser.chromium import chromium, sign_in

PEOPLE, THINK_SECONDS, SECONDS, CONNECTIONS, FLAT_OUT_SECONDS = 50, 1.0, 30, 8, 15
PLACES = {"manager": ("/", "/reports/deposits?by=customer"), "leader": ("/home", "/reports/deposits?by=manager")}


@dataclass
class Asked:
    """Callbacks a page sent when it was opened, and the cookies to send them with."""

    cookies: dict[str, str]
    bodies: list[str] = field(default_factory=list)


def record(address: str, logins: dict[str, str]) -> list[Asked]:
    """Open each place in a browser and keep the callbacks it sends."""
    found = []
    with chromium() as browser:
        for user, paths in PLACES.items():
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            sign_in(page, f"{address}/login", user, logins[user])
            asked = Asked({})
            page.on("request", lambda one, kept=asked: kept.bodies.append(one.post_data or "")
                    if one.url.endswith("/_dash-update-component") else None)  # fmt: skip
            for path in paths:  # a page opened anew brings its first answers along: from inside, they are asked for
                page.goto(f"{address}/password")
                page.wait_for_load_state("networkidle")
                page.evaluate("(path) => window.basis.go(path)", path)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(1_000)
            asked.cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
            asked.bodies = [body for body in asked.bodies if "_pages_" not in body]
            found.append(asked)
    return found


def load(
    address: str, asked: list[Asked], people: int, think: float, seconds: float = SECONDS
) -> tuple[list[float], int]:
    """Seconds of each answer, and how many were not right."""
    taken: list[float] = []
    wrong = 0
    until = time.perf_counter() + seconds

    def person(number: int) -> None:
        nonlocal wrong
        mine = asked[number % len(asked)]
        session = requests.Session()
        headers = {"Content-Type": "application/json", "X-CSRFToken": mine.cookies["_csrf_token"], "Origin": address}
        turn = number
        time.sleep(think * number / people)
        while time.perf_counter() < until:
            body = mine.bodies[turn % len(mine.bodies)]
            turn += 1
            began = time.perf_counter()
            answer = session.post(
                f"{address}/_dash-update-component", data=body.encode(), headers=headers, cookies=mine.cookies
            )
            taken.append(time.perf_counter() - began)
            wrong += answer.status_code not in (200, 204)
            time.sleep(think)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return taken, wrong


def measure(address: str, var: Path) -> dict[str, float]:
    """Milliseconds of 50 people, the highest rate at eight connections, and wrong answers of both."""
    logins = json.loads((var / "secrets" / "demo_logins.json").read_text())
    asked = record(address, logins)
    load(address, asked, CONNECTIONS, 0, 3)  # warm
    taken, wrong = load(address, asked, PEOPLE, THINK_SECONDS)
    fast, more_wrong = load(address, asked, CONNECTIONS, 0, FLAT_OUT_SECONDS)
    return {
        "50 people, p50 ms": statistics.median(taken) * 1000,
        "50 people, p95 ms": statistics.quantiles(taken, n=20)[18] * 1000,
        "eight connections, answers a second": len(fast) / FLAT_OUT_SECONDS, "wrong answers": wrong + more_wrong,
    }  # fmt: skip
