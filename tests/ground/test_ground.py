"""What simulations keep for the next one: never older than what it rests on, and made before anybody asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from jobs.leader import leading
from jobs.simulation import Goal, simulate
from jobs.simulation_ground import Grounds
from jobs.simulation_trial import Trial
from jobs.simulations import Simulator
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.rulebooks import Rulebook, RulebookSimulation, RulebookVersion
from portal.permissions import Actor, Permission, Scope
from portal.query.reader import reading
from portal.query.rulebook_rules import known_rules
from portal.query.sales_force import READ, state_of_people
from portal.services import rulebooks
from portal.services.rulebook_simulations import Opened, opened_draft, request_simulation, tell_opened
from portal.services.writer import writing
from tests.commission.conftest import Months, last_day
from tests.insurer.conftest import policy, premium

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
RULES = frozenset({Permission.RULEBOOK_VIEW, Permission.RULEBOOK_EDIT})
OLGA = Actor(7, "Olga", permissions=RULES, scope=Scope(all=True))
RATE = ("parameters", "fyc_rate")


@pytest.fixture
def draft(months: Months, law: Callable[[str], str]) -> int:
    """A draft with another first-year rate than the rules in force, and premiums in January and February."""
    book_id = months.approve(law("30%"), JAN)
    rows = [premium(number, 1 + number % 2, dt.date(2026, 1 + number % 2, 10), amount=1000) for number in range(1, 9)]
    months.deliver(JAN, last_day(FEB), policy=[policy(one.month, one) for one in (JAN, FEB)], premium=rows)
    with writing(OLGA) as writer:
        made = rulebooks.new_draft(
            writer, writer.get(Rulebook, book_id), title="Forty", valid_from=MAR, based_on=newest_approved(writer.session),
            institution_id=newest_approved(writer.session).institution_id,
        )  # fmt: skip
        rulebooks.set_element(writer, made, RATE, rate("40%"))
        return made.id


def newest_approved(session: Any) -> RulebookVersion:
    approved = (
        select(RulebookVersion).where(RulebookVersion.state == "approved").order_by(RulebookVersion.number.desc())
    )
    found: RulebookVersion = session.scalars(approved.limit(1)).one()
    return found


def rate(value: str) -> dict[str, Any]:
    return {
        "unit": "rate",
        "value": value,
        "low": "0",
        "high": "1",
        "title": "First-year rate",
        "title_zh": "首年佣金率",
    }


def simulated(
    database: Database, draft: int, grounds: Grounds, *months: dt.date, goal: Goal | None = None
) -> dict[str, Any]:
    with database.transaction(HOUSE) as session:
        return simulate(session, session.get_one(RulebookVersion, draft), months, goal, grounds)


def test_what_is_kept_gives_what_comes_out_from_nothing(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str], draft: int, tmp_path: Path
) -> None:
    kept, number = Grounds(tmp_path / "kept"), 0

    def same(*asked: dt.date, goal: Goal | None = None) -> dict[str, Any]:
        nonlocal number
        number += 1
        fresh = Grounds(tmp_path / f"fresh {number}")
        found = simulated(database, draft, kept, *asked, goal=goal)
        assert found == simulated(database, draft, kept, *asked, goal=goal), "the same, asked again"
        assert found == simulated(database, draft, fresh, *asked, goal=goal), "the same, from nothing"
        fresh.close()
        return found

    first = same(FEB)
    assert Decimal(first["change"]) > 0
    both = same(JAN, FEB)
    assert Decimal(both["after"]) > Decimal(first["after"])
    same(FEB)
    with writing(OLGA) as writer:
        rulebooks.set_element(writer, writer.get(RulebookVersion, draft), RATE, rate("50%"))
    dearer = same(JAN, FEB)
    assert Decimal(dearer["change"]) == 2 * Decimal(both["change"])
    same(JAN, FEB, goal=Goal("fyc_rate", Decimal(1500)))
    more = [premium(number, 2, dt.date(2026, 2, 20), amount=5000) for number in range(20, 22)]
    months.deliver(dt.date(2026, 2, 20), dt.date(2026, 2, 20), premium=more)
    assert same(JAN, FEB)["before"] != dearer["before"], "premiums that came later count"
    below = same(FEB)
    with database.transaction(HOUSE) as session:
        session.execute(
            text("update relation_period set from_id = :other where relation_id in "
                 "(select id from relation where agent_id = :agent and kind = 'reporting') and valid_from = :day"),
            {"other": loaded["Z3"], "agent": loaded["Z2"], "day": JAN},
        )  # fmt: skip
    assert same(FEB)["largest"] != below["largest"], "Bo reports to somebody else"
    months.approve(law("35%"), JAN)
    assert same(JAN, FEB)["before"] != dearer["before"], "other rules are in force"
    kept.close()
    assert not kept.folder.exists()


def test_a_month_stands_while_nothing_it_rests_on_changes(
    months: Months, database: Database, draft: int, tmp_path: Path
) -> None:
    grounds = Grounds(tmp_path / "kept")

    def ground(month: dt.date, *all_months: dt.date) -> object:
        with database.transaction(HOUSE) as session:
            version = session.get_one(RulebookVersion, draft)
            book = session.get_one(Rulebook, version.rulebook_id)
            trial = Trial(session, book, known_rules(session, book.id), all_months, grounds, lambda _said: None)
            trial.compute()
            return trial.grounds.of(session, book.code, month, trial.people, trial.facts)

    first = ground(JAN, JAN)
    assert ground(JAN, JAN) is first
    ground(FEB, FEB)
    assert ground(JAN, JAN) is first, "February has a place of its own"
    months.deliver(MAR, dt.date(2026, 3, 1), premium=[premium(70, 1, MAR)])
    assert ground(JAN, JAN) is first, "what was delivered for later days is no part of January"
    months.deliver(dt.date(2026, 1, 31), dt.date(2026, 1, 31), premium=[premium(71, 1, dt.date(2026, 1, 31))])
    assert ground(JAN, JAN) is not first
    grounds.close()


@pytest.mark.parametrize("table", READ)
def test_whatever_is_written_to_people_is_another_state(database: Database, loaded: dict[str, int], table: str) -> None:
    with database.transaction(HOUSE) as session:
        before = state_of_people(session)
        assert state_of_people(session) == before
    with database.transaction(HOUSE) as connection:
        row = connection.execute(text(f"select min(ctid) from {table}")).scalar_one()
        column = connection.execute(
            text("select column_name from information_schema.columns where table_name = :table and is_generated = 'NEVER' "
                 "and is_identity = 'NO' order by ordinal_position desc limit 1"), {"table": table},
        ).scalar_one()  # fmt: skip
        connection.execute(text(f"update {table} set {column} = {column} where ctid = cast(:row as tid)"), {"row": row})
    with database.transaction(HOUSE) as session:
        assert state_of_people(session) != before


def test_what_a_page_proposes_is_made_ready_and_gives_way(database: Database, draft: int) -> None:
    opened = Opened(draft, [JAN, FEB])
    with leading() as lead:
        simulator = Simulator()
        with reading(OLGA) as reader:
            tell_opened(reader.session, opened)
        said = lead.wait_for_requests(10)
        assert [opened_draft(one) for one in said] == [opened]
        simulator.turn(said)
        simulator.wait()
        assert sorted(simulator.months) == [JAN, FEB]
        with writing(OLGA) as writer:
            asked = request_simulation(writer, writer.get(RulebookVersion, draft), [JAN, FEB]).id
        simulator.turn(said)  # who waits goes first
        simulator.wait()
        simulator.turn()
        simulator.wait()
    with database.transaction(HOUSE) as session:
        assert session.get_one(RulebookSimulation, asked).state == "done"


@pytest.mark.parametrize("said", ["", "draft opened", "draft opened 3", "draft opened x 2026-01", "draft opened 3 2026-13",
                                  "draft opened 3 2026-01; drop", "draft opened 3 0000-01"])  # fmt: skip
def test_other_words_are_not_heard(said: str) -> None:
    assert opened_draft(said) is None
