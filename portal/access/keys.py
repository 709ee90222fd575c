"""Other systems prove themselves with a key: `Authorization: Bearer basis_...`. It opens no page; a log-in opens no such address.

Keys are 256 random bits, so a hash without salt is enough and guessing is hopeless; wrong ones are still answered with a pause,
because somebody's wrong configuration should not fill the log.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from flask import g
from sqlalchemy import case, or_, select, update
from werkzeug.exceptions import Unauthorized

from portal.access import throttle
from portal.access.audit import record
from portal.access.identity import HOUSE, today
from portal.access.sessions import hash_of
from portal.database import database
from portal.models.api_keys import ApiKey, ApiKeyPermission
from portal.permissions import OF_OTHER_SYSTEMS, Actor
from portal.settings import settings

PREFIX = "basis_"
SHOWN_CHARACTERS = 12  # of a key, by which people recognise it
LONGEST_TOKEN = 200
MINUTE = dt.timedelta(minutes=1)


class TooManyRequests(Exception):
    """A key, or an address with wrong keys, asks too often; `wait_seconds` says how long to pause."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Too many requests; the next is answered in {wait_seconds} seconds.")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The system behind a request: which key it used, and what it may do. It sees no rows of anybody."""

    source: str
    actor: Actor


def new_token() -> str:
    """A key nobody has had before."""
    return PREFIX + secrets.token_urlsafe(32)


def admit(header: str, address: str) -> KeyHolder:
    """Who sends this header.

    Raises:
        Unauthorized: no key, or none that holds today.
        TooManyRequests: the key was used too often in this minute, or the address sent too many wrong ones.
    """
    scheme, _blank, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    found = _used(token) if token.startswith(PREFIX) and len(token) <= LONGEST_TOKEN else None
    if found is None:
        _note_wrong(token, address)
        raise Unauthorized
    return found


def key_holder() -> KeyHolder:
    """The system behind the present request, as the gate let it in."""
    holder: KeyHolder = g.key_holder
    return holder


def _used(token: str) -> KeyHolder | None:
    """The holder of a key that holds today, this request counted; the count stays even when it is one too many."""
    now, day = dt.datetime.now(dt.UTC), today()
    this_minute = ApiKey.minute_began_at > now - MINUTE
    counted = (
        update(ApiKey)
        .where(
            ApiKey.token_hash == hash_of(token), ApiKey.active, ApiKey.first_day <= day,
            or_(ApiKey.last_day.is_(None), ApiKey.last_day >= day),
        )
        .values(
            minute_requests=case((this_minute, ApiKey.minute_requests + 1), else_=1),
            minute_began_at=case((this_minute, ApiKey.minute_began_at), else_=now),
            last_used_on=day,
        )
        .returning(ApiKey.id, ApiKey.code, ApiKey.source, ApiKey.minute_requests, ApiKey.minute_began_at)
    )  # fmt: skip
    with database().transaction(HOUSE) as session:
        key = session.execute(counted).one_or_none()
        if key is None:
            return None
        granted = set(session.scalars(select(ApiKeyPermission.permission).where(ApiKeyPermission.api_key_id == key.id)))
    if key.minute_requests > settings().key_requests_per_minute:
        raise TooManyRequests(max(1, int((key.minute_began_at + MINUTE - now).total_seconds()) + 1))
    permissions = frozenset(each for each in OF_OTHER_SYSTEMS if each.value in granted)
    return KeyHolder(key.source, Actor(user_id=None, name=f"key {key.code}", permissions=permissions, roles=("key",)))


def _note_wrong(token: str, address: str) -> None:
    """Write a wrong key down, with its first characters; too many from one address are not even written."""
    name = f"key from {address}"[: throttle.LONGEST_NAME]  # nobody has such a user name: it holds blanks
    try:
        with database().transaction(HOUSE) as session:
            throttle.admit(session, name, address)
            seen = {"address": address, "begins_with": token[:SHOWN_CHARACTERS] if token.startswith(PREFIX) else ""}
            record(session, Actor(user_id=None, name="unknown key"), "key refused", "api-keys", "", seen)
    except throttle.TooManyAttempts as pause:
        raise TooManyRequests(pause.wait_seconds) from pause
