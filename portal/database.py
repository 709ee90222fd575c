"""One process's way to PostgreSQL: engines by role, and sessions that carry the data scope with them.

The application's role is bound by the row policies. `transaction(actor)` writes the actor's scope into the transaction
with `set_config(..., true)`: it ends with the transaction and leaks nothing through the pool. An actor who sees all works
as the second role, because an `or` inside a policy loses the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.permissions import Actor, Scope
from portal.postgres import SEES_ALL, EmbeddedPostgres
from portal.settings import Settings, settings


class MissingOwner(RuntimeError):
    """A process that must change tables was not given the owner's address."""


class Database:
    """The engines of one process. Connections open on first use, never before a web server forks."""

    def __init__(self, application_url: str, owner_url: str | None) -> None:
        self.application_url = _driver_url(application_url)
        self.owner_url = _driver_url(owner_url) if owner_url else None
        self._application: Engine | None = None
        self._owner: Engine | None = None

    @property
    def application(self) -> Engine:
        if self._application is None:
            self._application = create_engine(
                self.application_url, pool_size=8, max_overflow=4, pool_timeout=10, pool_pre_ping=True
            )
        return self._application

    @property
    def owner(self) -> Engine:
        """The engine that may change tables: for `migrate` and for the durable-work tables of `jobs`."""
        if self.owner_url is None:
            raise MissingOwner("BASIS_OWNER_DATABASE_URL is missing: migrations and jobs need the owner's address.")
        if self._owner is None:
            self._owner = create_engine(self.owner_url, pool_size=4, max_overflow=8, pool_pre_ping=True)
        return self._owner

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Session]:
        """A session limited to what the actor may see; commits at the end, rolls back on any error."""
        with self.session(actor) as session, session.begin():
            yield session

    def session(self, actor: Actor) -> Session:
        """A session whose every transaction begins with the actor's scope."""
        session = Session(self.application, expire_on_commit=False)
        scope = actor.scope

        @event.listens_for(session, "after_begin")
        def _carry_scope(_session: Session, _transaction: object, connection: Connection) -> None:
            set_scope(connection, scope)

        return session

    def dispose(self) -> None:
        """Close all connections."""
        for engine in (self._application, self._owner):
            if engine is not None:
                engine.dispose()


def set_scope(connection: Connection, scope: Scope) -> None:
    """Write a scope into the transaction that has just begun."""
    if scope.all:
        connection.execute(text(f"set local role {SEES_ALL}"))
        return
    institutions = "{" + ",".join(map(str, sorted(scope.institutions))) + "}"
    connection.execute(
        text("select set_config('basis.institutions', :institutions, true), set_config('basis.person', :person, true)"),
        {"institutions": institutions, "person": str(scope.person_id or 0)},
    )


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
