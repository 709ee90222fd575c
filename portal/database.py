"""One process's way to PostgreSQL: engines by role, and sessions that carry the data scope with them.

The application's role is bound by the row policies. `transaction(actor)` writes the actor's scope into the transaction
with `set_config(..., true)`: it ends with the transaction and leaks nothing through the pool. An actor who sees all works
as the second role, because an `or` inside a policy loses the index. A transaction's beginning and its scope travel together.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from portal.memory import Memory
from portal.permissions import Actor, Scope
from portal.postgres import SEES_ALL, EmbeddedPostgres
from portal.settings import Settings, settings

RESTED_SECONDS = 30.0  # a line that was idle for longer is asked whether it still stands
BEGIN, BEGUN = "basis_begin", "basis_begun"  # how the transactions of an engine begin; the connection of one that has
STATE = "select pg_current_snapshot()::text"  # which transactions a question sees that is asked now


class MissingOwner(RuntimeError):
    """A process that must change tables was not given the owner's address."""


class Database:
    """The engines of one process. Connections open on first use, never before a web server forks."""

    def __init__(self, application_url: str, owner_url: str | None) -> None:
        self.application_url = _driver_url(application_url)
        self.owner_url = _driver_url(owner_url) if owner_url else None
        self._application: Engine | None = None
        self._owner: Engine | None = None
        self._memory = Memory("")
        self._lines_opened = 0

    @property
    def application(self) -> Engine:
        if self._application is None:
            engine = create_engine(self.application_url, pool_size=8, max_overflow=4, pool_timeout=10)
            event.listen(engine, "connect", self._opened)
            event.listen(engine, "checkin", _returned)
            event.listen(engine, "checkout", _still_stands)
            event.listen(engine, "begin", _begin)
            self._application = engine
        return self._application

    @property
    def owner(self) -> Engine:
        """The engine that may change tables: for `migrate` and for the durable-work tables of `jobs`."""
        if self.owner_url is None:
            raise MissingOwner("BASIS_OWNER_DATABASE_URL is missing: migrations and jobs need the owner's address.")
        if self._owner is None:
            self._owner = create_engine(self.owner_url, pool_size=4, max_overflow=8, pool_pre_ping=True)
        return self._owner

    def count_anew(self) -> None:
        """Let PostgreSQL look at its tables after much was loaded: by itself it does so a minute later, and until then it plans as
        if they were empty. Done as the owner; where his address is not known, it is left to that minute."""
        if self.owner_url is not None:
            with self.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("analyze"))

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Session]:
        """A session limited to what the actor may see; commits at the end, rolls back on any error."""
        with self.session(actor) as session, session.begin():
            yield session

    @contextmanager
    def looking(self, actor: Actor) -> Iterator[Looking]:
        """The same for who only reads: PostgreSQL refuses to write, and what was read of this state is at hand."""
        with Looking(self, f"begin read only; {scope_text(actor.scope)}") as session, session.begin():
            yield session

    def session(self, actor: Actor) -> Session:
        """A session whose every transaction begins with the actor's scope."""
        engine = self.application.execution_options(**{BEGIN: f"begin; {scope_text(actor.scope)}"})
        return Session(engine, expire_on_commit=False)

    def memory(self) -> Memory:
        """What this process has read of the database as it is now."""
        with self.application.connect() as connection:
            return self.memory_on(connection)

    def memory_on(self, connection: Connection) -> Memory:
        """The same, asked on a connection that is in use already."""
        seen = _tell(connection, STATE)
        state = f"{self._lines_opened} {seen}"  # a server that crashed may give its numbers out again, on new lines
        latest = self._memory
        if latest.state != state:
            latest = self._memory = Memory(state)
        return latest

    def dispose(self) -> None:
        """Close all connections."""
        for engine in (self._application, self._owner):
            if engine is not None:
                engine.dispose()

    def _opened(self, line: psycopg.Connection[Any], _entry: ConnectionPoolEntry) -> None:
        """A new line: the driver sends no `begin` of its own, ours brings the scope along."""
        line.autocommit = True
        self._lines_opened += 1


