"""A month at the desk: frozen by one person, closed by another, handed over; the file comes to the month's total."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from pages import approval as request_page
from pages import commissions as page
from pages import statement as statement_page
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.approvals import ApprovalRequest
from portal.models.commission import Adjustment, CommissionMonth, PaymentFile
from portal.models.runs import RunStatus
from portal.query.reader import Reader
from portal.services.approval_kinds import APPROVALS
from tests.access.browser import post, show_page
from tests.app import the_app
from tests.commission.conftest import Months
from tests.resources.test_screens import run, said
from tests.statement.conftest import FEB, MAR, browser_of


def month_id(database: Database, month: object) -> int:
    with database.transaction(HOUSE) as session:
        return session.scalars(select(CommissionMonth.id).where(CommissionMonth.month == month)).one()


def state(database: Database, number: int) -> str:
    with database.transaction(HOUSE) as session:
        return session.get_one(CommissionMonth, number).state


def click(browser: FlaskClient, button: str, search: str, address: str = page.ADDRESS) -> TestResponse:
    """Press a button whose callback shares its outputs with others: found by its input."""
    key, entry = next(
        (key, one) for key, one in the_app().callback_map.items() if any(i["id"] == button for i in one["inputs"])
    )
    outputs = [{"id": one.component_id, "property": one.component_property} for one in entry["output"]]
    inputs = [{"id": button, "property": "n_clicks", "value": 1}]
    states = [{"id": address, "property": "search", "value": search}]
    body = {
        "output": key,
        "outputs": outputs,
        "inputs": inputs,
        "state": states,
        "changedPropIds": [f"{button}.n_clicks"],
    }
    return post(browser, body)


def adjust_march(months: Months, database: Database) -> None:
    """An adjustment of −20.00 is refused, asked for again and approved; March is computed again. Once, whoever needs it."""
    with database.transaction(HOUSE) as session:
        if session.scalars(select(Adjustment).where(Adjustment.in_month == MAR)).first() is not None:
            return
    clara, amir = browser_of("clara"), browser_of("amir")
    search = f"?month={month_id(database, MAR)}"

    def ask(**values: str) -> str:
        usual = {"agent_no": "Z3", "amount": "-20.00", "for_month": "2026-02", "reason": "Paid twice by hand"}
        return said(run(clara, page.ADJUST, "problems", 1, usual | values, search))

    for wrong in ({"agent_no": "Z9"}, {"amount": "1.005"}, {"amount": "NaN"}, {"amount": "0"}, {"for_month": "2026-04"},
                  {"for_month": "x"}, {"reason": " "}):  # fmt: skip
        assert "second person" not in ask(**wrong), wrong
    for decision in ("refuse", "approve"):
        assert "second person decides" in ask()
        with database.transaction(HOUSE) as session:
            wanted = select(ApprovalRequest).where(
                ApprovalRequest.kind == "adjustment", ApprovalRequest.ended_at.is_(None)
            )
            request = session.scalars(wanted).one()
        assert "waits for a decision" in said(click(clara, page.FREEZE, search))
        form = request_page.APPROVE_FORM if decision == "approve" else request_page.REFUSE_FORM
        run(clara, form, "said", 1, {"reason": "mine"}, request.content_hash, str(request.id))
        run(amir, form, "said", 1, {"reason": "looked at"}, request.content_hash, str(request.id))
    with database.transaction(HOUSE) as session:
        states = session.scalars(
            select(Adjustment.state).where(Adjustment.in_month == MAR).order_by(Adjustment.id)
        ).all()
    assert states == ["refused", "approved"]
    assert "run again" in said(click(clara, page.FREEZE, search)), "it is in no statement yet"
    assert months.run(MAR) is RunStatus.PUBLISHED


def test_adjustment_enters_the_next_run_once_a_second_person_approved(
    story: dict[str, int], months: Months, database: Database
) -> None:
    adjust_march(months, database)
    paid = months.rows("statement_line", MAR, "select for_month, paid from made where line = 'adjustment'")
    assert paid == [(FEB, Decimal("-20.00"))]
    search = f"?month={month_id(database, MAR)}"
    assert "385.00" in said(run(browser_of("clara"), page.CONTENT, "children", search, None)), (
        "less than nothing is carried"
    )


def test_each_adjustment_shows_its_reason_and_people_and_the_decider_what_it_does(
    story: dict[str, int], months: Months, database: Database
) -> None:
    adjust_march(months, database)
    clara, amir = browser_of("clara"), browser_of("amir")
    desk = said(run(clara, page.CONTENT, "children", f"?month={month_id(database, MAR)}&view=decided", None))
    assert "Paid twice by hand" in desk and "asked by clara, decided by amir" in desk
    own = said(run(browser_of("cy"), statement_page.CONTENT, "children", f"?month=2026-03&agent={story['Z3']}"))
    assert "Paid twice by hand" in own and "decided by amir" in own and "Balance carried to the next month" in own
    with database.transaction(HOUSE) as session:
        approved = session.scalars(
            select(ApprovalRequest).where(ApprovalRequest.kind == "adjustment", ApprovalRequest.state == "approved")
        ).one()
        effect = APPROVALS["adjustment"].preview(Reader(HOUSE, session), approved.content)
    assert [(row["part"], row["before"], row["after"]) for row in effect.rows] == [
        ("Lines of the rules", 0, 0), ("Adjustments", -20, -40), ("The agent's month", -20, -40)
    ]  # fmt: skip
    assert "less than nothing" in effect.text[0]
    assert amir.get("/inbox").status_code == 200


def test_what_came_in_leads_to_its_policies_with_the_reason(story: dict[str, int], database: Database) -> None:
    clara = browser_of("clara")
    search = f"?month={month_id(database, FEB)}"
    desk = said(run(clara, page.CONTENT, "children", search, None))
    for told in ("What came in", "In the statements of the month", "Paid as a difference for a closed month", "Came in",
                 "gave no control totals"):  # fmt: skip
        assert told in desk, told
    assert "Nobody's pay is held" in said(run(clara, page.CONTENT, "children", search + "&view=decided", None))
    assert "Z1" in said(run(clara, page.CONTENT, "children", search + "&view=agents", None))
    assert "What came in" in said(run(clara, page.CONTENT, "children", search + "&view=<b>", None))
    listed = said(run(clara, page.CONTENT, "children", search + "&part=paid&reason=difference", None))
    assert '"P1"' in listed and "of 2026-01" in listed and "500.00" in listed
    assert "No policy has this fate" in said(run(clara, page.CONTENT, "children", search + "&part=held", None))
    assert run(browser_of("bo"), page.CONTENT, "children", search + "&part=paid", None).status_code == 403
    refused = run(
        clara, page.HOLD, "problems", 1, {"agent_no": "Z2", "line": "", "reason": "x", "condition": "y"}, search
    )
    assert "not open" in said(refused), "pay of a closed month is not held"


def test_month_goes_from_computed_to_paid_by_two_people(
    story: dict[str, int], months: Months, database: Database
) -> None:
    adjust_march(months, database)
    clara, amir, bo = browser_of("clara"), browser_of("amir"), browser_of("bo")
    march = month_id(database, MAR)
    search = f"?month={march}"

    def step(button: str, browser: FlaskClient = clara) -> str:
        key_output = {"freeze": page.FREEZE, "ask": page.ASK, "pay": page.PAY}[button]
        return said(click(browser, key_output, search))

    listed = said(run(clara, page.CONTENT, "children", "", None))
    assert "837.50" in listed and "385.00" in listed  # February, March
    assert post(bo, show_page(page.PATH, "")).status_code == 403
    assert run(bo, page.CONTENT, "children", "", None).status_code == 403
    assert "Nothing here" in said(run(clara, page.CONTENT, "children", "?month=4711", None))

    shown = said(run(clara, page.CONTENT, "children", search, None))
    assert "Freeze" in shown and "385.00" in shown
    assert "it must be frozen" in step("ask") or "not frozen" in step("ask")
    assert "must be closed" in step("pay")
    assert "Frozen" in step("freeze")
    assert state(database, march) == "frozen"
    assert "Say why" in said(run(clara, page.REOPEN, "problems", 1, {"reason": " "}, search))
    assert "open again" in said(run(clara, page.REOPEN, "problems", 1, {"reason": "A premium is missing"}, search))
    assert state(database, march) == "open"
    assert "Frozen" in step("freeze")
    assert "second person decides" in step("ask")
    with database.transaction(HOUSE) as session:
        request = session.scalars(select(ApprovalRequest).where(ApprovalRequest.kind == "commission_month")).one()
    number, seen = str(request.id), request.content_hash
    refused = run(clara, request_page.APPROVE_FORM, "said", 1, {"reason": "mine"}, seen, number)
    assert state(database, march) == "frozen", refused.get_data(as_text=True)
    run(amir, request_page.APPROVE_FORM, "said", 1, {"reason": ""}, seen, number)
    assert state(database, march) == "closed"

    assert clara.get(f"/export/payment/{march}.csv").status_code == 404, "nothing is handed over yet"
    assert "Handed over" in step("pay")
    assert state(database, march) == "paid" and "must be closed" in step("pay"), "a month is paid once"
    answer = clara.get(f"/export/payment/{march}.csv")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    with database.transaction(HOUSE) as session:
        made = session.scalars(select(PaymentFile)).one()
    assert sum(Decimal(row["amount"]) for row in rows) == made.amount == Decimal("385.00")
    assert [row["agent_no"] for row in rows] == ["Z1", "Z2"] and made.people == 2
    assert amir.get(f"/export/payment/{march}.csv").status_code == 403
    assert bo.get(f"/export/payment/{march}.csv").status_code == 403


def test_a_month_is_taken_along_with_a_column_for_each_line(
    story: dict[str, int], months: Months, database: Database
) -> None:
    adjust_march(months, database)
    clara, bo = browser_of("clara"), browser_of("bo")
    march = month_id(database, MAR)
    answer = clara.get(f"/export/commission/{march}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    lines = [name for name in rows[0] if name not in ("Agent number", "Name", "To be paid")]
    assert [row["Agent number"] for row in rows] == ["Z1", "Z2", "Z3"], "also whose lines come to nothing"
    assert len(lines) > 1
    for row in rows:
        assert sum(Decimal(row[name]) for name in lines) == Decimal(row["To be paid"])
    assert sum(Decimal(row["To be paid"]) for row in rows) == Decimal("385.00")
    book = clara.get(f"/export/commission/{march}.xlsx")
    assert book.status_code == 200 and book.data.startswith(b"PK")
    assert bo.get(f"/export/commission/{march}.csv").status_code == 403
    assert (
        clara.get("/export/commission/4711.csv").status_code
        == clara.get(f"/export/commission/{march}.pdf").status_code
        == 404
    )


def test_drivers_of_a_line_add_up(story: dict[str, int], database: Database) -> None:
    february = f"?month={month_id(database, FEB)}"
    wanted = {
        "": ("837.50", "165.00", "12.50"), "lines": ("330.00", "+330.00", "660.00"),
    }  # fmt: skip
    for view, amounts in wanted.items():
        shown = said(run(browser_of("clara"), page.CONTENT, "children", f"{february}&view={view}", None))
        for amount in amounts:
            assert amount in shown, amount
