"""What the rules hold of a line until its condition is met: by line, by agent and month, with the way to the policies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from pages import commissions as desk
from pages import statement_why
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.runs import RunStatus
from portal.query.reader import Reader
from portal.query.reconciliation import HeldLine, HeldPay, held_by_rules, held_of_agents
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium
from tests.month_end.test_month_end import READER, month_of
from tests.resources.test_screens import run, said
from tests.statement.conftest import JAN, browser_of, make_users

FEB = dt.date(2026, 2, 1)
HELD = 'hold: "MAX(kept - p.free, 0)", release: "MAX(p.free - kept, 0)", group: commission'
KEPT = '  kept: {unit: money, grain: agent, formula: "ROUND(month_fyc * p.override_rate, 2)"}'
FREE = "  free: {unit: money, value: 5, low: 0, high: 100}"


def holding(text: str) -> str:
    """The small law holds a tenth of the commission above 5, and releases what is missing to it."""
    text = text.replace("group: commission", HELD).replace("formulas:", f"formulas:\n{KEPT}")
    return text.replace("parameters:", f"parameters:\n{FREE}")


def held(database: Database, month: dt.date) -> tuple[list[HeldLine], list[HeldPay]]:
    with database.transaction(HOUSE) as session:
        reader = Reader(READER, session)
        lines = held_by_rules(reader, "individual", month)
        found, count = held_of_agents(reader, "individual", month, "commission", 1)
    assert count == len(found) and sum(one.held for one in found) == sum(one.held for one in lines)
    return lines, found


def test_what_the_rules_hold_leads_from_the_line_to_whose_it_is_and_to_its_policies(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    day, ada, bo, cy = dt.date(2026, 1, 10), loaded["Z1"], loaded["Z2"], loaded["Z3"]
    months.approve(holding(law("10%")), JAN)
    months.deliver(
        JAN, last_day(JAN), policy=[policy(1, day), policy(2, day, agent_no="Z1"), policy(3, day, agent_no="Z3")],
        premium=[premium(1, 1, day, amount=1000), premium(2, 2, day, amount=700, agent_no="Z1"),
                 premium(3, 3, day, amount=300, agent_no="Z3")],
    )  # fmt: skip
    assert months.run(JAN) is RunStatus.PUBLISHED
    lines, found = held(database, JAN)
    assert lines == [HeldLine("commission", 3, Decimal(7), Decimal(2))], "of 100: 5, of 70: 2; of 30 too little is held"
    assert found == [
        HeldPay(bo, JAN, Decimal(5), Decimal(0)), HeldPay(ada, JAN, Decimal(2), Decimal(0)),
        HeldPay(cy, JAN, Decimal(0), Decimal(2)),
    ]  # fmt: skip

    make_users(database, {"clara": ("commission_clerk", ""), "bo": ("agent", "Z2")})
    search = f"?month={month_of(database, JAN)}"
    clara = browser_of("clara")
    shown = said(run(clara, desk.CONTENT, "children", search, None))
    assert "Held by the rules until their conditions are met" in shown and "part=rules" in shown
    listed = said(run(clara, desk.CONTENT, "children", f"{search}&part=rules&line=commission", None))
    assert "Bo" in listed and "5.00" in listed and "3 of 3" in listed
    way = f"?line=commission&month=2026-01&agent={bo}"
    assert f"{statement_why.PATH}{way}" in listed
    assert '"P1"' in said(run(clara, statement_why.CONTENT, "children", way)), "down to the policy"
    nobody = said(run(clara, desk.CONTENT, "children", f"{search}&part=rules&line=leading", None))
    assert "Nothing is held of this line." in nobody
    assert "What came in" in said(run(clara, desk.CONTENT, "children", f"{search}&part=rules", None)), "no line named"
    refused = run(browser_of("bo"), desk.CONTENT, "children", f"{search}&part=rules&line=commission", None)
    assert refused.status_code == 403

    # a premium of January that comes in February: what it holds is January's, and leads to January's line
    close(database, JAN)
    late = premium(4, 2, dt.date(2026, 2, 3), amount=400, agent_no="Z1", received_on=dt.date(2026, 1, 30))
    months.deliver(FEB, last_day(FEB), premium=[late])
    assert months.run(FEB) is RunStatus.PUBLISHED
    assert HeldPay(ada, JAN, Decimal(4), Decimal(0)) in held(database, FEB)[1]
    search = f"?month={month_of(database, FEB)}&part=rules&line=commission"
    february = said(run(clara, desk.CONTENT, "children", search, None))
    assert "for Jan 2026" in february
    way = f"?line=commission&month=2026-02&for=2026-01&agent={ada}"
    assert f"{statement_why.PATH}{way}" in february
    assert "Stated before" in said(run(clara, statement_why.CONTENT, "children", way))
