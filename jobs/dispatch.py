"""The leader's loop: what was requested becomes chunks, one at a time for each job, in the order of their dates."""

from __future__ import annotations

import logging

from jobs import durable
from jobs.claims import next_chunk, unfinished_chunks, waiting_jobs
from jobs.registry import JOBS
from portal.database import database
from portal.permissions import NIGHTLY
from portal.services.recalculation import take_recalculations
from portal.services.writer import writing

log = logging.getLogger(__name__)


class Dispatcher:
    """Starts what may run now. Everything it knows is in the table `run`, so a new leader goes on where one died."""

    def __init__(self) -> None:
        self._told: set[str] = set()  # warnings given once

    def turn(self) -> None:
        """Look once: go on with claimed chunks, then claim the next one of each idle job."""
        with writing(NIGHTLY) as writer:
            take_recalculations(writer)
        with database().transaction(NIGHTLY) as session:
            unfinished = unfinished_chunks(session)
            waiting = waiting_jobs(session)
        for chunk_id in unfinished:
            self._continue(chunk_id)
        busy = {chunk_id.split(":", 1)[0] for chunk_id in (*unfinished, *durable.active_chunks())}
        for job in waiting:
            if job not in JOBS:
                self._tell(job, f"Somebody asked for the job {job!r}, which this version does not know.")
            elif job not in busy:
                self._begin_next(job)

    def _begin_next(self, job: str) -> None:
        with database().transaction(NIGHTLY) as session:
            chunk = next_chunk(session, job)
        if chunk is not None:
            durable.start(chunk.id)

    def _continue(self, chunk_id: str) -> None:
        """A claimed chunk: running here, begun by the leader before (DBOS goes on with it), or never started."""
        if chunk_id in durable.active_chunks():
            return
        if chunk_id.split(":", 1)[0] not in JOBS:
            self._tell(chunk_id, f"Chunk {chunk_id} belongs to a job this version does not know.")
        elif not durable.known(chunk_id):
            durable.start(chunk_id)
        elif why := durable.stranded(chunk_id):
            durable.give_up(chunk_id, why)
        elif version := durable.of_other_version(chunk_id):
            self._tell(chunk_id, f"Chunk {chunk_id} was begun by version {version}: cancel it and run it again.")

    def _tell(self, key: str, sentence: str) -> None:
        if key not in self._told:
            self._told.add(key)
            log.warning(sentence)
