"""A house with two provinces and their branches, and rulebooks written straight into its tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod
from portal.models.rulebooks import Rulebook, RulebookElement, RulebookVersion
from portal.query import places
from tests.installation import database, var  # noqa: F401 - fixtures of the area

BEGIN = dt.date(2020, 1, 1)
TREE = {"L-HO": None, "L-P1": "L-HO", "L-P2": "L-HO", "L-B11": "L-P1", "L-B12": "L-P1", "L-B21": "L-P2"}


@dataclass
class House:
    """The numbers of the institutions, and a way to write rules."""

    institutions: dict[str, int] = field(default_factory=dict)
    books: int = 0

    def rulebook(self, session: Session) -> Rulebook:
        self.books += 1
        book = Rulebook(code=f"book{self.books}", name="Basic law")
        session.add(book)
        session.flush()
        return book

    def version(
        self, session: Session, book: Rulebook, at: str, valid_from: str, elements: Mapping[str, Any], *,
        complete: bool = True, recorded: str = "2020-01-01", retired: str = "",
    ) -> RulebookVersion:  # fmt: skip
        """An approved version; `elements` are parameters by name, as value or as (value, from, to, until the next version)."""
        number = session.query(RulebookVersion).filter_by(rulebook_id=book.id).count() + 1
        version = RulebookVersion(
            rulebook_id=book.id, number=number, title=f"Version {number}", institution_id=self.institutions[at],
            complete=complete, valid_from=dt.date.fromisoformat(valid_from), state="approved", created_by="test",
            recorded_at=instant(recorded), retired_at=instant(retired) if retired else None,
        )  # fmt: skip
        session.add(version)
        session.flush()
        for name, written in elements.items():
            value, *days = written if isinstance(written, tuple) else (written,)
            begins, ends, until = (*days, None, None, False)[:3]
            session.add(
                RulebookElement(
                    version_id=version.id, section="parameters", name=name, recorded_by="test",
                    content=None if value is None else {"unit": "money", "value": value},
                    valid_from=begins and dt.date.fromisoformat(begins), valid_to=ends and dt.date.fromisoformat(ends),
                    until_next_version=bool(until),
                )
            )  # fmt: skip
        session.flush()
        return version


def instant(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)


@pytest.fixture(scope="package")
def house(database: Database) -> House:
    """The institutions, stored once a worker."""
    found = House()
    with database.transaction(HOUSE) as session:
        depths = {"L-HO": 0, "L-P1": 1, "L-P2": 1}
        levels = {}
        for depth, code in enumerate(("L-head", "L-province", "L-branch")):
            level = InstitutionLevel(code=code, name=code, name_zh=code, depth=depth)
            session.add(level)
            session.flush()
            levels[depth] = level.id
        for code, parent in TREE.items():
            institution = Institution(code=code)
            session.add(institution)
            session.flush()
            found.institutions[code] = institution.id
            session.add(
                InstitutionPeriod(
                    institution_id=institution.id, parent_id=found.institutions.get(parent or ""), name=code,
                    level_id=levels[depths.get(code, 2)], valid_from=BEGIN,
                )
            )  # fmt: skip
    places.forget()
    return found


@pytest.fixture
def session(database: Database, house: House) -> Iterator[Session]:
    """A session that sees everything and keeps nothing."""
    with database.session(HOUSE) as opened:
        yield opened
        opened.rollback()
