"""What chunks leave behind in their folders: a re-run that begins at a later step takes it over; old ones go."""

from __future__ import annotations

import shutil

from sqlalchemy import text

from jobs.job import Chunk, Job, folder_of
from portal.database import database
from portal.permissions import NIGHTLY
from portal.settings import settings

KEPT_FOLDERS = 12


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
        chunk.folder.touch()
        session.execute(COPY_STEPS, {"chunk": chunk.id, "reuse": chunk.reuse, "steps": before})
    return chunk.from_step


def clear_old_folders(job: str) -> None:
    """Remove the staging folders of a job but the newest; a re-run of an older chunk begins at the first step."""
    mine = sorted(
        settings().staging_path.glob(f"{job}_[0-9]*"), key=lambda folder: folder.stat().st_mtime, reverse=True
    )
    for folder in mine[KEPT_FOLDERS:]:
        shutil.rmtree(folder)


FINISHED = text(
    "select count(*) from run_step where chunk = :chunk and step = any (:steps) and status in ('done', 'reused')"
)
COPY_STEPS = text("""
insert into run_step (chunk, step, status, started_at, finished_at, rows_in, rows_out, rows_held, message, sentence)
select :chunk, step, 'reused', now(), now(), rows_in, rows_out, rows_held, message, sentence
from run_step where chunk = :reuse and step = any (:steps)
on conflict (chunk, step) do nothing
""")
