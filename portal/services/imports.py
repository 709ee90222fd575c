"""Bringing in a file: first looked at line by line, then written as a whole or not at all.

The preview carries the file out in a transaction that is taken back, so it meets every rule the real import meets. Its
token binds the import to this file and to what the preview showed: when either differs, nothing is written.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.access.identity import today as calendar_day
from portal.models.access import AuditEntry
from portal.permissions import Actor
from portal.query.resource import Resource
from portal.services.import_lines import ImportLine, carry_out
from portal.services.records import allow_editing, saving
from portal.services.refusal import Refusal
from portal.services.spreadsheets import read_sheet
from portal.services.writer import Writer, writing

IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. `imported_as` is the number of the import that brought this very file in before."""

    lines: tuple[ImportLine, ...]
    token: str
    imported_as: int | None = None
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        return self.counts["wrong"]

    @property
    def writes(self) -> int:
        """How many lines would change something."""
        return self.counts["new"] + self.counts["changed"]


class _TakenBack(Exception):
    """Ends a transaction that was only a rehearsal."""


def preview(actor: Actor, resource: Resource, content: bytes) -> Preview:
    """What importing a file would do; nothing is written.

    Raises:
        Forbidden: the actor may not edit the resource.
        BadFile: the file as a whole is not taken.
    """
    with _rehearsal(actor) as writer:
        allow_editing(writer, resource)
        lines = carry_out(writer, resource, read_sheet(content), calendar_day())
        known = imported_as(writer.session, resource, content)
    return Preview(lines, token_of(content, lines), known, Counter(line.state for line in lines))


def apply(actor: Actor, resource: Resource, content: bytes, token: str, name: str = "") -> tuple[int, Preview]:
    """Write what the preview with this token showed; gives back the number of the import and what it did.

    Raises:
        Forbidden: the actor may not edit the resource.
        BadFile: the file as a whole is not taken.
        Refusal: the file was imported before, has wrong lines, or is not what the preview showed.
    """
    sheet = read_sheet(content)
    digest = hash_of(content)
    with saving(actor, resource) as writer:
        allow_editing(writer, resource)
        writer.session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": digest})
        before = imported_as(writer.session, resource, content)
        if before is not None:
            raise Refusal(_("This file is already imported as #%(number)s.", number=before))
        lines = carry_out(
            writer, resource, sheet, calendar_day(), reason=_("Import of %(name)s", name=name[:100] or "-")
        )
        done = Preview(lines, token_of(content, lines), None, Counter(line.state for line in lines))
        if done.wrong:
            raise Refusal(_("%(count)s lines are wrong; nothing was imported.", count=done.wrong))
        if done.token != token:
            raise Refusal(_("This is not what the preview showed. Look at the preview again."))
        if not done.writes:
            raise Refusal(_("The file changes nothing."))
        writer.record(IMPORT, resource.key, digest, {"file": name[:100], **done.counts})
    with _rehearsal(actor) as reading:
        number = imported_as(reading.session, resource, content)
    return number or 0, done


def imported_as(session: Session, resource: Resource, content: bytes) -> int | None:
    """The number (audit row) under which this very file was imported, None when it was not."""
    return session.scalar(
        select(AuditEntry.id)
        .where(
            AuditEntry.subject == resource.key,
            AuditEntry.subject_key == hash_of(content),
            AuditEntry.action == IMPORT,
        )
        .limit(1)
    )


def hash_of(content: bytes) -> str:
    """What identifies a file."""
    return hashlib.sha256(content).hexdigest()


def token_of(content: bytes, lines: tuple[ImportLine, ...]) -> str:
    """Binds a preview to its file and to what it showed."""
    return f"{hash_of(content)}.{hashlib.sha256(repr(lines).encode()).hexdigest()[:32]}"


@contextmanager
def _rehearsal(actor: Actor) -> Iterator[Writer]:
    """A transaction that is taken back at its end."""
    try:
        with writing(actor) as writer:
            yield writer
            raise _TakenBack
    except _TakenBack:
        return
