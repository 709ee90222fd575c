"""Every kind of measure lists the rows it counts: of a closed month by its own run, and as a later run found the month again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from portal.database import Database
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.reader import Reader
from portal.query.statement import statement
from portal.query.statement_why import Opened, opened, row_opened
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium

JAN, FEB = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
LAW = """
rulebook: individual
facts:
  policy:
    {key: policy_id, agent: agent_id, institution: issuing_institution_id, month_of: issued_on, rules_of: issued_on,
     optional: [end_kind],
     columns: {policy_id: key, agent_id: key, issuing_institution_id: key, product_code: text, issued_on: date, status: text,
               end_kind: text, premium: {unit: money, low: 0, high: 1000000}}}
  premium:
    {key: premium_id, agent: agent_id, institution: issuing_institution_id, month_of: received_on, rules_of: issued_on,
     refers: {policy: policy_id},
     columns: {premium_id: key, policy_id: key, agent_id: key, issuing_institution_id: key, issued_on: date, received_on: date,
               amount: {unit: money, low: -1000000, high: 1000000}, policy_year: {unit: count, low: 1, high: 100}}}
  renewal_due:
    {key: due_id, agent: agent_id, institution: issuing_institution_id, month_of: due_on, rules_of: issued_on,
     columns: {due_id: key, policy_id: key, agent_id: key, issuing_institution_id: key, issued_on: date, due_on: date,
               amount: {unit: money, low: 0, high: 1000000}}}
  policy_end:
    {key: policy_id, agent: agent_id, institution: issuing_institution_id, month_of: ended_on, rules_of: issued_on,
     columns: {policy_id: key, agent_id: key, issuing_institution_id: key, issued_on: date, ended_on: date,
               amount: {unit: money, low: -1000000, high: 1000000}}}
parameters:
  rate: {unit: rate, value: 30%, low: 0, high: 1}
measures:
  first: {unit: money, grain: agent, of: premium, sum: fyc, where: premium.policy_year = 1}
  renewed: {unit: money, grain: agent, of: premium, sum: premium.amount, where: premium.policy_year > 1}
  largest: {unit: money, grain: agent, of: premium, max: premium.amount}
  quarter: {unit: money, grain: agent, of: premium, sum: premium.amount, window: quarter}
  standing:
    {unit: money, grain: agent, of: premium, sum: "ROUND(premium.amount * p.rate, 2)", window: all,
     where: policy.status = 'in_force'}
  sold: {unit: count, grain: agent, of: policy, count: rows, where: "COALESCE(policy.end_kind, 'none') <> 'cancel'"}
  products: {unit: count, grain: agent, of: policy, count_distinct: policy.product_code}
  month_before: {unit: money, grain: agent, of: policy, sum: policy.premium, where: policy.status = 'in_force', ago: 1}
  due: {unit: money, grain: agent, of: renewal_due, sum: renewal_due.amount}
  taken: {unit: money, grain: agent, of: policy_end, sum: clawback}
  branch: {unit: money, grain: institution, of: agent, sum: first}
formulas:
  share: {unit: money, grain: agent, formula: "IF(agent.rank = 'FA' AND month.number = 1, ROUND(branch * 1%, 2), 0)"}
  fyc: {unit: money, grain: premium, formula: "ROUND(premium.amount * p.rate, 2)"}
  clawback: {unit: money, grain: policy_end, formula: "ROUND(policy_end.amount * p.rate, 2)"}
  net: {unit: money, grain: agent, formula: "first - taken"}
lines:
  - {name: commission, pays: net, group: commission, order: 10}
