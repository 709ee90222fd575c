"""The institution tree of a day: names, levels, who stands below whom."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from portal.database import Looking
from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod, Person, Product

Read = TypeVar("Read")
KEPT_SECONDS = 5.0  # names may be this old on a page; who may see what never comes from here


@dataclass(frozen=True, slots=True)
class Place:
    """One institution on a day."""

    id: int
    code: str
    name: str
    name_zh: str
    parent_id: int | None
    level: str
    level_name: str
    level_name_zh: str
    depth: int

    def title(self, language: str) -> str:
        return self.name_zh if language == "zh" and self.name_zh else self.name

    def level_title(self, language: str) -> str:
        return self.level_name_zh if language == "zh" else self.level_name


@dataclass(frozen=True)
class Places:
    """All institutions of a day."""

    by_id: dict[int, Place]
    children: dict[int | None, list[Place]] = field(default_factory=dict)

    def get(self, institution_id: int | None) -> Place | None:
        return self.by_id.get(institution_id) if institution_id is not None else None

    def below(self, institution_id: int) -> frozenset[int]:
        """The institution and all that stand below it."""
        found, waiting = set(), [institution_id]
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                waiting += [child.id for child in self.children.get(here, ())]
        return frozenset(found)

    def above(self, institution_id: int) -> list[Place]:
        """From the root down to the institution itself."""
        way: list[Place] = []
        here = self.get(institution_id)
        while here is not None and here not in way:
            way.insert(0, here)
            here = self.get(here.parent_id)
        return way

    def common(self, institutions: Iterable[int]) -> int:
        """The lowest institution above all of them (or one of themselves); the root above none."""
        ways = [[one.id for one in self.above(institution)] for institution in set(institutions)]
        shared = [step[0] for step in zip(*ways, strict=False) if len(set(step)) == 1] if ways else []
        return shared[-1] if shared else self.roots[0].id

    def at_level(self, institution_id: int, level: str) -> Place | None:
        """The institution's ancestor (or itself) on a level; itself when it stands above that level."""
        way = self.above(institution_id)
        for place in way:
            if place.level == level:
                return place
        return way[-1] if way else None

    @property
    def roots(self) -> list[Place]:
        return self.children.get(None, [])

    @cached_property
    def levels(self) -> list[str]:
        """Codes of the levels in use, from the top."""
        seen = {place.level: place.depth for place in self.by_id.values()}
        return sorted(seen, key=lambda level: seen[level])


_kept: dict[tuple[str, object], tuple[float, str, object]] = {}


def places(session: Session, on: dt.date) -> Places:
    """The tree of a day."""
    return _recent(session, ("places", on), lambda: _read_places(session, on))


class Employee(NamedTuple):
    """What somebody is called: there are thousands of them, and a report reads them all at once."""

    id: int
    code: str
    name: str
    name_zh: str


def people_names(session: Session) -> dict[int, Employee]:
    """Everyone by id."""
    return _recent(session, ("people", None), lambda: {row.id: Employee(*row) for row in session.execute(_EVERYONE)})


_EVERYONE = select(Person.id, Person.code, Person.name, Person.name_zh)


def products(session: Session) -> dict[int, Product]:
    """Every product by id."""
    return _recent(session, ("products", None), lambda: {one.id: one for one in _products(session)})


def forget() -> None:
    """Read everything anew next time: after a change by this process."""
    _kept.clear()


def _recent(session: Session, key: tuple[str, object], read: Callable[[], Read]) -> Read:
    """What was read a moment ago, or of the state of the database that the session looks at."""
    now, state = time.monotonic(), session.memory.state if isinstance(session, Looking) else ""
    kept = _kept.get(key)
    if kept is None or (now - kept[0] > KEPT_SECONDS and not (state and state == kept[1])):
        kept = (now, state, read())
        _kept[key] = kept
    return cast(Read, kept[2])


def _products(session: Session) -> list[Product]:
    """All products as objects of no session: a transaction that fails later would empty those of its own."""
    columns = inspect(Product).column_attrs.keys()
    rows = session.execute(select(*(getattr(Product, name) for name in columns)))
    return [Product(**dict(zip(columns, row, strict=True))) for row in rows]


def _read_places(session: Session, on: dt.date) -> Places:
    rows = session.execute(
        select(Institution.id, Institution.code, InstitutionPeriod, InstitutionLevel)
        .join(InstitutionPeriod, InstitutionPeriod.institution_id == Institution.id)
        .join(InstitutionLevel, InstitutionLevel.id == InstitutionPeriod.level_id)
        .where(InstitutionPeriod.valid_from <= on, on < InstitutionPeriod.valid_to)
        .order_by(InstitutionLevel.depth, Institution.code)
    ).all()
    found = [
        Place(
            key, code, period.name, period.name_zh, period.parent_id, level.code, level.name, level.name_zh, level.depth
        )
        for key, code, period, level in rows
    ]
    return Places({place.id: place for place in found}, _children(found))


def _children(found: Iterable[Place]) -> dict[int | None, list[Place]]:
    children: dict[int | None, list[Place]] = {}
    for place in found:
        children.setdefault(place.parent_id, []).append(place)
    return children
