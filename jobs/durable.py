"""Chunks as DBOS workflows: killed anywhere, a chunk goes on at its last finished step.

The workflow's id is the chunk's id and its only argument, so starting it again is the same run. Everything DBOS keeps
is JSON. Steps return how they ended instead of raising: a refusal is an outcome, not an error of the workflow.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from jobs.claims import claimed_chunk
from jobs.job import Chunk, Job
from jobs.leader import LostLeadership
from jobs.records import CANCELLED, DONE, FAILED, StepRecord, begin_runs, cancelled, finish_runs
from jobs.registry import job_named
from jobs.reuse import clear_old_folders, take_over
from jobs.runner import ENDS, run_step
from portal.database import database
from portal.permissions import NIGHTLY

APPLICATION_VERSION = "3"  # raise it when the steps of a run that is under way would no longer fit
EXECUTOR = "leader"  # one name for whoever leads: only then does a new leader continue the runs of the one before
TAKE_OVER = "take over"  # how the page names the copying of an earlier attempt's folder
LOST_LEAD = 3  # exit code
ENDED = {"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}
P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)

WRITE_DOWN_SECONDS = 30  # how long the end of a finished workflow may take to be written down

_active: set[str] = set()  # chunks this process works on
_unwritten: set[str] = set()  # those and the ones it worked on whose workflow may not have been written down as ended
_active_lock = threading.Lock()


def launch() -> None:
    """Start durable work in this process, which must hold the lead; unfinished workflows of the leader before go on."""
    DBOS(config=configuration())
    DBOS.launch()


def configuration() -> DBOSConfig:
    """DBOS keeps its tables in the schema `dbos` of our database and logs only what somebody must look at."""
    return {
        "name": "basis",
        "system_database_url": database().owner.url.render_as_string(hide_password=False),
        "dbos_system_schema": "dbos",
        "application_version": APPLICATION_VERSION,
        "executor_id": EXECUTOR,
        "log_level": "WARNING",
        "serializer": DBOSPortableJSONSerializer(),
        "enable_otlp": False,
        "sys_db_pool_size": 5,
    }


def stop() -> None:
    """End durable work in this process at once; what has not finished goes on with the next leader."""
    DBOS.destroy()


def finish() -> None:
    """Wait for the chunks under way in this process, until their workflows are written down as ended too.

    A run is published in the last step of its workflow: whoever follows runs sees their end before the workflow's thread
    has written its own, and must not take the database from it.
    """
    deadline = time.monotonic() + WRITE_DOWN_SECONDS
    while unwritten := _still_unwritten():
        if active_chunks():
            deadline = time.monotonic() + WRITE_DOWN_SECONDS
        if time.monotonic() > deadline:
            log.warning("The ends of %s were not written down; the next leader looks at them again.", unwritten)
            return
        time.sleep(0.05)


def _still_unwritten() -> list[str]:
    with _active_lock:
        ended = {chunk_id for chunk_id in _unwritten - _active if stranded(chunk_id)}
        _unwritten.difference_update(ended)
        return sorted(_unwritten)


def _works_on(chunk_id: str) -> None:
    with _active_lock:
        _active.add(chunk_id)
        _unwritten.add(chunk_id)


def start(chunk_id: str) -> None:
    """Run a chunk in the background."""
    _works_on(chunk_id)
    with SetWorkflowID(chunk_id):
        DBOS.start_workflow(run_chunk_durably, chunk_id)


def active_chunks() -> frozenset[str]:
    """The chunks this process works on."""
    with _active_lock:
        return frozenset(_active)


def known(chunk_id: str) -> bool:
    """Whether the chunk was ever started: then it goes on by itself, unless it is stranded."""
    return DBOS.get_workflow_status(chunk_id) is not None


def stranded(chunk_id: str) -> str:
    """Why a started chunk will not go on by itself; empty when it will."""
    status = DBOS.get_workflow_status(chunk_id)
    if status is not None and status.status in ENDED:
        return f"its workflow ended as {status.status}"
    return ""


def of_other_version(chunk_id: str) -> str:
    """The version a chunk was begun with, when it is not ours: it waits until somebody cancels it."""
    status = DBOS.get_workflow_status(chunk_id)
    version = status.app_version if status is not None else None
    return "" if version in (None, APPLICATION_VERSION) else str(version)


def needs_lead(step: Callable[P, R]) -> Callable[P, R]:
    """A step that finds the lead lost ends the process: anything softer would write over the new leader's work."""

    @functools.wraps(step)
    def fenced(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except LostLeadership:
            log.critical("The lead was lost during %s: this process stops, the new leader continues.", args)
            logging.shutdown()
            os._exit(LOST_LEAD)

    return fenced


@DBOS.workflow(name="run_chunk")
def run_chunk_durably(chunk_id: str) -> str:
    """All steps of a chunk, each kept when finished; returns how it ended."""
    _works_on(chunk_id)
    try:
        outcome, begin_at = begin(chunk_id)
        for step in job_of(chunk_id).steps_from(begin_at):
            if outcome != DONE:
                break
            outcome = one_step(chunk_id, step.name)
        end(chunk_id, outcome)
        return outcome
    finally:
        with _active_lock:
            _active.discard(chunk_id)


@DBOS.step(name="begin")
@needs_lead
def begin(chunk_id: str) -> list[str]:
    """Mark the runs as running; returns the outcome so far, and the step to begin at."""
    chunk = chunk_named(chunk_id)
    if cancelled(chunk):
        return [CANCELLED, ""]
    begin_runs(chunk)
    if not chunk.from_step:
        return [DONE, ""]
    begin_at = ""
    with StepRecord(chunk, TAKE_OVER) as record:
        begin_at = take_over(job_of(chunk_id), chunk)
    return [record.outcome, begin_at]


@DBOS.step(name="step")
@needs_lead
def one_step(chunk_id: str, step: str) -> str:
    """One step of the job, unless the chunk was cancelled meanwhile."""
    chunk = chunk_named(chunk_id)
    return CANCELLED if cancelled(chunk) else run_step(job_of(chunk_id), step, chunk)


@DBOS.step(name="end")
@needs_lead
def end(chunk_id: str, outcome: str) -> None:
    """Give the runs their end."""
    finish_runs(chunk_id, ENDS[outcome])
    if outcome == DONE:
        clear_old_folders(job_of(chunk_id).key)


def give_up(chunk_id: str, why: str) -> None:
    """Mark a chunk that cannot go on as failed, so that people see it."""
    if finish_runs(chunk_id, ENDS[FAILED]):
        log.error("Chunk %s failed: %s.", chunk_id, why)


def chunk_named(chunk_id: str) -> Chunk:
    """A claimed chunk, from its id."""
    with database().transaction(NIGHTLY) as session:
        return claimed_chunk(session, chunk_id)


def job_of(chunk_id: str) -> Job:
    """The job a chunk belongs to."""
    return job_named(chunk_id.split(":", 1)[0])
