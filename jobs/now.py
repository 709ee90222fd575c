"""`basis run`: ask for runs and see them through, in this process when nobody leads, else by watching the leader."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import text
from sqlalchemy.orm import Session

from jobs import durable
from jobs.dispatch import Dispatcher
from jobs.journal import keep_log
from jobs.leader import Leadership, try_lead
from jobs.registry import job_named
from portal.database import database
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR, Actor
from portal.query.calendar import business_calendar
from portal.query.run_order import MONTHLY_JOBS, Wall, wall
from portal.query.runs import Progress, progress_of
from portal.services.runs import RunProblem, request_run
from portal.services.writer import Writer, writing

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How one date ended; `reason` is the sentence of a refusal, a failure, or what the date waits for."""

    business_date: dt.date
    attempt: int
    status: RunStatus
    reason: str


def run_now(
    job_key: str,
    first: dt.date,
    last: dt.date,
    rerun: bool = False,
    reason: str = "",
    from_step: str = "",
    progress: Callable[[str], None] = lambda _sentence: None,
    actor: Actor = LOCAL_OPERATOR,
) -> list[RunEnd]:
    """Run a job on all business dates from `first` to `last`; returns when they ended or can only wait, in order.

    A re-run's list holds the later dates that had to follow, too. `progress` is told a sentence whenever something
    moved. Killed and called again, it goes on where it was.
    """
    job = job_named(job_key)
    if from_step:
        job.position(from_step)
    with writing(actor) as writer:
        wanted = requested(writer, job_key, first, last, rerun=rerun, reason=reason, from_step=from_step)
    with Attendance() as attendance:
        return see_through(job_key, wanted, attendance, progress)


def run_side_by_side(
    spans: Sequence[tuple[str, dt.date, dt.date]],
    progress: Callable[[str], None] = lambda _sentence: None,
    actor: Actor = LOCAL_OPERATOR,
) -> dict[str, list[RunEnd]]:
    """Run several jobs, each on all business dates of its span, at the same time: one computes while another reads or writes.

    `progress` follows the first to its end, then the next.
    """
    with writing(actor) as writer:
        wanted = {job: requested(writer, job, first, last) for job, first, last in spans}
    with Attendance() as attendance:
        return {job: see_through(job, runs, attendance, progress) for job, runs in wanted.items()}


def requested(
    writer: Writer,
    job: str,
    first: dt.date,
    last: dt.date,
    *,
    rerun: bool = False,
    reason: str = "",
    from_step: str = "",
) -> list[int]:
    """Ask for a job on all business dates from one to another; the ids of its runs."""
    dates = due_dates(writer.session, job, first, last)
    if not dates:
        raise RunProblem(f"There is no business date from {first} to {last}: the calendar closes them all.")
    return [run.id for run in request_run(writer, job, dates, rerun=rerun, reason=reason, from_step=from_step)]


def due_dates(session: Session, job: str, first: dt.date, last: dt.date) -> list[dt.date]:
    """The business dates of a job over some days: open ones, or the last days of months."""
    if job not in MONTHLY_JOBS:
        return list(business_calendar(session).open_dates(first, last))
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if (day + dt.timedelta(days=1)).day == 1]


def see_through(job_key: str, run_ids: list[int], attendance: Attendance, tell: Callable[[str], None]) -> list[RunEnd]:
    """Follow runs to their end."""
    told = ""
    while True:
        with database().transaction(LOCAL_OPERATOR) as session:
            now = progress_of(session, run_ids)
            in_the_way = wall(session, job_key)
        if (sentence := said(now)) != told:
            tell(sentence)
            told = sentence
        waits = in_the_way is not None and now.next_date is not None and in_the_way.business_date < now.next_date
        if now.finished or (waits and not now.running and not durable.active_chunks()):
            with database().transaction(LOCAL_OPERATOR) as session:
                return ends(session, run_ids, in_the_way)
        attendance.turn()


def said(now: Progress) -> str:
    """How far it is, in a sentence."""
    under_way = f", {now.next_date:%Y-%m} at {now.step}" if now.step and now.next_date else ""
    return f"{now.done} of {now.total} dates{under_way}"


def ends(session: Session, run_ids: list[int], in_the_way: Wall | None) -> list[RunEnd]:
    """How each run ended."""
    waits = f"waits for {in_the_way.business_date}, which is {in_the_way.why}" if in_the_way else "waits"
    return [
        RunEnd(row.business_date, row.attempt, RunStatus(row.status), waits if row.waiting else row.why)
        for row in session.execute(ENDS, {"ids": run_ids})
    ]


class Attendance:
    """Does the leader's work while nobody else does it; else waits a little."""

    def __init__(self) -> None:
        self._lead: Leadership | None = None
        self._dispatcher = Dispatcher()

    def __enter__(self) -> Self:
        return self

    def turn(self) -> None:
        """One turn of the leader's loop, or a short sleep while another process leads."""
        if self._lead is None:
            self._lead = try_lead()
            if self._lead is None:
                time.sleep(LOOK_SECONDS)
                return
            keep_log(on_screen=False)
            durable.launch()
        self._dispatcher.turn()
        self._lead.wait_for_requests(LOOK_SECONDS)

    def __exit__(self, error: type[BaseException] | None, *_rest: object) -> None:
        if self._lead is not None:
            if error is None:  # an interrupted command leaves at once; its runs go on with the next leader
                durable.finish()
            durable.stop()
            self._lead.release()


ENDS = text("""
select business_date, attempt, status, status = 'requested' as waiting, coalesce(said.message, reason) as why
from run left join lateral (
    select message from run_step where chunk = run.chunk and run_step.status in ('refused', 'failed') limit 1
) as said on true
where id = any (:ids) order by business_date
""")
