"""Reading runs: by date, by chunk, with their steps and problems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.models.runs import RunStatus


@dataclass(frozen=True, slots=True)
class Progress:
    """How far some runs have come."""

    total: int
    counts: dict[str, int]  # status to how many
    next_date: dt.date | None  # the oldest date that has not ended
    step: str = ""  # the step under way
    steps: int = field(default=0, compare=True)  # steps finished in the chunk under way

    @property
    def running(self) -> int:
        return self.counts.get(RunStatus.RUNNING, 0)

    @property
    def done(self) -> int:
        """Runs that have come to an end, whichever."""
        return self.total - self.running - self.counts.get(RunStatus.REQUESTED, 0)

    @property
    def finished(self) -> bool:
        return self.done == self.total


def progress_of(session: Session, run_ids: Sequence[int]) -> Progress:
    """How far these runs have come, and the step under way among them."""
    ids = {"ids": list(run_ids)}
    rows = session.execute(COUNTS, ids).all()
    step = session.execute(STEP_UNDER_WAY, ids).first()
    unfinished = [row.first for row in rows if row.status in (RunStatus.REQUESTED, RunStatus.RUNNING)]
    return Progress(
        total=sum(row.runs for row in rows),
        counts={row.status: row.runs for row in rows},
        next_date=min(unfinished, default=None),
        step=step.step if step else "",
        steps=step.position if step else 0,
    )


COUNTS = text("select status, count(*) as runs, min(business_date) as first from run where id = any (:ids) group by status")
STEP_UNDER_WAY = text("""
select run_step.step, (select count(*) from run_step other where other.chunk = run_step.chunk and other.id < run_step.id) as position
from run_step
where run_step.status = 'running' and run_step.chunk in (select chunk from run where id = any (:ids) and status = 'running')
order by run_step.started_at desc limit 1
""")
