"""Reading rulebooks for their pages: versions on a time line, what one says and where it comes from, who changed what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import func, or_, select

from portal.models.rulebooks import (
    Rulebook,
    RulebookComment,
    RulebookElement,
    RulebookExample,
    RulebookFile,
    RulebookSimulation,
    RulebookVersion,
    VersionState,
)
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.rulebook_rules import Elements, Key, Rules, known_rules

Standing = Literal[
    "draft", "checked", "simulated", "submitted", "approved", "in_force", "superseded", "corrected", "discarded"
]


Simulation = RulebookSimulation  # named by the screens too


class NoRulebook(LookupError):
    """There is no such rulebook or version."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as its pages show it. `standing` tells drafts' states and, of approved ones, whether they are in force."""

    id: int
    rulebook_id: int
    number: int
    title: str
    title_zh: str
    institution_id: int
    complete: bool
    valid_from: dt.date
    ends_on: dt.date | None  # the day another complete version of the same institution takes over
    standing: Standing
    based_on_id: int | None
    content_hash: str
    budget_amount: Decimal | None
    created_by: str
    created_at: dt.datetime
    recorded_at: dt.datetime | None
    retired_at: dt.datetime | None

    def named(self, language: str) -> str:
        """What people call it in a language; as it was written where it has no other title."""
        return self.title_zh if language == "zh" and self.title_zh else self.title

    @property
    def is_draft(self) -> bool:
        return self.standing in ("draft", "checked", "simulated", "submitted")


@dataclass(frozen=True, slots=True)
class Edit:
    """One writing of one element: what it was before, what it became, by whom and when."""

    key: Key
    was: Any
    becomes: Any
    by: str
    at: dt.datetime


def book_name(book: Rulebook, language: str) -> str:
    """What a rulebook is called in a language; the English name where it has no other."""
    return str(book.name_zh if language == "zh" and book.name_zh else book.name)


def book_called(reader: Reader, code: str) -> str:
    """What the rulebook of a code is called; the code where there is none any more."""
    book = reader.session.scalar(select(Rulebook).where(Rulebook.code == code))
    return book_name(book, reader.actor.language) if book is not None else code


def rulebooks(reader: Reader) -> list[Rulebook]:
    """Every rulebook, by code."""
    reader.allow(Permission.RULEBOOK_VIEW)
    return list(reader.session.scalars(select(Rulebook).order_by(Rulebook.code)))


def rulebook(reader: Reader, code: str) -> Rulebook:
    """One rulebook. Raises NoRulebook."""
    reader.allow(Permission.RULEBOOK_VIEW)
    found = reader.session.scalar(select(Rulebook).where(Rulebook.code == code))
    if found is None:
        raise NoRulebook(f"There is no rulebook {code!r}.")
    return found


def versions(reader: Reader, book: Rulebook, today: dt.date) -> list[Version]:
    """The versions of a rulebook, newest first; overrides of lower institutions among them."""
    reader.allow(Permission.RULEBOOK_VIEW)
    rows = reader.session.scalars(
        select(RulebookVersion).where(RulebookVersion.rulebook_id == book.id).order_by(RulebookVersion.number.desc())
    ).all()
    ends = _ends(rows)
    return [_version(row, ends.get(row.id), today) for row in rows]


def version(reader: Reader, book: Rulebook, number: int, today: dt.date) -> Version:
    """One version by its number. Raises NoRulebook."""
    for one in versions(reader, book, today):
        if one.number == number:
            return one
    raise NoRulebook(f"There is no version {number} of {book.code}.")


def contents(reader: Reader, one: Version) -> dict[Key, RulebookElement]:
    """What a version itself says: all of it, or only its overrides; without what a correction took out of force."""
    reader.allow(Permission.RULEBOOK_VIEW)
    rows = reader.session.scalars(
        select(RulebookElement)
        .where(RulebookElement.version_id == one.id, RulebookElement.ended_at.is_(None))
        .order_by(RulebookElement.section, RulebookElement.name, RulebookElement.valid_from)
    )
    return {(row.section, row.name): row for row in rows}


def rules_with(reader: Reader, one: Version | RulebookVersion) -> Rules:
    """The rules of the rulebook as they are, with this version put on top when it is not approved yet."""
    reader.allow(Permission.RULEBOOK_VIEW)
    return known_rules(reader.session, one.rulebook_id, draft_id=one.id if one.recorded_at is None else None)


def holding(reader: Reader, one: Version, institution_id: int, day: dt.date) -> Elements:
    """What holds at an institution on a day, and where each element comes from. Empty before the first version."""
    tree = reader.places(day)
    path = [place.id for place in tree.above(institution_id)] or [institution_id]
    rules = rules_with(reader, one)
    return rules.elements(rules.chain(path), day) or {}


def edits(reader: Reader, one: Version, key: Key | None = None) -> list[Edit]:
    """Who wrote what in a draft, newest first; of one element when a key is given."""
    reader.allow(Permission.RULEBOOK_VIEW)
    wanted = select(RulebookElement).where(RulebookElement.version_id == one.id)
    if key is not None:
        wanted = wanted.where(RulebookElement.section == key[0], RulebookElement.name == key[1])
    before: dict[Key, Any] = {}
    found: list[Edit] = []
    for row in reader.session.scalars(wanted.order_by(RulebookElement.id)):
        here = (row.section, row.name)
        found.append(Edit(here, before.get(here), row.content, row.recorded_by, row.recorded_at))
        before[here] = row.content
    return found[::-1]


