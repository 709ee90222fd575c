"""Keys with which other systems sign their requests. Only the house's own services read these."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, instant, pk, recorded


class ApiKey(Base):
    """What another system proves itself with; only a hash is kept, so a copy of this table opens nothing.

    `source` is the system: keys of its events are unique among its own, whichever of its API keys it uses.
    """

    __tablename__ = "api_key"
    row_scope = RowScope(internal=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    begins_with: Mapped[str]  # the first characters, by which people recognise it
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    last_used_on: Mapped[dt.date | None]
    minute_began_at: Mapped[instant | None]  # of the last request's minute, and how many came in it
    minute_requests: Mapped[int] = mapped_column(server_default=text("0"))
    recorded_at: Mapped[recorded]
    __table_args__ = (CheckConstraint("last_day is null or first_day <= last_day", name="days_in_order"),)


class ApiKeyPermission(Base):
    """One thing a key may do."""

    __tablename__ = "api_key_permission"
    row_scope = RowScope(internal=True)
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id", ondelete="cascade"), primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)
