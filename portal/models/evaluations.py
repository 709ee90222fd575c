"""What people decided about the moves a ladder's evaluation came to."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, pk, recorded


class EvaluationDecision(Base):
    """One agent's move of one month: accepted from a day on, or set aside with a reason. Never changed."""

    __tablename__ = "evaluation_decision"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    rulebook_id: Mapped[int] = mapped_column(ForeignKey("rulebook.id"))
    month: Mapped[dt.date]  # its first day
    ladder: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[str]
    from_rank: Mapped[str]
    to_rank: Mapped[str]
    decision: Mapped[str]
    effective_from: Mapped[dt.date | None]
    reason: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[recorded]
    __table_args__ = (
        UniqueConstraint("rulebook_id", "month", "ladder", "person_id"),
        CheckConstraint("decision in ('accepted', 'set_aside')", name="decision"),
        CheckConstraint("(decision = 'accepted') = (effective_from is not null)", name="accepted_from_a_day"),
        CheckConstraint("decision = 'accepted' or reason <> ''", name="set_aside_with_a_reason"),
    )
