"""One month of the small insurer under a law with a ladder, and the people who look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import User
from portal.models.agents import AgentPeriod
from portal.models.runs import RunStatus
from tests.commission.conftest import Months, last_day, law, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import BEGAN, SmallInsurer, database, loaded, policy, premium, small, var  # noqa: F401 - fixtures of the area
from tests.statement.conftest import JAN, make_users

USERS = {"ada": ("team_leader", "Z1"), "clara": ("commission_clerk", ""), "amir": ("commission_approver", ""),
         "bo": ("agent", "Z2")}  # fmt: skip
LADDER = """
ladders:
  career:
    ranks: [FA, TM]
    moves:
      - {from: FA, to: TM, kind: promotion, when: "month_fyc >= 500", title: To team manager}
      - {from: TM, to: TM, kind: maintenance, otherwise: FA, when: "month_fyc >= 0 AND month_fyc >= 100", title: Keeps it}
"""


@pytest.fixture
def january(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> dict[str, int]:  # fmt: skip
    """Z2 sold for 600.00 of first-year commission, Z1 for 300.00, Z3 nothing: one rises, one stays, one falls.

    Nobody has decided about it yet.
    """
    with database.transaction(HOUSE) as session:
        if session.scalars(select(User).where(User.username == "clara")).first() is not None:
            nobody_decided(database, loaded)
            return loaded
    make_users(database, USERS)
    months.approve(law("30%") + LADDER, JAN)
    day = dt.date(2026, 1, 10)
    months.deliver(
        JAN, last_day(JAN), policy=[policy(1, day, agent_no="Z1"), policy(2, day)],
        premium=[premium(1, 1, day, amount=1000, agent_no="Z1"), premium(2, 2, day, amount=2000)],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    return loaded


def nobody_decided(database: Database, loaded: dict[str, int]) -> None:
    """The month before anybody decided: each has the rank of the first day."""
    with database.owner.begin() as connection:  # the application's role may not
        connection.execute(text("truncate evaluation_decision, agent_period"))
    with database.transaction(HOUSE) as session:
        session.add_all(
            AgentPeriod(
                agent_id=loaded[one.agent_no], channel=one.channel, rank=one.rank, origin="hire", valid_from=BEGAN
            )
            for one in SmallInsurer().organisation().agent_periods
        )
