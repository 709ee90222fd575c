"""The tiny bank, published by the steps of the real nightly run, once a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from jobs import inputs
from jobs.job import Chunk
from jobs.nightly import NIGHTLY_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query import places
from portal.query.reader import Reader, reading
from portal.services.roles import ensure_default_roles
from portal.services.users import add_user
from portal.services.writer import writing
from portal.sources.load import write_organisation
from tests.access.browser import enter
from tests.app import the_app
from tests.installation import database, var  # noqa: F401 - fixtures of the area
from tests.query.bank import Bank, TinySource, chunks, numbers_of

PASSWORD = "a tiny bank with five people"
ROLES = {"Q-eva": "leader", "Q-ann": "leader", "Q-bob": "customer_manager"}


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def signed_in(bank: Bank, database: Database) -> Callable[[str], FlaskClient]:
    """Browsers of people of the tiny bank, by staff number: Eva leads the house, Ann branch Q-B1, Bob is a manager."""
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
    with writing(LOCAL_OPERATOR) as writer:
        for code, role in ROLES.items():
            add_user(writer, code.lower(), PASSWORD, person_code=code, roles=[role])
    browsers: dict[str, FlaskClient] = {}

    def browser(code: str) -> FlaskClient:
        if code not in browsers:
            browsers[code] = the_app().server.test_client()
            assert enter(browsers[code], code.lower(), PASSWORD).status_code == 302
        return browsers[code]

    return browser
