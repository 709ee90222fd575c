"""From a draft to rules in force, the same afternoon: checked, tried on real months, decided by a second person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dash import no_update
from sqlalchemy import select

from callbacks.rulebook_simulation import take_value
from jobs.leader import leading
from jobs.simulation_ground import Grounds
from jobs.simulations import run_simulation
from portal.access.identity import HOUSE
from portal.database import Database
from portal.kit import rulebook_shown
from portal.models.approvals import ApprovalAttachment, ApprovalRequest
from portal.models.rulebooks import Rulebook, RulebookSimulation, RulebookVersion
from portal.permissions import Actor, Permission, Scope
from portal.query.reader import Reader
from portal.query.rulebooks import latest_simulation, versions
from portal.sentence import told
from portal.services import approvals, rulebooks
from portal.services.approval_conflicts import AlreadyDecided
from portal.services.refusal import Refusal
from portal.services.rulebook_circulars import attach_circular
from portal.services.rulebook_simulations import request_simulation
from portal.services.rulebook_submitting import submit
from portal.services.writer import Writer, writing
from tests.app import the_app
from tests.commission.conftest import Months, last_day
from tests.insurer.conftest import policy, premium

JAN, FEB, DAY = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 1, 10)
RULES = frozenset({Permission.RULEBOOK_VIEW, Permission.RULEBOOK_EDIT, Permission.RULEBOOK_APPROVE})
OLGA = Actor(7, "Olga", permissions=RULES, scope=Scope(all=True))
AMIR = Actor(8, "Amir", permissions=RULES, scope=Scope(all=True))
RATE = ("parameters", "fyc_rate")


@pytest.fixture
def rate() -> dict[str, Any]:
    return {
        "unit": "rate",
        "value": "40%",
        "low": "0",
        "high": "1",
        "title": "First-year rate",
        "title_zh": "首年佣金率",
    }


def test_a_rule_changes_without_us(
    months: Months,
    database: Database,
    loaded: dict[str, int],
    law: Callable[[str], str],
    rate: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book_id = months.approve(law("30%"), JAN)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, DAY)], premium=[premium(1, 1, DAY, amount=1000)])
    with writing(OLGA) as writer:
        book = writer.get(Rulebook, book_id)
        draft = rulebooks.new_draft(
            writer, book, title="Forty", valid_from=dt.date(2026, 2, 1), budget_amount=Decimal(500),
            institution_id=writer.session.scalars(select(RulebookVersion.institution_id)).first() or 0,
            based_on=writer.session.scalars(select(RulebookVersion).where(RulebookVersion.number == 1)).one(),
        )  # fmt: skip
        number = draft.id
        rulebooks.set_element(writer, draft, RATE, rate | {"value": "140%"})
        with pytest.raises(Refusal, match="fyc_rate"):
            request_simulation(writer, draft, [JAN])
        rulebooks.set_element(writer, draft, RATE, rate)
        rulebooks.add_example(
            writer, book, title="Bo", month=JAN, valid_from=JAN, expected={"commission": "400.00"},
            given={"about": "1", "agent": [{"agent_id": "1", "institution_id": "1"}],
                   "premium": [{"premium_id": "1", "agent_id": "1", "issuing_institution_id": "1", "issued_on": "2026-01-10",
                                "received_on": "2026-01-10", "amount": "1000", "policy_year": "1"}]},
        )  # fmt: skip
        with pytest.raises(Refusal, match="Simulate"):
            approvals.request_approval(writer, "rulebook_version", str(draft.id))
        asked = request_simulation(writer, draft, [JAN]).id
    with leading():
        run_simulation(asked, Grounds(tmp_path))
    with database.transaction(HOUSE) as session:
        done = session.get_one(RulebookSimulation, asked)
        assert done.state == "done", done.result
        result = done.result or {}
        assert (result["before"], result["after"], result["winners"], result["losers"]) == ("330.00", "440.00", 2, 0)
        assert result["largest"][0]["because"] == ["p.fyc_rate"]
        assert {one["key"]: one["change"] for one in result["by_line"]} == {"commission": "100.00", "leading": "10.00"}
        assert latest_simulation(Reader(OLGA, session), session.get_one(RulebookVersion, number)) is not None
    with writing(OLGA) as writer:
        version = writer.get(RulebookVersion, number)
        attach_circular(writer, version, "Circular 2026-7.pdf", b"%PDF-1.4 raise the first-year rate")
        with pytest.raises(Refusal, match="PDF, PNG"):
            attach_circular(writer, version, "page.html", b"<html>")
        request = submit(writer, version).id
        along = writer.session.scalars(
            select(ApprovalAttachment).where(ApprovalAttachment.approval_id == request)
        ).one()
        assert (along.title, along.media_type) == ("Circular 2026-7.pdf", "application/pdf")
    seen = _hash(database, request)
    with pytest.raises(Refusal, match="own request"):
        approvals.decide_as(OLGA, request, seen, "approve")
    approvals.decide_as(AMIR, request, seen, "approve")
    with pytest.raises(AlreadyDecided):
        approvals.decide_as(AMIR, request, seen, "approve")
    with writing(OLGA) as writer, pytest.raises(Refusal, match="decided"):
        attach_circular(writer, writer.get(RulebookVersion, number), "late.pdf", b"%PDF-1.4")
    with database.transaction(HOUSE) as session:
        known = versions(Reader(OLGA, session), session.get_one(Rulebook, book_id), dt.date(2026, 2, 15))
        assert {one.title: one.standing for one in known} == {"Version 1": "superseded", "Forty": "in_force"}
    monkeypatch.setattr(rulebook_shown, "current_actor", lambda: OLGA)
    meets_a_goal(database, tmp_path)


def meets_a_goal(database: Database, tmp_path: Path) -> None:
    """A goal over two months is met as nearly as the parameter's decimals allow; the later month looks back at the earlier."""
    with database.transaction(HOUSE) as session:
        book = session.scalars(select(Rulebook).where(Rulebook.code == "individual")).one()
        place = session.scalars(select(RulebookVersion.institution_id)).first() or 0
    with writing(OLGA) as writer:
        here = writer.get(Rulebook, book.id)
        draft = rulebooks.new_draft(
            writer, here, title="To a budget", valid_from=dt.date(2026, 3, 1), institution_id=place,
            based_on=writer.session.scalars(select(RulebookVersion).where(RulebookVersion.title == "Forty")).one(),
        )  # fmt: skip
        example = writer.session.scalars(select(rulebooks.RulebookExample)).one()
        rulebooks.end_example(writer, example, "only the goal counts here")
        asked = request_simulation(writer, draft, [JAN, FEB], goal_parameter="fyc_rate", goal_amount=Decimal(200)).id
    with leading():
        run_simulation(asked, Grounds(tmp_path))
    with database.transaction(HOUSE) as session:
        done = session.get_one(RulebookSimulation, asked)
        assert done.state == "done", done.result
        goal = (done.result or {})["goal"]
        assert Decimal(goal["cost"]) <= 400 < Decimal(goal["cost"]) + Decimal("0.02")
        tried = session.get_one(RulebookVersion, draft.id)
        assert tried.state == "checked", "what another value would do is not what the draft does"
        assert latest_simulation(Reader(OLGA, session), tried) is None
    with writing(OLGA) as writer, pytest.raises(Refusal, match="Simulate"):
        submit(writer, writer.get(RulebookVersion, draft.id))
    takes_the_value(database, tmp_path, draft.id, Decimal(goal["value"]))
    with writing(OLGA) as writer:
        draft = writer.get(RulebookVersion, draft.id)
        asked = request_simulation(writer, draft, [JAN], goal_parameter="fyc_rate", goal_amount=Decimal(10**6)).id
    with leading():
        run_simulation(asked, Grounds(tmp_path))
    with database.transaction(HOUSE) as session:
        result = session.get_one(RulebookSimulation, asked).result or {}
        assert result["sentence"][0].startswith("No value of %(parameter)s"), (
            "kept so that each reads it in his language"
        )
        assert told(result["sentence"]) == result["problem"]


