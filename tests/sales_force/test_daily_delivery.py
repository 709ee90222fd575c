# ruff: noqa: E501 - lines of files as a core writes them
"""Agents and teams as the core says them every day, from real files: taken over from their day, whole or not at all."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from jobs import policy_inputs
from jobs.job import Chunk
from jobs.policies import POLICIES_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry
from portal.models.deliveries import DeliveredState, SalesForceDelivery
from portal.models.runs import Problem, RunStatus, RunStep
from portal.permissions import LOCAL_OPERATOR
from portal.resources import RESOURCES
from portal.services.records import change, create, saving
from portal.services.sales_force import take_sales_force
from portal.services.writer import writing
from portal.sources.demo_insurer import DemoInsurer
from portal.sources.folder import FolderSource
from portal.sources.insurer import UNITS, count_problem, said_count

DAYS = itertools.count(1)
HEAD = "agent_no,person_code,name,name_zh,institution_code,kind,channel,rank,joined_on,superior_no"
ADA = "Z1,Z1,Ada,,ZT1,leader,individual,TM,2026-01-01,"
BO = "Z2,Z2,Bo,,ZT2,agent,individual,FA,2026-01-01,Z3"
CY = "Z3,Z3,Cy,,ZT2,leader,individual,TM,2026-01-01,"
DATASETS = {
    "policy": "policy_id,business_date,policy_no,agent_no,product_code,payment_term,premium,issued_on,effective_on,status,customer_name",
    "premium": "premium_id,business_date,policy_id,agent_no,amount,received_on,policy_year,payment_no",
    "renewal_due": "due_id,business_date,policy_id,agent_no,amount,due_on,policy_year,payment_no",
    "policy_end": "policy_id,business_date,agent_no,end_kind,ended_on,months_in_force,amount",
}
Deliver = Callable[..., RunStatus]


def counts(lines: tuple[str, ...]) -> str:
    """The control file of these agents."""
    by: dict[tuple[str, str], int] = {("all", ""): len(lines)}
    for line in lines:
        cells = line.split(",")
        for key in (("institution", cells[4]), ("rank", cells[7])):
            by[key] = by.get(key, 0) + 1
    return "by,code,agents\n" + "".join(f"{kind},{code},{count}\n" for (kind, code), count in by.items())


class Core:
    """A core system that writes a day's files into a folder, and the job that reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.attempts = folder, itertools.count(1)
        self.chunk: Chunk | None = None

    def write(self, day: dt.date, *agents: str, teams: tuple[str, ...] = (), control: str | None = None) -> None:
        stamp = f"{day:%Y%m%d}"
        for name, head in DATASETS.items():
            (self.folder / f"{name}_{stamp}.csv").write_text(head + "\n")
        (self.folder / f"sales_force_{stamp}.csv").write_text("\n".join((HEAD, *agents)) + "\n", encoding="utf-8")
        (self.folder / f"sales_force_{stamp}.control.csv").write_text(counts(agents) if control is None else control)
        if teams:
            (self.folder / f"teams_{stamp}.csv").write_text(
                "\n".join(("code,name,name_zh,level_code,parent_code", *teams)) + "\n"
            )

    def run(self, *days: dt.date) -> RunStatus:
        self.chunk = Chunk.of("policies", days, next(self.attempts))
        return run_chunk(POLICIES_JOB, self.chunk)

    def deliver(self, day: dt.date, *agents: str, **more: Any) -> RunStatus:
        self.write(day, *agents, **more)
        return self.run(day)


@pytest.fixture
def day() -> dt.date:
    """A day of 2027 that no other test uses, later than all before; nobody but the core records anything after it."""
    return dt.date(2027, 1, 1) + dt.timedelta(days=10 * next(DAYS))


@pytest.fixture
def core(loaded: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database) -> Core:
    """Ada, Bo and Cy as they were loaded; the core has said nothing yet."""
    with database.transaction(HOUSE) as session:
        session.execute(delete(SalesForceDelivery))
        session.execute(delete(DeliveredState))
    monkeypatch.setattr(policy_inputs, "active_source", lambda _session, _family: None)
    monkeypatch.setattr(
        policy_inputs, "open_source", lambda _config: FolderSource(str(tmp_path), {"family": "insurer"})
    )
    return Core(tmp_path)


