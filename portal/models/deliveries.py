"""What the core said of agents and teams: which days were taken, and the last word about each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, document, recorded


class SalesForceDelivery(Base):
    """A day's delivery of agents and teams that was taken; the same again changes nothing."""

    __tablename__ = "sales_force_delivery"
    row_scope = RowScope(internal=True)
    business_date: Mapped[dt.date] = mapped_column(primary_key=True)
    content_hash: Mapped[str]
    agents: Mapped[int]
    kept: Mapped[list[Any]] = mapped_column(JSONB)  # where people had decided otherwise, and their word stayed
    recorded_at: Mapped[recorded]


class DeliveredState(Base):
    """What the core last said of an agent or a team: only what it says anew is taken over."""

    __tablename__ = "delivered_state"
    row_scope = RowScope(internal=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[document]
    business_date: Mapped[dt.date]
    __table_args__ = (CheckConstraint("kind in ('agent', 'team')", name="kind"),)
