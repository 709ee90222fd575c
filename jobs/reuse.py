"""A re-run that begins at a later step takes over what the attempt before left behind."""

from __future__ import annotations

import shutil

from sqlalchemy import text

from jobs.job import Chunk, Job, folder_of
from portal.database import database
from portal.permissions import NIGHTLY


def take_over(job: Job, chunk: Chunk) -> str:
    """Copy the folder of the earlier chunk and its step rows; returns the step to begin at, empty for the first.

    Empty too when nothing fits: the dates were others, a step before was not finished, or the folder was cleared.
    """
    before = [step.name for step in job.steps[: job.position(chunk.from_step)]]
    if not chunk.reuse or not before:
        return ""
    source = folder_of(chunk.reuse)
    with database().transaction(NIGHTLY) as session:
        finished = session.scalar(FINISHED, {"chunk": chunk.reuse, "steps": before})
        if finished != len(before) or not source.is_dir():
            return ""
        unfinished = chunk.folder.with_name(chunk.folder.name + ".copying")
        for leftover in (unfinished, chunk.folder):
            shutil.rmtree(leftover, ignore_errors=True)
        shutil.copytree(source, unfinished)
        unfinished.rename(chunk.folder)
        session.execute(COPY_STEPS, {"chunk": chunk.id, "reuse": chunk.reuse, "steps": before})
    return chunk.from_step


FINISHED = text(
    "select count(*) from run_step where chunk = :chunk and step = any (:steps) and status in ('done', 'reused')"
)
COPY_STEPS = text("""
insert into run_step (chunk, step, status, started_at, finished_at, rows_in, rows_out, rows_held, message)
select :chunk, step, 'reused', now(), now(), rows_in, rows_out, rows_held, message
from run_step where chunk = :reuse and step = any (:steps)
on conflict (chunk, step) do nothing
""")