def newcomer(number: int, **more: str) -> str:
    cells = {"place": "ZT1", "rank": "FA", "superior": "Z1", "kind": "agent"} | more
    return f"D{number},D{number},Dan {number},丹,{cells['place']},{cells['kind']},individual,{cells['rank']},2026-12-01,{cells['superior']}"


def on(database: Database, agent_no: str, day: dt.date) -> tuple[Any, ...] | None:
    """Rank, place and superior of an agent on a day."""
    sql = """
    select rank, i.code, above.agent_no from agent a
    join agent_period p on p.agent_id = a.id and :day >= p.valid_from and :day < p.valid_to
    left join position s on s.person_id = a.id and :day >= s.valid_from and :day < s.valid_to
    left join institution i on i.id = s.institution_id
    left join relation r on r.agent_id = a.id and r.kind = 'reporting'
    left join relation_period rp on rp.relation_id = r.id and :day >= rp.valid_from and :day < rp.valid_to
    left join agent above on above.id = rp.from_id where a.agent_no = :agent"""
    with database.transaction(HOUSE) as session:
        row = session.execute(text(sql), {"day": day, "agent": agent_no}).first()
    return None if row is None else tuple(row)


def refusal(database: Database, core: Core) -> str:
    with database.transaction(HOUSE) as session:
        return session.scalars(
            select(RunStep.message).where(RunStep.chunk == core.chunk.id, RunStep.status == "refused")  # type: ignore[union-attr]
        ).one()


def problems(database: Database, core: Core) -> list[str]:
    with database.transaction(HOUSE) as session:
        found = session.scalars(
            select(Problem.message).where(Problem.chunk == core.chunk.id, Problem.rule == "kept_by_hand")
        )  # type: ignore[union-attr]
        return list(found)


def test_what_the_core_says_as_before_changes_nothing(core: Core, database: Database, day: dt.date) -> None:
    before = [on(database, name, day) for name in ("Z1", "Z2", "Z3")]
    assert core.deliver(day, ADA, BO, CY) is RunStatus.PUBLISHED
    assert [on(database, name, day) for name in ("Z1", "Z2", "Z3")] == before
    assert core.run(day) is RunStatus.PUBLISHED  # again
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(SalesForceDelivery.agents)) == 3


