"""A commission run from deliveries to statements: one story of three months, followed with a pencil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.commission import CommissionMonth
from portal.models.runs import Problem, RunStatus
from portal.permissions import NIGHTLY, Actor, Permission, Scope
from portal.query.commissions import Paid, matching
from portal.services import commission_months
from portal.services.refusal import Refusal
from portal.services.runs import RunProblem, request_run
from portal.services.writer import Writer, writing
from tests.commission.conftest import Months, last_day
from tests.insurer.conftest import policy, premium

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
CLERK = Actor(1, "Clara", permissions=frozenset({Permission.COMMISSION_EDIT}), scope=Scope(all=True))
APPROVER = Actor(2, "Amir", permissions=frozenset({Permission.COMMISSION_APPROVE}), scope=Scope(all=True))
PAID = "select agent_id, line, for_month, paid from made where paid <> 0 order by all"


def close(database: Database, month: dt.date) -> None:
    with database.transaction(HOUSE) as session:
        row = session.scalars(select(CommissionMonth).where(CommissionMonth.month == month)).one()
        commission_months.freeze(Writer(CLERK, session), row)
        with pytest.raises(Refusal, match="second person"):
            commission_months.close(
                Writer(Actor(9, "Clara", permissions=APPROVER.permissions), session), row, row.content_hash
            )
        commission_months.close(Writer(APPROVER, session), row, row.content_hash)


def test_three_months_with_a_late_premium_and_a_corrected_rule(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    ada, bo = loaded["Z1"], loaded["Z2"]
    months.approve(law("30%"), JAN)

    first = dt.date(2026, 1, 10)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, first)], premium=[premium(1, 1, first, amount=1000)])
    assert months.run(JAN) is RunStatus.PUBLISHED
    assert months.rows("statement_line", JAN, PAID) == [
        (ada, "leading", JAN, Decimal("30.00")), (bo, "commission", JAN, Decimal("300.00")),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="not closed"), writing(NIGHTLY) as writer:
        commission_months.open_month(writer, months.approve(law("30%"), dt.date(2030, 1, 1)), FEB)
    close(database, JAN)
    with pytest.raises(RunProblem, match="not open"), writing(NIGHTLY) as writer:
        request_run(writer, "commission", [last_day(JAN)], rerun=True, reason="once more")

    # a premium of January is delivered in February; the closed statement stays, February pays the difference
    late, second = dt.date(2026, 2, 3), dt.date(2026, 2, 20)
    months.deliver(
        FEB, last_day(FEB),
        policy=[policy(2, second)],
        premium=[premium(2, 1, late, amount=500, received_on=dt.date(2026, 1, 30)), premium(3, 2, second, amount=2000)],
    )  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED
    assert months.rows("statement_line", FEB, PAID) == [
        (ada, "leading", JAN, Decimal("15.00")), (ada, "leading", FEB, Decimal("60.00")),
        (bo, "commission", JAN, Decimal("150.00")), (bo, "commission", FEB, Decimal("600.00")),
    ]  # fmt: skip
    assert months.rows("statement_line", JAN, PAID)[1][3] == Decimal("300.00")
    change = {row[0]: row[1:] for row in months.rows(
        "line_change", FEB, "select line, before, after, joined_amount, left_amount, rules_amount, volume_amount from made"
    )}  # fmt: skip
    assert change["commission"] == (300, 600, 0, 0, 0, 300)
    close(database, FEB)

    # a corrected rule of January, known in March: both closed months are computed again by it
    months.approve(law("40%"), JAN)
    months.deliver(MAR, last_day(MAR))
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("statement_line", MAR, PAID) == [
        (ada, "leading", JAN, Decimal("15.00")), (ada, "leading", FEB, Decimal("20.00")),
        (bo, "commission", JAN, Decimal("150.00")), (bo, "commission", FEB, Decimal("200.00")),
    ]  # fmt: skip
    values = months.rows("agent_value", MAR, f"select three_months, seat_id from made where agent_id = {bo}")
    assert values[0][0] == Decimal("1400.00"), "sums over months look back at closed months as they are known now"
    before = months.rows("statement_line", MAR, "select * exclude (business_date) from made order by all")
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("statement_line", MAR, "select * exclude (business_date) from made order by all") == before
    with database.transaction(HOUSE) as session:
        assert session.scalars(select(Problem).where(Problem.chunk.like("commission:%"))).all() == []


def test_an_agent_of_a_month_is_found_by_either_name_and_by_number() -> None:
    nothing = Decimal(0)
    fang = Paid(1, "Z1", "Wang Fang", nothing, nothing, nothing, nothing, "王芳")
    anna = Paid(2, "Z2", "Anna Novak", nothing, nothing, nothing, nothing)
    assert matching([fang, anna], "王芳") == matching([fang, anna], " wang") == matching([fang, anna], "z1") == [fang]
    assert matching([fang, anna], "nov") == [anna] and matching([fang, anna], "") == [fang, anna]
