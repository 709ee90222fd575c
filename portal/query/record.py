"""What a list shows and what comes back: a view, a record, a page of records."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.query.paging import pages_of
from portal.query.resource import Resource

PAGE_SIZE, LARGEST_PAGE = 25, 100
LARGEST_ID = 2**63 - 1
SHOWN = ("current", "other", "all")


class NotFound(LookupError):
    """There is no such record, or the actor may not see it: the two are answered alike."""

    def __init__(self, resource: Resource, key: str) -> None:
        self.resource, self.key = resource, key
        super().__init__(f"{resource.key} {key}")


@dataclass(frozen=True, slots=True)
class View:
    """What a list shows: the day, the words sought, the order, the page and the filters."""

    on: dt.date
    search: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = PAGE_SIZE
    shown: str = "current"  # what holds on the day, other (ended, planned or without a place), or all
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it is on a day. `labels` hold the names of what values refer to, `codes` their codes,
    `members` the names of a set's members one by one (a name may hold a comma)."""

    key: str
    values: dict[str, Any]
    labels: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @property
    def version(self) -> str:
        """Changes whenever the content does: a form saved over somebody else's change is noticed."""
        content = [self.key, self.values, self.valid_from, self.valid_to]
        return hashlib.sha256(json.dumps(content, default=_plain, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a list, and how many there are in all."""

    records: tuple[Record, ...]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return pages_of(self.total, self.size)


def number_of(resource: Resource, key: str) -> int:
    """The id inside a key from an address.

    Raises:
        NotFound: it is no id.
    """
    if not is_number(key):
        raise NotFound(resource, key)
    return int(key)


def is_number(text: str) -> bool:
    """Whether a text is the number of a row: digits only, and not beyond what a column holds."""
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID


def identity_of(resource: Resource, values: Mapping[str, Any], codes: Mapping[str, str]) -> tuple[str, ...]:
    """What names a record in a file."""
    return tuple(codes.get(name) or str(values.get(name)) for name in resource.identified_by)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)