def test_new_changed_and_left_agents_become_dated_records(core: Core, database: Database, day: dt.date) -> None:
    number, later = day.toordinal(), day + dt.timedelta(days=3)
    assert core.deliver(day, ADA, BO, CY, newcomer(number)) is RunStatus.PUBLISHED
    assert on(database, f"D{number}", day) == ("FA", "ZT1", "Z1")
    assert on(database, f"D{number}", day - dt.timedelta(days=1)) is None
    assert (
        core.deliver(later, ADA, BO, CY, newcomer(number, place="ZT2", rank="SA", superior="Z3")) is RunStatus.PUBLISHED
    )
    assert on(database, f"D{number}", later - dt.timedelta(days=1)) == ("FA", "ZT1", "Z1")
    assert on(database, f"D{number}", later) == ("SA", "ZT2", "Z3")
    gone = later + dt.timedelta(days=2)
    assert core.deliver(gone, ADA, BO, CY) is RunStatus.PUBLISHED
    assert on(database, f"D{number}", gone - dt.timedelta(days=1)) == ("SA", "ZT2", "Z3")
    assert on(database, f"D{number}", gone) is None
    back = gone + dt.timedelta(days=2)
    assert core.deliver(back, ADA, BO, CY, newcomer(number)) is RunStatus.PUBLISHED
    assert on(database, f"D{number}", back) == ("FA", "ZT1", "Z1")
    with database.transaction(HOUSE) as session:
        agent = session.scalar(text("select id from agent where agent_no = :no"), {"no": f"D{number}"})
        told = session.execute(
            select(AuditEntry.actor, AuditEntry.content)
            .where(AuditEntry.subject == "agents", AuditEntry.subject_key == str(agent), AuditEntry.action == "deliver")
            .order_by(AuditEntry.id)
        ).all()
    assert {row.actor for row in told} == {"nightly run"}
    assert told[1].content["rank"] == ["individual FA", "individual SA"]
    assert core.deliver(back + dt.timedelta(days=1), ADA, BO, CY) is RunStatus.PUBLISHED  # as it was before this test


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("by,code,agents\nall,,4\ninstitution,ZT1,1\ninstitution,ZT2,2\nrank,TM,2\nrank,FA,1\n", "has 3 agents (all -), its control says 4"),
        ("by,code,agents\nall,,3\ninstitution,ZT1,2\ninstitution,ZT2,1\nrank,TM,2\nrank,FA,1\n", "has 1 agents (institution ZT1), its control says 2"),
        ("by,code,agents\nall,,3\ninstitution,ZT1,1\ninstitution,ZT2,2\nrank,TM,3\n", "has 1 agents (rank FA), its control says -"),
    ],
)  # fmt: skip
def test_a_delivery_that_does_not_tie_is_refused_as_a_whole(
    wrong: str, says: str, core: Core, database: Database, day: dt.date
) -> None:
    changed = BO.replace(",FA,", ",FA,").replace("Bo", "Bob")
    assert core.deliver(day, ADA, changed, CY, control=wrong) is RunStatus.REFUSED
    assert says in refusal(database, core)
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(SalesForceDelivery.business_date)) is None
        assert session.scalar(text("select name from person where code = 'Z2'")) == "Bo"
        assert session.scalar(text("select count(*) from published where business_date = :day"), {"day": day}) == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("D1,D1,Dan,,NOWHERE,agent,individual,FA,2026-12-01,Z1", "works in NOWHERE"),
        ("D1,D1,Dan,,ZT1,agent,individual,FA,2026-12-01,Z77", "stands under Z77"),
        ("D1,Z2,Dan,,ZT1,agent,individual,FA,2026-12-01,Z1", "is person Z2"),
        (ADA, "names an agent twice"),
        ("D1,D1,Dan,,ZT1,boss,individual,FA,2026-12-01,Z1", "works as “boss”; there are agent, leader"),
        ("D1,D1,Dan,,ZT1,agent,individual,FA,2199-12-31,Z1", "joins on 2199-12-31, after the day delivered"),
        ("D1,D1,Dan,,ZT1,agent,individual,FA,2026-12-01,D1", "leads back to him"),
        ("D1,D1,Dan,,ZT1,agent,individual,FA,2026-02-30,Z1", "is not a date"),
    ],
)
def test_what_nobody_knows_refuses_the_whole(
    line: str, says: str, core: Core, database: Database, day: dt.date
) -> None:
    first = newcomer(day.toordinal())
    assert core.deliver(day, ADA, BO, CY, first, line) is RunStatus.REFUSED
    assert says in refusal(database, core)
    assert on(database, f"D{day.toordinal()}", day) is None


@pytest.mark.parametrize(
    ("team", "says"),
    [
        ("ZB,Branch,,z_branch,ZT1", "Unit ZB stands under ZT1, which is of no level above"),
        ("ZY,Other,,z_team,ZT1", "Unit ZY stands under ZT1, which is of no level above"),
        ("ZY,Other,,z_branch,ZB", "Unit ZY stands under ZB, which is of no level above"),
        ("ZT1,Team,,z_branch,ZB", "Unit ZT1 stands under ZB, which is of no level above"),
    ],
)
def test_a_tree_that_leads_back_is_refused(team: str, says: str, core: Core, database: Database, day: dt.date) -> None:
    assert core.deliver(day, ADA, BO, CY, teams=(team,)) is RunStatus.REFUSED
    assert says in refusal(database, core)


def test_a_circle_of_superiors_is_refused(core: Core, database: Database, day: dt.date) -> None:
    circle = CY[:-1] + ",Z2" if CY.endswith(",,") else CY + "Z2"
    assert core.deliver(day, ADA, BO, circle) is RunStatus.REFUSED
    assert "leads back" in refusal(database, core)


