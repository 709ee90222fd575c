"""The list of a month, one agent's condition with its values, and a rank that changes only once somebody decided."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from pages import evaluation as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.agents import AgentPeriod
from portal.models.evaluations import EvaluationDecision
from portal.query.evaluation import Move, asked_for, evaluated
from portal.query.reader import Reader
from portal.services.evaluations import accept_all
from portal.services.refusal import Refusal
from portal.services.writer import writing
from tests.resources.test_screens import run, said
from tests.statement.conftest import JAN, MAR, browser_of

FEB_1 = dt.date(2026, 2, 1)


def ranks(database: Database, agent: int) -> list[tuple[str, str, dt.date]]:
    with database.transaction(HOUSE) as session:
        rows = session.scalars(
            select(AgentPeriod).where(AgentPeriod.agent_id == agent).order_by(AgentPeriod.valid_from)
        ).all()
        return [(row.rank, row.origin, row.valid_from) for row in rows]


def of_agent(january: dict[str, int], code: str) -> str:
    return f"?month=2026-01&agent={january[code]}&ladder=career"


def test_each_move_names_its_condition_and_the_values_in_it(january: dict[str, int]) -> None:
    amir = browser_of("amir")
    listed = said(run(amir, page.CONTENT, "children", "?month=2026-01", None))
    assert listed.count("FA → TM") == 1 and listed.count("TM → FA") == 1 and "Accept all 2" in listed
    assert said(run(amir, page.CONTENT, "children", "", None)) == listed, "the newest month in which somebody moves"
    everybody = said(run(amir, page.CONTENT, "children", "?month=2026-01&kind=all", None))
    assert all(code in everybody for code in ("Z1", "Z2", "Z3"))
    rises = said(run(amir, page.CONTENT, "children", of_agent(january, "Z2"), None))
    assert "month_fyc >= 500" in rises and "600.00" in rises and "To team manager" in rises
    falls = said(run(amir, page.CONTENT, "children", of_agent(january, "Z3"), None))
    assert "What decided" in falls and '"month_fyc >= 100"' in falls and "0.00" in falls


def test_only_who_decides_changes_a_rank_and_only_once(january: dict[str, int], database: Database) -> None:
    clara, amir, ada, bo = (browser_of(name) for name in ("clara", "amir", "ada", "bo"))
    rises, falls = of_agent(january, "Z2"), of_agent(january, "Z3")
    assert run(bo, page.CONTENT, "children", "?month=2026-01", None).status_code == 403
    assert "Nothing here" in said(run(ada, page.CONTENT, "children", falls, None)), "Z3 is of another team"
    for who in (clara, ada, bo):
        assert run(who, page.ACCEPT, "problems", 1, {"effective_from": "2026-02-01"}, rises).status_code == 403
    before = ranks(database, january["Z2"])
    assert "the earliest day is" in said(run(amir, page.ACCEPT, "problems", 1, {"effective_from": "2026-01-15"}, rises))
    for wrong in ({}, None, {"effective_from": 7}, {"effective_from": "soon"}):
        assert "Choose a day" in said(run(amir, page.ACCEPT, "problems", 1, wrong, rises))
    assert ranks(database, january["Z2"]) == before
    assert "Decided" in said(run(amir, page.ACCEPT, "problems", 1, {"effective_from": "2026-02-01"}, rises))
    assert ranks(database, january["Z2"]) == [*before, ("TM", "evaluation", FEB_1)]
    assert "decided already" in said(run(amir, page.ASIDE, "problems", 1, {"reason": "No"}, rises))
    assert "Say why" in said(run(amir, page.ASIDE, "problems", 1, {"reason": " "}, falls))
    assert "at most 500" in said(run(amir, page.ASIDE, "problems", 1, {"reason": "x" * 501}, falls))
    kept = ranks(database, january["Z3"])
    assert "Decided" in said(run(amir, page.ASIDE, "problems", 1, {"reason": "On maternity leave"}, falls))
    assert ranks(database, january["Z3"]) == kept
    with database.transaction(HOUSE) as session:
        found = session.scalars(select(EvaluationDecision).order_by(EvaluationDecision.id)).all()
        told = [(one.decision, one.from_rank, one.to_rank, one.effective_from, one.decided_by) for one in found]
    assert told == [("accepted", "FA", "TM", FEB_1, "amir"), ("set_aside", "TM", "FA", None, "amir")]
    assert "On maternity leave" in said(run(amir, page.CONTENT, "children", "?month=2026-01", None))


def test_all_are_accepted_with_as_many_questions_as_one(january: dict[str, int], database: Database) -> None:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, "amir")
    with database.transaction(actor) as session:
        found = evaluated(Reader(actor, session), JAN)
    before = {one.person_id: ranks(database, one.person_id) for one in found}
    other = {"FA": "TM", "TM": "FA"}
    moves = [
        replace(one, month=MAR, from_rank=rank, to_rank=other[rank], kind="promotion")
        for one in found for rank in [before[one.person_id][-1][0]]
    ]  # fmt: skip

    def accepted(several: list[Move]) -> int:
        """How many questions it took; the transaction is given up."""
        asked: list[str] = []
        with pytest.raises(KeyError), writing(actor) as writer:
            event.listen(writer.session.connection(), "before_cursor_execute", lambda *told: asked.append(told[2]))
            assert accept_all(writer, several) == (len(several), [])
            now = writer.session.scalars(select(AgentPeriod).where(AgentPeriod.valid_from == dt.date(2026, 4, 1))).all()
            assert {(row.agent_id, row.rank, row.origin) for row in now} == {
                (one.person_id, one.to_rank, "evaluation") for one in several
            }
            raise KeyError
        return len(asked)

    assert accepted(moves) <= accepted(moves[:1]) + 1, "one more may tell where the batch goes"
    strange = replace(moves[1], from_rank=moves[1].to_rank, to_rank=moves[1].from_rank)
    with pytest.raises(KeyError), writing(actor) as writer:
        assert accept_all(writer, [moves[0], strange]) == (1, [strange.agent_no])
        with pytest.raises(Refusal, match=f"{moves[0].agent_no}: .*already"):
            accept_all(writer, moves)
        raise KeyError
    assert {one.person_id: ranks(database, one.person_id) for one in found} == before


def test_accept_all_asks_first(january: dict[str, int], database: Database) -> None:
    amir = browser_of("amir")

    def asks() -> bool:
        return "Accept all?" in said(run(amir, page.CONTENT, "children", "?month=2026-01", None))

    assert asks()
    for code in ("Z2", "Z3"):
        run(amir, page.ACCEPT, "problems", 1, {"effective_from": "2026-02-01"}, of_agent(january, code))
    assert not asks(), "nothing is left to decide"


def test_what_the_rules_ask_for_is_read_from_tables_with_fixed_keys() -> None:
    values = {"fyc": {"unit": "money"}, "share": {"unit": "rate"}}
    rows = [["TM", "1,200", "5%"], ["FA", 0, 0]]
    keep = {"title": "What keeps a rank", "keys": {"rank": "text"}, "values": values, "rows": rows}
    rules = {("tables", "keep"): keep, ("tables", "tiers"): {"band": {"x": "money"}, "values": values, "rows": []}}
    asked = "a >= LOOKUP(keep.fyc, 'TM') AND b >= LOOKUP(keep.share, 'TM')"
    others = "c >= LOOKUP(keep.fyc, agent.rank) AND d > BAND(tiers, e)"
    assert [(one.name, one.title, one.value, one.unit) for one in asked_for(rules, f"{asked} AND {others}", "en")] == [
        ("keep.fyc", "What keeps a rank: TM", 1200, "money"),
        ("keep.share", "What keeps a rank: TM", Decimal("0.05"), "rate"),
    ]
    for nothing in (others, "LOOKUP(keep.fyc, 'XX') > LOOKUP(none, 'TM')", "((("):
        assert asked_for(rules, nothing, "en") == []
