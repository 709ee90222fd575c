"""A small job to kill: each date's total is made from the day before, so order, repetition and loss all show.

As a program it is a process of its own: `toy.py run KEY FIRST LAST` does what `basis run` does, `toy.py lead KEY` what
`basis jobs` does.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import sys
import time

from sqlalchemy import text

from jobs.job import Chunk, Job, Refused, Step, StepResult
from jobs.leader import fence
from jobs.records import run_ids
from portal.database import database
from portal.permissions import NIGHTLY
from portal.sentence import Sentence

PAUSE_SECONDS = float(os.environ.get("TOY_PAUSE", "0.05"))
TABLES = """
create table if not exists toy_total (
    job text, business_date date, run_id bigint, total bigint, written_at timestamptz default clock_timestamp(),
    primary key (job, business_date, run_id));
create table if not exists toy_bad (job text, business_date date, primary key (job, business_date));
create table if not exists toy_call (
    job text, chunk text, step text, process bigint, at timestamptz default clock_timestamp());
grant select, insert, update, delete on toy_total, toy_bad, toy_call to basis_all;
"""


def next_total(total: int, day: dt.date) -> int:
    return (total * 31 + day.toordinal()) % 1_000_000_007


def expected_totals(dates: list[dt.date]) -> list[int]:
    """What an undisturbed run publishes."""
    totals, total = [], 0
    for day in dates:
        total = next_total(total, day)
        totals.append(total)
    return totals


def collect(chunk: Chunk) -> StepResult:
    """Write one line a date, slowly; a bad date is refused."""
    called(chunk, "collect")
    folder = chunk.folder / "collect"
    folder.mkdir(parents=True, exist_ok=True)
    with database().transaction(NIGHTLY) as session:
        bad = set(session.scalars(text("select business_date from toy_bad where job = :job"), {"job": chunk.job}))
    for day in chunk.dates:
        if day in bad:
            raise Refused(Sentence("The file of %(day)s has no total.", day=day))
        (folder / f"{day}.txt").write_text(str(day.toordinal()))
    time.sleep(PAUSE_SECONDS)
    return StepResult(rows_in=len(chunk.dates), rows_out=len(chunk.dates))


def add(chunk: Chunk) -> StepResult:
    """Carry the running total on from the newest one published for the day before."""
    called(chunk, "add")
    before = {"job": chunk.job, "first": chunk.first_date}
    with database().transaction(NIGHTLY) as session:
        total = session.scalar(BEFORE, before) or 0
    folder = chunk.folder / "add"
    folder.mkdir(parents=True, exist_ok=True)
    for day in chunk.dates:
        if (chunk.folder / "collect" / f"{day}.txt").read_text() != str(day.toordinal()):
            raise ValueError(f"Half a file for {day}.")
        total = next_total(total, day)
        (folder / f"{day}.txt").write_text(str(total))
    time.sleep(PAUSE_SECONDS)
    return StepResult(rows_in=len(chunk.dates), rows_out=len(chunk.dates))


def publish(chunk: Chunk) -> StepResult:
    """All dates in one transaction, once for a run."""
    called(chunk, "publish")
    with database().transaction(NIGHTLY) as session:
        fence(session)
        runs = run_ids(session, chunk)
        if not session.scalar(
            text("select exists (select from toy_total where run_id = any (:ids))"), {"ids": list(runs.values())}
        ):
            rows = [
                {
                    "job": chunk.job,
                    "day": day,
                    "run": runs[day],
                    "total": int((chunk.folder / "add" / f"{day}.txt").read_text()),
                }
                for day in chunk.dates
            ]
            session.execute(
                text("insert into toy_total (job, business_date, run_id, total) values (:job, :day, :run, :total)"),
                rows,
            )
            time.sleep(PAUSE_SECONDS / 2)
    time.sleep(PAUSE_SECONDS / 2)
    return StepResult(rows_in=len(chunk.dates), rows_out=len(chunk.dates), message=Sentence("published"))


def called(chunk: Chunk, step: str) -> None:
    with database().transaction(NIGHTLY) as session:
        session.execute(CALL, {"job": chunk.job, "chunk": chunk.id, "step": step, "process": os.getpid()})


BEFORE = text("""
select total from toy_total where job = :job and business_date < :first
order by business_date desc, run_id desc limit 1
""")
CALL = text("insert into toy_call (job, chunk, step, process) values (:job, :chunk, :step, :process)")


def toy_job(key: str) -> Job:
    return Job(key=key, title="Toy", steps=(Step("collect", collect), Step("add", add), Step("publish", publish)))


def stumble() -> None:
    raise RuntimeError("The scheduler's thread dies of this.")


def main(verb: str, key: str, *dates: str) -> None:
    from jobs import main as process
    from jobs import registry, scheduler
    from portal.query import run_order

    registry.JOBS.clear()
    registry.JOBS[key] = toy_job(key)
    run_order.NIGHTLY_KEY = key
    run_order.DAILY_JOBS = {key: "bank"}
    if verb == "lead":
        process.run_jobs()
    if verb == "stall":
        scheduler.tick = stumble
        process.Watchdog = functools.partial(scheduler.Watchdog, limit_seconds=1)
        process.run_jobs()
    first, last = map(dt.date.fromisoformat, dates)
    runs = process.run_now(key, first, last, progress=print)
    for run in runs:
        print(run.business_date, run.attempt, run.status, run.reason)
    process.leave(0 if {run.status for run in runs} == {"published"} else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