class Looking(Session):
    """A session that only reads."""

    def __init__(self, database: Database, began: str) -> None:
        super().__init__(database.application.execution_options(**{BEGIN: began}), expire_on_commit=False)
        self._database = database

    @cached_property
    def memory(self) -> Memory:
        """What was read of the state in which the database was when this was first asked; that begins no transaction."""
        begun: Connection | None = self.info.get(BEGUN)
        return self._database.memory() if begun is None or begun.closed else self._database.memory_on(begun)


@event.listens_for(Looking, "after_begin")
def _note_line(session: Session, _transaction: object, connection: Connection) -> None:
    session.info[BEGUN] = connection


def scope_text(scope: Scope) -> str:
    """A scope as what PostgreSQL is told at the beginning of a transaction: numbers only."""
    if scope.all:
        return f"set local role {SEES_ALL}"
    institutions = ",".join(str(int(one)) for one in sorted(scope.institutions))
    person = int(scope.person_id or 0)
    return f"select set_config('basis.institutions', '{{{institutions}}}', true), set_config('basis.person', '{person}', true)"


def _begin(connection: Connection) -> None:
    """Begin a transaction as its engine says."""
    _tell(connection, connection.get_execution_options().get(BEGIN, "begin"))


def _tell(connection: Connection, told: str) -> str | None:
    """Send one message of our own outside the library's transactions; gives back the single value it is answered with."""
    line: Any = connection.connection.dbapi_connection
    try:
        with line.cursor() as cursor:
            cursor.execute(told, prepare=told == STATE or False)
            found: str | None = cursor.fetchone()[0] if told == STATE else None
            return found
    except psycopg.Error as error:
        gone = connection.dialect.is_disconnect(cast(Any, error), line, None)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            told, None, error, psycopg.Error, connection_invalidated=gone, dialect=connection.dialect
        ) from error


def _returned(_line: psycopg.Connection[Any] | None, entry: ConnectionPoolEntry) -> None:
    entry.info["returned"] = time.monotonic()


def _still_stands(line: psycopg.Connection[Any], entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a line whether it stands only when it was idle for long, or when something came on it that nobody asked for.

    A server that goes away says so or closes the line, which costs no message to see.
    """
    returned = entry.info.get("returned")
    if returned is None or (time.monotonic() - returned < RESTED_SECONDS and not _something_came(line)):
        return
    try:
        line.execute("select 1")
    except psycopg.Error as error:
        raise InvalidatePoolError from error  # the pool opens new lines


def _something_came(line: psycopg.Connection[Any]) -> bool:
    try:
        waiting = select.poll()
        waiting.register(line.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
    except psycopg.Error:
        return True  # it is closed


@contextmanager
def seeing_all(session: Session, scope: Scope) -> Iterator[None]:
    """Let one question inside a transaction see the whole house, what this transaction wrote included.

    For what must come out the same whoever asks, such as the content of a request; never for what a person asks for.
    """
    if scope.all:
        yield
        return
    session.flush()
    session.execute(text(f"set local role {SEES_ALL}"))
    try:
        yield
    except DBAPIError:
        raise  # the transaction is over, and the role with it
    except BaseException:
        session.execute(text("set local role none"))
        raise
    session.flush()
    session.execute(text("set local role none"))


def _driver_url(url: str) -> str:
    """The address with our driver named; hosting platforms say `postgres://`."""
    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def open_database(chosen: Settings) -> Database:
    """The database these settings name; the embedded one is started first."""
    if chosen.database_url is not None:
        return Database(chosen.database_url, chosen.owner_database_url)
    addresses = EmbeddedPostgres(chosen.var_path / "postgres").start()
    return Database(addresses.application, addresses.owner)


@lru_cache
def database() -> Database:
    """The database of this process."""
    return open_database(settings())
