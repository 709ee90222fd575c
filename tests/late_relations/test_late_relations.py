"""Relations of closed months that are told later: what was paid for them is taken back in the open month, or paid to another.

January and February are closed. Ada's and Bo's premiums come to 100.00 and 150.00 of commission in February. In March it is told
that a relation had ended with January, or had been another's since.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import Relation, RelationPeriod
from portal.models.base import FAR_FUTURE
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.reader import Reader
from portal.query.statement import statement
from portal.query.statement_why import opened
from portal.services.periods import end, hold
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium

JAN, FEB, MAR, TODAY = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 11, 29)
ATTEMPTS = itertools.count(1)  # of all tests here: a run that was asked for once is not run again
WAYS = """
  recruiting: {unit: money, grain: agent, formula: "ROUND(GENERATION(month_fyc, recruiter, 1) * 5%, 2)"}
  nurturing: {unit: money, grain: agent, formula: "ROUND(GENERATION(month_fyc * IF(edge.year = 1, 4%, 2%), nurturer, 1), 2)"}
  own_rate: {unit: rate, low: 0, high: 1, decimals: 2, grain: agent, formula: "IF(month_fyc > 200, 4%, IF(month_fyc > 0, 1%, 10%))"}
  spreading: {unit: money, grain: agent, formula: "ROUND(SPREAD(month_fyc, own_rate), 2)"}
  closing: {unit: money, grain: agent, formula: "ROUND(DOWNLINE(month_fyc, 1, month_fyc > 1000) * 1%, 2)"}
  everyone: {unit: money, grain: agent, formula: "DOWNLINE(month_fyc * edge.depth)"}
  training: {unit: money, grain: agent, formula: "ROUND(GENERATION(month_fyc, trainer, 1) * 3%, 2)"}
"""
LINES = """
  - {name: recruiting, pays: recruiting, group: leading, order: 30}
  - {name: nurturing, pays: nurturing, group: leading, order: 40}
  - {name: training, pays: training, group: leading, order: 50}
"""
PAID = (
    "select agent_id, line, for_month, paid from made where paid <> 0 and line <> 'commission' and not starts_with(line, 'owed') "
    "order by agent_id, line, for_month"
)
ELEMENTS = {"leading": "override", "recruiting": "recruiting", "nurturing": "nurturing", "training": "training"}
RATES = {
    "override": Decimal("0.10"),
    "recruiting": Decimal("0.05"),
    "nurturing": Decimal(1),
    "training": Decimal("0.03"),
}
Paid = list[tuple[int, str, dt.date, Decimal]]


@pytest.fixture
def closed(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> dict[str, int]:  # fmt: skip
    """Ada is under Cy and Bo under Ada, who also recruited, nurtured and trained him. January and February are closed."""
    months.attempts = ATTEMPTS
    with database.transaction(HOUSE) as session:
        if session.scalars(select(Relation).where(Relation.kind == "trainer")).first() is not None:
            return loaded
        for kind, agent, above in (("reporting", "Z1", "Z3"), ("nurturer", "Z2", "Z1"), ("trainer", "Z2", "Z1")):
            row = Relation(kind=kind, agent_id=loaded[agent])
            session.add(row)
            session.flush()
            session.add(RelationPeriod(relation_id=row.id, from_id=loaded[above], valid_from=JAN, valid_to=FAR_FUTURE))
    text = law("30%").replace("\nlines:", WAYS + "lines:").rstrip("\n") + LINES
    months.approve(text, JAN)
    early, late = dt.date(2026, 1, 5), dt.date(2026, 2, 5)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, early)], premium=[premium(1, 1, early, amount=1000)])
    assert months.run(JAN) is RunStatus.PUBLISHED
    close(database, JAN)
    months.deliver(
        FEB, last_day(FEB),
        policy=[policy(2, late), policy(3, late, agent_no="Z1")],
        premium=[premium(2, 2, late, amount=500), premium(3, 3, late, agent_no="Z1", amount=1000)],
    )  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED
    ada, cy = loaded["Z1"], loaded["Z3"]
    assert months.rows("statement_line", FEB, PAID) == [
        *(paid(ada, line, FEB, amount) for line, amount in (
            ("leading", "15.00"), ("nurturing", "6.00"), ("recruiting", "7.50"), ("training", "4.50"))),
        paid(cy, "leading", FEB, "30.00"),
    ]  # fmt: skip
    close(database, FEB)
    months.deliver(MAR, last_day(MAR))
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("statement_line", MAR, PAID) == []
    return loaded


def paid(agent: int, line: str, month: dt.date, amount: str) -> tuple[int, str, dt.date, Decimal]:
    return agent, line, month, Decimal(amount)


def people(database: Database, person: int, element: str) -> list[tuple[int, Decimal, Decimal]]:
    """Whom March's statement names for February: by how much the line moved because of each, and what each still brings."""
    with database.transaction(LOCAL_OPERATOR) as session:
        reader = Reader(LOCAL_OPERATOR, session)
        one = statement(reader, person, MAR)
        assert one is not None
        found = opened(reader, one, element, FEB)
    assert found is not None and found.others is not None and found.rows_compared
    rate = RATES[element]
    (summed,) = found.others.people
    return [(row.person_id, (row.amount - row.before) * rate, row.amount * rate) for row in summed.rows]


