"""Asking for runs, running again, cancelling, and acknowledging what a check found.

The web process only writes rows here; the leader of `basis jobs` is woken by a notification and does the work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from portal.models.runs import Problem, Run, RunStatus
from portal.permissions import Permission
from portal.query.run_order import RUNS_CHANNEL, Standing, standings
from portal.services.writer import Writer

UNFINISHED = (RunStatus.REQUESTED, RunStatus.RUNNING)
WRONG = (RunStatus.REFUSED, RunStatus.FAILED)


class RunProblem(ValueError):
    """What was asked for cannot be done; the sentence says why and what to do instead."""


def request_run(
    writer: Writer, job: str, dates: Iterable[dt.date], *, rerun: bool = False, reason: str = "", from_step: str = ""
) -> list[Run]:
    """Ask for a job on business dates; returns their runs in order, with those that must follow.

    A date without a run gets attempt 1, a date with one keeps it: started twice it runs once. `rerun` with a reason makes
    the next attempt. Dates already published after the first new run are computed again too, since they build on it.
    """
    writer.allow(Permission.JOB_RUN)
    wanted = sorted(set(dates))
    if not wanted:
        raise RunProblem("Name at least one business date.")
    if rerun and not reason.strip():
        raise RunProblem("Say why the run is done again: the reason stays in its history.")
    session = writer.session
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"run {job}"})
    standing = standings(session, job, wanted[0])
    fresh = new_attempts(wanted, standing, rerun=rerun)
    following = followers(min(fresh), standing, wanted) if fresh else {}
    if fresh:
        common = {"job": job, "requested_by": writer.actor.name, "from_step": from_step}
        why = f"follows {min(fresh)}: {reason}" if reason else f"follows {min(fresh)}"
        rows = [common | {"business_date": day, "attempt": attempt, "reason": reason} for day, attempt in fresh.items()]
        rows += [common | {"business_date": day, "attempt": attempt, "reason": why} for day, attempt in following.items()]
        session.execute(insert(Run), rows)
        writer.record(
            "rerun" if rerun else "request", "run", f"{job}:{min(fresh)}",
            {"dates": [str(day) for day in fresh], "following": len(following), "reason": reason, "from_step": from_step},
        )  # fmt: skip
        wake_leader(session)
    return newest_runs(session, job, [*wanted, *following])


def new_attempts(wanted: list[dt.date], standing: Mapping[dt.date, Standing], *, rerun: bool) -> dict[dt.date, int]:
    """The attempt each wanted date needs; dates that keep the run they have are left out."""
    attempts: dict[dt.date, int] = {}
    for day in wanted:
        here = standing.get(day)
        if here is None:
            attempts[day] = 1
        elif rerun and here.status == RunStatus.RUNNING:
            raise RunProblem(f"The run of {day} is under way: wait for its end, or cancel it first.")
        elif rerun and here.status != RunStatus.REQUESTED:
            attempts[day] = here.attempt + 1
    return attempts


def followers(first: dt.date, standing: Mapping[dt.date, Standing], wanted: Iterable[dt.date]) -> dict[dt.date, int]:
    """The next attempt of each later date that builds on the first new run: published before, or just being computed."""
    asked = set(wanted)
    return {
        day: here.attempt + 1
        for day, here in standing.items()
        if day > first and day not in asked and here.status != RunStatus.REQUESTED
        and (here.ever_published or here.status == RunStatus.RUNNING)
    }  # fmt: skip


def newest_runs(session: Session, job: str, dates: Iterable[dt.date]) -> list[Run]:
    """The newest attempt of each of these dates, in order."""
    newest = (
        select(Run)
        .where(Run.job == job, Run.business_date.in_(list(dates)))
        .distinct(Run.business_date)
        .order_by(Run.business_date, Run.attempt.desc())
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(newest))


def cancel_run(writer: Writer, run_id: int, reason: str) -> list[Run]:
    """Cancel a run, with the dates computed together with it.

    What runs stops after its present step. Cancelling a refused or failed re-run puts the attempt before it in force.
    """
    writer.allow(Permission.JOB_RUN)
    if not reason.strip():
        raise RunProblem("Say why the run is cancelled: the reason stays in its history.")
    run = writer.session.get(Run, run_id, with_for_update=True)
    if run is None:
        raise RunProblem("There is no such run.")
    together = Run.chunk == run.chunk if run.chunk else Run.id == run.id
    cancelled = writer.session.scalars(
        update(Run)
        .where(together, Run.job == run.job, Run.status.in_((*UNFINISHED, *WRONG)))
        .values(
            status=RunStatus.CANCELLED.value,
            finished_at=func.coalesce(Run.finished_at, func.now()),
            reason=func.concat_ws(" · ", func.nullif(Run.reason, ""), reason),
        )
        .returning(Run)
        .execution_options(populate_existing=True)
    ).all()
    if not cancelled:
        raise RunProblem(f"The run of {run.business_date} is {run.status} already: there is nothing to cancel.")
    writer.record("cancel", "run", f"{run.job}:{run.business_date}:{run.attempt}",
                  {"reason": reason, "dates": sorted(str(one.business_date) for one in cancelled)})  # fmt: skip
    wake_leader(writer.session)
    return sorted(cancelled, key=lambda one: one.business_date)


def acknowledge_problem(writer: Writer, problem_id: int, reason: str) -> Problem:
    """Take note of a problem with a reason; the flag leaves the figures when none of a date is open any more."""
    writer.allow(Permission.PROBLEM_ACKNOWLEDGE)
    if not reason.strip():
        raise RunProblem("Say why the problem may stand: the reason stays with the figures.")
    problem = writer.session.get(Problem, problem_id, with_for_update=True)
    if problem is None:
        raise RunProblem("There is no such problem.")
    if problem.acknowledged_at is not None:
        raise RunProblem(f"{problem.acknowledged_by} acknowledged this problem already.")
    problem.acknowledged_by, problem.acknowledged_reason = writer.actor.name, reason
    problem.acknowledged_at = writer.session.scalar(select(func.now()))
    writer.record("acknowledge", "problem", str(problem.id), {"rule": problem.rule, "chunk": problem.chunk, "reason": reason})
    return problem


def wake_leader(session: Session) -> None:
    """Tell the leader, when this transaction commits, that there is something to do."""
    session.execute(select(func.pg_notify(RUNS_CHANNEL, "")))
