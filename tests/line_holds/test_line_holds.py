"""A hold on one line of a person: the policies the line is the sum of are held, not paid; another's and other lines' are paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from calc.rulebook.reading import parse
from jobs.month_held_lines import condition, summed
from pages import commissions as desk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.runs import RunStatus
from portal.query.reader import Reader
from portal.query.reconciliation import policies_of
from portal.services.commission_holds import HOLD_KIND
from tests.commission.conftest import Months, last_day
from tests.insurer.conftest import policy, premium
from tests.month_end.test_month_end import READER, asked_to_hold, decided, month_of, parts
from tests.resources.test_screens import run, said
from tests.statement.conftest import JAN, browser_of, make_users

FIRST_YEAR = "of: premium, sum: fyc, where: premium.policy_year = 1}"


def test_policies_of_a_held_line_are_held_and_named(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    day = dt.date(2026, 1, 10)
    months.approve(law("30%").replace("of: premium, sum: fyc}", FIRST_YEAR), JAN)
    months.deliver(
        JAN, last_day(JAN), policy=[policy(1, day), policy(2, day), policy(3, day, agent_no="Z1"), policy(4, day)],
        premium=[premium(1, 1, day, amount=1000), premium(2, 2, day, amount=500), premium(3, 3, day, amount=700, agent_no="Z1"),
                 premium(4, 4, day, amount=90, policy_year=2, payment_no=2)],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    assert parts(database, JAN) == {("paid", "counted"): (4, 4, Decimal(2290))}

    asked_to_hold(database, JAN, agent_no="Z2", line="commission")
    decided(database, HOLD_KIND)
    asked_to_hold(database, JAN, agent_no="Z1", line="leading")  # a share of what others sold: no sum of premiums
    decided(database, HOLD_KIND)
    assert months.run(JAN) is RunStatus.PUBLISHED
    assert parts(database, JAN) == {
        ("paid", "counted"): (2, 2, Decimal(790)), ("held", "line_held"): (2, 2, Decimal(1500)),
    }, "a second year's premium does not feed the line, and Ada's own is paid"  # fmt: skip
    with database.transaction(HOUSE) as session:
        found, count = policies_of(Reader(READER, session), "individual", JAN, "held", "line_held", 1)
    assert count == 2 and [one.policy_id for one in found] == [1, 2]

    make_users(database, {"clara": ("commission_clerk", "")})
    number = month_of(database, JAN)
    search = f"?month={number}&part=held&reason=line_held"
    shown = said(run(browser_of("clara"), desk.CONTENT, "children", search, None))
    assert "P1" in shown and "P2" in shown and "P3" not in shown
    assert "Commission · Papers are missing · The licence is renewed" in shown


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("premium.policy_year = 1", 'receipt."policy_year" = 1'),
        ("premium.policy_year <= 2 AND premium.product_code <> 'WL'",
         "(receipt.\"policy_year\" <= 2) and (receipt.\"product_code\" <> 'WL')"),
    ],
)  # fmt: skip
def test_a_condition_on_a_premium_is_asked_of_the_premiums(text: str, sql: str) -> None:
    assert condition(parse(text)) == sql


@pytest.mark.parametrize("text", ["premium.policy_year = p.years", "rank = 1", "premium.policy_year + 1 = 2"])
def test_any_other_condition_names_no_policy(text: str) -> None:
    with pytest.raises(LookupError):
        condition(parse(text))
    elements = {
        ("lines", "x"): {"pays": "m"}, ("measures", "m"): {"of": "premium", "sum": "f", "where": text}, ("formulas", "f"): {},
    }  # fmt: skip
    assert summed(elements, "x") is None and summed(elements, "y") is None
