"""The audit chain: what was done or refused, each row sealed with a hash over itself and the row before.

Ids run 1, 2, 3 ... without gaps, under an advisory lock that is held until the transaction ends: write the entries of
a transaction last. The application's role may add rows and nothing else; whoever changes one as the owner breaks the
chain. Cutting off the newest rows leaves a shorter, sound chain: keep `head` outside the database to notice that too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.models.access import AuditEntry
from portal.permissions import Actor

AUDIT_LOCK = 7_301_002
BEFORE_THE_FIRST = "0" * 64
LONGEST_TEXT = 2_000
LONGEST_LIST = 500


class Head(NamedTuple):
    """The newest row of the chain."""

    id: int
    hash: str


def record(
    session: Session, actor: Actor, action: str, subject: str, subject_key: str, content: Mapping[str, Any]
) -> AuditEntry:
    """Add one row to the chain, in the caller's transaction."""
    return record_all(session, actor, [(action, subject, subject_key, content)])[0]


def record_all(
    session: Session, actor: Actor, told: Sequence[tuple[str, str, str, Mapping[str, Any]]]
) -> list[AuditEntry]:
    """Add rows to the chain with as many questions as one takes: (action, subject, key, content) each, in their order."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})
    last, moment = head(session), session.scalar(select(func.clock_timestamp()))
    entries = []
    for action, subject, subject_key, content in told:
        entry = AuditEntry(
            id=last.id + 1,
            recorded_at=moment,
            user_id=actor.user_id,
            actor=visible(actor.name),
            action=visible(action),
            subject=visible(subject),
            subject_key=visible(subject_key),
            content=storable(dict(content)),
            previous_hash=last.hash,
        )
        entry.hash = seal(entry)
        last = Head(entry.id, entry.hash)
        entries.append(entry)
    session.add_all(entries)
    session.flush()
    return entries


def head(session: Session) -> Head:
    """The newest row, or the point before the first."""
    row = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).one_or_none()
    return Head(row.id, row.hash) if row else Head(0, BEFORE_THE_FIRST)


def verify(session: Session, known: Head | None = None) -> list[str]:
    """What is wrong with the chain, as sentences; the first broken link of each kind is named. Empty means sound.

    `known` is a head noted earlier and kept elsewhere: it must still be a row of the chain.
    """
    query = select(AuditEntry).order_by(AuditEntry.id)
    with session.execute(query.execution_options(yield_per=2_000, populate_existing=True)) as rows:
        return _breaks(session, rows.scalars(), known)


def _breaks(session: Session, entries: Iterable[AuditEntry], known: Head | None) -> list[str]:
    last = Head(0, BEFORE_THE_FIRST)
    met = known is None or known.id == 0
    for entry in entries:
        if entry.id != last.id + 1:
            gap = f"row {last.id + 1} is" if entry.id == last.id + 2 else f"rows {last.id + 1} to {entry.id - 1} are"
            return [f"The audit log has a gap: {gap} missing."]
        if entry.previous_hash != last.hash:
            return [f"Audit row {entry.id} does not follow row {last.id}: one of them was replaced."]
        if seal(entry) != entry.hash:
            return [f"Audit row {entry.id} of {entry.recorded_at:%Y-%m-%d %H:%M} UTC was changed after it was written."]
        last = Head(entry.id, entry.hash)
        met = met or last == known
        session.expunge(entry)
    if not met and known is not None:
        return [f"The audit log ends at row {last.id}, but row {known.id} was there before: it was cut or rewritten."]
    return []


def seal(entry: AuditEntry) -> str:
    """The hash of a row: sha256 over the canonical JSON of its columns, the previous hash among them."""
    columns = {
        "id": entry.id,
        "recorded_at": entry.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "user_id": entry.user_id,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "subject_key": entry.subject_key,
        "content": entry.content,
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(json.dumps(columns, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def visible(value: str) -> str:
    """Text that cannot forge a line, colour a terminal or turn its direction: such characters are spelled out."""
    spelled = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in value)
    if len(spelled) <= LONGEST_TEXT:
        return spelled
    return f"{spelled[:LONGEST_TEXT]}… ({len(value)} characters)"


def storable(value: Any) -> Any:
    """A value as JSON that reads back the same from the database. Raises TypeError for what has no such form."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return storable(value.value)
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {visible(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        kept = [storable(item) for item in value[:LONGEST_LIST]]
        return kept if len(value) <= LONGEST_LIST else [*kept, f"… ({len(value)} entries)"]
    raise TypeError(f"The audit log has no form for a {type(value).__name__}.")