def comments(reader: Reader, one: Version) -> list[RulebookComment]:
    """What was said about a version, oldest first."""
    reader.allow(Permission.RULEBOOK_VIEW)
    return list(
        reader.session.scalars(
            select(RulebookComment).where(RulebookComment.version_id == one.id).order_by(RulebookComment.id)
        )
    )


def files(reader: Reader, one: Version) -> list[RulebookFile]:
    """The files beside a version, without their content."""
    reader.allow(Permission.RULEBOOK_VIEW)
    return list(
        reader.session.scalars(select(RulebookFile).where(RulebookFile.version_id == one.id).order_by(RulebookFile.id))
    )


def file_of(reader: Reader, file_name: str) -> tuple[RulebookFile, bytes]:
    """A file beside a version, with its content. Raises NoRulebook."""
    reader.allow(Permission.RULEBOOK_VIEW)
    found = reader.session.execute(
        select(RulebookFile, RulebookFile.content).where(RulebookFile.file_name == file_name)
    ).first()
    if found is None:
        raise NoRulebook(f"There is no file {file_name!r}.")
    return found[0], found[1]


def examples_of(reader: Reader, rulebook_id: int, valid_from: dt.date | None = None) -> list[RulebookExample]:
    """The example people of a rulebook that still bind; with a day, those a version from that day on must fulfil."""
    reader.allow(Permission.RULEBOOK_VIEW)
    wanted = select(RulebookExample).where(
        RulebookExample.rulebook_id == rulebook_id, RulebookExample.ended_at.is_(None)
    )
    if valid_from is not None:
        wanted = wanted.where(
            RulebookExample.valid_from <= valid_from,
            or_(RulebookExample.valid_to.is_(None), RulebookExample.valid_to > valid_from),
        )
    return list(reader.session.scalars(wanted.order_by(RulebookExample.title)))


def newest_simulation(reader: Reader, version_id: int) -> RulebookSimulation | None:
    """What a draft was tried on last."""
    reader.allow(Permission.RULEBOOK_VIEW)
    return reader.session.scalar(
        select(RulebookSimulation)
        .where(RulebookSimulation.version_id == version_id)
        .order_by(RulebookSimulation.id.desc())
        .limit(1)
    )


def overrides_above(reader: Reader, one: Version | RulebookVersion) -> list[tuple[int, Key, Any]]:
    """Overrides below a complete version's institution that will stand on top of it: institution, element, content."""
    rules = rules_with(reader, one)
    below = reader.places(one.valid_from).below(one.institution_id)
    return [
        (override.institution_id, override.key, override.content)
        for override in rules.overrides
        if override.institution_id in below
        and override.valid_to > one.valid_from
        and not (override.until_next_version and override.valid_from < one.valid_from)
    ]


def _ends(rows: Sequence[RulebookVersion]) -> Mapping[int, dt.date]:
    """When each approved complete version is superseded by the next one of its institution."""
    ends: dict[int, dt.date] = {}
    standing = [row for row in rows if row.complete and row.state == VersionState.APPROVED and row.retired_at is None]
    for row in standing:
        later = [
            other.valid_from
            for other in standing
            if other.institution_id == row.institution_id and other.valid_from > row.valid_from
        ]
        if later:
            ends[row.id] = min(later)
    return ends


def _version(row: RulebookVersion, ends_on: dt.date | None, today: dt.date) -> Version:
    return Version(
        row.id, row.rulebook_id, row.number, row.title, row.title_zh, row.institution_id, row.complete, row.valid_from, ends_on,
        _standing(row, ends_on, today), row.based_on_id, row.content_hash, row.budget_amount, row.created_by,
        row.created_at, row.recorded_at, row.retired_at,
    )  # fmt: skip


def _standing(row: RulebookVersion, ends_on: dt.date | None, today: dt.date) -> Standing:
    if row.state != VersionState.APPROVED:
        return cast(Standing, row.state)
    if row.retired_at is not None:
        return "corrected"
    if row.valid_from > today:
        return "approved"
    return "superseded" if ends_on is not None and ends_on <= today else "in_force"


def version_of(reader: Reader, code: str, number: int) -> RulebookVersion:
    """A version's row, by its rulebook's code and its number. Raises NoRulebook."""
    found = reader.session.scalar(
        select(RulebookVersion)
        .join(Rulebook, Rulebook.id == RulebookVersion.rulebook_id)
        .where(Rulebook.code == code, RulebookVersion.number == number)
    )
    if found is None:
        raise NoRulebook(f"There is no version {number} of {code}.")
    return found


def latest_simulation(reader: Reader, version: RulebookVersion) -> RulebookSimulation | None:
    """The newest finished simulation of exactly what the version says now: one that sought a value shows what another
    value would do, and does not count."""
    no_goal = func.coalesce(func.jsonb_typeof(RulebookSimulation.goal), "null") == "null"
    return reader.session.scalars(
        select(RulebookSimulation)
        .where(
            no_goal,
            RulebookSimulation.version_id == version.id,
            RulebookSimulation.content_hash == version.content_hash,
            RulebookSimulation.state == "done",
        )
        .order_by(RulebookSimulation.id.desc())
        .limit(1)
    ).first()
