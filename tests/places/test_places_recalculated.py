"""A place that changes in the past: published policy days are computed again, the bank's nightly run is left alone."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select

from calc import Engine
from jobs import policy_inputs
from jobs.job import Chunk
from jobs.policies import POLICIES_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.organisation import Institution
from portal.models.runs import Recalculation, Run, RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.policy_facts import facts_until, give_facts
from portal.query.run_order import stale_from
from portal.resources import RESOURCES
from portal.services import recalculation, records
from portal.services.reallocations import move_agent, move_team
from portal.services.recalculation import take_recalculations
from portal.services.writer import Writer, writing
from tests.insurer.conftest import SmallInsurer, policy, premium

FIRST = dt.date(2026, 2, 2)
DAYS = [FIRST + dt.timedelta(days=n) for n in range(3)]


class NotKept(Exception):
    """Ends a test without keeping what it did."""


@pytest.fixture
def published(small: SmallInsurer, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three policy days of Bo, run by the jobs; a bank's night is computed for them as well."""
    monkeypatch.setattr(policy_inputs, "active_source", lambda _session, _family: None)
    monkeypatch.setattr(policy_inputs, "open_source", lambda _config: small)
    monkeypatch.setattr(recalculation, "QUIET_SECONDS", 0)
    small.rows = {
        "policy": [policy(60 + at, day) for at, day in enumerate(DAYS)],
        "premium": [premium(60 + at, 60 + at, day) for at, day in enumerate(DAYS)],
    }
    with database.transaction(HOUSE) as session:
        session.execute(delete(Recalculation))
        if session.scalars(select(Run).where(Run.job == "nightly")).first() is not None:
            return
        session.add_all(
            Run(job=job, business_date=day, attempt=1, status="published", requested_by="tests")
            for job in ("policies", "nightly") for day in DAYS
        )  # fmt: skip
    assert run_chunk(POLICIES_JOB, Chunk.of("policies", DAYS, 1)) is RunStatus.PUBLISHED


def waiting(writer: Writer) -> list[tuple[str, dt.date, str]]:
    found = writer.session.scalars(
        select(Recalculation).where(Recalculation.taken_at.is_(None)).order_by(Recalculation.id)
    )
    return [(one.job, one.first_day, one.reason) for one in found]


def id_of(writer: Writer, code: str) -> int:
    return writer.session.scalars(select(Institution.id).where(Institution.code == code)).one()


def seats(database: Database) -> dict[dt.date, int]:
    """Where each day's policy of Bo is counted."""
    with database.transaction(HOUSE) as session, Engine() as engine:
        give_facts(engine, facts_until(session, DAYS[-1]), DAYS[-1])
        rows = engine.connection.execute(
            "select business_date, institution_id from policy where policy_id between 60 and 62"
        )
        return dict(rows.fetchall())


def test_a_move_from_a_past_day_computes_the_policy_days_again(
    published: None, database: Database, loaded: dict[str, int]
) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        first_team, other = id_of(writer, "ZT1"), id_of(writer, "ZT2")
        move_agent(writer, loaded["Z2"], other, DAYS[1])
        assert waiting(writer) == [("policies", DAYS[1], "place of agent Z2")], "nothing of the bank"
        assert stale_from(writer.session) is None
    assert set(seats(database).values()) == {first_team}
    with writing(LOCAL_OPERATOR) as writer:
        assert take_recalculations(writer) == DAYS[1:]
        again = writer.session.scalars(
            select(Run).where(Run.job == "policies", Run.attempt == 2).order_by(Run.business_date)
        ).all()
        assert [run.business_date for run in again] == DAYS[1:] and again[0].reason == "place of agent Z2"
        assert waiting(writer) == []
    assert run_chunk(POLICIES_JOB, Chunk.of("policies", DAYS[1:], 2)) is RunStatus.PUBLISHED
    assert seats(database) == {DAYS[0]: first_team, DAYS[1]: other, DAYS[2]: other}
    with writing(LOCAL_OPERATOR) as writer:
        move_agent(writer, loaded["Z2"], first_team, DAYS[1])


def test_a_form_asks_for_those_figures_alone_that_follow_the_place(published: None, loaded: dict[str, int]) -> None:
    with pytest.raises(NotKept), writing(LOCAL_OPERATOR) as writer:
        branch, head = id_of(writer, "ZB"), id_of(writer, "Z")
        key = str(loaded["Z3"])
        records.change(
            writer, RESOURCES["people"], key, {"institution": str(branch)}, first_day=DAYS[2], reason="as agreed"
        )
        assert waiting(writer) == [("policies", DAYS[2], "people Z3: as agreed")]
        team = str(id_of(writer, "ZT2"))
        records.change(
            writer,
            RESOURCES["institutions"],
            team,
            {"parent": str(head)},
            first_day=DAYS[2],
            reason="the branch closes",
        )
        move_team(writer, id_of(writer, "ZT1"), head, DAYS[1])
        assert len(waiting(writer)) == 1, "a team's policy days keep the team, and the bank counts nothing there"
        raise NotKept
