"""Leaf: what a process remembers of the database, for exactly as long as it is true.

PostgreSQL says which transactions a question sees (`pg_current_snapshot`). Two questions that see the same ones get the same
answer, so what was read of a state holds until anything is committed, by whomever, in whatever process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Read = TypeVar("Read")


class Memory:
    """What was read of one state of the database. Callers must not change what they get."""

    __slots__ = ("kept", "state")

    def __init__(self, state: str) -> None:
        self.state = state
        self.kept: dict[Hashable, Any] = {}

    def once(self, key: Hashable, read: Callable[[], Read]) -> Read:
        """What `read` gives, asked once in this state. Nothing is not remembered: anybody can ask for what is not there."""
        found: Read | None = self.kept.get(key)
        if found is None:
            found = read()
            if found is not None:
                self.kept[key] = found
        return found
