"""Running chunks: in order, once, resumed after a kill, stopped by a refusal, led by one."""

from __future__ import annotations

import datetime as dt
import random
import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from jobs import durable, registry
from jobs.job import Chunk, Job, Refused, Step, StepResult
from jobs.leader import LEADER_LOCK, LostLeadership, fence, leading, still_leader
from jobs.now import LOOK_SECONDS, run_side_by_side
from jobs.records import finish_runs
from jobs.runner import run_chunk
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR, NIGHTLY
from portal.sentence import Sentence
from portal.services.runs import cancel_run, request_run
from portal.services.writer import writing
from tests.jobs import toy
from tests.jobs.conftest import Toy

FIRST, LAST = dt.date(2024, 2, 27), dt.date(2024, 4, 2)  # over a leap day and three months
DATES = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
LEADS = f"select pid from pg_locks where locktype = 'advisory' and objid = {LEADER_LOCK} and granted"
ONCE = [(str(day), 1, "published") for day in DATES]


def settled(toy_job: Toy) -> None:
    """What holds after every fault: each date published once, with the content of an undisturbed run."""
    assert toy_job.statuses() == ONCE
    assert toy_job.totals() == toy.expected_totals(DATES)
    assert toy_job.rows("select count(*) from toy_total where job = :job")[0][0] == len(DATES)
    steps = toy_job.rows("select chunk, step, status from run_step where chunk like :like", like=f"{toy_job.key}:%")
    assert len(steps) == 9 and {row.status for row in steps} == {"done"}


def test_a_range_runs_in_month_chunks_in_order_and_asking_again_runs_nothing(toy_job: Toy) -> None:
    assert {run.status for run in toy_job.run("2024-02-27", "2024-04-02")} == {RunStatus.PUBLISHED}
    settled(toy_job)
    spans = ["2024-02-27..2024-02-29:1", "2024-03-01..2024-03-31:1", "2024-04-01..2024-04-02:1"]
    assert toy_job.calls() == [(span, step) for span in spans for step in ("collect", "add", "publish")]
    toy_job.run("2024-02-27", "2024-04-02")
    assert len(toy_job.calls()) == 9


def test_two_jobs_run_side_by_side_each_in_its_own_order(toy_job: Toy) -> None:
    other = Toy(f"{toy_job.key}b", toy_job.database)
    registry.JOBS[other.key] = toy.toy_job(other.key)
    ends = run_side_by_side([(toy_job.key, FIRST, LAST), (other.key, FIRST, LAST)])
    assert list(ends) == [toy_job.key, other.key]
    assert {end.status for one in ends.values() for end in one} == {RunStatus.PUBLISHED}
    for job in (toy_job, other):
        settled(job)
    begun = [row.job for row in toy_job.rows("select job from toy_call where job in (:job, :other) order by at",
                                             other=other.key)]  # fmt: skip
    assert begun[: begun.index(other.key)].count(toy_job.key) < 9, "the other began before the first had ended"
    assert run_side_by_side([]) == {}


