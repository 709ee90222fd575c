"""Running a chunk: its steps in order, each recorded, until one refuses, fails or somebody cancels."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import InterfaceError, OperationalError

from jobs.job import Chunk, Job, StepResult
from jobs.leader import fence, leading, still_leader
from jobs.records import CANCELLED, DONE, FAILED, REFUSED, StepRecord, begin_runs, finish_runs, run_ids
from portal.models.runs import RunStatus

__all__ = ["ENDS", "fence", "run_chunk", "run_ids", "run_step", "still_leader"]

PAUSES_SECONDS = (0.2, 1, 3, 9)  # before each further try
log = logging.getLogger(__name__)

ENDS = {
    DONE: RunStatus.PUBLISHED,
    REFUSED: RunStatus.REFUSED,
    FAILED: RunStatus.FAILED,
    CANCELLED: RunStatus.CANCELLED,
}


def run_step(job: Job, step_name: str, chunk: Chunk) -> str:
    """Run one step and record it; returns done, refused or failed."""
    chunk.folder.mkdir(parents=True, exist_ok=True)
    step = job.steps[job.position(step_name)]
    with StepRecord(chunk, step.name) as record:
        record.result = persistently(step.run, chunk)
    return record.outcome


def persistently(run: Callable[[Chunk], StepResult], chunk: Chunk) -> StepResult:
    """Run a step; when the database drops it (cut connection, deadlock, restart) run it again, at most five times."""
    for pause in PAUSES_SECONDS:
        try:
            return run(chunk)
        except (OperationalError, InterfaceError) as error:
            log.warning(
                "The database dropped a step of %s; again in %s s: %s", chunk.id, pause, type(error.orig).__name__
            )
            time.sleep(pause)
    return run(chunk)


def run_chunk(job: Job, chunk: Chunk) -> RunStatus:
    """Run a chunk now, in this process, without durability: for tests and for looking into a job by hand."""
    with leading():
        begin_runs(chunk)
        outcome = DONE
        for step in job.steps_from(chunk.from_step):
            outcome = run_step(job, step.name, chunk)
            if outcome != DONE:
                break
        finish_runs(chunk.id, ENDS[outcome])
    return ENDS[outcome]
