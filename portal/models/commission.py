"""Commission months and what people decide about them: adjustments, holds on a person's pay, questions, payment files.

What a month came to lies in the lake (`statement_line` and its sisters); here is how far the month has come. A closed month is
never computed again: what changes about it is paid as a difference in the month that is open.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, money, pk, recorded


class MonthState(StrEnum):
    """How far a commission month has come; it only goes forward, but for a frozen one that is opened again."""

    OPEN = "open"  # may be computed, adjusted, computed again
    FROZEN = "frozen"  # figures stand and wait for the decision
    CLOSED = "closed"  # decided; statements are the agents'
    PAID = "paid"  # handed over to payment


class CommissionMonth(Base):
    """One month of one rulebook. `content_hash` is that of the statements that were frozen, and then decided on."""

    __tablename__ = "commission_month"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"))
    month: Mapped[dt.date]  # its first day
    state: Mapped[str] = mapped_column(server_default="open")
    content_hash: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int | None]  # of the published statements that were frozen
    opened_at: Mapped[recorded]
    frozen_at: Mapped[dt.datetime | None]
    frozen_by: Mapped[str] = mapped_column(server_default="")
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str] = mapped_column(server_default="")
    paid_at: Mapped[dt.datetime | None]
    __table_args__ = (
        UniqueConstraint("rulebook_id", "month"),
        CheckConstraint("state in ('open', 'frozen', 'closed', 'paid')", name="state"),
        CheckConstraint("extract(day from month) = 1", name="first_day"),
    )


class Adjustment(Base):
    """An amount added to or taken from one agent's open month by hand, with its reason; it counts once it is approved."""

    __tablename__ = "adjustment"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    in_month: Mapped[dt.date]
    for_month: Mapped[dt.date]
    amount: Mapped[money]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="requested")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("adjustment.id"), unique=True)
    requested_by: Mapped[str]
    recorded_at: Mapped[recorded]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (
        CheckConstraint("state in ('requested', 'approved', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("amount <> 0", name="an_amount"),
        CheckConstraint("for_month <= in_month", name="months_in_order"),
        Index("ix_adjustment_month", "rulebook_id", "in_month"),
    )


class PayHold(Base):
    """A person's pay, or one line of it, is kept back from a month on until it is released; it is then paid in full."""

    __tablename__ = "pay_hold"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    line: Mapped[str] = mapped_column(server_default="")  # the one line it is about; empty for all the pay
    from_month: Mapped[dt.date]
    released_month: Mapped[dt.date | None]  # the month in which it is paid again
    reason: Mapped[str]
    release_condition: Mapped[str]  # what must happen before it is paid
    release_reason: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="requested")
    requested_by: Mapped[str]
    recorded_at: Mapped[recorded]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(server_default="")
    released_at: Mapped[dt.datetime | None]  # when the release was decided
    released_by: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (
        CheckConstraint("state in ('requested', 'approved', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("released_month is null or from_month <= released_month", name="months_in_order"),
        Index(
            "uq_pay_hold_open", "rulebook_id", "person_id", "line",
            unique=True, postgresql_where=text("released_month is null and state in ('requested', 'approved')"),
        ),
    )  # fmt: skip


class StatementQuestion(Base):
    """What an agent asks or disputes about a line of a statement; the answers stand below it."""

    __tablename__ = "statement_question"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    in_month: Mapped[dt.date]
    for_month: Mapped[dt.date]
    line: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    asked: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[recorded]
    closed_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("kind in ('question', 'dispute')", name="kind"),
        CheckConstraint("state in ('open', 'answered', 'closed')", name="state"),
    )


class StatementAnswer(Base):
    """One thing said about a question; never changed."""

    __tablename__ = "statement_answer"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    question_id: Mapped[int] = mapped_column(ForeignKey("statement_question.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))  # of the question
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    said: Mapped[str]
    said_by: Mapped[str]
    said_at: Mapped[recorded]


class PaymentFile(Base):
    """What was handed over to payment for a closed month: how many people, how much, and the hash of the file."""

    __tablename__ = "payment_file"
    row_scope = RowScope(internal=True)
    id: Mapped[pk]
    month_id: Mapped[int] = mapped_column(ForeignKey("commission_month.id"), unique=True)
    file_name: Mapped[str]
    people: Mapped[int]
    amount: Mapped[money]
    sha256: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[recorded]
