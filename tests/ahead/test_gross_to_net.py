"""From gross to net: on the page, on paper, and always to what the month pays."""

from __future__ import annotations

from pages import statement as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.kit import payslip
from portal.query.reader import Reader
from portal.query.statement import statement
from portal.query.statement_net import gross_to_net
from tests.ahead.conftest import JAN
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of


def test_steps_come_to_what_is_paid(ahead: dict[str, int], database: Database) -> None:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, "bo")
    with database.transaction(actor) as session:
        found = statement(Reader(actor, session), ahead["Z2"], JAN)
    assert found is not None
    gross, *steps, net = gross_to_net(found)
    assert [(step.kind, step.line.title, step.amount) for step in steps if step.line] == [
        ("deduction", "Income tax", -45)
    ]
    assert gross.amount == 900 and net.amount == found.paid == 855
    assert gross.amount + sum(step.amount for step in steps) == net.amount


def test_page_and_paper_say_it(ahead: dict[str, int], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    own = said(run(browser_of("bo"), page.CONTENT, "children", ""))
    assert "From gross to net" in own and "/statement/why?line=tax_line" in own and "\N{MINUS SIGN}45.00" in own
    written: list[str] = []
    paragraph = payslip.Paragraph
    monkeypatch.setattr(payslip, "Paragraph", lambda text, style: written.append(text) or paragraph(text, style))
    assert browser_of("bo").get("/export/statement.pdf?month=2026-01").status_code == 200
    at = written.index("From gross to net")
    assert [text for text in written[at:] if text][1:7] == [
        "900.00", "Gross: earned this month", "-45.00", "Income tax", "855.00", "Net: this month pays",
    ]  # fmt: skip
