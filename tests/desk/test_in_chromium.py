"""A clerk's and an approver's way through a month in a real browser: an agent found by name, a run whose end is seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from jobs.claims import next_chunk
from jobs.commission import COMMISSION_JOB
from jobs.leader import leading
from jobs.records import begin_runs, finish_runs, recording
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.commission import CommissionMonth
from portal.models.organisation import Institution
from portal.permissions import Actor, Permission, Scope
from portal.query.agent_search import agents_like
from portal.query.reader import Reader
from tests.browser.chromium import visit
from tests.commission.conftest import Months
from tests.statement.conftest import JAN

pytestmark = pytest.mark.browser


def month_path(database: Database, view: str = "") -> str:
    with database.transaction(HOUSE) as session:
        number = session.scalars(select(CommissionMonth.id).where(CommissionMonth.month == JAN)).one()
    return f"/commissions?month={number}&view={view}"


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])
def test_an_agent_is_found_by_name_or_number_while_one_types(
    person: Callable[..., Page], database: Database, size: tuple[int, int]
) -> None:
    page = person("clara", *size)
    visit(page, month_path(database, "decided"))
    field = page.get_by_label("Agent", exact=True).first
    found = page.locator("#commissions-adjust-agent_no-list")
    field.fill("cy")
    expect(found.get_by_role("option")).to_have_text("CyZ3 · ZT2")
    field.press("Enter")
    expect(field).to_have_value("Cy · Z3")
    field.fill("nobody is called so")
    expect(found).to_have_text("Nobody fits.")
    field.fill("z2")  # left with only one that fits: that one is meant
    expect(found.get_by_role("option")).to_have_text("BoZ2 · ZT2")
    field.blur()
    expect(field).to_have_value("Bo · Z2")
    page.locator("#commissions-adjust-amount").fill("50")
    page.locator("#commissions-adjust-reason").fill(f"A contest, on a screen of {size[0]}")
    page.get_by_role("button", name="Ask for an adjustment").click()
    expect(page.locator("#toast")).to_contain_text("A second person decides.")
    expect(page.get_by_text(f"A contest, on a screen of {size[0]}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_number_that_nobody_has_is_told_beside_its_field(person: Callable[..., Page], database: Database) -> None:
    page = person("clara")
    visit(page, month_path(database, "decided"))
    page.locator("#commissions-hold-agent_no").fill("Z99")
    page.get_by_role("button", name="Ask for a hold").click()
    expect(page.locator("#commissions-hold .field-problem")).to_contain_text("There is no agent with this number")


def test_agents_are_found_inside_the_scope_only(january: dict[str, int], database: Database) -> None:
    may = frozenset({Permission.STATEMENT_VIEW})
    own = Actor(user_id=None, name="bo", person_id=january["Z2"], permissions=may, scope=Scope(person_id=january["Z2"]))
    with database.transaction(HOUSE) as session:
        first = session.scalars(select(Institution.id).where(Institution.code == "ZT1")).one()
    team = Actor(user_id=None, name="a leader", permissions=may, scope=Scope(institutions=frozenset({first})))
    for actor, text, numbers in (
        (own, "Z2", ["Z2"]), (own, "Z3", []), (team, "Z1", ["Z1"]), (team, "Z3", []), (team, "z", []),
        (Actor(user_id=None, name="nobody", scope=Scope(all=True)), "Z1", []),
    ):  # fmt: skip
        with database.transaction(actor) as session:
            assert [one.agent_no for one in agents_like(Reader(actor, session), text)] == numbers, (actor.name, text)


def test_the_month_is_drawn_anew_when_its_run_ends(
    person: Callable[..., Page], database: Database, months: Months
) -> None:
    page = person("clara")
    visit(page, month_path(database))
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("The run of this month waits to begin.")).to_be_visible()
    with leading():
        with recording() as session:
            chunk = next_chunk(session, "commission")
        assert chunk is not None
        begin_runs(chunk)
        expect(page.get_by_text("This month is being computed")).to_be_visible()
        finish_runs(chunk.id, run_chunk(COMMISSION_JOB, chunk))
    expect(page.locator("#toast")).to_contain_text("The month was computed")
    expect(page.get_by_text("The run of this month waits to begin.")).to_have_count(0)


def test_who_is_no_agent_is_offered_no_statement_of_ones_own(person: Callable[..., Page]) -> None:
    for name, lands, offered in (("clara", "Commission months", 0), ("amir", "Inbox", 0), ("bo", "My statement", 1)):
        page = person(name)
        expect(page.get_by_role("heading", name=lands, level=1)).to_be_visible()
        assert page.locator(".side").get_by_role("link", name="My statement").count() == offered


def test_the_second_notice_of_a_page_is_seen_too(person: Callable[..., Page], database: Database) -> None:
    """A notice leaves by itself; the next one in its place must not have left already, also when it says the same."""
    page = person("clara")
    visit(page, month_path(database, "decided"))
    notice = page.locator("#toast .notice")
    for amount in ("11", "12"):
        page.locator("#commissions-adjust-agent_no").fill("Z2")
        page.locator("#commissions-adjust-amount").fill(amount)
        page.locator("#commissions-adjust-reason").fill("Asked for twice")
        page.get_by_role("button", name="Ask for an adjustment").click()
        expect(page.get_by_text(f"{amount}.00", exact=True)).to_be_visible()
        expect(notice).to_be_visible()
        expect(notice).to_be_hidden(timeout=15_000)


def test_an_answer_is_counted_for_who_asked_and_stands_on_the_line(
    person: Callable[..., Page], database: Database
) -> None:
    bo, clara = person("bo", 390, 844), person("clara")
    visit(bo, "/questions?line=commission&month=2026-01")
    bo.get_by_label("In your words").fill("Is this the policy of the tenth?")
    bo.get_by_role("button", name="Send").click()
    expect(bo.get_by_text("waits for an answer")).to_be_visible()
    visit(clara, "/questions")
    clara.get_by_role("link", name="Bo · Commission").click()
    expect(clara.get_by_text("300.00")).to_be_visible()
    expect(clara.get_by_role("link", name="Adjust")).to_be_visible()
    clara.get_by_label("In your words").fill("It is.")
    clara.get_by_role("button", name="Answer").click()
    expect(clara.get_by_text("It is.")).to_be_visible()
    visit(bo, "/statement?month=2026-01")
    expect(bo.locator("#main .tag", has_text="answered")).to_be_visible()
    expect(bo.locator(".bottom-bar .nav-count").first).to_be_visible()
    assert bo.evaluate("document.documentElement.scrollWidth <= innerWidth")
