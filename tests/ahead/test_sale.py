"""If I sell this, I earn that: what stands is the month's run, what is added is what the rules make of it, to whom it belongs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from callbacks.statement_sale import amount_of
from pages import statement_sale as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.runs import Published
from portal.query.outside import OutOfScope
from portal.query.reader import Reader
from portal.query.sale_estimate import Estimate, Sale, estimate
from portal.query.sales_force import people_below
from portal.query.statement import statement
from tests.ahead.conftest import JAN
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of

SALE = Sale("WL", 10, Decimal(1000))


def asked(database: Database, name: str, person: int, sale: Sale = SALE) -> tuple[Estimate, dict[str, Decimal]]:
    """The estimate, and what the month's run published for the person."""
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    with database.transaction(actor) as session:
        reader = Reader(actor, session)
        found, one = estimate(reader, person, sale), statement(reader, person, JAN)
    assert one is not None
    return found, {line.name: line.paid for line in one.lines if line.paid}


def test_a_sale_adds_what_the_rules_make_of_it(ahead: dict[str, int], database: Database) -> None:
    found, published = asked(database, "bo", ahead["Z2"])
    assert (found.month, found.known_until) == (JAN, JAN.replace(day=31))
    assert {line.name: line.before for line in found.lines if line.before} == published
    assert {line.name: line.after for line in found.lines} == {"commission": 1200, "bonus_line": 120, "tax_line": -66}
    assert (found.before, found.after) == (855, 1254)


def test_a_leader_earns_by_the_others_too(ahead: dict[str, int], database: Database) -> None:
    found, published = asked(database, "ada", ahead["Z1"])
    assert {line.name: line.before for line in found.lines if line.before} == published == {"leading": 90}
    assert {line.name: line.after for line in found.lines} == {"commission": 300, "leading": 90, "tax_line": -15}
    other, published = asked(database, "ada", ahead["Z2"])
    assert other.after == 1254, "a leader may ask for the own team"


def test_nothing_is_kept_of_it(ahead: dict[str, int], database: Database) -> None:
    with database.transaction(HOUSE) as session:
        before = session.scalar(select(func.count(Published.dataset)))
    first, _published = asked(database, "bo", ahead["Z2"], Sale("WL", 5, Decimal("0.01")))
    again, _published = asked(database, "bo", ahead["Z2"], Sale("WL", 5, Decimal("0.01")))
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(func.count(Published.dataset))) == before
    assert first == again and first.after == first.before, "a third of a cent is nothing"


def test_it_is_told_to_whom_it_belongs(ahead: dict[str, int], database: Database) -> None:
    for name, person in (("bo", ahead["Z1"]), ("cy", ahead["Z1"]), ("bo", 4711)):
        with pytest.raises(OutOfScope):
            asked(database, name, person)
        search = f"?agent={person}&product=WL&term=10&premium=1000"
        assert "Nothing here" in said(run(browser_of(name), page.RESULT, "children", search))
        assert "Nothing here" in said(run(browser_of(name), page.CONTENT, "children", search))
    clerk, _published = asked(database, "clara", ahead["Z2"])
    assert clerk.after == 1254, "the clerk sees everybody's"


def test_the_page_says_before_and_after(ahead: dict[str, int]) -> None:
    bo = browser_of("bo")
    shown = said(run(bo, page.RESULT, "children", "?product=WL&term=10&premium=1,000.00"))
    assert "+399.00" in shown and "1,254.00" in shown and "Monthly bonus" in shown and "31 Jan 2026" in shown
    assert "Whole life, 10 years" in said(run(bo, page.CONTENT, "children", ""))
    assert "on sale" in said(run(bo, page.RESULT, "children", "?product=XX&term=10&premium=1000"))
    assert "above 0" in said(run(bo, page.RESULT, "children", "?product=WL&term=10&premium=-5"))
    assert "names no agent" in said(run(browser_of("max"), page.CONTENT, "children", ""))


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "NaN", "1e99", "0.001", "Infinity", "1 000 000 000"])
def test_what_is_no_premium_is_said(text: str) -> None:
    assert amount_of(text) is None
    assert amount_of("12,000.50") == Decimal("12000.50")


def test_who_left_a_team_during_the_month_is_asked_for(ahead: dict[str, int], database: Database) -> None:
    ada, bo = ahead["Z1"], ahead["Z2"]
    first, moved, last = dt.date(2026, 3, 1), dt.date(2026, 3, 16), dt.date(2026, 3, 31)
    with database.transaction(HOUSE) as session:
        assert people_below(session, ada, first, last, []) == [ada, bo]
        assert people_below(session, ada, moved, last, []) == [ada]
        assert people_below(session, ada, moved, last, ["recruiter"]) == [ada, bo]
