"""The small bank, and the ways in which its records are read and written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.access.identity import HOUSE
from portal.database import Database
from portal.permissions import LOCAL_OPERATOR, Actor
from portal.query import history
from portal.query.history import Change, Moment
from portal.query.reader import Reader
from portal.query.record import Page, Record, View
from portal.query.records import one, page_of
from portal.query.resource import Resource
from portal.resources import RESOURCES
from portal.services import records
from portal.services.records import saving
from portal.services.roles import ensure_default_roles
from tests.installation import database, var  # noqa: F401 - fixtures of the area
from tests.resources.bank import Bank, build, publish

TODAY = dt.date.today()


@pytest.fixture(scope="package")
def house(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The bank, stored once a worker."""
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
        bank = build(session)
        publish(session, bank, tmp_path_factory.mktemp("lake"))
    return bank


@pytest.fixture
def session(database: Database, house: Bank) -> Iterator[Session]:
    """A session that sees everything and keeps nothing."""
    with database.session(HOUSE) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """A code of this test alone."""
    return lambda stem: f"{stem}{abs(hash(request.node.nodeid)) % 10**8}"


class Desk:
    """One person's way to the records."""

    def __init__(self, database: Database, actor: Actor) -> None:
        self.database, self.actor = database, actor

    def create(self, key: str, given: dict[str, Any], day: dt.date | None = None, **more: Any) -> str:
        with saving(self.actor, RESOURCES[key]) as writer:
            return records.create(writer, RESOURCES[key], given, first_day=day, **more)

    def change(self, key: str, record: str, given: dict[str, Any], day: dt.date | None = None, **more: Any) -> bool:
        with saving(self.actor, RESOURCES[key]) as writer:
            return records.change(writer, RESOURCES[key], record, given, first_day=day, **more)

    def end(self, key: str, record: str, day: dt.date, reason: str = "") -> None:
        with saving(self.actor, RESOURCES[key]) as writer:
            records.end(writer, RESOURCES[key], record, day, reason)

    def remove(self, key: str, record: str) -> None:
        with saving(self.actor, RESOURCES[key]) as writer:
            records.remove(writer, RESOURCES[key], record)

    def one(self, key: str, record: str, on: dt.date = TODAY) -> Record:
        return self.read(lambda reader: one(reader, RESOURCES[key], record, on))

    def list(self, key: str, **view: Any) -> Page:
        return self.read(lambda reader: page_of(reader, RESOURCES[key], View(**({"on": TODAY, "size": 100} | view))))

    def periods(self, key: str, record: str) -> list[Moment]:
        return self.read(lambda reader: history.periods(reader, RESOURCES[key], self.one(key, record), TODAY))

    def changes(self, key: str, record: str) -> list[Change]:
        return self.read(lambda reader: history.changes(reader, RESOURCES[key], self.one(key, record), TODAY))

    def version(self, key: str, record: str) -> str:
        return history.version(self.one(key, record), self.periods(key, record))

    def read(self, question: Callable[[Reader], Any]) -> Any:
        with self.database.transaction(self.actor) as session:
            return question(Reader(self.actor, session))

    def of(self, key: str) -> Resource:
        return RESOURCES[key]


@pytest.fixture
def desk(database: Database, house: Bank) -> Callable[[Actor], Desk]:
    """Someone's desk."""
    return lambda actor: Desk(database, actor)


@pytest.fixture
def office(database: Database, house: Bank) -> Desk:
    """The desk of someone who may do everything."""
    return Desk(database, LOCAL_OPERATOR)
