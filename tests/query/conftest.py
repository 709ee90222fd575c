"""The tiny bank, published by the steps of the real nightly run, once a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jobs import inputs
from jobs.job import Chunk
from jobs.nightly import NIGHTLY_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.runs import RunStatus
from portal.query import places
from portal.query.reader import Reader, reading
from portal.sources.load import write_organisation
from tests.query.bank import Bank, TinySource, chunks, numbers_of


@pytest.fixture(scope="session")
def bank(database: Database) -> Iterator[Bank]:
    """The tiny bank with all its days published."""
    source = TinySource()
    with database.transaction(HOUSE) as session:
        write_organisation(session, source.organisation())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "active_source", lambda _session: None)
        patch.setattr(inputs, "open_source", lambda _config: source)
        for days in chunks():
            assert run_chunk(NIGHTLY_JOB, Chunk.of("nightly", days)) is RunStatus.PUBLISHED
    with database.transaction(HOUSE) as session:
        places.forget()
        yield numbers_of(session)


@pytest.fixture
def whole(bank: Bank) -> Iterator[Reader]:
    """Reads as someone who sees the whole tiny bank."""
    with reading(bank.leader("Q-HO")) as reader:
        yield reader
