"""Asking for runs, running again, cancelling, and acknowledging what a check found.

The web process only writes rows here; the leader of `basis jobs` is woken by a notification and does the work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.access.identity import today
from portal.models.commission import CommissionMonth, MonthState
from portal.models.runs import Problem, Run, RunStatus
from portal.permissions import Permission
from portal.query.calendar import business_calendar
from portal.query.run_order import (
    COMMISSION_KEY,
    RUNS_CHANNEL,
    Standing,
    beginning,
    keep_order,
    spans_closed_days,
    standings,
)
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import Writer

UNFINISHED = (RunStatus.REQUESTED, RunStatus.RUNNING)
FIRST_DAY = dt.date(1900, 1, 1)  # as of what a source delivers
WRONG = (RunStatus.REFUSED, RunStatus.FAILED)


class RunProblem(ValueError):
    """What was asked for cannot be done; the sentence says why and what to do instead."""


def request_run(
    writer: Writer,
    job: str,
    dates: Iterable[dt.date],
    *,
    rerun: bool = False,
    reason: str = "",
    from_step: str = "",
    asked_by: str = "",
) -> list[Run]:
    """Ask for a job on business dates; returns their runs in order, with those that must follow.

    A date without a run gets attempt 1, a date with one keeps it: started twice it runs once. `rerun` with a reason
    makes the next attempt. Dates already published after the first new run are computed again too: they build on it.
    The closed days before a date belong to it: the nightly run computes them along.
    """
    writer.allow(Permission.JOB_RUN)
    wanted = sorted(set(dates))
    if not wanted:
        raise RunProblem(_("Name at least one business date."))
    refuse_strange_days(wanted)
    reason = _why(reason, _("Say why the run is done again: the reason stays in its history.") if rerun else "")
    session = writer.session
    keep_order(session, job)
    if job == COMMISSION_KEY:
        refuse_closed_months(session, wanted)
    if spans_closed_days(job):
        wanted = with_closed_days(session, job, wanted)
    standing = standings(session, job, wanted[0])
    fresh = new_attempts(wanted, standing, rerun=rerun)
    following = followers(min(fresh), standing, wanted) if fresh else {}
    if fresh:
        common = {"job": job, "requested_by": asked_by or writer.actor.name, "from_step": from_step}
        why = f"follows {min(fresh)}: {reason}" if reason else f"follows {min(fresh)}"
        rows = [common | {"business_date": day, "attempt": attempt, "reason": reason} for day, attempt in fresh.items()]
        rows += [
            common | {"business_date": day, "attempt": attempt, "reason": why} for day, attempt in following.items()
        ]
        session.execute(insert(Run), rows)
        content = {"dates": list(fresh), "following": len(following), "reason": reason, "from_step": from_step}
        writer.record("rerun" if rerun else "request", "run", f"{job}:{min(fresh)}", content)
        wake_leader(session)
    return newest_runs(session, job, [*wanted, *following])


def refuse_strange_days(wanted: list[dt.date]) -> None:
    """A slip such as 9026 for 2026 would wait for ever, and every later date with it."""
    last = dt.date(today().year + 1, 12, 31)
    strange = next((day for day in (wanted[0], wanted[-1]) if not FIRST_DAY <= day <= last), None)
    if strange is not None:
        raise RunProblem(
            _("%(day)s cannot be a business date: dates lie between %(first)s and %(last)s.",
              day=strange, first=FIRST_DAY, last=last)
        )  # fmt: skip


def refuse_closed_months(session: Session, dates: Iterable[dt.date]) -> None:
    """A month that is not open any more is never computed again; what changes about it is paid in the open one."""
    months = [day.replace(day=1) for day in dates]
    stands = session.scalar(
        select(func.min(CommissionMonth.month)).where(
            CommissionMonth.month.in_(months), CommissionMonth.state != MonthState.OPEN
        )
    )
    if stands is not None:
        raise RunProblem(
            _(
                "%(month)s is not open any more: what changes about it is paid in the open month.",
                month=f"{stands:%Y-%m}",
            )
        )


def with_closed_days(session: Session, job: str, wanted: Iterable[dt.date]) -> list[dt.date]:
    """These dates with the closed days directly before each, not reaching back before the job's first date."""
    begins = beginning(session, job)
    calendar, days = business_calendar(session), set(wanted)
    if begins is not None:
        days.update(closed for day in wanted for closed in calendar.closed_before(day, begins))
    return sorted(days)


