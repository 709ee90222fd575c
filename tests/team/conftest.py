"""Two months of the small insurer under a law with the elements a team home shows, and the people who look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import User
from portal.models.runs import RunStatus
from tests.commission.conftest import Months, last_day, law, months  # noqa: F401 - fixtures of the area
from tests.commission.test_month_run import close
from tests.insurer.conftest import database, loaded, policy, premium, small, var  # noqa: F401 - fixtures of the area
from tests.statement.conftest import FEB, JAN, make_users

USERS = {"ada": ("team_leader", "Z1"), "cy": ("team_leader", "Z3"), "bo": ("agent", "Z2"), "clara": ("commission_clerk", ""),
         "amir": ("commission_approver", ""), "root": ("administrator", "")}  # fmt: skip
KEPT = "MIN(month_fyc, 450)"  # a stand-in for premium still in force
ELEMENTS = f"""
  active: {{unit: count, grain: agent, formula: "IF(month_fyc >= 100, 1, 0)", title: Active head, title_zh: 活动人力}}
  head: {{unit: count, grain: agent, formula: "1", title: Head, title_zh: 人力}}
  persistency_kept: {{unit: money, grain: agent, formula: "{KEPT}", title: Kept, title_zh: 有效保费}}
  persistency_base: {{unit: money, grain: agent, formula: "month_fyc", title: Issued, title_zh: 承保保费}}
lines:"""
LADDER = """
ladders:
  career:
    ranks: [FA, TM]
    rank_titles: {FA: {title: Adviser, title_zh: 业务员}, TM: {title: Manager, title_zh: 业务主任}}
    moves:
      - {from: FA, to: TM, kind: promotion, when: "month_fyc >= 500", title: To manager}
      - {from: TM, to: TM, kind: maintenance, otherwise: FA, when: "month_fyc >= 100", title: Keeps it}
"""


@pytest.fixture
def story(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> dict[str, int]:  # fmt: skip
    """January: Z1 300.00 and Z2 600.00 of first-year commission in the first team, Z3 none in the other; February: Z3 900.00."""
    with database.transaction(HOUSE) as session:
        if session.scalars(select(User).where(User.username == "clara")).first() is not None:
            return loaded
    make_users(database, USERS)
    months.approve(law("30%").replace("\nlines:", ELEMENTS) + LADDER, JAN)
    day, later = dt.date(2026, 1, 10), dt.date(2026, 2, 10)
    months.deliver(
        JAN, last_day(JAN), policy=[policy(1, day, agent_no="Z1"), policy(2, day)],
        premium=[premium(1, 1, day, amount=1000, agent_no="Z1"), premium(2, 2, day, amount=2000)],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    close(database, JAN)
    months.deliver(
        FEB, last_day(FEB),
        policy=[policy(3, later, agent_no="Z3"), policy(2, later, issued_on=day, effective_on=day, status="ended",
                                                        ended_on=later, end_kind="lapse")],
        premium=[premium(3, 3, later, amount=3000, agent_no="Z3")],
    )  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED
    return loaded
