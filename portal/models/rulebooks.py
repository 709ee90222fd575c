"""Rulebooks: versions, their elements, what a draft was tried on, and what is said about it.

Two times on everything. `valid_from` is the day a rule holds from; `recorded_at` is when it became known (a version is known
once it is approved), `retired_at` when it was corrected. Nothing approved is edited: a change is another version, and inside a
draft another row.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, money, pk, recorded

SECTIONS = ("agent", "facts", "parameters", "tables", "measures", "formulas", "ladders", "lines")


class VersionState(StrEnum):
    """How far a version has come. That it is in force, or superseded, follows from its days and is stored nowhere."""

    DRAFT = "draft"
    CHECKED = "checked"  # without problems, and every example person gets the pay they must get
    SIMULATED = "simulated"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DISCARDED = "discarded"


class Rulebook(Base):
    """One basic law: that of individual agents, of bancassurance, of group business."""

    __tablename__ = "rulebook"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")


class RulebookVersion(Base):
    """What a rulebook says from a day on for an institution and all below it.

    A `complete` version says everything; another one only overrides elements of the complete one in force above it.
    """

    __tablename__ = "rulebook_version"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"), index=True)
    number: Mapped[int]  # 1, 2, 3 ... within the rulebook
    title: Mapped[str]
    title_zh: Mapped[str] = mapped_column(server_default="")
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    complete: Mapped[bool]
    valid_from: Mapped[dt.date]
    state: Mapped[str] = mapped_column(server_default="draft")
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("rulebook_version.id"))
    content_hash: Mapped[str] = mapped_column(server_default="")
    budget_amount: Mapped[money | None]  # what a month may cost, to hold a simulation against
    created_by: Mapped[str]
    created_at: Mapped[recorded]
    recorded_at: Mapped[dt.datetime | None]
    retired_at: Mapped[dt.datetime | None]
    __table_args__ = (
        UniqueConstraint("rulebook_id", "number"),
        CheckConstraint(
            "state in ('draft', 'checked', 'simulated', 'submitted', 'approved', 'discarded')", name="state"
        ),
        CheckConstraint("(state = 'approved') = (recorded_at is not null)", name="known_once_approved"),
        Index("ix_rulebook_version_in_force", "rulebook_id", "valid_from", postgresql_where=text("state = 'approved'")),
    )


class RulebookElement(Base):
    """One element of a version as it was written once; a later edit of the draft is another row that ends this one.

    `content` is the element's text form; none in an override means that the element is inherited again. An override has days of
    its own; the elements of a complete version hold as long as the version does.
    """

    __tablename__ = "rulebook_element"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    version_id: Mapped[int] = mapped_column(ForeignKey("rulebook_version.id"))
    section: Mapped[str]
    name: Mapped[str]
    content: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))  # not JSONB: the order of keys is theirs
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    until_next_version: Mapped[bool] = mapped_column(server_default=text("false"))
    recorded_at: Mapped[recorded]
    recorded_by: Mapped[str]
    recorded_by_id: Mapped[int | None]  # the user: who wrote a rule does not approve it
    ended_at: Mapped[dt.datetime | None]  # by a later edit, or in force by a correction
    __table_args__ = (
        CheckConstraint(f"section in ({', '.join(repr(one) for one in SECTIONS)})", name="section"),
        CheckConstraint("valid_from is null or valid_to is null or valid_from < valid_to", name="dates_in_order"),
        Index("ix_rulebook_element_version", "version_id", "section", "name"),
    )


class RulebookExample(Base):
    """A person with the facts of a month and the pay they must get; a draft that misses it cannot be submitted."""

    __tablename__ = "rulebook_example"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"), index=True)
    title: Mapped[str]
    month: Mapped[dt.date]  # its first day
    given: Mapped[dict[str, Any]]  # tables of the month by name, rows as lists of texts with a head
    expected: Mapped[dict[str, Any]]  # element or line to value, of the agent the example is about
    valid_from: Mapped[dt.date]  # versions that hold from this day on must fulfil it
    valid_to: Mapped[dt.date | None]
    created_by: Mapped[str]
    created_at: Mapped[recorded]
    ended_at: Mapped[dt.datetime | None]


class RulebookSimulation(Base):
    """What a draft would do to everyone's pay: asked for in the page, worked out by the jobs, kept with the draft."""

    __tablename__ = "rulebook_simulation"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    version_id: Mapped[int] = mapped_column(ForeignKey("rulebook_version.id"), index=True)
    content_hash: Mapped[str]  # of the draft that was tried
    months: Mapped[list[str]] = mapped_column(JSONB)
    goal: Mapped[dict[str, Any] | None]  # which parameter to move to which monthly cost
    state: Mapped[str] = mapped_column(server_default="requested")
    progress: Mapped[str] = mapped_column(server_default="")
    result: Mapped[dict[str, Any] | None]
    requested_by: Mapped[str]
    requested_at: Mapped[recorded]
    finished_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state in ('requested', 'running', 'done', 'failed', 'cancelled')", name="state"),
    )


class RulebookComment(Base):
    """What somebody said about a version or one of its elements; never changed."""

    __tablename__ = "rulebook_comment"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    version_id: Mapped[int] = mapped_column(ForeignKey("rulebook_version.id"), index=True)
    section: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    said: Mapped[str]
    said_by: Mapped[str]
    said_at: Mapped[recorded]


class RulebookFile(Base):
    """A file beside a version, such as the circular that ordered the change; kept and given out under a name of our own."""

    __tablename__ = "rulebook_file"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    version_id: Mapped[int] = mapped_column(ForeignKey("rulebook_version.id"), index=True)
    file_name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[str]
    added_at: Mapped[recorded]
