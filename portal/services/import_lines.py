"""Carrying out the lines of a file one by one, each on its own: a wrong line says why and leaves nothing behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.models.base import FAR_FUTURE
from portal.permissions import Forbidden
from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.record import NotFound, Record
from portal.query.records import by_identity, one
from portal.query.resource import Field, Resource
from portal.query.sharing import percent_text
from portal.query.subjects import Subject, find, key_of
from portal.services.drafts import changed_draft
from portal.services.import_sheet import Wanted, places_of, wanted_of
from portal.services.records import change, check_now, create
from portal.services.refusal import Refusal, refusal_of
from portal.services.spreadsheets import Sheet
from portal.services.values import Offered, day_from
from portal.services.writer import Writer

State = Literal["new", "changed", "same", "wrong"]
OFFERED_AS = {"institutions": "institution", "people": "person", "roles": "role", "ftp-curves": "curve"}


@dataclass(frozen=True, slots=True)
class ImportLine:
    """What one line of a file does: `changes` are (field, from, to), `problem` says in which column what is wrong."""

    row: int
    state: State
    name: str
    first_day: dt.date | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    column: str = ""
    problem: str = ""


@dataclass(slots=True)
class _Course:
    """What carrying out needs along the way."""

    writer: Writer
    reader: Reader
    resource: Resource
    today: dt.date
    reason: str
    known: dict[tuple[str, ...], Record]  # as they were before
    written: dict[tuple[str, ...], str] = field(default_factory=dict)  # keys of what this file has touched
    offered: dict[dt.date, Offered] = field(default_factory=dict)

    def offers(self, day: dt.date) -> Offered:
        if day not in self.offered:
            self.offered[day] = Offered(self.reader, day)
        return self.offered[day]


def carry_out(
    writer: Writer, resource: Resource, sheet: Sheet, today: dt.date, reason: str = ""
) -> tuple[ImportLine, ...]:
    """Do what each line says, each in a savepoint of its own; a line may refer to one further down.

    Raises:
        BadFile: a heading is unknown or one that is needed is missing.
    """
    places = places_of(resource, sheet)
    reader = Reader(writer.actor, writer.session)
    known = {} if resource.parted else by_identity(reader, resource, today)
    course = _Course(writer, reader, resource, today, reason or _("Import"), known)
    wanted = wanted_of(resource, sheet, places, today)
    done: dict[int, ImportLine] = {}
    waiting = wanted
    while waiting:
        left: list[Wanted] = []
        new = {each.identity for each in waiting}
        for each in waiting:
            line = _carried(course, each)
            if line.state == "wrong" and _names_one_of(course, each, line, new - {each.identity}):
                left.append(each)
            else:
                done[each.row] = line
        if len(left) == len(waiting):
            done |= {each.row: _carried(course, each) for each in left}
            break
        waiting = left
    return tuple(done[row] for row in sorted(done))


def _carried(course: _Course, each: Wanted) -> ImportLine:
    """Do what one line says; what goes wrong is its problem alone."""
    name = " ".join(each.identity)
    if each.problem is not None:
        column, sentence = each.problem
        return ImportLine(each.row, "wrong", name, column=column, problem=sentence)
    try:
        with course.writer.session.begin_nested():
            line = _written(course, each, name)
            if course.resource.parted and line.state != "same":
                check_now(course.writer, course.resource)
            return line
    except Refusal as refusal:
        first, *others = refusal.all
        line = _wrong(course, each, name, first.sentence, first.field)
        return replace(line, problem=" ".join((line.problem, *(other.sentence for other in others))))
    except IntegrityError as error:
        broken = refusal_of(error, course.resource)
        return _wrong(course, each, name, broken.sentence, broken.field)
    except (Forbidden, NotFound):
        return _wrong(course, each, name, _("This lies outside what you may change."), "")


def _wrong(course: _Course, each: Wanted, name: str, sentence: str, field_name: str) -> ImportLine:
    known = course.resource.by_name.get(field_name)
    column = str(known.title) if known is not None else _("Valid from") if field_name == "valid_from" else ""
    return ImportLine(each.row, "wrong", name, each.first_day, (), column, sentence.removeprefix(f"{column}: "))


def _written(course: _Course, each: Wanted, name: str) -> ImportLine:
    resource, offered = course.resource, course.offers(each.first_day)
    day = each.first_day if resource.dated else None
    record = _present(course, each)
    if record is None:
        _check_end(each, None)
        key = create(
            course.writer, resource, each.given, first_day=day, reason=course.reason, offered=offered, coded=True
        )
        course.written[each.identity] = key
        _offer(course, each, key)
        return ImportLine(each.row, "new", name, day, _first_values(resource, each.given))
    _check_end(each, record)
    given = {field: value for field, value in each.given.items() if resource.by_name[field].editable}
    draft = changed_draft(resource, record, given, offered, course.today, coded=True)
    if not draft.values:
        return ImportLine(each.row, "same", name, day)
    changes = tuple((str(one.title), _before(record, one), _shown(each.given[one.name])) for one in draft.changed)
    change(course.writer, resource, record.key, given, first_day=day, reason=course.reason, offered=offered, coded=True)
    course.written[each.identity] = record.key
    return ImportLine(each.row, "changed", name, day, changes)


def _present(course: _Course, each: Wanted) -> Record | None:
    """The record a line is about, as it is on the line's day."""
    resource = course.resource
    if resource.parted:
        return _shared(course, each)
    if each.identity in course.written:
        return one(course.reader, resource, course.written[each.identity], each.first_day)
    record = course.known.get(each.identity)
    if record is None or not resource.dated:
        return record
    if (
        record.valid_from is not None
        and record.valid_to is not None
        and record.valid_from <= each.first_day < record.valid_to
    ):
        return record
    return one(course.reader, resource, record.key, each.first_day)


