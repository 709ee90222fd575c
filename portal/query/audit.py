"""Reading the audit log: who did what, when, to which record; and whether the chain is whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from portal.access import audit
from portal.access.identity import day_begins
from portal.models.access import AuditEntry
from portal.permissions import Permission
from portal.query.history import Change
from portal.query.paging import page_within
from portal.query.reader import Reader
from portal.query.record import is_number

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class AuditView:
    """What of the log is asked for; empty means all. Days are those of the installation's zone, both included."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    key: str = ""
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class AuditRow(Change):
    """One row with what it was about and its seal."""

    subject: str
    subject_key: str
    hash: str
    previous_hash: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some rows, newest first, and how many there are in all."""

    rows: tuple[AuditRow, ...]
    total: int
    page: int


def page_of(reader: Reader, view: AuditView) -> AuditPage:
    """One page of the log. Raises Forbidden without the permission."""
    reader.allow(Permission.AUDIT_VIEW)
    conditions = _conditions(view)
    total = reader.session.scalar(select(func.count(AuditEntry.id)).where(*conditions)) or 0
    page = page_within(view.page, total, PAGE_SIZE)
    wanted = select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc())
    rows = reader.session.scalars(wanted.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return AuditPage(tuple(_row(entry) for entry in rows), total, page)


def entry(reader: Reader, number: str) -> AuditRow | None:
    """One row by its number; None when there is none. Raises Forbidden without the permission."""
    reader.allow(Permission.AUDIT_VIEW)
    found = reader.session.get(AuditEntry, int(number)) if is_number(number) else None
    return _row(found) if found is not None else None


def kinds(reader: Reader) -> tuple[list[str], list[str]]:
    """The actions and the subjects there are, by name. Raises Forbidden without the permission."""
    reader.allow(Permission.AUDIT_VIEW)
    actions = reader.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)).all()
    subjects = reader.session.scalars(select(AuditEntry.subject).distinct().order_by(AuditEntry.subject)).all()
    return list(actions), list(subjects)


def problems(reader: Reader) -> tuple[list[str], int]:
    """What is wrong with the chain, as sentences, and how many rows it has. Raises Forbidden without the permission."""
    reader.allow(Permission.AUDIT_VIEW)
    return audit.verify(reader.session), audit.head(reader.session).id


def _conditions(view: AuditView) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if view.actor:
        conditions.append(AuditEntry.actor.icontains(view.actor, autoescape=True))
    for column, wanted in (
        (AuditEntry.action, view.action),
        (AuditEntry.subject, view.subject),
        (AuditEntry.subject_key, view.key),
    ):
        if wanted:
            conditions.append(column == wanted)
    if view.first_day is not None:
        conditions.append(AuditEntry.recorded_at >= day_begins(view.first_day))
    if view.last_day is not None:
        conditions.append(AuditEntry.recorded_at < day_begins(view.last_day + dt.timedelta(days=1)))
    return conditions


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        id=entry.id,
        recorded_at=entry.recorded_at,
        actor=entry.actor,
        action=entry.action,
        content=entry.content,
        subject=entry.subject,
        subject_key=entry.subject_key,
        hash=entry.hash,
        previous_hash=entry.previous_hash,
    )