def test_the_command_leaves_when_the_end_of_its_workflow_is_written_down(
    toy_job: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run reads as published before its workflow has ended; leaving in between took the database from its thread."""

    def slowly(chunk_id: str, status: RunStatus) -> int:
        ended = finish_runs(chunk_id, status)
        time.sleep(pause)
        return ended

    pause = 3 * LOOK_SECONDS
    monkeypatch.setattr(durable, "finish_runs", slowly)
    toy_job.run("2024-02-28", "2024-03-01")
    with toy_job.database.owner.connect() as connection:
        statement = "select status from dbos.workflow_status where workflow_uuid like :like"
        ends = connection.execute(text(statement), {"like": f"{toy_job.key}:%"}).scalars().all()
    assert ends == ["SUCCESS", "SUCCESS"]


def test_a_refused_date_keeps_its_sentence_and_later_dates_wait_until_it_is_run_again(toy_job: Toy) -> None:
    toy_job.make_bad("2024-03-05")
    ends = toy_job.run("2024-02-28", "2024-04-01")
    assert [str(end.business_date) for end in ends if end.status == RunStatus.PUBLISHED] == ["2024-02-28", "2024-02-29"]
    march = next(end for end in ends if end.business_date == dt.date(2024, 3, 5))
    assert (march.status, march.reason) == (RunStatus.REFUSED, "The file of 2024-03-05 has no total.")
    assert (ends[-1].status, ends[-1].reason) == (RunStatus.REQUESTED, "waits for 2024-03-01, which is refused")
    toy_job.make_bad("2024-03-05", bad=False)
    again = toy_job.run("2024-03-01", "2024-03-31", rerun=True, reason="the bank sent it again")
    assert {(end.status, end.attempt) for end in again} == {(RunStatus.PUBLISHED, 2)}
    toy_job.run("2024-04-01")
    assert toy_job.totals() == toy.expected_totals([dt.date(2024, 2, 28) + dt.timedelta(days=n) for n in range(34)])


def test_an_unexpected_error_fails_the_run_with_an_id_that_is_in_the_log(
    toy_job: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(chunk: Chunk) -> StepResult:
        raise ZeroDivisionError("secret figure 42")

    chunk = Chunk.of(toy_job.key, [dt.date(2024, 1, 1)])
    assert run_chunk(Job(toy_job.key, "Toy", (Step("stumble", stumble),)), chunk) == RunStatus.FAILED
    message = toy_job.rows("select message from run_step where chunk = :chunk", chunk=chunk.id)[0].message
    assert "42" not in message
    error_id = message.split("error ")[1].split(" ")[0]
    assert error_id in caplog.text and "secret figure 42" in caplog.text


def test_a_rerun_computes_the_following_dates_again_as_new_attempts(toy_job: Toy) -> None:
    toy_job.run("2024-01-30", "2024-02-02")
    ends = toy_job.run("2024-01-31", rerun=True, reason="correction")
    assert [(str(end.business_date), end.attempt) for end in ends] == [
        ("2024-01-31", 2),
        ("2024-02-01", 2),
        ("2024-02-02", 2),
    ]
    assert toy_job.calls()[6:] == [
        (span, step) for span in ("2024-01-31:2", "2024-02-01..2024-02-02:2") for step in ("collect", "add", "publish")
    ]
    assert toy_job.totals() == toy.expected_totals([dt.date(2024, 1, 30) + dt.timedelta(days=n) for n in range(4)])


def test_a_rerun_from_a_step_takes_over_what_the_steps_before_left(toy_job: Toy) -> None:
    toy_job.run("2024-01-30", "2024-02-02")
    toy_job.run("2024-01-30", "2024-01-31", rerun=True, reason="new rule", from_step="add")
    assert toy_job.calls()[6:] == [
        (span, step) for span in ("2024-01-30..2024-01-31:2", "2024-02-01..2024-02-02:2") for step in ("add", "publish")
    ]
    steps = toy_job.rows(
        "select step, status from run_step where chunk = :chunk order by id",
        chunk=f"{toy_job.key}:2024-02-01..2024-02-02:2",
    )
    assert [tuple(row) for row in steps] == [
        ("take over", "done"),
        ("collect", "reused"),
        ("add", "done"),
        ("publish", "done"),
    ]
    with pytest.raises(ValueError, match="its steps are collect, add, publish"):
        toy_job.run("2024-01-30", rerun=True, reason="typing error", from_step="ad")


def test_a_rerun_from_a_step_over_other_dates_begins_at_the_first(toy_job: Toy) -> None:
    toy_job.run("2024-01-29", "2024-01-31")
    toy_job.run("2024-01-30", rerun=True, reason="new rule", from_step="add")
    assert toy_job.calls()[3:] == [("2024-01-30..2024-01-31:2", step) for step in ("collect", "add", "publish")]


def test_an_old_leader_publishes_nothing_more(toy_job: Toy) -> None:
    with leading():
        assert still_leader()
        toy_job.rows("update heartbeat set detail = 'someone else' where process = 'leader' returning process")
        assert not still_leader()
        with pytest.raises(LostLeadership), toy_job.database.transaction(NIGHTLY) as session:
            fence(session)
        with pytest.raises(LostLeadership):
            run_chunk(toy.toy_job(toy_job.key), Chunk.of(toy_job.key, [FIRST]))
    assert toy_job.statuses() == [] and toy_job.totals() == []


def test_a_step_that_runs_again_has_one_row(toy_job: Toy) -> None:
    chunk = Chunk.of(toy_job.key, [FIRST])
    outcomes = iter([Refused(Sentence("not yet")), None])

    def unsteady(_chunk: Chunk) -> StepResult:
        if error := next(outcomes):
            raise error
        return StepResult(rows_in=3, rows_out=2, rows_held=1)

    job = Job(toy_job.key, "Toy", (Step("unsteady", unsteady),))
    assert [run_chunk(job, chunk), run_chunk(job, chunk)] == [RunStatus.REFUSED, RunStatus.PUBLISHED]
    rows = toy_job.rows(
        "select status, rows_in, rows_out, rows_held, message from run_step where chunk = :chunk", chunk=chunk.id
    )
    assert [tuple(row) for row in rows] == [("done", 3, 2, 1, "")]


def test_started_twice_in_two_processes_it_runs_once(toy_job: Toy) -> None:
    processes = [toy_job.spawn("run", str(FIRST), str(LAST)) for _ in range(2)]
    assert [process.wait(600) for process in processes] == [0, 0]
    settled(toy_job)
    assert len(toy_job.calls()) == 9


def test_a_run_asked_for_beside_a_leader_is_done_by_the_leader(toy_job: Toy, eventually: Callable[..., None]) -> None:
    leader = toy_job.spawn("lead", pause=0.01)
    eventually(lambda: bool(toy_job.rows(LEADS)))
    said: list[str] = []
    ends = toy_job.run(str(FIRST), str(LAST), progress=said.append)
    assert {end.status for end in ends} == {RunStatus.PUBLISHED} and said[-1] == f"{len(DATES)} of {len(DATES)} dates"
    settled(toy_job)
    assert [row.process for row in toy_job.rows("select distinct process from toy_call where job = :job")] == [
        leader.pid
    ]


def test_a_step_the_database_dropped_runs_again(toy_job: Toy) -> None:
    tries: list[int] = []

    def dropped_once(chunk: Chunk) -> StepResult:
        tries.append(1)
        with toy_job.database.transaction(NIGHTLY) as session:
            if len(tries) == 1:
                session.execute(text("reset role"))
                session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            session.execute(toy.CALL, {"job": chunk.job, "chunk": chunk.id, "step": "dropped", "process": 0})
        return StepResult()

    chunk = Chunk.of(toy_job.key, [FIRST])
    assert run_chunk(Job(toy_job.key, "Toy", (Step("dropped", dropped_once),)), chunk) == RunStatus.PUBLISHED
    assert len(tries) == 2 and len(toy_job.calls()) == 1


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_points_it_ends_the_same(toy_job: Toy, seed: int) -> None:
    kill_and_finish(toy_job, random.Random(seed), kills=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_random_points_it_ends_the_same_twenty_times(toy_job: Toy, seed: int) -> None:
    kill_and_finish(toy_job, random.Random(seed), kills=4)


def kill_and_finish(toy_job: Toy, chance: random.Random, kills: int) -> None:
    for _ in range(kills):
        process = toy_job.spawn("run", str(FIRST), str(LAST), pause=0.3)
        wait_for_first_words(process)
        time.sleep(chance.uniform(0, 2))
        process.kill()
        process.wait()
    toy_job.run(str(FIRST), str(LAST))
    settled(toy_job)


def wait_for_first_words(process: object) -> None:
    process.stdout.readline()  # type: ignore[attr-defined]


def test_a_standby_takes_over_and_finishes_what_the_leader_began(toy_job: Toy, eventually: Callable[..., None]) -> None:
    leader = toy_job.spawn("lead", pause=0.6)
    eventually(lambda: bool(toy_job.rows(LEADS)))
    standby = toy_job.spawn("lead", pause=0.01)
    with writing(LOCAL_OPERATOR) as writer:
        request_run(writer, toy_job.key, DATES)
    eventually(lambda: ("2024-02-27..2024-02-29:1", "add") in toy_job.calls())
    leader.kill()
    eventually(lambda: toy_job.statuses() == ONCE)
    settled(toy_job)
    processes = {row.process for row in toy_job.rows("select process from toy_call where job = :job")}
    assert processes == {leader.pid, standby.pid}
    standby.send_signal(signal.SIGTERM)
    assert standby.wait(600) == 0


def test_a_leader_that_lost_its_connection_stops_and_the_standby_publishes(
    toy_job: Toy, eventually: Callable[..., None]
) -> None:
    leader = toy_job.spawn("lead", pause=0.6)
    eventually(lambda: bool(toy_job.rows(LEADS)))
    standby = toy_job.spawn("lead", pause=0.01)
    with writing(LOCAL_OPERATOR) as writer:
        request_run(writer, toy_job.key, DATES)
    eventually(lambda: ("2024-02-27..2024-02-29:1", "add") in toy_job.calls())
    leader.send_signal(signal.SIGSTOP)  # a frozen machine; the server gives its connection up
    with toy_job.database.application.connect() as connection:
        connection.execute(text(f"select pg_terminate_backend(pid) from ({LEADS}) as lead"))
    eventually(lambda: toy_job.statuses() == ONCE)
    leader.send_signal(signal.SIGCONT)
    time.sleep(2)
    settled(toy_job)
    published_by = toy_job.rows("select distinct process from toy_call where job = :job and step = 'publish'")
    assert [row.process for row in published_by] == [standby.pid]


def test_a_cancelled_run_stops_after_its_present_step(toy_job: Toy, eventually: Callable[..., None]) -> None:
    toy_job.spawn("lead", pause=1.0)
    with writing(LOCAL_OPERATOR) as writer:
        wanted = request_run(writer, toy_job.key, [FIRST])
    eventually(lambda: len(toy_job.calls()) == 1)
    with writing(LOCAL_OPERATOR) as writer:
        cancel_run(writer, wanted[0].id, "wrong file")
        request_run(writer, toy_job.key, [FIRST], rerun=True, reason="right file")
    eventually(lambda: toy_job.statuses() == [(str(FIRST), 1, "cancelled"), (str(FIRST), 2, "published")])
    assert [call for call in toy_job.calls() if call[0].endswith(":1")] == [(f"{FIRST}:1", "collect")]