def new_attempts(wanted: list[dt.date], standing: Mapping[dt.date, Standing], *, rerun: bool) -> dict[dt.date, int]:
    """The attempt each wanted date needs; dates that keep the run they have are left out."""
    attempts: dict[dt.date, int] = {}
    for day in wanted:
        here = standing.get(day)
        if here is None:
            attempts[day] = 1
        elif rerun and here.under_way:
            raise RunProblem(_("The run of %(day)s is under way: wait for its end, or cancel it first.", day=day))
        elif rerun and not here.waiting:
            attempts[day] = here.attempt + 1
    return attempts


def followers(first: dt.date, standing: Mapping[dt.date, Standing], wanted: Iterable[dt.date]) -> dict[dt.date, int]:
    """The next attempt of each later date that builds on the first new run: once published, or being computed."""
    asked = set(wanted)
    return {
        day: here.attempt + 1
        for day, here in standing.items()
        if day > first and day not in asked and not here.waiting and (here.ever_published or here.under_way)
    }  # fmt: skip


def newest_runs(session: Session, job: str, dates: Iterable[dt.date]) -> list[Run]:
    """The newest attempt of each of these dates, in order."""
    newest = (
        select(Run)
        .where(Run.job == job, Run.business_date.in_(list(dates)))
        .ext(distinct_on(Run.business_date))
        .order_by(Run.business_date, Run.attempt.desc())
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(newest))


def cancel_run(writer: Writer, run_id: int, reason: str, through: dt.date | None = None) -> list[Run]:
    """Cancel a run with the dates computed together with it; of dates that still wait, those up to `through`.

    What runs stops after its present step. Cancelling a refused or failed re-run puts the attempt before it in force.
    """
    writer.allow(Permission.JOB_RUN)
    reason = _why(reason, _("Say why the run is cancelled: the reason stays in its history."))
    run = writer.get(Run, run_id)
    waiting = and_(
        Run.chunk == "",
        Run.attempt == run.attempt,
        Run.business_date.between(run.business_date, through or run.business_date),
    )
    together = Run.chunk == run.chunk if run.chunk else waiting
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
        raise RunProblem(_("The run of %(day)s has ended already: there is nothing to cancel.", day=run.business_date))
    content = {"reason": reason, "dates": sorted(one.business_date for one in cancelled)}
    writer.record("cancel", "run", f"{run.job}:{run.business_date}:{run.attempt}", content)
    wake_leader(writer.session)
    return sorted(cancelled, key=lambda one: one.business_date)


def acknowledge_problem(writer: Writer, problem_id: int, reason: str, *, all_alike: bool = False) -> int:
    """Take note of a problem with a reason, or of all open ones of its rule in the chunk; returns how many.

    The flag leaves the figures of a date when none of its problems is open any more.
    """
    writer.allow(Permission.PROBLEM_ACKNOWLEDGE)
    reason = _why(reason, _("Say why the problem may stand: the reason stays with the figures."))
    problem = writer.get(Problem, problem_id)
    if problem.acknowledged_at is not None:
        raise RunProblem(_("%(name)s acknowledged this problem already.", name=problem.acknowledged_by))
    alike = and_(Problem.chunk == problem.chunk, Problem.rule == problem.rule, Problem.acknowledged_at.is_(None))
    noted = writer.session.execute(
        update(Problem)
        .where(alike if all_alike else Problem.id == problem_id)
        .values(acknowledged_by=writer.actor.name, acknowledged_at=func.now(), acknowledged_reason=reason)
        .returning(Problem.id)
    ).all()
    content = {"chunk": problem.chunk, "rule": problem.rule, "problems": len(noted), "reason": reason}
    writer.record("acknowledge", "problem", problem_id, content)
    return len(noted)


def _why(reason: str, missing: str) -> str:
    try:
        return reason_of(reason, missing)
    except Refusal as refusal:
        raise RunProblem(refusal.sentence) from refusal


def wake_leader(session: Session) -> None:
    """Tell the leader, when this transaction commits, that there is something to do."""
    session.execute(select(func.pg_notify(RUNS_CHANNEL, "")))
