"""The statement on paper says what the page says, to whom the page says it."""

from __future__ import annotations

from decimal import Decimal

from portal.kit import payslip
from tests.statement.conftest import browser_of


def test_the_paper_is_the_page_and_only_for_who_may_open_it(story: dict[str, int], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    written: list[str] = []
    paragraph = payslip.Paragraph
    monkeypatch.setattr(payslip, "Paragraph", lambda text, style: written.append(text) or paragraph(text, style))
    bo = browser_of("bo")
    answer = bo.get("/export/statement.pdf?month=2026-02")
    assert answer.status_code == 200 and answer.content_type == "application/pdf"
    assert (
        answer.data.startswith(b"%PDF-")
        and "filename=statement_Z2_2026-02.pdf" in answer.headers["Content-Disposition"]
    )
    assert "Adjustment (2026-01)" in written and "12.50" in written
    paid = [Decimal(text.replace(",", "")) for text in written if text.replace(",", "").replace(".", "").isdigit()]
    assert Decimal("762.50") in paid, written  # 600.00 of February, 150.00 late for January, 12.50 by hand
    assert bo.get(f"/export/statement.pdf?month=2026-02&agent={story['Z1']}").status_code == 404
    assert bo.get("/export/statement.pdf?month=2026-13").status_code == 404
    assert bo.get("/export/statement.pdf?month=2026-02&agent=x").status_code == 404
    assert browser_of("amir").get("/export/statement.pdf?month=2026-02").status_code == 403