"""


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


CANCELLED = {"status": "ended", "ended_on": day(1, 20), "end_kind": "cancel"}


@pytest.fixture
def closed(months: Months, database: Database, loaded: dict[str, int]) -> int:
    """January is closed; in February a premium of it and the end of a policy come late. Bo's number."""
    months.approve(LAW, JAN)
    end = {"agent_no": "Z2", "end_kind": "cancel", "months_in_force": 0}
    months.deliver(
        JAN, last_day(JAN),
        policy=[policy(1, day(1, 10)), policy(2, day(1, 12), premium=6000),
                policy(2, day(1, 12), business_date=day(1, 20), premium=6000, **CANCELLED)],
        premium=[premium(1, 1, day(1, 10), amount=1000), premium(2, 2, day(1, 12), amount=600),
                 premium(3, 2, day(1, 20), amount=-600), premium(4, 1, day(1, 15), amount=70, policy_year=2)],
        renewal_due=[{"due_id": 1, "business_date": day(1, 5), "policy_id": 1, "agent_no": "Z2", "amount": 80, "due_on": day(1, 15),
                      "policy_year": 2, "payment_no": 2}],
        policy_end=[end | {"policy_id": 2, "business_date": day(1, 20), "ended_on": day(1, 20), "amount": 50}],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    close(database, JAN)
    months.deliver(
        FEB, last_day(FEB),
        policy=[policy(3, day(2, 10), premium=9000),
                policy(1, day(1, 10), business_date=day(2, 9), status="ended", ended_on=day(2, 9), end_kind="lapse")],
        premium=[premium(5, 1, day(2, 3), amount=300, received_on=day(1, 30)), premium(6, 3, day(2, 10), amount=900)],
        policy_end=[end | {"policy_id": 1, "business_date": day(2, 4), "ended_on": day(1, 31), "amount": 10}],
    )  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED
    return loaded["Z2"]


def test_each_measure_lists_the_rows_that_come_to_it(closed: int, database: Database) -> None:
    with database.transaction(LOCAL_OPERATOR) as session:
        reader = Reader(LOCAL_OPERATOR, session)
        statements = {month: statement(reader, closed, month) for month in (JAN, FEB)}

        def asked(month: dt.date, for_month: dt.date, name: str) -> Opened:
            one = statements[month]
            assert one is not None
            found = opened(reader, one, name, for_month)
            assert found is not None and found.unlisted is None, (month, for_month, name)
            return found

        def keys(month: dt.date, for_month: dt.date) -> dict[str, tuple[object, list[int]]]:
            names = (
                "first",
                "renewed",
                "largest",
                "quarter",
                "standing",
                "sold",
                "products",
                "month_before",
                "due",
                "taken",
            )
            found = {name: asked(month, for_month, name) for name in names}
            return {
                name: (one.value, sorted(row.key for row in one.rows if row.amount or name in ("largest", "products")))
                for name, one in found.items()
            }

        assert keys(JAN, JAN) == {
            "first": (300, [1, 2, 3]), "renewed": (70, [4]), "largest": (1000, [1, 2, 3, 4]), "quarter": (1070, [1, 2, 3, 4]),
            "standing": (321, [1, 4]), "sold": (1, [1]), "products": (1, [1, 2]), "month_before": (0, []), "due": (80, [1]),
            "taken": (15, [2]),
        }  # fmt: skip
        again = keys(FEB, JAN)
        assert again == keys(JAN, JAN) | {
            "first": (390, [1, 2, 3, 5]), "largest": (1000, [1, 2, 3, 4, 5]), "quarter": (1370, [1, 2, 3, 4, 5]),
            "standing": (411, [1, 4, 5]), "taken": (18, [1, 2]),
        }, "with what came late; policy 1 still stood at the end of January"  # fmt: skip
        assert keys(FEB, FEB) == {
            "first": (270, [6]), "renewed": (0, []), "largest": (900, [6]), "quarter": (2270, [1, 2, 3, 4, 5, 6]),
            "standing": (270, [6]), "sold": (1, [3]), "products": (1, [3]), "month_before": (0, []), "due": (0, []),
            "taken": (0, []),
        }  # fmt: skip
        late = asked(FEB, JAN, "taken")
        assert {row.key: (row.before, row.amount) for row in late.rows} == {1: (0, 3), 2: (15, 15)}
        net = asked(FEB, JAN, "net")
        assert (net.before, net.value) == (285, 372)
        assert {one.name: (one.before, one.value) for one in net.named} == {"first": (300, 390), "taken": (15, 18)}
        values = {one.name: (one.kind, one.value) for one in asked(JAN, JAN, "share").named}
        assert values == {"agent.rank": ("column", "FA"), "month.number": ("column", 1), "branch": ("place", 300)}
        one = statements[FEB]
        assert one is not None
        row = row_opened(reader, one, "taken", 1, JAN)
        assert row is not None and (row.before, row.value) == (None, Decimal(3)), "there was no such end then"
