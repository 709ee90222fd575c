"""Writing the records of a Resource: make, change from a day on, end, remove. Each is permission, rule, change, audit.

What a resource checks beyond its declaration stands in `portal.services.areas`; users, roles and shares are written by
services of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from portal.access.identity import today as calendar_day
from portal.models.base import Base
from portal.permissions import Actor, Forbidden
from portal.query import places
from portal.query.history import periods as periods_of
from portal.query.history import version
from portal.query.reader import Reader
from portal.query.record import Record, number_of
from portal.query.records import may_change, one
from portal.query.resource import Reach, Resource
from portal.services import periods
from portal.services.areas import AREAS, Area
from portal.services.drafts import Draft, changed_draft, new_draft
from portal.services.periods import Span
from portal.services.recalculation import recalculate_from
from portal.services.refusal import Refusal, reason_of, refusal_of
from portal.services.values import EARLIEST, LATEST, Offered
from portal.services.writer import Writer, writing


@contextmanager
def saving(actor: Actor, resource: Resource) -> Iterator[Writer]:
    """A transaction whose last rules (shares total 100 %) answer with a sentence instead of failing at its end.

    Raises:
        Refusal: a rule that the database upholds was broken; nothing was written.
    """
    try:
        with writing(actor) as writer:
            yield writer
            check_now(writer, resource)
    except IntegrityError as error:
        raise refusal_of(error, resource) from error
    places.forget()


def check_now(writer: Writer, resource: Resource) -> None:
    """Have the rules checked that PostgreSQL otherwise checks when the transaction ends."""
    try:
        writer.session.flush()
        writer.session.execute(text("set constraints all immediate"))
        writer.session.execute(text("set constraints all deferred"))
    except IntegrityError as error:
        raise refusal_of(error, resource) from error


def create(
    writer: Writer,
    resource: Resource,
    given: Mapping[str, Any],
    *,
    first_day: dt.date | None = None,
    reason: str = "",
    offered: Offered | None = None,
    coded: bool = False,
) -> str:
    """Make a record and give back its key.

    Raises:
        Forbidden: the actor lacks the permission, or decides over part of the house only.
        Refusal: a value or a rule says no.
    """
    allow_editing(writer, resource)
    today = calendar_day()
    offered = offered or Offered(Reader(writer.actor, writer.session), first_day or today)
    draft = replace(new_draft(resource, given, offered, today, coded=coded), reason=reason_of(reason))
    _check_day(resource, draft.first_day)
    area = AREAS.get(resource.key, Area())
    if area.create is not None:
        return area.create(writer, draft)
    if area.before is not None:
        area.before(writer, draft)
    row: Any = resource.model(**_columns(resource, draft, resource.model))
    writer.session.add(row)
    _flush(writer, resource)
    identity: int = row.id
    return _store(writer, draft, area, identity, "create")


def change(
    writer: Writer,
    resource: Resource,
    key: str,
    given: Mapping[str, Any],
    *,
    first_day: dt.date | None = None,
    reason: str = "",
    seen: str = "",
    offered: Offered | None = None,
    coded: bool = False,
) -> bool:
    """Change a record, its dated fields from `first_day` on. Gives back whether anything differed.

    `seen` is the version the person had before him; when the record is another by now, nothing is written.

    Raises:
        NotFound, Forbidden: the record is not there, or not the actor's to change.
        Refusal: a value or a rule says no.
    """
    allow_editing(writer, resource)
    today = calendar_day()
    reader = Reader(writer.actor, writer.session)
    offered = offered or Offered(reader, first_day or today)
    present = _locked(writer, reader, resource, key, offered.on, today)
    if seen and seen != version(present, periods_of(reader, resource, present, offered.on)):
        raise Refusal(_("Someone changed this in the meantime. Look at it again before you save."))
    draft = changed_draft(resource, present, given, offered, today, coded=coded)
    draft = replace(draft, reason=reason_of(reason))
    if not draft.values:
        return False
    _check_day(resource, draft.first_day)
    if not draft.reason and draft.reaches_back:
        raise Refusal(_("This changes days that have passed: give a reason."), "reason")
    area = AREAS.get(resource.key, Area())
    if area.change is not None:
        area.change(writer, draft)
        return True
    if area.before is not None:
        area.before(writer, draft)
    identity = number_of(resource, key)
    row: Any = writer.session.get(resource.model, identity)
    for name, value in _columns(resource, draft, resource.model).items():
        setattr(row, name, value)
    _flush(writer, resource)
    _store(writer, draft, area, identity, "change")
    return True


def end(writer: Writer, resource: Resource, key: str, from_day: dt.date, reason: str = "") -> None:
    """Let a dated record hold no more from a day on; later planned changes are taken back.

    Raises:
        NotFound, Forbidden: the record is not there, or not the actor's to change.
        Refusal: it cannot end then; the sentence says why.
    """
    allow_editing(writer, resource)
    today = calendar_day()
    _check_day(resource, from_day)
    reader = Reader(writer.actor, writer.session)
    present = _locked(writer, reader, resource, key, from_day, today)
    if not reason_of(reason) and from_day < today:
        raise Refusal(_("This changes days that have passed: give a reason."), "reason")
    area = AREAS.get(resource.key, Area())
    draft = Draft(resource, present, {}, Offered(reader, from_day), today, reason_of(reason))
    if area.end is not None:
        area.end(writer, draft)
    elif resource.period is None:
        raise Refusal(_("This is not dated, so it does not end."))
    else:
        if area.before is not None:
            area.before(writer, draft)
        identity = number_of(resource, key)
        span = periods.end(writer.session, resource.period, resource.link, identity, from_day, today)
        if area.ended is not None:
            area.ended(writer, draft, identity, span)
        if resource.feeds:
            _ask_anew(writer, draft, area, identity, span)
        writer.record("end", resource.key, key, {"valid_to": from_day, "reason": reason})


def remove(writer: Writer, resource: Resource, key: str, reason: str = "") -> None:
    """Delete a record of a resource that allows it; the audit log keeps what it said.

    Raises:
        NotFound, Forbidden: the record is not there, or not the actor's to change.
        Refusal: it is still used, or records of this kind are never removed.
    """
    allow_editing(writer, resource)
    if not resource.removable:
        raise Refusal(_("Records of this kind are never removed."))
    today = calendar_day()
    reader = Reader(writer.actor, writer.session)
    present = _locked(writer, reader, resource, key, today, today)
    draft = Draft(resource, present, {}, Offered(reader, today), today, reason_of(reason))
    area = AREAS.get(resource.key, Area())
    if area.remove is not None:
        area.remove(writer, draft)
        return
    content = {name: present.codes.get(name) or value for name, value in present.values.items()}
    row = writer.session.get(resource.model, number_of(resource, key))
    writer.session.delete(row)
    _flush(writer, resource)
    writer.record("remove", resource.key, key, content | {"reason": reason})


def allow_editing(writer: Writer, resource: Resource) -> None:
    """The permission; and what is one for the whole house is changed only by who sees the whole house."""
    writer.allow(resource.edit)
    if resource.reach in (Reach.HOUSE, Reach.PERSON) and not writer.actor.scope.all:
        raise Forbidden(resource.edit, writer.actor)


def _locked(writer: Writer, reader: Reader, resource: Resource, key: str, on: dt.date, today: dt.date) -> Record:
    """The record as it is on a day, kept for this transaction alone."""
    if not resource.parted:
        table: Any = resource.model
        writer.session.execute(select(table.id).where(table.id == number_of(resource, key)).with_for_update())
    present = one(reader, resource, key, on)
    if not may_change(reader, resource, key, today):
        raise Forbidden(resource.edit, writer.actor)
    return present


def _store(writer: Writer, draft: Draft, area: Area, identity: int, action: str) -> str:
    """Sets and periods of a record whose own row is there, the rules after it, and the audit row."""
    resource = draft.resource
    for each in draft.changed:
        if each.kind == "set" and each.through is not None:
            _keep_members(writer, each.through, identity, draft.values[each.name])
    span = None
    if resource.period is not None:
        dated = {each.attribute: draft.value(each.name) for each in resource.fields if resource.in_period(each)}
        if any(resource.in_period(each) for each in draft.changed):
            write = periods.begin if draft.present is None else periods.hold
            try:
                span = write(writer.session, resource.period, resource.link, identity, dated, draft.first_day)
            except IntegrityError as error:
                raise refusal_of(error, resource) from error
    if area.after is not None:
        area.after(writer, draft, identity, span)
    if any(each.feeds for each in draft.changed):
        _ask_anew(writer, draft, area, identity, span)
    writer.record(action, resource.key, str(identity), draft.told())
    return str(identity)


def _ask_anew(writer: Writer, draft: Draft, area: Area, identity: int, span: Span | None) -> None:
    """Have the figures computed anew that a change touches: from its day on, or from the day the resource says.

    A new record touches nothing that was computed before it was there, unless the resource says so.
    """
    first: dt.date | None = draft.first_day if draft.present is not None else None
    if area.touched is not None:
        first = area.touched(writer, draft, identity, span)
    if first is None:
        return
    for job in area.jobs(writer, draft, identity) if area.jobs is not None else [""]:
        recalculate_from(writer, first, told_of(draft), job)


def told_of(draft: Draft) -> str:
    """Which record was changed and why, for the run that computes its figures anew."""
    present, named = draft.present, draft.resource.identified_by
    if present is None:
        names = [str(draft.offered.code_of(each.reference, draft.value(each.name)) if each.reference else draft.value(each.name))
                 for each in map(draft.resource.by_name.__getitem__, named)]  # fmt: skip
    else:
        names = [str(present.codes.get(name) or present.values.get(name, "")) for name in named]
    told = " ".join([draft.resource.key, *names]).strip()
    return f"{told}: {draft.reason}" if draft.reason else told


def _columns(resource: Resource, draft: Draft, table: type[Base]) -> dict[str, Any]:
    """The draft's values that are columns of a table."""
    return {
        each.attribute: draft.values[each.name]
        for each in draft.changed
        if each.has_column and resource.table_of(each) is table
    }


def _keep_members(writer: Writer, through: tuple[type[Base], str, str], identity: int, members: frozenset[Any]) -> None:
    table, own, other = through
    writer.session.execute(delete(table).where(getattr(table, own) == identity))
    if members:
        writer.session.execute(insert(table), [{own: identity, other: member} for member in sorted(members)])


def _flush(writer: Writer, resource: Resource) -> None:
    try:
        writer.session.flush()
    except IntegrityError as error:
        raise refusal_of(error, resource) from error


def _check_day(resource: Resource, day: dt.date) -> None:
    if resource.dated and not EARLIEST <= day < LATEST:
        raise Refusal(_("The day must lie between %(first)s and %(last)s.", first=EARLIEST, last=LATEST), "valid_from")
