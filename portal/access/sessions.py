"""Signed-in browsers, kept on the server: a copied cookie is worth nothing once its session has ended.

A session ends when its person logs out, when it is idle or old, and at once when the user's epoch rises (new password,
role, institution, or disabled). The table holds a hash of the token only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from portal.models.access import User, WebSession
from portal.settings import settings

TOUCH_AFTER = dt.timedelta(minutes=1)  # a session's last use is written at most this often


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a browser is given at log-in; the token is never seen again."""

    token: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session as it was left, with what its user chose; whether it holds is a question of the moment."""

    user_id: int
    csrf_token: str
    language: str
    theme: str
    rise_color: str
    seen_at: dt.datetime
    expires_at: dt.datetime

    def holds(self, now: dt.datetime) -> bool:
        """Whether it is neither old nor idle."""
        return self.expires_at > now and self.seen_at > now - _idle()

    def is_due(self, now: dt.datetime) -> bool:
        """Whether its use is to be written down again."""
        return now - self.seen_at > TOUCH_AFTER


# Built once: every request may ask it.
_LIVE = (
    select(
        User.id,
        WebSession.csrf_token,
        User.language,
        User.theme,
        User.rise_color,
        WebSession.seen_at,
        WebSession.expires_at,
    )
    .join(User, User.id == WebSession.user_id)
    .where(WebSession.token_hash == bindparam("token_hash"), WebSession.epoch == User.epoch, User.active)
)


def hash_of(token: str) -> str:
    """What is kept of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(session: Session, user: User, now: dt.datetime | None = None) -> NewSession:
    """Sign a browser in; sessions of anybody that are over are swept on the way."""
    now = now or dt.datetime.now(dt.UTC)
    session.execute(delete(WebSession).where(or_(WebSession.expires_at <= now, WebSession.seen_at <= now - _idle())))
    new = NewSession(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    session.add(
        WebSession(
            token_hash=hash_of(new.token),
            user_id=user.id,
            epoch=user.epoch,
            csrf_token=new.csrf_token,
            seen_at=now,
            expires_at=now + dt.timedelta(hours=settings().session_hours),
        )
    )
    return new


def left(session: Session, token: str) -> LiveSession | None:
    """The session of a token as it was left, None when it was ended; its reader asks whether it `holds`."""
    found = session.execute(_LIVE, {"token_hash": hash_of(token)}).one_or_none()
    return None if found is None else LiveSession(*found)


def touch(session: Session, token: str, now: dt.datetime) -> None:
    """Write down that a session was used."""
    session.execute(update(WebSession).where(WebSession.token_hash == hash_of(token)).values(seen_at=now))


def end_session(session: Session, token: str) -> None:
    """Sign one browser out."""
    session.execute(delete(WebSession).where(WebSession.token_hash == hash_of(token)))


def end_all(session: Session, user_id: int, keep: str = "") -> None:
    """Sign a user out everywhere, at once: the epoch rises and the sessions go; the one of the token `keep` goes on."""
    epoch = session.scalar(update(User).where(User.id == user_id).values(epoch=User.epoch + 1).returning(User.epoch))
    mine, kept = WebSession.user_id == user_id, WebSession.token_hash == hash_of(keep)
    session.execute(delete(WebSession).where(mine, ~kept))
    session.execute(update(WebSession).where(mine, kept).values(epoch=epoch))


def _idle() -> dt.timedelta:
    return dt.timedelta(minutes=settings().idle_minutes)
