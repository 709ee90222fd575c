"""Passwords: argon2id hashes, and checks that take the same time whether or not a name exists."""

from __future__ import annotations

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 512  # hashing a megabyte for a stranger is work for nothing
COMMON = {"1234567890", "0987654321", "password123", "qwertyuiop", "1q2w3e4r5t", "administrator", "letmein123"}
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else

_hasher = PasswordHasher()


class WeakPassword(ValueError):
    """A password nobody should use; the message says what to change."""


def hashed(password: str, username: str = "") -> str:
    """The hash to keep. Raises WeakPassword for one that is too short, too long, common, or the name itself."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        sentence = _("A password has between %(shortest)s and %(longest)s characters.",
                     shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)  # fmt: skip
        raise WeakPassword(sentence)
    if password.casefold() in COMMON | {username.casefold()} or len(set(password)) < 4:
        raise WeakPassword(
            _("This password is easily guessed: choose several words, or let a password manager make one.")
        )
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash, as much work is done and the answer is no."""
    if len(password) > LONGEST_PASSWORD:
        password = ""
    try:
        return _hasher.verify(stored or stand_in(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def renewed(password: str) -> str:
    """The same password hashed with today's parameters; it was accepted when it was chosen."""
    return _hasher.hash(password)


def generated_password() -> str:
    """A random password that can be read aloud: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


@lru_cache
def stand_in() -> str:
    """A hash of nothing anyone knows, verified in place of an unknown user's."""
    return _hasher.hash(secrets.token_urlsafe(32))
