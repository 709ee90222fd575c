"""What a run leaves behind: its state by business date, and one row a step. Written again, it is the same."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from jobs.job import Chunk, Refused, StepResult, sentence_of
from jobs.leader import LostLeadership, fence
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.run_order import RUNS_CHANNEL
from portal.sentence import Sentence

DONE, RUNNING, REFUSED, FAILED, CANCELLED = "done", "running", "refused", "failed", "cancelled"
log = logging.getLogger(__name__)


@contextmanager
def recording() -> Iterator[Session]:
    """A transaction for what a run leaves behind; only the leader may write it."""
    with database().transaction(NIGHTLY) as session:
        fence(session)
        yield session


class StepRecord:
    """Writes the row of one step: running when entered; done, refused or failed when left.

    A refusal and an unexpected error end here, as the outcome of the step: people read the sentence on the page, the
    log file has the traceback under the error's id. A lost lead goes through: another process continues the step.
    """

    def __init__(self, chunk: Chunk, step: str) -> None:
        self.chunk, self.step = chunk, step
        self.result = StepResult()
        self.outcome = RUNNING

    def __enter__(self) -> Self:
        with recording() as session:
            session.execute(BEGIN_STEP, {"chunk": self.chunk.id, "step": self.step})
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._finish(DONE, self.result)
        elif isinstance(error, Refused):
            self._finish(REFUSED, StepResult(message=error.sentence))
        elif isinstance(error, Exception) and not isinstance(error, LostLeadership):
            error_id = uuid.uuid4().hex[:8]
            log.error("Error %s in step %s of %s", error_id, self.step, self.chunk.id, exc_info=error)
            told = Sentence("%(kind)s; error %(id)s in the log.", kind=type(error).__name__, id=error_id)
            self._finish(FAILED, StepResult(message=told))
        else:
            return False
        return True

    def _finish(self, outcome: str, result: StepResult) -> None:
        self.outcome = outcome
        seconds = time.monotonic() - self._began
        end = {"chunk": self.chunk.id, "step": self.step, "status": outcome, "seconds": seconds}
        sentence = sentence_of(result.message).kept() if result.message else None
        said = {"message": str(result.message), "sentence": sentence}
        rows = {"rows_in": result.rows_in, "rows_out": result.rows_out, "rows_held": result.rows_held}
        with recording() as session:
            session.execute(FINISH_STEP, {**end, **rows, **said})


def begin_runs(chunk: Chunk) -> None:
    """Mark the runs of a chunk as running; those without a row (a chunk run by hand) get one."""
    with recording() as session:
        session.execute(ENSURE_RUNS, {"job": chunk.job, "dates": list(chunk.dates), "attempt": chunk.attempt,
                                      "chunk": chunk.id, "actor": NIGHTLY.name})  # fmt: skip
        session.execute(BEGIN_RUNS, {"chunk": chunk.id})


def finish_runs(chunk_id: str, status: str) -> int:
    """Give the runs of a chunk their end and wake the dispatcher; returns how many had none yet.

    What was cancelled stays so, unless it was published before that was seen.
    """
    with recording() as session:
        ended = session.execute(FINISH_RUNS, {"chunk": chunk_id, "status": status}).all()
        session.execute(text("select pg_notify(:channel, '')"), {"channel": RUNS_CHANNEL})
    return len(ended)


def cancelled(chunk: Chunk) -> bool:
    """Whether an operator cancelled this chunk."""
    with database().transaction(NIGHTLY) as session:
        return bool(session.scalar(ANY_CANCELLED, {"chunk": chunk.id}))


def run_ids(session: Session, chunk: Chunk) -> dict[dt.date, int]:
    """The run of each business date of a chunk: what published rows refer to."""
    rows = session.execute(RUN_IDS, {"job": chunk.job, "dates": list(chunk.dates), "attempt": chunk.attempt})
    return {row.business_date: row.id for row in rows}


BEGIN_STEP = text(
    "insert into run_step (chunk, step, status, started_at) values (:chunk, :step, 'running', now()) "
    "on conflict (chunk, step) do update set status = 'running', started_at = now(), finished_at = null, message = '', "
    "sentence = null"
)
FINISH_STEP = text(
    "update run_step set status = :status, finished_at = now(), seconds = :seconds, rows_in = :rows_in, "
    "rows_out = :rows_out, rows_held = :rows_held, message = :message, sentence = :sentence "
    "where chunk = :chunk and step = :step"
).bindparams(bindparam("sentence", type_=JSONB))
ENSURE_RUNS = text(
    "insert into run (job, business_date, attempt, chunk, requested_by) "
    "select :job, unnest(cast(:dates as date[])), :attempt, :chunk, :actor "
    "on conflict (job, business_date, attempt) do nothing"
)
BEGIN_RUNS = text(
    "update run set status = 'running', started_at = coalesce(started_at, now()) "
    "where chunk = :chunk and status in ('requested', 'running')"
)
FINISH_RUNS = text(
    "update run set status = :status, finished_at = now() "
    "where chunk = :chunk and (status in ('requested', 'running') or (status = 'cancelled' and :status = 'published')) "
    "returning id"
)
ANY_CANCELLED = text("select exists (select from run where chunk = :chunk and status = 'cancelled')")
RUN_IDS = text(
    "select business_date, id from run "
    "where job = :job and attempt = :attempt and business_date = any (cast(:dates as date[]))"
)