@pytest.mark.parametrize(
    ("kind", "agent", "above", "line", "taken"),
    [
        ("reporting", "Z1", "Z3", "leading", "-30.00"),
        ("recruiter", "Z2", "Z1", "recruiting", "-7.50"),
        ("nurturer", "Z2", "Z1", "nurturing", "-6.00"),
        ("trainer", "Z2", "Z1", "training", "-4.50"),
    ],
)
def test_what_a_relation_paid_after_its_end_is_taken_back_in_the_open_month(
    closed: dict[str, int], months: Months, database: Database, kind: str, agent: str, above: str, line: str, taken: str
) -> None:
    with database.transaction(HOUSE) as session:
        wanted = select(Relation.id).where(Relation.kind == kind, Relation.agent_id == closed[agent])
        relation = session.scalars(wanted).one()
        end(session, RelationPeriod, "relation_id", relation, FEB, TODAY)
    try:
        assert months.run(MAR) is RunStatus.PUBLISHED
        assert months.rows("agent_value_again", MAR, "select distinct month from made") == [(FEB,)], "January was right"
        assert months.rows("statement_line", MAR, PAID) == [paid(closed[above], line, FEB, taken)]
        assert people(database, closed[above], ELEMENTS[line]) == [(closed[agent], Decimal(taken), Decimal(0))], (
            "and says whose"
        )
    finally:
        with database.transaction(HOUSE) as session:
            again = update(RelationPeriod).where(RelationPeriod.relation_id == relation)
            session.execute(again.values(valid_to=FAR_FUTURE, ended_at=None))


def test_an_override_paid_to_a_former_leader_goes_to_the_one_who_led_since(
    closed: dict[str, int], months: Months, database: Database
) -> None:
    ada, bo, cy = (closed[code] for code in ("Z1", "Z2", "Z3"))
    with database.transaction(HOUSE) as session:
        wanted = select(Relation.id).where(Relation.kind == "reporting", Relation.agent_id == bo)
        relation = session.scalars(wanted).one()
        before = list(session.execute(
            select(RelationPeriod.from_id, RelationPeriod.valid_from, RelationPeriod.valid_to, RelationPeriod.recorded_at)
            .where(RelationPeriod.relation_id == relation)
        ))  # fmt: skip
        hold(session, RelationPeriod, "relation_id", relation, {"from_id": cy}, dt.date(2026, 2, 16))
    try:
        assert months.run(MAR) is RunStatus.PUBLISHED
        assert months.rows("agent_value_again", MAR, "select distinct month from made") == [(FEB,)]
        assert months.rows("statement_line", MAR, PAID) == [
            paid(ada, "leading", FEB, "-15.00"), paid(cy, "leading", FEB, "15.00"),
        ]  # fmt: skip
        assert people(database, ada, "override") == [(bo, -15, 0)] and people(database, cy, "override") == [
            (bo, 15, 15), (ada, 0, 30),
        ]  # fmt: skip
    finally:
        with database.transaction(HOUSE) as session:
            session.execute(delete(RelationPeriod).where(RelationPeriod.relation_id == relation))
            for above, first, last, recorded in before:
                session.add(RelationPeriod(
                    relation_id=relation, from_id=above, valid_from=first, valid_to=last, recorded_at=recorded,
                ))  # fmt: skip


def test_people_along_a_line_are_listed_with_what_each_adds(closed: dict[str, int], database: Database) -> None:
    """Of February: Ada's 300.00 stand one step below Cy, Bo's 150.00 two. Their rates are 4 % and 1 %, that of Cy 10 %."""
    ada, bo, cy = (closed[code] for code in ("Z1", "Z2", "Z3"))
    with database.transaction(LOCAL_OPERATOR) as session:
        reader = Reader(LOCAL_OPERATOR, session)

        def listed(person: int, element: str) -> tuple[object, list[tuple[int, Decimal]]]:
            one = statement(reader, person, FEB)
            found = opened(reader, one, element, FEB) if one is not None else None
            assert found is not None and found.others is not None, element
            return found.value, [(row.person_id, row.amount) for row in found.others.people[0].rows]

        assert listed(cy, "spreading") == (27, [(ada, 18), (bo, 9)]), "10 % less 4 %, the highest on the way to both"
        assert listed(ada, "spreading") == (Decimal("4.50"), [(bo, Decimal("4.50"))])
        assert listed(cy, "closing") == (Decimal("4.50"), [(ada, 300), (bo, 150)]), "Ada does not count, so Bo is next"
        assert listed(cy, "everyone") == (600, [(ada, 300), (bo, 300)])
