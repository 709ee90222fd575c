"""A contract that ended within a closed month and is told later: the next open month takes the difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import AgentPeriod
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.reader import Reader
from portal.query.statement import statement
from portal.query.statement_why import opened
from portal.services.periods import end
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium

JAN, FEB, MAR, TODAY = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 11, 29)
PAID = (
    "select agent_id, line, for_month, paid from made where paid <> 0 and not starts_with(line, 'owed') "
    "order by agent_id, line, for_month"
)
AGAIN = "select distinct month from made"


def test_an_end_that_is_told_late_is_paid_back_in_the_open_month(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    ada, bo, early, late = loaded["Z1"], loaded["Z2"], dt.date(2026, 1, 5), dt.date(2026, 2, 5)
    months.approve(law("30%"), JAN)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, early)], premium=[premium(1, 1, early, amount=1000)])
    assert months.run(JAN) is RunStatus.PUBLISHED
    close(database, JAN)
    months.deliver(FEB, last_day(FEB), policy=[policy(2, late)], premium=[premium(2, 2, late, amount=500)])
    assert months.run(FEB) is RunStatus.PUBLISHED
    before = months.rows("statement_line", FEB, PAID)
    assert before == [(ada, "leading", FEB, Decimal("15.00")), (bo, "commission", FEB, Decimal("150.00"))]
    close(database, FEB)

    # in March it is told that Bo's contract had ended within February: the month is worked out again
    with database.transaction(HOUSE) as session:
        end(session, AgentPeriod, "agent_id", bo, dt.date(2026, 2, 10), TODAY)
    months.deliver(MAR, last_day(MAR))
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("agent_value_again", MAR, AGAIN) == [(FEB,)], "January was right"
    assert months.rows("statement_line", MAR, PAID) == [], "what came in before he left was his"

    # then that it had ended with January: what he and his leader got for February is taken back
    with database.transaction(HOUSE) as session:
        end(session, AgentPeriod, "agent_id", bo, FEB, TODAY)
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("statement_line", MAR, PAID) == [
        (ada, "leading", FEB, Decimal("-15.00")), (bo, "commission", FEB, Decimal("-150.00")),
    ]  # fmt: skip
    assert months.rows("statement_line", FEB, PAID) == before, "the closed statement stays"
    assert months.rows("agent_value_again", MAR, AGAIN) == [(FEB,)]
    with database.transaction(LOCAL_OPERATOR) as session:
        reader = Reader(LOCAL_OPERATOR, session)
        one = statement(reader, bo, MAR)
        found = opened(reader, one, "month_fyc", FEB) if one is not None else None
    assert found is not None and found.no_contract and (found.before, found.value) == (150, 0)
    assert [(row.key, row.before, row.amount) for row in found.rows] == [(2, 150, 0)], "what it was paid for is told"
