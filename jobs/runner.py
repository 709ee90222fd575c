"""Running a chunk: its steps in order, each recorded, until one refuses, fails or somebody cancels."""

from __future__ import annotations

from jobs.job import Chunk, Job
from jobs.leader import fence, leading, still_leader
from jobs.records import CANCELLED, DONE, FAILED, REFUSED, StepRecord, begin_runs, finish_runs, run_ids
from portal.models.runs import RunStatus

__all__ = ["ENDS", "fence", "run_chunk", "run_ids", "run_step", "still_leader"]

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
        record.result = step.run(chunk)
    return record.outcome


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