def test_one_wrong_day_of_several_leaves_nothing_of_the_others(core: Core, database: Database, day: dt.date) -> None:
    number, next_day = day.toordinal(), day + dt.timedelta(days=1)
    core.write(day, ADA, BO, CY, newcomer(number))
    core.write(next_day, ADA, BO, CY, control="by,code,agents\nall,,9\n")
    assert core.run(day, next_day) is RunStatus.REFUSED
    assert on(database, f"D{number}", day) is None


def test_what_people_recorded_by_hand_stays_and_is_told(core: Core, database: Database, day: dt.date) -> None:
    number, second, third = day.toordinal(), day + dt.timedelta(days=2), day + dt.timedelta(days=4)
    agent = f"D{number}"
    assert core.deliver(day, ADA, BO, CY, newcomer(number)) is RunStatus.PUBLISHED
    with database.transaction(HOUSE) as session:
        key = str(session.scalar(text("select id from agent where agent_no = :no"), {"no": agent}))
    with saving(LOCAL_OPERATOR, RESOURCES["agents"]) as writer:
        change(
            writer, RESOURCES["agents"], key, {"rank": "TM", "origin": "decision"}, first_day=day + dt.timedelta(days=1)
        )
    assert (
        core.deliver(second, ADA, BO, CY, newcomer(number)) is RunStatus.PUBLISHED
    )  # the core says the same as before
    assert on(database, agent, second) == ("TM", "ZT1", "Z1")
    assert problems(database, core) == []
    assert core.deliver(third, ADA, BO, CY, newcomer(number, rank="SA", place="ZT2")) is RunStatus.PUBLISHED
    assert on(database, agent, third) == ("TM", "ZT2", "Z1")  # the place is new, and nobody decided otherwise about it
    [told] = problems(database, core)
    assert told.startswith(
        f"The core says individual SA of agent {agent}; here individual TM was recorded by hand, and stays."
    )
    assert core.run(third) is RunStatus.PUBLISHED  # a later attempt tells it again
    assert len(problems(database, core)) == 1
    assert core.deliver(third + dt.timedelta(days=1), ADA, BO, CY) is RunStatus.PUBLISHED  # he left
    assert on(database, agent, third + dt.timedelta(days=1)) is None


def test_an_agent_recorded_by_hand_does_not_leave_because_the_core_never_knew_him(
    core: Core, database: Database, day: dt.date
) -> None:
    with saving(LOCAL_OPERATOR, RESOURCES["people"]) as writer:
        places = dict(writer.session.execute(text("select code, id from institution")).all())
        given = {"code": "H1", "name": "Hand", "institution": str(places["ZT1"]), "position": "agent"}
        person = create(writer, RESOURCES["people"], given, first_day=dt.date(2026, 1, 1))
    with saving(LOCAL_OPERATOR, RESOURCES["agents"]) as writer:
        given = {
            "agent_no": "H1",
            "person": person,
            "joined_on": "2026-01-01",
            "channel": "individual",
            "rank": "FA",
            "origin": "hire",
        }
        create(writer, RESOURCES["agents"], given, first_day=dt.date(2026, 1, 1))
    assert core.deliver(day, ADA, BO, CY) is RunStatus.PUBLISHED
    assert on(database, "H1", day) == ("FA", "ZT1", None)
    assert "H1" in problems(database, core)[0]
    with database.transaction(HOUSE) as session:  # gone for the other tests
        session.execute(text("delete from agent_period where agent_id = :id"), {"id": int(person)})


def test_a_day_taken_before_is_not_taken_with_another_content(core: Core, database: Database, day: dt.date) -> None:
    assert core.deliver(day, ADA, BO, CY) is RunStatus.PUBLISHED
    assert core.deliver(day, ADA, BO, CY, newcomer(day.toordinal())) is RunStatus.REFUSED
    assert "taken before with another content" in refusal(database, core)
    earlier = day - dt.timedelta(days=1)
    assert (
        core.deliver(earlier, ADA, BO, CY, newcomer(day.toordinal())) is RunStatus.PUBLISHED
    )  # later days know better
    assert on(database, f"D{day.toordinal()}", day) is None


