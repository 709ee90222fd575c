"""A month's end followed with a pencil: what came in and what became of it, the core's totals, a hold from request to release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from calc import Engine
from jobs import policies
from jobs.job import Chunk
from jobs.month_problems import keep_problems
from jobs.month_reconcile import control_problems
from portal.access.identity import HOUSE
from portal.cli import rulebook as rulebook_command
from portal.database import Database
from portal.models.agents import Agent, AgentPeriod
from portal.models.approvals import ApprovalRequest
from portal.models.commission import Adjustment, CommissionMonth, PayHold
from portal.models.rulebooks import Rulebook
from portal.models.runs import Problem, Run, RunStatus
from portal.permissions import Actor, Permission, Scope
from portal.query.reader import Reader
from portal.query.reconciliation import accounted, controls, policies_of, together
from portal.query.runs import CONTROL_RULE, SAYS
from portal.query.statement import statement
from portal.sentence import Sentence
from portal.services import commission_months
from portal.services.approvals import APPROVE, REFUSE, decide, request_approval
from portal.services.commission_holds import HOLD_KIND, RELEASE, RELEASE_KIND, hold_back, holds_of
from portal.services.refusal import Refusal
from portal.services.writer import Writer, writing
from portal.sources.base import Control
from tests.commission.conftest import Months, last_day
from tests.commission.test_holds_and_balances import table
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
EDIT, DECIDE, VIEW = Permission.COMMISSION_EDIT, Permission.COMMISSION_APPROVE, Permission.COMMISSION_VIEW
CLARA = Actor(901, "Clara", permissions=frozenset({EDIT, VIEW}), scope=Scope(all=True))
AMIR = Actor(902, "Amir", permissions=frozenset({DECIDE, VIEW}), scope=Scope(all=True))
READER = Actor(903, "Rita", permissions=frozenset({VIEW, Permission.STATEMENT_VIEW}), scope=Scope(all=True))


def month_of(database: Database, month: dt.date) -> int:
    with database.transaction(HOUSE) as session:
        return session.scalars(select(CommissionMonth.id).where(CommissionMonth.month == month)).one()


def decided(database: Database, kind: str, how: str = APPROVE) -> None:
    with database.transaction(HOUSE) as session:
        request = session.scalars(
            select(ApprovalRequest).where(ApprovalRequest.kind == kind, ApprovalRequest.ended_at.is_(None))
        ).one()
        number, seen = request.id, request.content_hash
    with writing(AMIR) as writer:
        decide(writer, number, seen, how, "looked at")


def asked_to_hold(database: Database, month: dt.date, **more: str) -> int:
    usual = {"agent_no": "Z2", "line": "", "reason": "Papers are missing", "condition": "The licence is renewed"}
    with writing(CLARA) as writer:
        row = hold_back(writer, writer.session.get_one(CommissionMonth, month_of(database, month)), **(usual | more))
        request_approval(writer, HOLD_KIND, str(row.id), comment=row.reason)
        return row.id


def parts(database: Database, month: dt.date) -> dict[tuple[str, str], tuple[int, int, Decimal]]:
    with database.transaction(HOUSE) as session:
        found = accounted(Reader(READER, session), "individual", month)
    return {(one.part, one.reason): (one.policies, one.receipts, one.amount) for one in found}


def test_january_accounts_for_everything_and_february_pays_what_was_held(
    months: Months,
    database: Database,
    loaded: dict[str, int],
    law: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policies, "QUARANTINE_SHARE", Decimal(1))  # of so few rows one is more than a hundredth
    book = months.approve(law("30%"), JAN)
    with database.transaction(HOUSE) as session:
        gone = session.scalars(select(AgentPeriod).where(AgentPeriod.agent_id == loaded["Z3"])).one()
        gone.valid_to = dt.date(2026, 1, 1) + dt.timedelta(days=1)
    day, last = dt.date(2026, 1, 10), last_day(JAN)
    feb_day = dt.date(2026, 2, 10)

    # of four policies one has no premium yet, one is of an agent nobody knows; a control total speaks for the 10th
    months.small.told = [Control("premium", day, 3, Decimal(1700))]
    months.deliver(
        JAN, last,
        policy=[policy(1, day), policy(2, day), policy(3, day, agent_no="Z9")],
        premium=[premium(1, 1, day, amount=1000), premium(2, 1, day, amount=200, received_on=dt.date(2025, 12, 30)),
                 premium(3, 3, day, amount=500, agent_no="Z9")],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    assert parts(database, JAN) == {
        ("paid", "counted"): (0, 1, Decimal(1000)), ("held", "no_premium"): (1, 0, Decimal(0)),
        ("refused", "too_old"): (1, 1, Decimal(200)), ("refused", "set_aside"): (1, 1, Decimal(500)),
    }  # fmt: skip
    with database.transaction(HOUSE) as session:
        reader = Reader(READER, session)
        refused, count = policies_of(reader, "individual", JAN, "refused", "", 1)
        assert count == 2 and [(row.reason, row.agent_no) for row in refused] == [("set_aside", "Z9"), ("too_old", "")]
        day_total = together(controls(reader, JAN))
        assert (day_total.days, day_total.told) == (31, 1)
        assert (day_total.control_amount, day_total.aside_amount, day_total.taken_amount) == (1700, 500, 1200)
        assert day_total.difference == 0

    # a hold is asked for by one person and decided by another; it enters at the next run, and a month waits for it
    asked_to_hold(database, JAN)
    with pytest.raises(Refusal, match="held already"):
        asked_to_hold(database, JAN)
    long = "x" * 501
    for wrong in (
        {"agent_no": "Z7"}, {"line": "nothing"}, {"reason": " "}, {"condition": ""}, {"reason": long}, {"condition": long},
    ):  # fmt: skip
        with pytest.raises(Refusal):
            asked_to_hold(database, JAN, **({"line": "leading"} | wrong))
    freeze_is_refused(database, "waits for a decision")
    decided(database, HOLD_KIND, REFUSE)
    asked_to_hold(database, JAN)
    decided(database, HOLD_KIND)
    freeze_is_refused(database, "run again")
    assert months.run(JAN) is RunStatus.PUBLISHED
    assert parts(database, JAN)["held", "person_held"] == (1, 1, Decimal(1000))
    paid = "select line, for_month, paid from made where agent_id = {} and paid <> 0 order by all"
    assert months.rows("statement_line", JAN, paid.format(loaded["Z2"])) == [
        ("commission", JAN, Decimal("300.00")), ("pay_hold", JAN, Decimal("-300.00")),
    ]  # fmt: skip
    with database.transaction(HOUSE) as session:
        one = statement(Reader(READER, session), loaded["Z2"], JAN)
        assert one is not None and one.paid == 0
        held = next(line for line in one.lines if line.name == "pay_hold")
        assert held.decided is not None and held.decided.reason == "Papers are missing"
        assert (held.decided.asked_by, held.decided.decided_by) == ("Clara", "Amir")
        assert [(standing.kept, standing.row.release_condition) for standing in one.holds] == [
            (300, "The licence is renewed")
        ]
    close(database, JAN)

    # February: released the same way, it pays January's pay for January
    months.small.told = []
    months.deliver(FEB, last_day(FEB), policy=[policy(9, feb_day)], premium=[premium(9, 9, feb_day, amount=100)])
    assert months.run(FEB) is RunStatus.PUBLISHED
    assert months.rows("statement_line", FEB, paid.format(loaded["Z2"]))[-1] == ("pay_hold", FEB, Decimal("-30.00"))
    with database.transaction(HOUSE) as session:
        month = session.scalars(select(CommissionMonth).where(CommissionMonth.month == FEB)).one()
        number = next(hold.id for hold in holds_of(Reader(READER, session), month))
    with writing(CLARA) as writer:
        with pytest.raises(Refusal, match="Say why"):
            request_approval(writer, RELEASE_KIND, str(number), {"reason": ""})
        with pytest.raises(Refusal, match="at most 500"):
            request_approval(writer, RELEASE_KIND, str(number), {"reason": long})
        request = request_approval(writer, RELEASE_KIND, str(number), {"reason": "The licence is here"})
        effect = RELEASE.preview(Reader(HOUSE, writer.session), request.content)
    assert effect.figures[0].value == 330, "January's pay, and what the last run holds of February"
    decided(database, RELEASE_KIND)
    assert months.run(FEB) is RunStatus.PUBLISHED
    assert months.rows("statement_line", FEB, paid.format(loaded["Z2"])) == [
        ("commission", FEB, Decimal("30.00")), ("pay_hold", JAN, Decimal("300.00")),
    ]  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED, "computed again it releases the same"
    assert len(months.rows("statement_line", FEB, paid.format(loaded["Z2"]))) == 2
    with database.transaction(HOUSE) as session:
        hold = session.get_one(PayHold, number)
        assert (hold.released_month, hold.release_reason, hold.released_by) == (FEB, "The licence is here", "Amir")
        one = statement(Reader(READER, session), loaded["Z2"], FEB)
        assert one is not None and one.paid == 330 and not one.holds
        assert session.get_one(Rulebook, book).code == "individual"
    problems_of_the_published_run_count(months, database)
    less_than_nothing_is_carried_and_then_clawed_back(months, database, loaded, book, law("30%"))


def less_than_nothing_is_carried_and_then_clawed_back(
    months: Months, database: Database, loaded: dict[str, int], book: int, text: str
) -> None:
    """Ada's February lacks 997.00 and is carried; from March on the rules claw back, so March hands it over below zero."""
    ada = loaded["Z1"]
    with database.transaction(HOUSE) as session:
        session.add(Adjustment(
            rulebook_id=book, person_id=ada, institution_id=3, in_month=FEB, for_month=FEB, amount=Decimal(-1000),
            reason="Paid twice", state="approved", requested_by="Clara", decided_by="Amir",
        ))  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED
    own = f"select line, paid from made where agent_id = {ada} and paid <> 0 order by all"
    assert months.rows("statement_line", FEB, own) == [
        ("adjustment", Decimal(-1000)), ("leading", Decimal("3.00")), ("owed_after", Decimal("997.00")),
    ]  # fmt: skip
    close(database, FEB)
    switch = "  negative_balance: {unit: text, value: claw back}\nmeasures:"
    months.approve(text.replace("measures:", switch, 1), MAR)
    months.deliver(MAR, last_day(MAR))
    assert months.run(MAR) is RunStatus.PUBLISHED
    assert months.rows("statement_line", MAR, own) == [("owed_before", Decimal("-997.00"))]
    with database.transaction(HOUSE) as session:
        one = statement(Reader(READER, session), ada, MAR)
    assert one is not None and one.paid == -997


