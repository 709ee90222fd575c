"""One leader, any number of standbys: who may run jobs, and how an old leader is kept from publishing.

The lead is a PostgreSQL advisory lock held by one connection: it ends with the process, however that dies. Taking it
also writes a fresh token into the row `leader`; publishing reads that row `for share` in its own transaction, so a
leader that lost its connection without noticing cannot publish any more, and a new one cannot take over in the middle
of a publish.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.run_order import RUNS_CHANNEL

LEADER_LOCK = 7_301_010
LEADER_ROW = "leader"
KEEPALIVE: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
SERVER_NOTICES_US = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c client_connection_check_interval=5s"
)
log = logging.getLogger(__name__)


class LostLeadership(RuntimeError):
    """This process no longer leads: another one may have taken over, so nothing more may be published here."""


class Leadership:
    """The lead this process holds: the connection with the lock, and the token written when it was taken."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self.connection = connection
        self.token = secrets.token_hex(16)
        connection.execute(
            "insert into heartbeat (process, beat_at, detail) values (%s, now(), %s) "
            "on conflict (process) do update set beat_at = now(), detail = excluded.detail",
            [LEADER_ROW, self.token],
        )
        connection.execute(f"listen {RUNS_CHANNEL}")

    def wait_for_requests(self, seconds: float) -> list[str]:
        """Sleep until something is requested, at most so long, and give back the words that came with it.

        Raises LostLeadership when the connection is gone.
        """
        try:
            said = [notice.payload for notice in self.connection.notifies(timeout=seconds, stop_after=1)]
            self.connection.execute("select 1")
            return said
        except psycopg.OperationalError as error:
            raise LostLeadership("The connection that holds the lead was lost.") from error

    def release(self) -> None:
        """Give the lead up; a waiting standby takes it at once."""
        global _held
        self.connection.close()
        if _held is self:
            _held = None


_held: Leadership | None = None


def try_lead() -> Leadership | None:
    """Become the leader at once; None when somebody leads."""
    connection = connect()
    row = connection.execute("select pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
    if row is not None and row[0]:
        return _lead_over(connection)
    connection.close()
    return None


def wait_for_lead() -> Leadership:
    """Stand by until the lead is free, then become the leader."""
    connection = connect()
    connection.execute("select pg_advisory_lock(%s)", [LEADER_LOCK])
    return _lead_over(connection)


def connect() -> psycopg.Connection[tuple[object, ...]]:
    """A connection that both sides notice to be dead within half a minute."""
    url = database().application_url.replace("+psycopg", "", 1)
    return psycopg.connect(url, autocommit=True, application_name="basis jobs", options=SERVER_NOTICES_US, **KEEPALIVE)


def _lead_over(connection: psycopg.Connection[tuple[object, ...]]) -> Leadership:
    global _held
    _held = Leadership(connection)
    log.info("This process leads the jobs.")
    return _held


def leads() -> bool:
    """Whether this process took the lead and did not give it up."""
    return _held is not None


@contextmanager
def leading() -> Iterator[Leadership]:
    """The lead for the duration of a block; a lead this process already has is kept afterwards."""
    if _held is not None:
        yield _held
        return
    lead = wait_for_lead()
    try:
        yield lead
    finally:
        lead.release()


def fence(session: Session) -> None:
    """Raise LostLeadership unless this process leads; nobody else can take the lead before the transaction ends.

    A transaction that then does nothing for a minute is ended by the server: a frozen process holds nobody up for long.
    """
    session.execute(text("set local idle_in_transaction_session_timeout = '60s'"))
    current = session.scalar(text("select detail from heartbeat where process = :row for share"), {"row": LEADER_ROW})
    if _held is None or current != _held.token:
        raise LostLeadership("Another process leads the jobs now: this one publishes nothing more.")


def still_leader(session: Session | None = None) -> bool:
    """Whether this process leads at this moment; in a transaction use `fence`, which also holds the lead to its end."""
    if session is None:
        with database().transaction(NIGHTLY) as own:
            return still_leader(own)
    current = session.scalar(text("select detail from heartbeat where process = :row"), {"row": LEADER_ROW})
    return _held is not None and current == _held.token