def test_teams_come_with_their_agents_and_are_renamed_and_moved(core: Core, database: Database, day: dt.date) -> None:
    number, later = day.toordinal(), day + dt.timedelta(days=1)
    line = newcomer(number, place=f"ZN{number}", superior="Z1")
    assert core.deliver(day, ADA, BO, CY, line, teams=(f"ZN{number},New team,新组,z_team,ZB",)) is RunStatus.PUBLISHED
    assert on(database, f"D{number}", day) == ("FA", f"ZN{number}", "Z1")
    assert core.deliver(later, ADA, BO, CY, teams=(f"ZN{number},Old team,新组,z_team,ZB",)) is RunStatus.PUBLISHED
    sql = "select valid_from, name from institution_period p join institution i on i.id = p.institution_id where code = :code order by 1"
    with database.transaction(HOUSE) as session:
        assert session.execute(text(sql), {"code": f"ZN{number}"}).all() == [(day, "New team"), (later, "Old team")]
    assert core.deliver(later + dt.timedelta(days=1), ADA, BO, CY, teams=("ZX,X,,no_level,ZB",)) is RunStatus.REFUSED


def test_a_day_without_a_file_leaves_everything_as_it_is(core: Core, database: Database, day: dt.date) -> None:
    core.write(day, ADA)
    for name in ("sales_force_{}.csv", "sales_force_{}.control.csv"):
        (core.folder / name.format(f"{day:%Y%m%d}")).unlink()
    assert core.run(day) is RunStatus.PUBLISHED
    assert on(database, "Z2", day) == ("FA", "ZT2", "Z3")


def test_a_file_without_its_counts_is_refused(core: Core, database: Database, day: dt.date) -> None:
    core.write(day, ADA, BO, CY)
    (core.folder / f"sales_force_{day:%Y%m%d}.control.csv").unlink()
    assert core.run(day) is RunStatus.REFUSED
    assert "the file is missing" in refusal(database, core)


def test_the_demo_insurer_says_every_day_who_is_there() -> None:
    insurer = DemoInsurer(dt.date(2026, 3, 31))
    assert insurer.sales_force(insurer.last_day) is None
    first, later = insurer.sales_force(dt.date(2026, 4, 1)), insurer.sales_force(dt.date(2026, 6, 30))
    assert first is not None
    assert later is not None
    assert count_problem(first) is count_problem(later) is None
    assert 2_500 < len(later.agents) < len(first.agents) < 3_500
    loaded = insurer.organisation()
    holding = {one.agent_no for one in loaded.agent_periods if one.valid_from <= dt.date(2026, 4, 1) < one.valid_to}
    assert {one.agent_no for one in first.agents} <= holding
    superiors = {
        one.agent_no: one.from_agent_no
        for one in loaded.relations
        if one.kind == "reporting" and one.valid_to.year == 9999
    }
    assert all(superiors.get(one.agent_no, "") == one.superior_no for one in first.agents)
    teams = {(one.code, one.name, one.name_zh, one.level_code, one.parent_code) for one in later.teams}
    assert teams == {
        (one.code, one.name, one.name_zh, one.level_code, one.parent_code)
        for one in loaded.institutions if one.level_code == "sales_team"
    }  # fmt: skip
    assert said_count(later, UNITS) == len(teams) == len(later.teams) > 200


def test_taking_needs_the_permissions(loaded: dict[str, int]) -> None:
    from portal.permissions import Actor, Forbidden, Scope
    from portal.sources.insurer import SalesForceDay

    nobody = Actor(None, "nobody", scope=Scope(all=True))
    with pytest.raises(Forbidden), writing(nobody) as writer:
        take_sales_force(writer, SalesForceDay(dt.date(2027, 1, 1), (), (), ()))


def test_every_lock_has_a_number_of_its_own() -> None:
    """A delivery locks the tree while the leader holds the lead: with the same number it would wait for ever."""
    root = Path(__file__).parents[2]
    found = [
        number for folder in ("portal", "jobs") for file in (root / folder).rglob("*.py")
        for number in re.findall(r"_LOCK = ([0-9_]+)", file.read_text(encoding="utf-8"))
    ]  # fmt: skip
    assert len(found) > 4
    assert len(set(found)) == len(found)