def test_what_does_not_come_out_is_a_problem_that_keeps_its_sentence(
    database: Database, loaded: dict[str, int]
) -> None:
    chunk = Chunk.of("commission", [dt.date(2027, 1, 31)])
    said = Sentence("Premiums of %(taken)s were taken in; paid, held and refused come to %(judged)s.",
                    taken=Decimal(7), judged=Decimal(5))  # fmt: skip
    assert keep_problems(chunk, {}, [(CONTROL_RULE, "", said)]) == 1
    with database.transaction(HOUSE) as session:
        row = session.scalars(select(Problem).where(Problem.chunk == chunk.id)).one()
        assert "taken in; paid, held and refused come to 5" in row.message and row.row["rulebook"] == ""
        assert row.row[SAYS] == said.kept()


def test_a_delivery_that_lost_rows_later_and_an_agent_without_contract_are_told() -> None:
    """The steps alone: the core said 300.00, 250.00 are there; and a premium of somebody whose contract had ended."""
    with Engine() as engine:
        engine.give("delivered_day", table({"business_date": DAY}, [(JAN,), (JAN.replace(day=2),)]))
        engine.give("receipt", table(RECEIPT, [
            (1, 11, 5, 7, Decimal(100), JAN, JAN), (2, 12, 6, 7, Decimal(150), JAN, JAN), (3, 11, 5, 7, Decimal(-40), FEB, JAN),
        ]))  # fmt: skip
        nothing = Decimal(0)
        engine.give("delivery_total", table(TOTAL, [
            ("premium", JAN, JAN, 4, Decimal(300), 1, Decimal(50), 1, Decimal(30)),
            ("premium", JAN.replace(day=2), None, None, None, 0, nothing, 0, nothing),
        ]))  # fmt: skip
        engine.make("premium_control")
        made = {row["delivered_on"].day: row for row in engine.fetch("premium_control").to_pylist()}
        assert made[1]["difference_amount"] == 210 - 50 + 30 - 300 and made[2]["difference_amount"] is None
        assert len(control_problems_of(engine)) == 2, (
            "the delivery differs, and no part of the month accounts for 210.00"
        )
        engine.give("open_month", table({"in_month": DAY}, [(JAN,)]))
        engine.give("issue", table({"policy_id": KEY, "agent_id": KEY, "institution_id": KEY}, []))
        engine.give("contract", table({"agent_id": KEY, "rulebook": TEXT, "month": DAY}, [(5, "individual", JAN)]))
        engine.give("paying_month", table({"rulebook": TEXT, "month": DAY}, [("individual", JAN)]))
        for name, columns in EMPTY.items():
            engine.give_empty(name, columns.split())
        engine.give_empty("set_aside_row", ("dataset", "row_key", "policy_id", "agent_no", "amount", "rule"))
        engine.make("month_policy")
        rows = {(row["policy_id"], row["reason"]): row for row in engine.fetch("month_policy").to_pylist()}
    assert {key: (row["part"], row["policies"], row["amount"]) for key, row in rows.items()} == {
        (11, "counted"): ("paid", 0, 100), (11, "later_month"): ("held", 1, -40), (12, "no_contract"): ("refused", 1, 150),
    }  # fmt: skip
    assert rows[11, "later_month"]["detail"] == "2026-02"


