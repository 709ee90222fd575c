"""How a record came to be what it is: the periods it went through, and who changed what when."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select

from portal.models.access import AuditEntry
from portal.query import sharing
from portal.query.ranks import titles_of
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.record import Record
from portal.query.references import choices, titles
from portal.query.resource import Field, Reach, Resource
from portal.query.sharing import parts_text, percent_text

MOST_CHANGES = 50
NO_CHANGE = ("refused", "export", "log in", "log in refused", "log out", "change settings")
CODED = {  # what services log by code: of which reference the codes are
    "role": "role", "roles": "role", "permissions": "permission", "added": "permission", "taken": "permission",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """What held during some days: the text of each dated field; `changed` names those that differ from before."""

    valid_from: dt.date
    valid_to: dt.date
    texts: dict[str, str]
    changed: tuple[str, ...]
    recorded_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the audit log about a record."""

    id: int
    recorded_at: dt.datetime
    actor: str
    action: str
    content: dict[str, Any]


def periods(reader: Reader, resource: Resource, record: Record, on: dt.date) -> list[Moment]:
    """The periods of a dated record the actor may see, newest first; names are those of a day."""
    if not resource.dated:
        return []
    if resource.parted:
        _subject, _role, rows = sharing.rows_of(reader, resource, record.key)
        spans = [
            (one.valid_from, one.valid_to, {"parts": parts_text(reader, one.parts, on)}, one.recorded_at)
            for one in sharing.splits_of(rows)
        ]
    else:
        spans = _period_rows(reader, resource, record, on)
    found: list[Moment] = []
    before: dict[str, str] = {}
    for valid_from, valid_to, texts, recorded_at in spans:
        changed = tuple(name for name, text in texts.items() if before and text != before.get(name))
        found.append(Moment(valid_from, valid_to, texts, changed, recorded_at))
        before = texts
    return found[::-1]


def version(record: Record, past: list[Moment]) -> str:
    """Changes whenever anything about a record does, on whatever day: a form saved over another change is noticed."""
    told = [record.version, *(f"{each.valid_from} {each.valid_to} {sorted(each.texts.items())}" for each in past)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]


def changes(reader: Reader, resource: Resource, record: Record, on: dt.date) -> list[Change]:
    """Who changed a record, newest first. What stood in other branches' rows stays there: see `_within_reach`."""
    table, code = resource.model.__tablename__, str(record.values.get("code"))
    own = and_(AuditEntry.subject == resource.key, AuditEntry.subject_key == record.key)
    names = (record.key, code, str(record.values.get(resource.named_by) or ""))
    guarded = and_(AuditEntry.subject == table, AuditEntry.subject_key.in_(names))
    wanted = (
        select(AuditEntry)
        .where(or_(own, guarded), AuditEntry.action.not_in(NO_CHANGE))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_CHANGES)
    )
    return [
        Change(row.id, row.recorded_at, row.actor, row.action, _told(reader, resource, row.content, on))
        for row in reader.session.scalars(wanted)
    ]


def _told(reader: Reader, resource: Resource, content: dict[str, Any], on: dt.date) -> dict[str, Any]:
    return _named(reader, resource, _within_reach(reader, resource, content), on)


def _within_reach(reader: Reader, resource: Resource, content: dict[str, Any]) -> dict[str, Any]:
    """Without the fields that lead to rows of their own scope: a former position, the parts of another branch."""
    if reader.actor.scope.all or resource.reach is not Reach.ROWS:
        return content
    apart = {each.name for each in resource.fields if resource.in_period(each) or resource.parted}
    return {name: value for name, value in content.items() if name not in apart}


def _named(reader: Reader, resource: Resource, content: dict[str, Any], on: dt.date) -> dict[str, Any]:
    """The content with names in place of the ids that some services log."""
    told = dict(content)
    for each in resource.fields:
        for name in {each.name, each.attribute} & content.keys() if each.reference else ():
            value = content[name]
            ids = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, int)]
            named = titles(reader.session, reader.actor, each.reference, ids, on) if ids else {}
            shown = [named.get(str(one), ("", one))[1] for one in (value if isinstance(value, list) else [value])]
            told[name] = shown if isinstance(value, list) else shown[0]
    for name in CODED.keys() & content.keys():
        if name not in resource.by_name or not resource.by_name[name].options:
            called = {one.code: one.label for one in choices(reader.session, reader.actor, CODED[name], on)}
            value = content[name]
            told[name] = (
                [called.get(str(one), one) for one in value]
                if isinstance(value, list)
                else called.get(str(value), value)
            )
    return told


def _period_rows(reader: Reader, resource: Resource, record: Record, on: dt.date) -> list[Any]:
    identity = int(record.key)
    table: Any = resource.period
    wanted = (
        select(table)
        .where(getattr(table, resource.link) == identity, within(reader.actor, table))
        .order_by(table.valid_from)
    )
    rows = reader.session.scalars(wanted).all()
    dated = [each for each in resource.fields if resource.in_period(each)]
    columns = {each.name: _texts(reader, each, [getattr(row, each.attribute) for row in rows], on) for each in dated}
    return [
        (row.valid_from, row.valid_to, {name: texts[place] for name, texts in columns.items()}, row.recorded_at)
        for place, row in enumerate(rows)
    ]


def _texts(reader: Reader, each: Field, values: list[Any], on: dt.date) -> list[str]:
    """Values as a person reads them."""
    if each.reference:
        named = titles(
            reader.session, reader.actor, each.reference, {value for value in values if value is not None}, on
        )
        return [named.get(str(value), ("", ""))[1] for value in values]
    if each.kind in ("ratio", "interest"):
        return ["" if value is None else percent_text(value) for value in values]
    options = {value: str(title) for value, title in each.options}
    if each.called:
        options = titles_of(reader, each.called, on)
    return ["" if value is None else options.get(str(value), str(value)) for value in values]
