"""Agents, relations and who sees them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import Agent, AgentPeriod, Relation, RelationPeriod
from portal.permissions import LOCAL_OPERATOR, Actor, Permission, Scope
from portal.query.reach import within
from portal.query.sales_force import agents_of, relations_of, teams_of
from portal.resources import RESOURCES
from portal.services.records import change, create
from portal.services.refusal import Refusal
from portal.services.writer import writing
from tests.insurer.conftest import BEGAN, MOVED


@pytest.fixture
def places(database: Database, loaded: dict[str, int]) -> dict[str, int]:
    with database.transaction(HOUSE) as session:
        return {row.code: row.id for row in session.execute(text("select code, id from institution"))}


def seeing(*institutions: int, person: int | None = None) -> Actor:
    scope = Scope(institutions=frozenset(institutions), person_id=person)
    return Actor(1, "someone", permissions=frozenset(Permission), scope=scope)


@pytest.mark.parametrize("table", [Agent, AgentPeriod, Relation, RelationPeriod])
def test_both_locks_show_a_leader_his_team_and_an_agent_himself(table, database, loaded, places) -> None:  # type: ignore[no-untyped-def]
    expected = {"ZT1": {Agent: 2, AgentPeriod: 2, Relation: 2, RelationPeriod: 3}, "Z3": {Agent: 1, AgentPeriod: 1}}
    for who, actor in (("ZT1", seeing(places["ZT1"])), ("Z3", seeing(person=loaded["Z3"]))):
        with database.transaction(actor) as session:
            by_policy = len(session.scalars(select(table)).all())
        with database.transaction(HOUSE) as session:
            by_query = len(session.scalars(select(table).where(within(actor, table))).all())
        assert by_policy == by_query == expected[who].get(table, 0), who
    with database.transaction(seeing()) as session:
        assert session.scalars(select(table)).all() == []


def test_a_month_is_as_it_was_on_its_last_day(database, loaded, places) -> None:  # type: ignore[no-untyped-def]
    with database.transaction(HOUSE) as session:
        before, after = MOVED - dt.timedelta(days=1), dt.date(2026, 3, 31)
        for day, team, superior, since in ((before, "ZT1", "Z1", BEGAN), (after, "ZT2", "Z3", MOVED)):
            bo = next(
                row for row in agents_of(session, "individual", day, day).to_pylist() if row["agent_id"] == loaded["Z2"]
            )
            assert (bo["team_id"], bo["institution_id"], bo["rank"]) == (places[team], places["ZB"], "FA")
            reporting = [row for row in relations_of(session, day).to_pylist() if row["kind"] == "reporting"]
            assert reporting == [
                {"kind": "reporting", "from_id": loaded[superior], "to_id": loaded["Z2"], "since": since}
            ]
        leaders = {row["team_id"]: row["leader_id"] for row in teams_of(session, after).to_pylist()}
        assert leaders == {places["ZT1"]: loaded["Z1"], places["ZT2"]: loaded["Z3"]}
        assert agents_of(session, "bancassurance", after, after).num_rows == 0


def test_a_circle_is_refused_with_its_members(database, loaded) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal) as refused, writing(LOCAL_OPERATOR) as writer:
        given = {"kind": "reporting", "agent": str(loaded["Z3"]), "other": str(loaded["Z2"])}
        create(writer, RESOURCES["relations"], given, first_day=dt.date(2026, 6, 1))
    assert refused.value.sentence == "From 2026-06-01 on this closes a circle: Cy → Bo → Cy."


def test_before_the_other_one_began_there_is_no_circle(database, loaded) -> None:  # type: ignore[no-untyped-def]
    class RolledBack(Exception):
        pass

    with pytest.raises(RolledBack), writing(LOCAL_OPERATOR) as writer:
        given = {"kind": "trainer", "agent": str(loaded["Z3"]), "other": str(loaded["Z2"])}
        create(writer, RESOURCES["relations"], given, first_day=dt.date(2026, 6, 1))
        raise RolledBack


def test_nobody_is_his_own_superior(database, loaded) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal, match="with himself"), writing(LOCAL_OPERATOR) as writer:
        given = {"kind": "reporting", "agent": str(loaded["Z1"]), "other": str(loaded["Z1"])}
        create(writer, RESOURCES["relations"], given, first_day=dt.date(2026, 6, 1))


def test_a_rank_holds_from_a_day(database, loaded) -> None:  # type: ignore[no-untyped-def]
    risen = dt.date(2026, 10, 1)
    with writing(LOCAL_OPERATOR) as writer:
        change(writer, RESOURCES["agents"], str(loaded["Z2"]), {"rank": "SA", "origin": "evaluation"},
               first_day=risen, reason="Evaluation of the quarter")  # fmt: skip
    with database.transaction(HOUSE) as session:
        rows = session.scalars(
            select(AgentPeriod).where(AgentPeriod.agent_id == loaded["Z2"]).order_by(AgentPeriod.valid_from)
        ).all()
        assert [(row.rank, row.origin, row.valid_from) for row in rows][-1] == ("SA", "evaluation", risen)
        session.execute(text("delete from agent_period where valid_from = :day"), {"day": risen})
        session.execute(text("update agent_period set valid_to = '9999-12-31' where valid_to = :day"), {"day": risen})