def control_problems_of(engine: Engine) -> list[Any]:
    engine.connection.execute("create or replace table month_policy as select 0::decimal(18,2) as amount, '' as reason")
    return control_problems(engine)


KEY, TEXT, DAY, MONEY = pa.int64(), pa.string(), pa.date32(), pa.decimal128(18, 2)
RECEIPT = {"premium_id": KEY, "policy_id": KEY, "agent_id": KEY, "institution_id": KEY, "amount": MONEY, "received_on": DAY,
           "business_date": DAY}  # fmt: skip
TOTAL = {"dataset": TEXT, "business_date": DAY, "controlled_on": DAY, "control_rows": KEY, "control_amount": MONEY,
         "sent_rows": KEY, "sent_amount": MONEY, "aside_rows": KEY, "aside_amount": MONEY}  # fmt: skip
EMPTY = {"pay_problem": "rulebook grain row_key agent_id element reason", "unpaid_agent": "rulebook agent_id element reason",
         "held_agent": "rulebook agent_id hold_id", "held_policy": "rulebook agent_id policy_id hold_id"}  # fmt: skip


def freeze_is_refused(database: Database, why: str) -> None:
    with pytest.raises(Refusal, match=why), writing(CLARA) as writer:
        commission_months.freeze(writer, writer.session.get_one(CommissionMonth, month_of(database, JAN)))


