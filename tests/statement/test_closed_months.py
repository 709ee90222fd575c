"""What is paid for a closed month explains down to its premiums: as they count now, beside what was stated before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import update

from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.runs import Published
from portal.permissions import Scope
from portal.query.reader import Reader
from portal.query.statement import statement
from portal.query.statement_why import Opened, opened, row_opened
from tests.commission.conftest import last_day
from tests.statement.conftest import FEB, JAN, MAR
from tests.statement.test_statement import read, why

DELIVERED = dt.date(2026, 1, 10)  # the first premium


def rows(measure: Opened | None) -> dict[int, tuple[Decimal | None, Decimal, Decimal]]:
    """What is listed, once it is sure that it comes to the measure: premium, as stated before, as it counts now."""
    assert measure is not None and measure.unlisted is None
    assert sum(row.amount for row in measure.rows) + measure.more_amount == measure.value
    if measure.rows_compared:
        assert sum(row.before for row in measure.rows) + measure.more_before == measure.before
    return {row.key: (row.basis, row.before, row.amount) for row in measure.rows}


def test_premiums_of_a_difference_are_listed_as_they_count_now_beside_what_was_stated(
    story: dict[str, int], database: Database
) -> None:
    _found, ask = read(database, "bo", story["Z2"], JAN)
    assert rows(ask(opened, "month_fyc", JAN)) == {1: (1000, 0, 300)}, "the closed month by its own run"
    _found, ask = read(database, "bo", story["Z2"], FEB)
    measure = ask(opened, "month_fyc", JAN)
    assert rows(measure) == {1: (1000, 300, 300), 2: (500, 0, 150)}, "a premium came late"
    assert measure is not None and (measure.before, measure.value) == (300, 450)
    assert [row.key for row in measure.rows] == [2, 1], "what moved comes first"
    _found, ask = read(database, "bo", story["Z2"], MAR)
    assert rows(ask(opened, "month_fyc", JAN)) == {1: (1000, 300, 400), 2: (500, 150, 200)}, "a rate was corrected"
    assert rows(ask(opened, "month_fyc", FEB)) == {3: (2000, 600, 800)}
    row = ask(row_opened, "month_fyc", 2, JAN)
    assert row is not None and row.value == 200
    assert row.before == 150 and {one.name: (one.before, one.value) for one in row.named} == {
        "counted": (500, 500), "p.fyc_rate": ("30%", "40%"),
    }, "what changed"  # fmt: skip


def test_an_override_lists_the_people_it_is_the_sum_of(story: dict[str, int], database: Database) -> None:
    ada, bo = story["Z1"], story["Z2"]
    _found, ask = read(database, "ada", ada, FEB)
    override = ask(opened, "override", FEB)
    assert override is not None and override.others is not None and override.value == 60
    assert [one.name for one in override.named] == ["p.override_rate"], "names inside the sum are other people's"
    (direct,) = override.others.people
    assert [(row.person_id, row.name, row.amount) for row in direct.rows] == [(bo, "Bo", 600)]
    _found, ask = read(database, "ada", ada, MAR)
    override = ask(opened, "override", JAN)
    assert override is not None and (override.before, override.value) == (45, 60)
    assert override.others is not None and [(one.before, one.total) for one in override.others.people] == [(450, 600)]
    page = why("ada", "?line=leading&month=2026-02&for=2026-01")
    assert f"line=commission&month=2026-02&for=2026-01&agent={bo}&element=month_fyc" in page.replace("\\u0026", "&")
    with database.transaction(HOUSE) as session:
        leader = actor_named(session, "ada")
    alone = replace(leader, scope=Scope(person_id=ada))
    with database.transaction(alone) as session:
        one = statement(Reader(alone, session), ada, FEB)
        assert one is not None
        override = opened(Reader(alone, session), one, "override", FEB)
    assert override is not None and override.asks_others and override.others is None, "who may not see them sees none"


def test_a_sum_over_months_lists_them_as_the_run_knew_them(story: dict[str, int], database: Database) -> None:
    def months(in_month: dt.date, for_month: dt.date) -> list[tuple[dt.date, Decimal, Decimal, dt.date | None]]:
        found = read(database, "bo", story["Z2"], in_month)[1](opened, "three_months", for_month)
        assert found is not None and found.others is not None
        (back,) = found.others.months
        assert back.total == found.value and (not found.compared or back.before == found.before)
        return [(row.month, row.before, row.amount, row.known_in) for row in back.rows]

    assert months(JAN, JAN) == [(JAN, 0, 300, None)]
    assert months(FEB, FEB) == [(JAN, 0, 450, FEB), (FEB, 0, 600, None)], "with the premium of January that came late"
    assert months(MAR, MAR) == [(JAN, 0, 600, MAR), (FEB, 0, 800, MAR), (MAR, 0, 0, None)]
    assert months(MAR, FEB) == [(JAN, 450, 600, MAR), (FEB, 600, 800, MAR)]


def test_rows_of_a_closed_month_belong_to_whom_they_belonged(story: dict[str, int], database: Database) -> None:
    bo = story["Z2"]
    found, ask = read(database, "cy", bo, MAR)
    assert found.differences, "Bo works with Cy since March, and so does his statement"
    assert ask(opened, "month_fyc", JAN) is None and ask(row_opened, "month_fyc", 1, JAN) is None
    assert "whose figures you may not see" in why("cy", f"?agent={bo}&line=commission&month=2026-03&for=2026-01")
    with database.transaction(HOUSE) as session:
        actors = {name: actor_named(session, name) for name in ("bo", "ada", "cy", "max")}
    seen = {}
    for name, actor in actors.items():
        with database.transaction(actor) as session:
            reader = Reader(actor, session)
            made = reader.ask("select premium_id, month from made", made=("premium_value_again", [last_day(MAR)]))
            seen[name] = sorted((row["premium_id"], row["month"]) for row in made)
    everything = [(1, JAN), (2, JAN), (3, FEB)]
    assert seen == {"bo": everything, "ada": everything, "cy": [], "max": []}


def test_rows_are_read_from_the_delivery_that_the_run_read(story: dict[str, int], database: Database) -> None:
    with database.transaction(HOUSE) as session:
        first = session.get_one(Published, ("premium", DELIVERED, 1))
        later = session.get_one(Published, ("premium", dt.date(2026, 2, 20), 1)).files
        session.add(Published(
            dataset="premium", business_date=DELIVERED, version=2, run_id=first.run_id, files=later, row_count=0,
            content_hash="",
        ))  # fmt: skip
        session.flush()
        reader = Reader(actor_named(session, "bo"), session)
        assert reader.pins("premium", [DELIVERED])[0].version == 2, "it was corrected since"
        one = statement(reader, story["Z2"], JAN)
        assert one is not None
        assert rows(opened(reader, one, "month_fyc", JAN)) == {1: (1000, 0, 300)}
        session.rollback()


def test_what_rows_came_to_stays_known_when_retention_removed_their_delivery(
    story: dict[str, int], database: Database
) -> None:
    opens = "?line=commission&month=2026-03&for=2026-01&element=month_fyc"
    assert "removed since by retention" not in why("bo", opens)
    try:
        mark(database, dt.datetime.now(dt.UTC))
        measure = read(database, "bo", story["Z2"], MAR)[1](opened, "month_fyc", JAN)
        assert rows(measure) == {1: (None, 300, 400), 2: (500, 150, 200)}
        assert "removed since by retention" in why("bo", opens)
    finally:
        mark(database, None)


def mark(database: Database, when: dt.datetime | None) -> None:
    """The first delivery as retention leaves it, or as it was."""
    first = update(Published).where(Published.dataset == "premium", Published.business_date == DELIVERED)
    with database.owner.begin() as connection:  # the application's role may not
        connection.execute(first.values(vacuumed_at=when))
