"""The small insurer with one month that was run by a law with a tier, a rank to reach, a tax and a deduction."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import User
from portal.models.runs import RunStatus
from tests.commission.conftest import LAW, Months, last_day, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import database, loaded, policy, premium, small, var  # noqa: F401 - fixtures of the area
from tests.statement.conftest import USERS, make_users

JAN = dt.date(2026, 1, 1)
TIERED = (
    LAW.replace("RATE", "30%")
    .replace(
        "measures:\n",
        """tables:
  bonus:
    {title: Bonus, band: {month_fyc: money}, mode: whole, values: {rate: {unit: rate, low: 0, high: 1}},
     rows: [[0, 1000, 0%], [1000, ~, 10%]]}
  weight:
    {title: Weight, keys: {policy_year: count}, values: {weight: {unit: rate, low: 0, high: 1}}, rows: [[1, 100%], [2, 50%]]}
measures:
""",
    )
    .replace("ROUND(counted * p.fyc_rate, 2)", "ROUND(counted * p.fyc_rate * LOOKUP(weight, premium.policy_year), 2)")
    .replace("parameters:\n", """parameters:
  promotion_fyc: {unit: money, value: 1000, low: 0, high: 1000000}
""")
    .replace("formulas:\n", """formulas:
  counted_fyc: {unit: money, grain: agent, formula: "MAX(month_fyc, 0)", title: Commission that counts, title_zh: 计奖佣金}
  bonus_amount: {unit: money, grain: agent, formula: "ROUND(TIER_AMOUNT(bonus, counted_fyc), 2)"}
  quarter_ends: {unit: flag, grain: agent, formula: "month.number = 3 OR month.number = 6", title: The quarter ends}
  tax: {unit: money, grain: agent, formula: "0 - ROUND((counted_fyc + bonus_amount) * 5%, 2)"}
""")
    .replace("lines:\n", """ladders:
  career:
    ranks: [FA, SA, TM]
    moves:
      - {from: FA, to: SA, kind: promotion, when: "quarter_ends AND three_months >= p.promotion_fyc", title: To senior agent}
      - {from: FA, to: FA, kind: maintenance, when: "month_fyc > 100", title: Keeps the rank}
lines:
  - {name: bonus_line, pays: bonus_amount, group: bonus, order: 15, title: Monthly bonus, title_zh: 月度奖}
  - {name: tax_line, pays: tax, group: tax, order: 90, kind: deduction, title: Income tax, title_zh: 个人所得税}
""")
)  # fmt: skip


@pytest.fixture
def ahead(months: Months, database: Database, loaded: dict[str, int]) -> dict[str, int]:
    """January: Bo sold for 3,000 and earns 900 by it; the bonus begins at 1,000."""
    with database.transaction(HOUSE) as session:
        if session.scalars(select(User).where(User.username == "bo")).first() is not None:
            return loaded
    make_users(database, USERS)
    months.approve(TIERED, JAN)
    sold = dt.date(2026, 1, 10)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, sold)], premium=[premium(1, 1, sold, amount=3000)])
    assert months.run(JAN) is RunStatus.PUBLISHED
    return loaded
