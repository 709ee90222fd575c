"""Statements as people open them: one's own, those of the own team, nobody else's; and why each number is what it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import select

from pages import statement as page
from pages import statement_why
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.access import AuditEntry
from portal.query.reader import Reader
from portal.query.statement import Statement, statement
from portal.query.statement_why import Opened, opened, row_opened
from tests.resources.test_screens import run, said
from tests.statement.conftest import FEB, JAN, MAR, browser_of


def shown(name: str, search: str) -> str:
    return said(run(browser_of(name), page.CONTENT, "children", search))


def why(name: str, search: str) -> str:
    return said(run(browser_of(name), statement_why.CONTENT, "children", search))


def read(database: Database, name: str, person: int, month: dt.date) -> tuple[Statement, Callable[..., Opened | None]]:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    with database.transaction(actor) as session:
        found = statement(Reader(actor, session), person, month)
    assert found is not None

    def ask(question: Callable[..., Opened | None], *more: object) -> Opened | None:
        with database.transaction(actor) as session:
            return question(Reader(actor, session), found, *more)

    return found, ask


def test_statement_says_what_was_published(story: dict[str, int], database: Database) -> None:
    found, _ask = read(database, "bo", story["Z2"], FEB)
    assert {(line.title, line.for_month): line.paid for line in found.lines if line.paid} == {
        ("Commission", FEB): 600, ("Commission", JAN): 150, ("Adjustment", JAN): Decimal("12.50"),
    }  # fmt: skip
    assert found.paid == Decimal("762.50") and found.is_closed
    assert [(month, paid) for month, paid in found.trend] == [(JAN, 300), (FEB, Decimal("762.50"))]
    assert found.year == Decimal("1062.50")


def test_adjustment_of_a_closed_month_is_not_taken_back_when_that_month_is_computed_again(
    story: dict[str, int], database: Database
) -> None:
    found, _ask = read(database, "bo", story["Z2"], MAR)
    assert {(line.name, line.for_month): line.paid for line in found.differences} == {
        ("commission", JAN): 150, ("commission", FEB): 200,
    }  # fmt: skip
    assert not found.is_closed


def test_each_part_of_an_explanation_comes_to_the_figure(story: dict[str, int], database: Database) -> None:
    _found, ask = read(database, "bo", story["Z2"], FEB)
    measure = ask(opened, "month_fyc", FEB)
    assert measure is not None and measure.unlisted is None and measure.value == 600
    assert sum(row.amount for row in measure.rows) + measure.more_amount == measure.value
    assert [(row.key, row.basis, row.amount) for row in measure.rows] == [(3, 2000, 600)]
    row = ask(row_opened, "month_fyc", 3, FEB)
    assert row is not None and row.value == 600 and "counted * p.fyc_rate" in row.text
    assert {one.name: (one.kind, one.value) for one in row.named} == {
        "counted": ("row", 2000), "p.fyc_rate": ("parameter", "30%"),
    }  # fmt: skip
    part = ask(row_opened, "month_fyc", 3, FEB, "counted")
    assert part is not None and part.value == 2000 and part.title == "Premium that counts"
    assert {one.name: one.value for one in part.named} == {"premium.amount": 2000}
    assert ask(row_opened, "month_fyc", 3, FEB, "override") is None, "what a person earns is no part of a premium"
    assert ask(row_opened, "month_fyc", 1, FEB) is None, "a premium of January is no part of February"
    assert ask(opened, "no_such_element", FEB) is None
    _found, ask = read(database, "ada", story["Z1"], FEB)
    override = ask(opened, "override", FEB)
    assert override is not None and override.value == 60 and "DIRECT(month_fyc)" in override.text


def test_screens_say_it_in_both_languages_and_to_whom_it_belongs(story: dict[str, int], database: Database) -> None:
    own = shown("bo", "?month=2026-02")
    assert "762.50" in own and "for Jan 2026, paid in Feb 2026" in own and "/statement/why?line=commission" in own
    assert "Provisional" in shown("bo", "") and "Provisional" not in own
    assert "600.00" in why("bo", "?line=commission&month=2026-02") and "No. 3" in why(
        "bo", "?line=commission&month=2026-02"
    )
    assert "Stated before" in why("bo", "?line=commission&month=2026-03&for=2026-01")
    assert "follows no formula" in why("bo", "?line=adjustment&month=2026-02&for=2026-01")
    assert "names no agent" in shown("max", "")
    assert "no statement of this month" in shown("bo", "?month=2030-01")
    bo = story["Z2"]
    assert "762.50" in shown("ada", f"?agent={bo}&month=2026-02"), "a leader sees the own team"
    for name, agent in (("cy", story["Z1"]), ("bo", story["Z1"]), ("bo", 4711), ("bo", "x")):
        for screen in (shown, why):
            assert "Nothing here" in screen(name, f"?agent={agent}&month=2026-02&line=leading"), (name, agent)
    with database.transaction(HOUSE) as session:
        refused = session.scalars(select(AuditEntry).where(AuditEntry.subject == "statement")).all()
    assert {(one.action, one.subject_key) for one in refused} >= {("refused", str(story["Z1"])), ("refused", "4711")}