def _shared(course: _Course, each: Wanted) -> Record | None:
    try:
        subject: Subject | None = find(course.reader, each.identity[0])
    except NotPublished as error:
        raise Refusal(_("no customers are known yet; run the nightly first."), "subject") from error
    if subject is None:
        raise Refusal(_("There is no such customer or account among yours."), "subject")
    key = key_of(subject.customer_id, subject.account_id, each.identity[1])
    try:
        record = one(course.reader, course.resource, key, each.first_day)
    except NotFound:
        return None
    ended = record.valid_to is not None and record.valid_to <= each.first_day
    return None if ended else record


def _check_end(each: Wanted, record: Record | None) -> None:
    """A file changes what begins; what ends is ended in the form, where one sees what hangs on it."""
    if each.last in (None, ""):
        return
    day = day_from(each.last)
    if each.last == FAR_FUTURE or str(each.last).startswith("9999") or (record is not None and day == record.valid_to):
        return
    raise Refusal(_("The end of a period is not imported; end the record in its form."), "valid_to")


def _offer(course: _Course, each: Wanted, key: str) -> None:
    """What was made a moment ago may be referred to by the lines that follow."""
    reference = OFFERED_AS.get(course.resource.key)
    if reference is not None:
        for offered in course.offered.values():
            offered.add(reference, each.identity[0], int(key))


def _names_one_of(course: _Course, each: Wanted, line: ImportLine, pending: set[tuple[str, ...]]) -> bool:
    """Whether a line went wrong over something that stands further down in the file."""
    references = [one for one in course.resource.given if one.reference == OFFERED_AS.get(course.resource.key)]
    return any(str(one.title) == line.column and (str(each.given.get(one.name)),) in pending for one in references)


def _first_values(resource: Resource, given: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (str(resource.by_name[name].title), "", _shown(value))
        for name, value in given.items()
        if value not in (None, "")
    )


def _before(record: Record, each: Field) -> str:
    if each.kind == "parts":
        return record.labels.get("parts", "")
    if each.name in record.codes:
        return record.codes[each.name]
    return _shown(record.values.get(each.name))


def _shown(value: Any) -> str:
    """A value as the preview shows it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(f"{part['person']} {_ratio_shown(part['ratio'])}" for part in value)
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _ratio_shown(ratio: Any) -> str:
    return percent_text(ratio) if isinstance(ratio, Decimal) else str(ratio)
