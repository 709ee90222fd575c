"""Another rank than the rules come to: asked for with a reason, decided by a second person, once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from pages import evaluation as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.approvals import ApprovalRequest
from portal.models.evaluations import EvaluationDecision
from portal.permissions import Forbidden
from portal.services.approvals import APPROVE, decide_as, request_approval
from portal.services.evaluation_overrides import KIND, key_of, proposal_of
from portal.services.refusal import Refusal
from portal.services.writer import NotThere, writing
from tests.evaluation.test_evaluation_desk import of_agent, ranks
from tests.resources.test_screens import run, said
from tests.statement.conftest import JAN, browser_of

MAY = dt.date(2026, 5, 1)


def ask(database: Database, name: str, key: str, rank: str, day: dt.date) -> ApprovalRequest:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    with writing(actor) as writer:
        return request_approval(writer, KIND, key, proposal_of(rank, day.isoformat(), "He led the team all year"))


def test_who_stays_by_the_rules_gets_another_rank_by_two_people(january: dict[str, int], database: Database) -> None:
    one = january["Z1"]  # keeps TM by the rules
    key = key_of(JAN, "career", one)
    for rank, day, told in (
        ("TM", MAY, "the rank already"), ("XX", MAY, "no such rank"), ("FA", dt.date(2026, 1, 20), "the earliest day is"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=told):
            ask(database, "clara", key, rank, day)
    with pytest.raises(Forbidden):
        ask(database, "amir", key, "FA", MAY)
    with pytest.raises(NotThere):
        ask(database, "clara", key_of(JAN, "career", 4711), "FA", MAY)
    clara, search = browser_of("clara"), of_agent(january, "Z1")
    assert "Another rank" in said(run(clara, page.CONTENT, "children", search, None))
    values = {"to_rank": "FA", "effective_from": "2026-05-01", "reason": ""}
    assert "Say why" in said(run(clara, page.OTHER, "problems", 1, values, search))
    assert "at most 500" in said(run(clara, page.OTHER, "problems", 1, values | {"reason": "x" * 501}, search))
    sent = said(run(clara, page.OTHER, "problems", 1, values | {"reason": "He asked for it"}, search))
    assert "A second person decides" in sent
    before = ranks(database, one)
    assert "was asked for" in said(run(clara, page.CONTENT, "children", search, None))
    with database.transaction(HOUSE) as session:
        request = session.scalars(select(ApprovalRequest).where(ApprovalRequest.kind == KIND)).one()
        amir = actor_named(session, "amir")
    decide_as(amir, request.id, request.content_hash, APPROVE, "")
    assert ranks(database, one) == [*before, ("FA", "decision", MAY)]
    with database.transaction(HOUSE) as session:
        kept = session.scalars(select(EvaluationDecision).where(EvaluationDecision.person_id == one)).one()
        assert (kept.kind, kept.to_rank, kept.reason, kept.decided_by) == ("demotion", "FA", "He asked for it", "amir")
    assert "another rank, from 1 May 2026" in said(run(clara, page.CONTENT, "children", search, None))
    with pytest.raises(Refusal, match="decided already"):
        ask(database, "clara", key, "FA", MAY)
