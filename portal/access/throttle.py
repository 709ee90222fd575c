"""Guessing passwords is answered with a pause, per name and per address, the same for names nobody has.

An attempt is written as failed before the password is looked at and marked as good afterwards, under a lock of its name
and address: a hundred guesses at once get no further than a hundred in a row.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.orm import Session

from portal.models.access import LoginAttempt

WINDOW = dt.timedelta(minutes=15)
FAILURES_PER_NAME = 5
FAILURES_PER_ADDRESS = 50  # an office behind one address
KEPT = dt.timedelta(days=90)
LONGEST_NAME = 150


class TooManyAttempts(Exception):
    """Log in is paused for this name or address; `wait_seconds` says for how long at most."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Too many attempts; the next is possible in {wait_seconds} seconds.")


def admit(session: Session, username: str, address: str, now: dt.datetime | None = None) -> int:
    """Write down an attempt and return its number, or raise TooManyAttempts without writing."""
    now = now or dt.datetime.now(dt.UTC)
    for kind, value in (("name", username), ("address", address)):  # always in this order: no deadlock
        session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _lock_key(kind, value)})
    by_name, by_address = LoginAttempt.username == username, LoginAttempt.address == address
    good = session.scalar(select(func.max(LoginAttempt.tried_at)).where(by_name, LoginAttempt.succeeded))
    _refuse_over(session, by_name, FAILURES_PER_NAME, max(now - WINDOW, good or now - WINDOW), now)
    _refuse_over(session, by_address, FAILURES_PER_ADDRESS, now - WINDOW, now)
    attempt = LoginAttempt(username=username, address=address, succeeded=False, tried_at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def succeeded(session: Session, attempt_id: int) -> None:
    """The password was right: earlier failures of the name no longer count."""
    session.execute(update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(succeeded=True))
    session.execute(delete(LoginAttempt).where(LoginAttempt.tried_at < dt.datetime.now(dt.UTC) - KEPT))


def forgive(session: Session, username: str) -> None:
    """Let a name try again at once."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.username == username, ~LoginAttempt.succeeded))


def _refuse_over(
    session: Session, whose: ColumnElement[bool], limit: int, start: dt.datetime, now: dt.datetime
) -> None:
    failed = select(LoginAttempt.tried_at).where(whose, ~LoginAttempt.succeeded, LoginAttempt.tried_at > start)
    newest_first = session.scalars(failed.order_by(LoginAttempt.tried_at.desc()).limit(limit)).all()
    if len(newest_first) == limit:
        raise TooManyAttempts(max(1, int((newest_first[-1] + WINDOW - now).total_seconds()) + 1))


def _lock_key(kind: str, value: str) -> int:
    digest = hashlib.sha256(f"login {kind} {value}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
