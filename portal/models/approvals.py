"""What people ask others to decide: requests, the decisions about them, what was said and attached, and who stands in.

A request's content never changes once it is submitted (a trigger of the database holds it): an edit voids the request
and begins another one. Decisions and comments are only added.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.models.base import Base, RowScope, document, pk, recorded


class ApprovalState(StrEnum):
    """Where a request stands; the last four are final."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"  # what it was about changed, or it was edited


OPEN_STATES = (ApprovalState.DRAFT, ApprovalState.SUBMITTED)


class ApprovalRequest(Base):
    """One thing somebody wants decided, with the content that the decision is about and its hash.

    `proposal` is what was asked for, `content` the canonical whole it leads to. `institution_id` is where the decision
    belongs; its deciders and the requester see the row. `version` rises with every step.
    """

    __tablename__ = "approval"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    kind: Mapped[str]
    subject_key: Mapped[str]
    title: Mapped[str]
    title_zh: Mapped[str] = mapped_column(server_default="")
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # the requester's
    requested_by: Mapped[int | None]  # the requester's user
    requester: Mapped[str]
    requested_at: Mapped[recorded]
    submitted_at: Mapped[dt.datetime | None]
    proposal: Mapped[document]
    content: Mapped[document]
    content_hash: Mapped[str]
    state: Mapped[str]
    due_on: Mapped[dt.date]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"), unique=True)
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str] = mapped_column(server_default="")
    end_reason: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (
        CheckConstraint("state in ('draft', 'submitted', 'approved', 'refused', 'withdrawn', 'voided')", name="state"),
        CheckConstraint("(state in ('draft', 'submitted')) = (ended_at is null)", name="ended"),
        Index(
            "uq_approval_open", "kind", "subject_key",
            unique=True, postgresql_where=text("state in ('draft', 'submitted')"),
        ),
    )  # fmt: skip


class OfRequest:
    """Belongs to a request, and is seen by whoever sees the request."""

    @declared_attr
    def approval_id(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(ForeignKey("approval.id"), index=True)

    @declared_attr
    def institution_id(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(ForeignKey("institution.id"))

    @declared_attr
    def requester_person_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(ForeignKey("person.id"))


class ApprovalDecision(OfRequest, Base):
    """What one person decided, for whom, about which content; never changed. A person decides a request once."""

    __tablename__ = "approval_decision"
    row_scope = RowScope(institution="institution_id", person="requester_person_id")
    id: Mapped[pk]
    step: Mapped[int]  # 0 is the first
    user_id: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[str]
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # in whose place
    decision: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    content_hash: Mapped[str]
    decided_at: Mapped[recorded]
    __table_args__ = (
        CheckConstraint("decision in ('approved', 'refused')", name="decision"),
        Index("uq_approval_decision_step", "approval_id", "step", unique=True),
        Index("uq_approval_decision_by", "approval_id", "decided_by", unique=True),
    )


class ApprovalComment(OfRequest, Base):
    """Something said about a request; never changed."""

    __tablename__ = "approval_comment"
    row_scope = RowScope(institution="institution_id", person="requester_person_id")
    id: Mapped[pk]
    user_id: Mapped[int | None]
    said_by: Mapped[str]
    words: Mapped[str]
    said_at: Mapped[recorded]


class ApprovalAttachment(OfRequest, Base):
    """A file beside a request. It is kept and given out under a name of our own; `title` is what its owner called it."""

    __tablename__ = "approval_attachment"
    row_scope = RowScope(institution="institution_id", person="requester_person_id")
    id: Mapped[pk]
    file_name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    user_id: Mapped[int | None]
    added_by: Mapped[str]
    added_at: Mapped[recorded]


class Substitute(Base):
    """Who decides in a person's place on some days, told as people say it: first and last day away.

    `kind` is one kind of request, null for all of them.
    """

    __tablename__ = "substitute"
    row_scope = RowScope(public=True)  # whom to turn to during someone's leave is known in the house
    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    kind: Mapped[str | None]
    recorded_at: Mapped[recorded]
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("person_id <> substitute_id", name="not_oneself"),
    )
