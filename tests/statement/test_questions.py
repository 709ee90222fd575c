"""Questions about a line: asked by whose pay it is, answered at the desk, asked again, settled; nobody else sees them."""

from __future__ import annotations

from sqlalchemy import select

from pages import questions as page
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.commission import StatementAnswer, StatementQuestion
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of

LINE = "?line=adjustment&month=2026-02&for=2026-01"  # of Bo: 12.50 for January, paid in February


def newest(database: Database) -> StatementQuestion:
    with database.transaction(HOUSE) as session:
        found = session.scalars(select(StatementQuestion).order_by(StatementQuestion.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def test_a_question_goes_to_the_desk_and_comes_back_with_an_answer(story: dict[str, int], database: Database) -> None:
    bo, clara = browser_of("bo"), browser_of("clara")
    form = said(run(bo, page.CONTENT, "children", LINE, None))
    assert "12.50" in form and "The commission desk answers; you find the answer under Questions." in form
    for wrong in ({"kind": "question", "words": " "}, {"kind": "threat", "words": "Pay me"}, {}, None, {"words": 7}):
        assert "Sent" not in said(run(bo, page.ASK, "problems", 1, wrong, LINE))
    assert "no such line" in said(
        run(bo, page.ASK, "problems", 1, {"kind": "question", "words": "Why?"}, "?line=bonus")
    )
    told = {"kind": "dispute", "words": "The contest paid <b>15.00</b>"}
    assert "Sent to the commission desk" in said(run(bo, page.ASK, "problems", 1, told, LINE))
    asked = newest(database)
    assert (asked.kind, asked.state, asked.line, asked.asked_by) == ("dispute", "open", "adjustment", "bo")
    one = f"?id={asked.id}"
    listed = said(run(clara, page.CONTENT, "children", "", None))
    assert "disputed" in listed and "The contest paid <b>15.00</b>" in listed
    assert "Answer it first" in said(run_close(clara, one))
    assert "Sent." in said(run(clara, page.SAY, "problems", 1, {"words": "12.50 is by the circular."}, one))
    assert newest(database).state == "answered"
    assert "12.50 is by the circular." in said(run(bo, page.CONTENT, "children", one, None))
    assert "Sent." in said(run(bo, page.SAY, "problems", 1, {"words": "Which?"}, one))
    assert newest(database).state == "open"
    run(clara, page.SAY, "problems", 1, {"words": "Number 7."}, one)
    assert "Settled" in said(run_close(bo, one))
    settled = newest(database)
    assert settled.state == "closed" and settled.closed_at is not None
    with database.transaction(HOUSE) as session:
        said_by = session.scalars(select(StatementAnswer.said_by).order_by(StatementAnswer.id)).all()
    assert said_by == ["clara", "bo", "clara"]


def test_nobody_else_sees_or_answers_a_question(story: dict[str, int], database: Database) -> None:
    """Not another agent, not the leader of the team, not who decides about months."""
    bo = browser_of("bo")
    run(bo, page.ASK, "problems", 1, {"kind": "question", "words": "Only for the desk"}, LINE)
    number = newest(database).id
    run(bo, page.ASK, "problems", 1, {"kind": "question", "words": "为什么" * 60}, LINE)
    listed = said(run(bo, page.CONTENT, "children", "", None))
    assert "为什么" * 46 + "为…" in listed and "为什么" * 47 not in listed
    for name in ("ada", "cy", "max"):
        other = browser_of(name)
        assert "Only for the desk" not in said(run(other, page.CONTENT, "children", "", None))
        assert "Nothing here" in said(run(other, page.CONTENT, "children", f"?id={number}", None))
        answer = run(other, page.SAY, "problems", 1, {"words": "Mine"}, f"?id={number}")
        assert answer.status_code == 403 or "Sent." not in said(answer), name
    assert run(browser_of("amir"), page.CONTENT, "children", f"?id={number}", None).status_code == 403
    with database.transaction(HOUSE) as session:
        assert session.scalars(select(StatementAnswer.said_by).where(StatementAnswer.question_id == number)).all() == []


def run_close(browser, search: str):  # type: ignore[no-untyped-def]
    """Press "Settled"."""
    from tests.closing.test_desk import click

    return click(browser, page.CLOSE, search, page.ADDRESS)
