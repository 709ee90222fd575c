"""What the jobs did: runs, their steps, the problems they found, and what they published."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, instant, pk, recorded


class RunStatus(StrEnum):
    """Where a run stands."""

    REQUESTED = "requested"
    RUNNING = "running"
    PUBLISHED = "published"
    REFUSED = "refused"  # the quality gate or a file stopped it; nothing was published
    FAILED = "failed"
    CANCELLED = "cancelled"


class Run(Base):
    """One attempt of a job for a business date: `job:business-date:attempt` decides that it runs once."""

    __tablename__ = "run"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    job: Mapped[str]
    business_date: Mapped[dt.date]
    attempt: Mapped[int]
    status: Mapped[str] = mapped_column(server_default="requested")
    chunk: Mapped[str] = mapped_column(server_default="")  # workflow id; dates computed together share one
    requested_by: Mapped[str]
    requested_at: Mapped[recorded]
    started_at: Mapped[instant | None]
    finished_at: Mapped[instant | None]
    reason: Mapped[str] = mapped_column(server_default="")  # why it was run again, or why it was refused
    from_step: Mapped[str] = mapped_column(server_default="")  # a re-run may begin here
    __table_args__ = (
        UniqueConstraint("job", "business_date", "attempt"),
        Index("ix_run_status", "status"),
        CheckConstraint("status in ('requested','running','published','refused','failed','cancelled')", name="status"),
    )


class Recalculation(Base):
    """Published figures do not know of a change in the past yet: they are to be computed anew from its first day on."""

    __tablename__ = "recalculation"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    job: Mapped[str] = mapped_column(server_default="nightly")  # whose figures
    first_day: Mapped[dt.date]
    reason: Mapped[str]  # what was changed
    requested_by: Mapped[str]
    requested_at: Mapped[recorded]  # of the last change that was added
    taken_at: Mapped[instant | None]  # when it became a re-run
    __table_args__ = (
        Index(
            "ix_recalculation_waiting",
            "job",
            unique=True,
            postgresql_where=text("taken_at is null"),
        ),
    )


class RunStep(Base):
    """One step of a chunk of runs with its duration and rows: used + held + refused = all that came in."""

    __tablename__ = "run_step"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    chunk: Mapped[str]
    step: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[instant]
    finished_at: Mapped[instant | None]
    seconds: Mapped[float] = mapped_column(server_default=text("0"))  # a monotonic duration
    rows_in: Mapped[int] = mapped_column(server_default=text("0"))
    rows_out: Mapped[int] = mapped_column(server_default=text("0"))
    rows_held: Mapped[int] = mapped_column(server_default=text("0"))
    message: Mapped[str] = mapped_column(server_default="")  # in English
    sentence: Mapped[list[Any] | None] = mapped_column(JSONB)  # the same as `portal.sentence` keeps it
    __table_args__ = (UniqueConstraint("chunk", "step"),)


class Problem(Base):
    """Something a check found. A flag stays on the figures until a person acknowledges it with a reason."""

    __tablename__ = "problem"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    chunk: Mapped[str] = mapped_column(index=True)
    business_date: Mapped[dt.date] = mapped_column(index=True)
    rule: Mapped[str]
    severity: Mapped[str]  # error, quarantine, warning
    dataset: Mapped[str]
    message: Mapped[str]
    row: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    recorded_at: Mapped[recorded]
    acknowledged_by: Mapped[str] = mapped_column(server_default="")
    acknowledged_at: Mapped[instant | None]
    acknowledged_reason: Mapped[str] = mapped_column(server_default="")


class Published(Base):
    """The pointer: which files hold a dataset of a business date, by version. Readers pin the newest they see."""

    __tablename__ = "published"
    row_scope = RowScope(public=True)
    dataset: Mapped[str] = mapped_column(primary_key=True)
    business_date: Mapped[dt.date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    files: Mapped[list[str]] = mapped_column(JSONB)
    row_count: Mapped[int]
    content_hash: Mapped[str]
    flagged: Mapped[bool] = mapped_column(server_default=text("false"))
    published_at: Mapped[recorded]
    vacuumed_at: Mapped[instant | None]
    __table_args__ = (Index("ix_published_date", "business_date"),)


class SourceConfig(Base):
    """Where a nightly run downloads from: which adapter, which folder, which options."""

    __tablename__ = "source_config"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    adapter: Mapped[str]  # berka, demo, demo_insurer, folder
    location: Mapped[str] = mapped_column(server_default="")
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    family: Mapped[str] = mapped_column(server_default="bank")  # what it delivers: accounts, or policies
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    first_date: Mapped[dt.date | None]
    last_date: Mapped[dt.date | None]
    __table_args__ = (CheckConstraint("family in ('bank', 'insurer')", name="family"),)


class Heartbeat(Base):
    """The last sign of life of a process."""

    __tablename__ = "heartbeat"
    row_scope = RowScope(public=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    beat_at: Mapped[instant]
    detail: Mapped[str] = mapped_column(server_default="")
