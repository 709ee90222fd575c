"""An agent who changes the rulebook within a month is paid by one of them, and what is found out later is set right once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import select

from pages import commissions as desk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import AgentPeriod
from portal.models.commission import CommissionMonth
from portal.models.rulebooks import Rulebook, RulebookElement, RulebookVersion
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.contract_changes import contract_changes
from portal.query.reader import reading
from portal.query.reconciliation import accounted, policies_of
from portal.services import commission_months
from portal.services.periods import hold
from portal.services.writer import Writer
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import APPROVER, CLERK
from tests.insurer.conftest import policy, premium
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of, make_users

JAN, FEB = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
OWN = "select rulebook, agent_id, line, for_month, paid from made where paid <> 0 and line = 'commission' order by all"


def another_rulebook(database: Database) -> None:
    """A second rulebook that says what the first one says."""
    with database.transaction(HOUSE) as session:
        first = session.scalars(select(RulebookVersion)).one()
        book = Rulebook(code="bancassurance", name="Bancassurance")
        session.add(book)
        session.flush()
        same = ("title", "institution_id", "complete", "valid_from", "state", "created_by", "recorded_at")
        kept = {name: getattr(first, name) for name in same}
        version = RulebookVersion(rulebook_id=book.id, number=1, **kept)
        session.add(version)
        session.flush()
        for one in session.scalars(select(RulebookElement).where(RulebookElement.version_id == first.id)).all():
            session.add(RulebookElement(version_id=version.id, section=one.section, name=one.name, content=one.content,
                                        recorded_by="test"))  # fmt: skip


def changes_to(database: Database, agent: int, channel: str, day: dt.date) -> None:
    with database.transaction(HOUSE) as session:
        values = {"channel": channel, "rank": "FA", "origin": "decision"}
        hold(session, AgentPeriod, "agent_id", agent, values, day)


def close_all(database: Database, month: dt.date) -> None:
    with database.transaction(HOUSE) as session:
        for row in session.scalars(select(CommissionMonth).where(CommissionMonth.month == month)).all():
            commission_months.freeze(Writer(CLERK, session), row)
            commission_months.close(Writer(APPROVER, session), row, row.content_hash)


def test_no_premium_is_paid_twice_and_a_change_told_later_moves_the_month_once(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    bo = loaded["Z2"]
    months.approve(law("30%"), JAN)
    another_rulebook(database)
    changes_to(database, loaded["Z3"], "bancassurance", JAN)  # who pays by the second rulebook all along
    early, late = dt.date(2026, 1, 5), dt.date(2026, 1, 25)
    changes_to(database, bo, "bancassurance", dt.date(2026, 1, 15))
    months.deliver(
        JAN, last_day(JAN), policy=[policy(1, early), policy(2, late)],
        premium=[premium(1, 1, early, amount=1000), premium(2, 2, late, amount=2000)],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    assert months.rows("statement_line", JAN, OWN) == [("bancassurance", bo, "commission", JAN, Decimal("900.00"))]
    received = "select sum(amount) from made where part = 'paid'"
    assert months.rows("month_policy", JAN, received) == [(Decimal("3000.00"),)]
    with reading(LOCAL_OPERATOR) as reader:
        assert [one.part for one in accounted(reader, "individual", JAN)] == []
        assert sum(one.amount for one in accounted(reader, "bancassurance", JAN)) == 3000
        for book in ("individual", "bancassurance"):
            [change] = contract_changes(reader, book, JAN)
            assert (change.agent_no, change.prices, change.since) == ("Z2", "bancassurance", dt.date(2026, 1, 15))
        listed, count = policies_of(reader, "bancassurance", JAN, "paid", "", 1)
        assert count == 2 and {one.policy_id for one in listed} == {1, 2}

    make_users(database, {"clara": ("commission_clerk", "")})
    clara = browser_of("clara")
    with database.transaction(HOUSE) as session:
        rows = session.execute(
            select(Rulebook.code, CommissionMonth.id).join(Rulebook, Rulebook.id == CommissionMonth.rulebook_id)
        )
        ids = dict(rows.all())
    of_first = said(run(clara, desk.CONTENT, "children", f"?month={ids['individual']}", None))
    assert "Changed the rulebook within the month" in of_first and "this rulebook pays nothing of the month" in of_first
    of_second = said(run(clara, desk.CONTENT, "children", f"?month={ids['bancassurance']}", None))
    assert "Changed the rulebook within the month" in of_second and "pays nothing" not in of_second
    drilled = said(run(clara, desk.CONTENT, "children", f"?month={ids['bancassurance']}&part=paid", None))
    assert "P1" in drilled and "P2" in drilled and "Policy 1" not in drilled

    # January is closed; then it turns out that Bo never left the first rulebook: February takes it back there and pays it here
    close_all(database, JAN)
    changes_to(database, bo, "individual", dt.date(2026, 1, 15))
    months.deliver(FEB, last_day(FEB))
    assert months.run(FEB) is RunStatus.PUBLISHED
    assert months.rows("statement_line", FEB, OWN) == [
        ("bancassurance", bo, "commission", JAN, Decimal("-900.00")),
        ("individual", bo, "commission", JAN, Decimal("900.00")),
    ]
