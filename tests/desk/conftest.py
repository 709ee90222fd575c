"""The small insurer with one month that was run, and the people of its desk in a real browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import User
from portal.models.runs import RunStatus
from tests.app import the_app
from tests.browser.chromium import chromium, served, sign_in
from tests.commission.conftest import Months, last_day, law, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import database, loaded, policy, premium, small, var  # noqa: F401 - fixtures of the area
from tests.statement.conftest import JAN, PASSWORD, make_users

USERS = {"bo": ("agent", "Z2"), "clara": ("commission_clerk", ""), "amir": ("commission_approver", "")}
WAIT = 60_000


@pytest.fixture
def january(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> dict[str, int]:  # fmt: skip
    """January was run on two policies of Bo; it is open."""
    with database.transaction(HOUSE) as session:
        if session.scalars(select(User).where(User.username == "clara")).first() is not None:
            return loaded
    make_users(database, USERS)
    months.approve(law("30%"), JAN)
    first = dt.date(2026, 1, 10)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, first)], premium=[premium(1, 1, first, amount=1000)])
    assert months.run(JAN) is RunStatus.PUBLISHED
    return loaded


@pytest.fixture(scope="module")
def address(database: Database) -> Iterator[str]:
    with served(the_app().server) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def person(browser: Browser, address: str, january: dict[str, int]) -> Iterator[Callable[..., Page]]:
    """Somebody's browser; at the end no script failed and the content policy was kept."""
    faults: list[str] = []
    contexts: list[Any] = []

    def opened(name: str, width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=address, locale="en-GB",
                                      service_workers="block")  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None)
        sign_in(page, "/login", name, PASSWORD)
        contexts.append(context)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
