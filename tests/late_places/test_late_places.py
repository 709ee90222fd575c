"""Places of work of closed months that are told later: what a team earned its leader goes to the one who led it then.

January and February are closed. In February Bo's premium comes to 150.00 of commission, and Ada, who leads his team, gets 2 % of
what the team came to.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.base import FAR_FUTURE
from portal.models.commission import CommissionMonth
from portal.models.organisation import Institution, InstitutionPeriod, Position
from portal.models.runs import RunStatus, RunStep
from portal.services.periods import begin, end, hold
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium

JAN, FEB, MAR, TODAY = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 11, 29)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ATTEMPTS = itertools.count(1)  # of all tests here: a run that was asked for once is not run again
PAID = (
    "select agent_id, line, for_month, paid from made where paid <> 0 and line in ('team', 'branch') "
    "order by agent_id, line, for_month"
)
OTHER = """
rulebook: individual
formulas:
  team_bonus: {unit: money, grain: agent, formula: "ROUND(TEAM(month_fyc) * 4%, 2)"}
"""
AGAIN = "select distinct month from made"


@pytest.fixture
def closed(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> Iterator[dict[str, int]]:  # fmt: skip
    """January and February are closed, and places of work are as they were after the test."""
    months.attempts = ATTEMPTS
    with database.transaction(HOUSE) as session:
        begun = session.scalars(select(CommissionMonth)).first() is not None
    if not begun:
        other_branch(database)
        team = '  team_bonus: {unit: money, grain: agent, formula: "ROUND(TEAM(month_fyc) * 2%, 2)"}\nlines:'
        line = "  - {name: team, pays: team_bonus, group: leading, order: 30}\n"
        months.approve(law("30%").replace("lines:", team).rstrip("\n") + "\n" + line, JAN)
        months.approve(OTHER, JAN, at="ZC", complete=False)
        early, late = dt.date(2026, 1, 5), dt.date(2026, 2, 5)
        months.deliver(JAN, last_day(JAN), policy=[policy(1, early)], premium=[premium(1, 1, early, amount=1000)])
        assert months.run(JAN) is RunStatus.PUBLISHED
        close(database, JAN)
        months.deliver(FEB, last_day(FEB), policy=[policy(2, late)], premium=[premium(2, 2, late, amount=500)])
        assert months.run(FEB) is RunStatus.PUBLISHED
        assert months.rows("statement_line", FEB, PAID) == [paid(loaded["Z1"], FEB, "3.00")]
        close(database, FEB)
        months.deliver(MAR, last_day(MAR))
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("statement_line", MAR, PAID) == []
    kept = places_of(database)
    yield loaded
    with database.transaction(HOUSE) as session:
        session.execute(delete(Position))
        session.add_all(Position(**one) for one in kept)


def other_branch(database: Database) -> None:
    """A second branch, where leaders get 4 %."""
    with database.transaction(HOUSE) as session:
        beside = session.scalars(select(InstitutionPeriod).where(InstitutionPeriod.name == "ZB")).one()
        row = Institution(code="ZC")
        session.add(row)
        session.flush()
        session.add(InstitutionPeriod(
            institution_id=row.id, parent_id=beside.parent_id, level_id=beside.level_id, name="ZC", valid_from=JAN,
            valid_to=FAR_FUTURE,
        ))  # fmt: skip


def places_of(database: Database) -> list[dict[str, object]]:
    names = ("person_id", "institution_id", "kind", "valid_from", "valid_to", "recorded_at", "ended_at")
    with database.transaction(HOUSE) as session:
        return [{name: getattr(row, name) for name in names} for row in session.scalars(select(Position))]


def paid(agent: int, month: dt.date, amount: str) -> tuple[int, str, dt.date, Decimal]:
    return agent, "team", month, Decimal(amount)


def place(database: Database, code: str) -> int:
    with database.transaction(HOUSE) as session:
        return session.scalars(select(Institution.id).where(Institution.code == code)).one()


def test_who_led_no_team_any_more_gives_back_what_the_team_paid(
    closed: dict[str, int], months: Months, database: Database
) -> None:
    ada = closed["Z1"]
    with database.transaction(HOUSE) as session:
        end(session, Position, "person_id", ada, dt.date(2026, 2, 10), TODAY)
    elsewhere = {"institution_id": place(database, "ZT2"), "kind": "agent"}
    with database.transaction(HOUSE) as session:
        begin(session, Position, "person_id", ada, elsewhere, MAR)  # it belongs to no closed month
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("agent_value_again", MAR, AGAIN) == [(FEB,)], "January was right"
    assert months.rows("statement_line", MAR, PAID) == [paid(ada, FEB, "-3.00")]


def test_who_worked_in_another_team_counts_for_its_leader(
    closed: dict[str, int], months: Months, database: Database
) -> None:
    there = {"institution_id": place(database, "ZT2"), "kind": "agent"}
    with database.transaction(HOUSE) as session:
        hold(session, Position, "person_id", closed["Z2"], there, dt.date(2026, 2, 16))
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("agent_value_again", MAR, AGAIN) == [(FEB,)]
    assert months.rows("statement_line", MAR, PAID) == [
        paid(closed["Z1"], FEB, "-3.00"), paid(closed["Z3"], FEB, "3.00"),
    ]  # fmt: skip


def test_a_team_that_stood_under_another_branch_is_paid_by_its_rules(
    closed: dict[str, int], months: Months, database: Database
) -> None:
    team = place(database, "ZT1")
    with database.transaction(HOUSE) as session:
        here = session.scalars(select(InstitutionPeriod).where(InstitutionPeriod.institution_id == team)).one()
        values = {"level_id": here.level_id, "name": here.name}
        branch = {"parent_id": session.scalars(select(Institution.id).where(Institution.code == "ZC")).one()}
        began, before = here.valid_from, here.parent_id
        hold(session, InstitutionPeriod, "institution_id", team, values | branch, dt.date(2026, 2, 16))
    try:
        assert months.run(MAR) is RunStatus.PUBLISHED
        assert months.rows("agent_value_again", MAR, AGAIN) == [(FEB,)]
        assert months.rows("statement_line", MAR, PAID) == [paid(closed["Z1"], FEB, "3.00")]
    finally:
        with database.transaction(HOUSE) as session:
            session.execute(delete(InstitutionPeriod).where(InstitutionPeriod.institution_id == team))
            session.add(InstitutionPeriod(
                institution_id=team, parent_id=before, **values, valid_from=began, valid_to=FAR_FUTURE, recorded_at=LONG_AGO,
            ))  # fmt: skip


def test_who_works_nowhere_any_more_and_has_a_contract_is_named(
    closed: dict[str, int], months: Months, database: Database
) -> None:
    with database.transaction(HOUSE) as session:
        end(session, Position, "person_id", closed["Z1"], dt.date(2026, 2, 10), TODAY)
    assert months.run(MAR) is RunStatus.REFUSED
    with database.transaction(HOUSE) as session:
        said = session.scalars(select(RunStep.message).where(RunStep.status == "refused")).one()
    assert "work nowhere, the first of them Z1" in said
