"""Moves of agents and teams: previewed, decided by a second person, written from a day on, never into a closed month."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from pages import team_move, team_relations
from pages import teams as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.agents import Relation, RelationPeriod
from portal.models.approvals import ApprovalRequest
from portal.models.organisation import InstitutionPeriod, Position
from portal.permissions import Forbidden
from portal.query import places as kept_places
from portal.query.reader import Reader
from portal.services.approval_conflicts import NotYours
from portal.services.approval_kinds import APPROVALS
from portal.services.approvals import APPROVE, decide_as, request_approval, withdraw
from portal.services.reallocations import KEEP, LEADER, NOBODY, key_of, proposal_of
from portal.services.refusal import Refusal
from portal.services.writer import NotThere, writing
from tests.resources.test_screens import run, said
from tests.statement.conftest import FEB, browser_of
from tests.team.test_team_home import places

JUNE, JULY = dt.date(2026, 6, 1), dt.date(2026, 7, 1)


def ask(database: Database, name: str, key: str, to: int, superior: str, day: dt.date) -> ApprovalRequest:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    with writing(actor) as writer:
        return request_approval(
            writer, "reallocation", key, proposal_of(str(to), superior, day.isoformat()), comment="Why"
        )


def decide(database: Database, name: str, request: ApprovalRequest) -> None:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    decide_as(actor, request.id, request.content_hash, APPROVE, "")
    kept_places.forget()


def seats(database: Database, person: int) -> list[tuple[int, dt.date]]:
    with database.transaction(HOUSE) as session:
        rows = session.scalars(select(Position).where(Position.person_id == person).order_by(Position.valid_from))
        return [(row.institution_id, row.valid_from) for row in rows]


def superiors(database: Database, person: int) -> list[tuple[int, dt.date]]:
    with database.transaction(HOUSE) as session:
        rows = session.scalars(
            select(RelationPeriod).join(Relation, Relation.id == RelationPeriod.relation_id)
            .where(Relation.agent_id == person, Relation.kind == "reporting").order_by(RelationPeriod.valid_from)
        )  # fmt: skip
        return [(row.from_id, row.valid_from) for row in rows]


def effect_of(database: Database, request: ApprovalRequest) -> Any:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, "amir")
    with database.transaction(actor) as session:
        return APPROVALS["reallocation"].preview(Reader(actor, session), request.content)


def test_agent_moves_from_a_day_on_once_a_second_person_decided(story: dict[str, int], database: Database) -> None:
    ids, bo = places(database), story["Z2"]
    before = seats(database, bo)
    assert before[-1][0] == ids["ZT2"]
    request = ask(database, "clara", key_of("agent", bo), ids["ZT1"], LEADER, JUNE)
    assert request.content["superior"] == story["Z1"] and request.content["superior_before"] == story["Z3"]
    assert seats(database, bo) == before, "nothing moves before the decision"
    effect = effect_of(database, request)
    assert [figure.value for figure in effect.figures] == [1, 0, 600]
    assert {row["person"]: row["change"] for row in effect.rows} == {"Cy": Decimal(-600), "Ada": Decimal(600)}
    with pytest.raises((NotYours, Forbidden)):
        decide(database, "clara", request)
    decide(database, "amir", request)
    assert seats(database, bo) == [*before, (ids["ZT1"], JUNE)]
    assert superiors(database, bo)[-1] == (story["Z1"], JUNE)
    back = ask(database, "clara", key_of("agent", bo), ids["ZT2"], NOBODY, JULY)
    decide(database, "amir", back)
    assert seats(database, bo)[-1] == (ids["ZT2"], JULY)
    assert superiors(database, bo)[-1] == (story["Z1"], JUNE), "the relation ended, nobody follows"


def test_team_moves_with_everybody_in_it(story: dict[str, int], database: Database) -> None:
    ids = places(database)
    request = ask(database, "clara", key_of("team", ids["ZT1"]), ids["Z"], KEEP, JUNE)
    assert effect_of(database, request).figures[0].value >= 1
    decide(database, "amir", request)
    with database.transaction(HOUSE) as session:
        rows = session.scalars(
            select(InstitutionPeriod).where(InstitutionPeriod.institution_id == ids["ZT1"])
            .order_by(InstitutionPeriod.valid_from)
        ).all()  # fmt: skip
        assert [(row.parent_id, row.valid_from) for row in rows][-1] == (ids["Z"], JUNE)
    clara = browser_of("clara")
    june = said(run(clara, page.CONTENT, "children", f"?institution={ids['ZB']}&at=2026-06-02"))
    may = said(run(clara, page.CONTENT, "children", f"?institution={ids['ZB']}&at=2026-05-02"))
    assert f"institution={ids['ZT1']}" in may and "1 teams" in june and "2 teams" in may
    decide(database, "amir", ask(database, "clara", key_of("team", ids["ZT1"]), ids["ZB"], KEEP, JULY))


def test_what_cannot_be_is_refused_with_a_sentence(story: dict[str, int], database: Database) -> None:
    ids, ada, bo = places(database), story["Z1"], story["Z2"]
    closed = dt.date(2026, 1, 20)
    for key, to, superior, day, told in (
        (key_of("agent", bo), ids["ZT2"], LEADER, closed, "the earliest day is 1 Feb 2026"),
        (key_of("agent", bo), ids["ZT2"], KEEP, JULY + dt.timedelta(days=9), "like this already"),
        (key_of("agent", ada), ids["ZT2"], KEEP, FEB, "leads ZT1"),
        (key_of("agent", bo), ids["ZB"], KEEP, FEB, "no sales team"),
        (key_of("agent", bo), 4711, KEEP, FEB, "does not exist"),
        (key_of("agent", bo), ids["ZT2"], str(bo), FEB, "himself"),
        (key_of("agent", ada), ids["ZT1"], str(bo), FEB, "close a circle"),
        (key_of("team", ids["ZT1"]), ids["ZT2"], KEEP, FEB, "not of a higher level"),
        (key_of("team", ids["ZT1"]), ids["ZT1"], KEEP, FEB, "under itself"),
        (key_of("team", ids["ZB"]), ids["Z"], LEADER, FEB, "no sales team"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=told):
            ask(database, "clara", key, to, superior, day)
    for to, superior, day in (("x", KEEP, "2026-06-01"), ("3", "anybody", "2026-06-01"), ("3", KEEP, "soon")):
        with pytest.raises(Refusal):
            proposal_of(to, superior, day)


def test_only_who_may_asks_and_only_about_what_is_seen(story: dict[str, int], database: Database) -> None:
    ids, bo = places(database), story["Z2"]
    with pytest.raises(Forbidden):
        ask(database, "bo", key_of("agent", bo), ids["ZT1"], LEADER, JUNE)
    with pytest.raises(NotThere):
        ask(database, "ada", key_of("team", ids["ZT2"]), ids["Z"], KEEP, JUNE)
    with pytest.raises((NotThere, Refusal)):
        ask(database, "clara", "agent-4711", ids["ZT1"], LEADER, JUNE)
    ada, clara, bob = (browser_of(name) for name in ("ada", "clara", "bo"))
    assert run(bob, page.CONTENT, "children", "").status_code == 403
    assert "Nothing here" in said(run(ada, page.CONTENT, "children", f"?institution={ids['ZT2']}"))
    assert "ZT1" in said(run(ada, page.CONTENT, "children", "?at=9999-12-31")), "a day no record reaches is today"
    assert "Nothing here" in said(run(ada, team_relations.CONTENT, "children", f"?agent={story['Z3']}"))
    assert "no such team or agent" in said(run(ada, team_move.HEAD, "children", f"?team={ids['ZT2']}"))
    values = {"to": str(ids["ZT1"]), "superior": LEADER, "valid_from": "2026-09-01", "reason": ""}
    assert "Say why" in said(run(clara, team_move.FORM, "problems", 1, values, f"?agent={bo}"))
    long = values | {"reason": "x" * 501}
    assert "at most 500" in said(run(clara, team_move.FORM, "problems", 1, long, f"?agent={bo}"))
    sent = said(run(clara, team_move.FORM, "problems", 1, values | {"reason": "Nearer"}, f"?agent={bo}"))
    assert "/inbox/" in sent
    with database.transaction(HOUSE) as session:
        request = session.scalars(select(ApprovalRequest).order_by(ApprovalRequest.id.desc())).first()
        actor = actor_named(session, "clara")
    assert request is not None and request.subject_key == key_of("agent", bo)
    with writing(actor) as writer:
        withdraw(writer, request.id)


def test_a_leader_asks_for_the_own_agent_and_somebody_above_both_places_decides(
    story: dict[str, int], database: Database
) -> None:
    ids, bo = places(database), story["Z2"]
    request = ask(database, "cy", key_of("agent", bo), ids["ZT1"], LEADER, dt.date(2026, 10, 1))
    assert request.institution_id in (ids["ZB"], ids["Z"]), "above the own team"
    with pytest.raises((NotYours, Forbidden)):
        decide(database, "clara", request)
    with database.transaction(HOUSE) as session:
        cy = actor_named(session, "cy")
    with writing(cy) as writer:
        assert withdraw(writer, request.id).state == "withdrawn"


def test_relations_of_a_day_as_picture_and_table(story: dict[str, int], database: Database) -> None:
    clara = browser_of("clara")
    january = said(run(clara, team_relations.CONTENT, "children", f"?agent={story['Z2']}&at=2026-01-15"))
    assert '"type": "Drawing"' in january or '"type":"Drawing"' in january
    assert "Superior" in january and "Recruiter" in january and f"agent={story['Z1']}" in january
    april = said(run(clara, team_relations.CONTENT, "children", f"?agent={story['Z2']}&at=2026-04-15"))
    assert "Cy" in april and "since 16 Mar 2026" in april and "ended" in april
    leader = said(run(clara, team_relations.CONTENT, "children", f"?agent={story['Z1']}&at=2026-01-15"))
    assert "Reports to the agent" in leader and "Recruited" in leader
