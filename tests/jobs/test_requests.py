"""Asking for runs: once is once, a re-run says why, later dates follow, and what is in the way is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text

from portal.models.runs import Problem, Published, Run, RunStatus
from portal.permissions import LOCAL_OPERATOR, Forbidden, Permission
from portal.query.freshness import freshness
from portal.query.pins import pin
from portal.query.reader import reading
from portal.query.run_order import Wall, wall
from portal.services.runs import RunProblem, acknowledge_problem, cancel_run, request_run
from portal.services.writer import writing
from tests.jobs.conftest import Toy


def ask(toy_job: Toy, *days: str, **how: object) -> list[tuple[str, int]]:
    """Request dates; the runs that came back as (date, attempt)."""
    with writing(LOCAL_OPERATOR) as writer:
        runs = request_run(writer, toy_job.key, [dt.date.fromisoformat(day) for day in days], **how)  # type: ignore[arg-type]
        return [(str(run.business_date), run.attempt) for run in runs]


def settle(toy_job: Toy, status: str, *days: str) -> None:
    """Let the newest attempt of these dates (of all without days) have ended so."""
    toy_job.rows(
        "update run set status = :status where job = :job "
        "and (cardinality(cast(:days as date[])) = 0 or business_date = any (:days)) and attempt = ("
        "select max(attempt) from run other where other.job = run.job and other.business_date = run.business_date"
        ") returning id",
        status=status,
        days=[dt.date.fromisoformat(day) for day in days],
    )


def in_the_way(toy_job: Toy) -> Wall | None:
    with toy_job.database.transaction(LOCAL_OPERATOR) as session:
        return wall(session, toy_job.key)


def test_asking_twice_gives_the_same_run(toy_job: Toy) -> None:
    first = ask(toy_job, "2024-01-01")
    assert ask(toy_job, "2024-01-01") == first == [("2024-01-01", 1)]
    settle(toy_job, "published")
    assert ask(toy_job, "2024-01-01", "2024-01-02") == [("2024-01-01", 1), ("2024-01-02", 1)]


def test_a_rerun_needs_a_reason_and_takes_the_published_dates_after_it_along(toy_job: Toy) -> None:
    ask(toy_job, "2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")
    settle(toy_job, "published")
    settle(toy_job, "refused", "2024-01-04")
    with pytest.raises(RunProblem, match="Say why"):
        ask(toy_job, "2024-01-02", rerun=True, reason=" ")
    with pytest.raises(RunProblem, match="at most 500 characters"):
        ask(toy_job, "2024-01-02", rerun=True, reason="x" * 501)
    assert ask(toy_job, "2024-01-02", rerun=True, reason="late file") == [("2024-01-02", 2), ("2024-01-03", 2)]
    reasons = toy_job.rows("select reason from run where job = :job and attempt = 2 order by business_date")
    assert [row.reason for row in reasons] == ["late file", "follows 2024-01-02: late file"]
    assert ask(toy_job, "2024-01-02", rerun=True, reason="again") == [("2024-01-02", 2)], (
        "the requested attempt is the re-run"
    )


def test_a_date_that_arrives_late_lets_the_later_ones_follow(toy_job: Toy) -> None:
    ask(toy_job, "2024-01-01", "2024-01-03")
    settle(toy_job, "published")
    assert ask(toy_job, "2024-01-02") == [("2024-01-02", 1), ("2024-01-03", 2)]


def test_a_run_under_way_is_not_run_again(toy_job: Toy) -> None:
    ask(toy_job, "2024-01-01")
    settle(toy_job, "running")
    with pytest.raises(RunProblem, match="under way"):
        ask(toy_job, "2024-01-01", rerun=True, reason="impatience")
    assert ask(toy_job, "2024-01-01") == [("2024-01-01", 1)]


def test_what_is_in_the_way_is_the_first_wrong_or_missing_date(toy_job: Toy) -> None:
    assert in_the_way(toy_job) is None
    ask(toy_job, "2024-01-01", "2024-01-02", "2024-01-04", "2024-01-05")
    settle(toy_job, "published", "2024-01-01", "2024-01-02")
    assert in_the_way(toy_job) == Wall(dt.date(2024, 1, 3), "missing")
    with writing(LOCAL_OPERATOR) as writer:
        writer.session.execute(text("insert into business_day (business_date, is_open) values ('2024-01-03', false)"))
    assert in_the_way(toy_job) is None, "a closed date is not missing"
    settle(toy_job, "refused", "2024-01-04")
    assert in_the_way(toy_job) == Wall(dt.date(2024, 1, 4), "refused")
    with writing(LOCAL_OPERATOR) as writer:
        writer.session.execute(text("delete from business_day where business_date = '2024-01-03'"))


def test_cancelling_a_refused_rerun_puts_the_attempt_before_it_in_force(toy_job: Toy) -> None:
    ask(toy_job, "2024-01-01")
    settle(toy_job, "published")
    ask(toy_job, "2024-01-01", rerun=True, reason="correction")
    settle(toy_job, "failed")
    assert in_the_way(toy_job) == Wall(dt.date(2024, 1, 1), "failed")
    newest = toy_job.rows("select id from run where job = :job and attempt = 2")[0].id
    with pytest.raises(RunProblem, match="Say why"), writing(LOCAL_OPERATOR) as writer:
        cancel_run(writer, newest, "")
    with writing(LOCAL_OPERATOR) as writer:
        cancelled = cancel_run(writer, newest, "the first file was right")
    assert [(run.status, run.reason) for run in cancelled] == [("cancelled", "correction · the first file was right")]
    assert in_the_way(toy_job) is None
    with pytest.raises(RunProblem, match="nothing to cancel"), writing(LOCAL_OPERATOR) as writer:
        cancel_run(writer, newest, "once more")


def test_nobody_runs_cancels_or_acknowledges_without_the_permission(toy_job: Toy) -> None:
    onlooker = replace(LOCAL_OPERATOR, permissions=frozenset({Permission.JOB_VIEW}))
    for act in (
        lambda writer: request_run(writer, toy_job.key, [dt.date(2024, 1, 1)]),
        lambda writer: cancel_run(writer, 1, "no"),
        lambda writer: acknowledge_problem(writer, 1, "no"),
    ):
        with pytest.raises(Forbidden), writing(onlooker) as writer:
            act(writer)
    assert toy_job.statuses() == []


def test_a_problem_is_acknowledged_once_by_name_and_with_a_reason(toy_job: Toy) -> None:
    with writing(LOCAL_OPERATOR) as writer:
        problem = Problem(
            chunk=f"{toy_job.key}:2024-01-01:1", business_date=dt.date(2024, 1, 1), rule="negative_balance",
            severity="warning", dataset="movement", message="Account 7 went below zero.", row={"account_id": 7},
        )  # fmt: skip
        writer.session.add(problem)
    with pytest.raises(RunProblem, match="Say why"), writing(LOCAL_OPERATOR) as writer:
        acknowledge_problem(writer, problem.id, "")
    with writing(LOCAL_OPERATOR) as writer:
        acknowledge_problem(writer, problem.id, "an agreed overdraft")
    with pytest.raises(RunProblem, match="local operator acknowledged"), writing(LOCAL_OPERATOR) as writer:
        acknowledge_problem(writer, problem.id, "again")
    found = toy_job.rows("select acknowledged_by, acknowledged_reason from problem where id = :id", id=problem.id)[0]
    assert tuple(found) == ("local operator", "an agreed overdraft")
    audited = toy_job.rows(
        "select action, actor from audit_entry where subject = 'problem' and subject_key = :key", key=str(problem.id)
    )
    assert [tuple(row) for row in audited] == [("acknowledge", "local operator")]


def test_eight_who_ask_at_once_get_one_run(toy_job: Toy) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: ask(toy_job, "2024-01-01", "2024-01-02"), range(8)))
    assert all(answer == [("2024-01-01", 1), ("2024-01-02", 1)] for answer in answers)
    assert toy_job.statuses() == [("2024-01-01", 1, RunStatus.REQUESTED), ("2024-01-02", 1, RunStatus.REQUESTED)]
    assert (
        toy_job.rows(
            "select count(*) from audit_entry where action = 'request' and subject_key like :key",
            key=f"{toy_job.key}:%",
        )[0][0]
        == 1
    )


def test_cancelling_one_date_cancels_those_computed_with_it(toy_job: Toy) -> None:
    ask(toy_job, "2024-01-01", "2024-01-02", "2024-02-01")
    toy_job.rows("update run set chunk = 'together' where job = :job and business_date < '2024-02-01' returning id")
    with writing(LOCAL_OPERATOR) as writer:
        run = writer.session.query(Run).filter_by(job=toy_job.key, business_date=dt.date(2024, 1, 2)).one()
        assert len(cancel_run(writer, run.id, "wrong month")) == 2
    assert [status for _day, _attempt, status in toy_job.statuses()] == ["cancelled", "cancelled", "requested"]


def test_the_flag_leaves_the_figures_when_the_last_problem_is_acknowledged(toy_job: Toy) -> None:
    day, chunk = dt.date(2024, 1, 1), f"{toy_job.key}:2024-01-01:1"
    ask(toy_job, str(day))
    with writing(LOCAL_OPERATOR) as writer:
        run = writer.session.query(Run).filter_by(job=toy_job.key).one()
        run.chunk, run.status = chunk, RunStatus.PUBLISHED
        what = {"chunk": chunk, "rule": "balance_step", "severity": "warning", "dataset": "movement", "message": "Off."}
        problems = [Problem(business_date=day, **what) for _ in range(2)]
        elsewhere = Problem(business_date=day + dt.timedelta(days=1), **what)
        published = Published(
            dataset=toy_job.key, business_date=day, version=1, run_id=run.id, files=[], row_count=0, content_hash="",
            flagged=True,
        )  # fmt: skip
        writer.session.add_all([*problems, elsewhere, published])

    def shown() -> tuple[bool, str]:
        with reading(LOCAL_OPERATOR) as reader:
            fresh = freshness(reader, toy_job.key)
            assert fresh is not None
            return pin(reader.session, [toy_job.key], [day])[toy_job.key, day].flagged, fresh.state

    assert shown() == (True, "warn")
    for problem, after in zip(problems, ((True, "warn"), (False, "good")), strict=True):
        with writing(LOCAL_OPERATOR) as writer:
            acknowledge_problem(writer, problem.id, "known")
        assert shown() == after