def problems_of_the_published_run_count(months: Months, database: Database) -> None:
    """Problems of an earlier attempt, and those of another rulebook, do not stand against a month."""
    with database.transaction(HOUSE) as session:
        month = session.scalars(select(CommissionMonth).where(CommissionMonth.month == FEB)).one()
        newest = session.scalars(
            select(Run.chunk).where(Run.job == "commission", Run.business_date == last_day(FEB), Run.status == "published")
            .order_by(Run.attempt.desc())
        ).first()  # fmt: skip
        assert newest is not None
        for chunk, rulebook in (("commission:2026-02-28:0", "individual"), (newest, "group"), (newest, "individual")):
            before = commission_months.open_problems(Writer(CLARA, session), month)
            session.add(Problem(chunk=chunk, business_date=last_day(FEB), rule="rulebook: fyc", severity="warning",
                                dataset="agent", message="-", row={"rulebook": rulebook}))  # fmt: skip
            session.flush()
            counts = commission_months.open_problems(Writer(CLARA, session), month) - before
            assert counts == int((chunk, rulebook) == (newest, "individual"))
        session.rollback()


@pytest.mark.usefixtures("loaded")
def test_the_command_that_explains_knows_an_agent_by_his_number(database: Database) -> None:
    with database.transaction(HOUSE) as session:
        known = session.scalars(select(Agent.id).where(Agent.agent_no == "Z2")).one()
    assert rulebook_command._person("Z2") == known
    assert rulebook_command._person("Z7") == "Z7"