def takes_the_value(database: Database, tmp_path: Path, draft_id: int, value: Decimal) -> None:
    """One press writes what was found into the draft, as a percent, and asks for its simulation; twice takes nothing again."""
    with database.transaction(HOUSE) as session:
        key = {"code": "individual", "number": str(session.get_one(RulebookVersion, draft_id).number)}
    with the_app().server.test_request_context():
        done, _notice = take_value(1, key)
        again, _refused = take_value(1, key)
    assert done == "take 1" and again is no_update
    with database.transaction(HOUSE) as session:
        draft = session.get_one(RulebookVersion, draft_id)
        written = {row.name: row.content for row in rulebooks.current_elements(Writer(OLGA, session), draft)}[
            "fyc_rate"
        ]["value"]
        assert written.endswith("%") and Decimal(written[:-1]) / 100 == value
        asked = session.scalars(
            select(RulebookSimulation.id).where(
                RulebookSimulation.version_id == draft_id, RulebookSimulation.state == "requested"
            )
        ).one()
    with leading():
        run_simulation(asked, Grounds(tmp_path))
    with database.transaction(HOUSE) as session:
        draft = session.get_one(RulebookVersion, draft_id)
        assert draft.state == "simulated" and latest_simulation(Reader(OLGA, session), draft) is not None


def _hash(database: Database, request: int) -> str:
    with database.transaction(HOUSE) as session:
        return session.get_one(ApprovalRequest, request).content_hash
