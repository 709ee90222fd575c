"""Reading the records of a Resource: lists with search, order and pages, and one record. Always as the actor may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from portal.access import audit
from portal.access.identity import HOUSE, subtree
from portal.database import database
from portal.models.among import among
from portal.permissions import Actor, Permission
from portal.query import sharing, subjects
from portal.query.paging import page_within
from portal.query.ranks import titles_of
from portal.query.reach import changeable, visible, within
from portal.query.reader import Reader
from portal.query.record import LARGEST_PAGE, NotFound, Page, Record, View, identity_of, is_number, number_of
from portal.query.references import code_of, depth_of, label_of, titles
from portal.query.resource import Field, Resource

MOST_EXPORTED = 100_000


def page_of(reader: Reader, resource: Resource, view: View) -> Page:
    """One page of a list."""
    reader.allow(resource.view)
    wanted = _limited(reader, resource, view)
    total = reader.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    size = min(max(view.size, 1), LARGEST_PAGE)
    page = page_within(view.page, total, size)
    wanted = wanted.order_by(*_order(reader, resource, view)).limit(size).offset((page - 1) * size)
    return Page(_records(reader, resource, wanted, view.on), total, page, size)


def exported(reader: Reader, resource: Resource, view: View) -> tuple[Record, ...]:
    """All records of a list, up to `MOST_EXPORTED`."""
    reader.allow(resource.view)
    reader.allow(Permission.REPORT_EXPORT)
    wanted = _limited(reader, resource, view).order_by(*_order(reader, resource, view)).limit(MOST_EXPORTED)
    return _records(reader, resource, wanted, view.on)


def one(reader: Reader, resource: Resource, key: str, on: dt.date) -> Record:
    """One record as it is on a day; of a dated one the nearest period when none holds that day.

    Raises:
        NotFound: there is none, or the actor may not see it.
    """
    reader.allow(resource.view)
    if resource.parted:
        return sharing.shared(reader, resource, key, on)
    wanted = _selected(reader, resource, on).where(_id(resource) == number_of(resource, key))
    found = _records(reader, resource, wanted, on)
    if not found:
        raise NotFound(resource, key)
    return found[0]


def may_change(reader: Reader, resource: Resource, key: str, on: dt.date) -> bool:
    """Whether the actor may change this record: the permission, and the record inside the scope he decides over."""
    if not reader.actor.may(resource.edit):
        return False
    if resource.parted:
        return True
    wanted = select(_id(resource)).where(
        _id(resource) == number_of(resource, key), changeable(resource, reader.actor, on)
    )
    return reader.session.scalar(wanted) is not None


def by_identity(reader: Reader, resource: Resource, on: dt.date) -> dict[tuple[str, ...], Record]:
    """Every visible record by the fields that identify it, for comparing a file with what is there."""
    reader.allow(resource.view)
    found = _records(reader, resource, _selected(reader, resource, on), on)
    return {identity_of(resource, record.values, record.codes): record for record in found}


def tell_refusal(actor: Actor, missing: NotFound) -> None:
    """Record that someone asked for what is not there for him, in a transaction of its own."""
    with database().transaction(HOUSE) as session:
        audit.record(session, actor, "refused", missing.resource.key, missing.key, {"reason": "outside the data scope"})


def masked(text: str) -> str:
    """A private text with only its ends left: `138 **** 7788` stays recognisable to whoever knows it."""
    if len(text) < 8:
        return "****" if text else ""
    return f"{text[:3]}****{text[-2:]}"


def _table(resource: Resource) -> Any:
    """A resource's table, whose columns only its declaration knows."""
    return resource.model


def _id(resource: Resource) -> Any:
    return _table(resource).id


def _attribute(resource: Resource, each: Field) -> Any:
    return getattr(resource.table_of(each), each.attribute)


def _selected(reader: Reader, resource: Resource, on: dt.date, *, holding: bool = False) -> Select[Any]:
    """The columns of a resource on a day, of the records the actor may read; with `holding`, of those that hold then."""
    columns: list[ColumnElement[Any]] = [_id(resource).label("id")]
    for each in resource.fields:
        if each.kind == "subject":
            columns += [_table(resource).customer_id, _table(resource).account_id]
        if not each.has_column:
            continue
        column = _attribute(resource, each)
        columns.append(column.label(each.name))
        if each.reference:
            columns.append(label_of(each.reference, column, reader.actor.language, on).label(f"{each.name}:label"))
            columns.append(code_of(each.reference, column).label(f"{each.name}:code"))
    seen = visible(resource, reader.actor, on)
    period: Any = resource.dated_table
    if period is None:
        return select(*columns).where(seen)
    wanted = select(*columns, period.valid_from.label("valid_from"), period.valid_to.label("valid_to")).where(seen)
    holds = and_(period.valid_from <= on, period.valid_to > on)
    if resource.period is None:
        return wanted.where(holds) if holding else wanted
    if holding:
        own = and_(getattr(period, resource.link) == _id(resource), holds, within(reader.actor, resource.period))
        return wanted.select_from(resource.model).join(period, own)
    return wanted.select_from(resource.model).outerjoin(period, period.id == _nearest_period(reader, resource, on))


def _nearest_period(reader: Reader, resource: Resource, on: dt.date) -> Any:
    """The period of a record that holds on a day, else the last one before, else the first one after."""
    near: Any = aliased(resource.held_in)
    rank = case((and_(near.valid_from <= on, near.valid_to > on), 0), (near.valid_from <= on, 1), else_=2)
    return (
        select(near.id)
        .where(getattr(near, resource.link) == _id(resource), within(reader.actor, resource.held_in, near))
        .order_by(rank, func.abs(near.valid_from - on))
        .limit(1)
        .correlate(resource.model)
        .scalar_subquery()
    )


def _limited(reader: Reader, resource: Resource, view: View) -> Select[Any]:
    """The records a view asks for, in no order."""
    wanted = _selected(reader, resource, view.on, holding=view.shown == "current")
    table: Any = resource.dated_table
    if table is not None and view.shown == "other":
        wanted = wanted.where(or_(table.id.is_(None), table.valid_from > view.on, table.valid_to <= view.on))
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in view.search).split())[:100]
    if words:
        wanted = wanted.where(_sought(reader, resource, words, view.on))
    for name, asked in view.filters.items():
        each = resource.by_name.get(name)
        if each is not None and each.filtered and asked:
            wanted = wanted.where(_filtered(reader, resource, each, asked, view.on))
    return wanted


def _sought(reader: Reader, resource: Resource, words: str, on: dt.date) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    for each in (each for each in resource.fields if each.sought):
        if each.kind == "subject":
            ways.append(subjects.sought(reader, resource, words))
            continue
        column = _attribute(resource, each)
        if each.reference:
            ways.append(label_of(each.reference, column, reader.actor.language, on).icontains(words, autoescape=True))
            column = code_of(each.reference, column)
        ways.append(column.icontains(words, autoescape=True))
    return or_(*ways) if ways else true()


def _filtered(reader: Reader, resource: Resource, each: Field, asked: str, on: dt.date) -> ColumnElement[bool]:
    """One filter of the address; a value that cannot be finds nothing."""
    column = _attribute(resource, each)
    condition: ColumnElement[bool] = literal(False)
    if each.kind == "flag":
        condition = column.is_(asked == "yes")
    elif each.kind == "date":
        condition = func.to_char(column, "YYYY-MM-DD").startswith(asked, autoescape=True)
    elif not each.reference:
        condition = column == asked
    elif each.kind == "tree" and is_number(asked):
        condition = among(column, subtree(reader.session, [int(asked)], on))
    elif is_number(asked):
        condition = column == int(asked)
    return condition if asked.isprintable() else literal(False)


def _order(reader: Reader, resource: Resource, view: View) -> list[ColumnElement[Any]]:
    asked = resource.by_name.get(view.sort)
    if asked is None or not asked.has_column:
        asked = resource.by_name[resource.sorted_by]
    column: Any = _attribute(resource, asked)
    if asked.reference == "level":
        column = depth_of(column)
    elif asked.reference:
        column = label_of(asked.reference, column, reader.actor.language, view.on)
    first = resource.by_name[resource.identified_by[0]]
    then = [_attribute(resource, first)] if first.has_column else []
    return [column.desc().nulls_last() if view.descending else column.asc().nulls_last(), *then, _id(resource)]


def _records(reader: Reader, resource: Resource, wanted: Select[Any], on: dt.date) -> tuple[Record, ...]:
    found = [_record(resource, row) for row in reader.session.execute(wanted).mappings()]
    for each in resource.fields:
        if each.private and not reader.actor.may(resource.edit):
            for record in found:
                record.values[each.name] = masked(str(record.values[each.name] or ""))
        if each.kind == "set":
            _fill_set(reader, each, found, on)
        elif each.kind == "subject":
            subjects.name_subjects(reader, each, found)
        elif each.called:
            called = titles_of(reader, each.called, on)
            for record in found:
                code = str(record.values[each.name] or "")
                record.labels[each.name] = called.get(code, code)
    return tuple(found)


def _record(resource: Resource, row: RowMapping) -> Record:
    values = {each.name: row[each.name] for each in resource.fields if each.has_column}
    key = str(row["id"])
    if resource.parted:
        values |= {"customer_id": row["customer_id"], "account_id": row["account_id"]}
        key = subjects.key_of(row["customer_id"], row["account_id"], row["role"])
    references = [each.name for each in resource.fields if each.reference and each.has_column]
    return Record(
        key=key,
        values=values,
        labels={name: row[f"{name}:label"] or "" for name in references},
        codes={name: row[f"{name}:code"] or "" for name in references},
        valid_from=row.get("valid_from"),
        valid_to=row.get("valid_to"),
    )


def _fill_set(reader: Reader, each: Field, found: Iterable[Record], on: dt.date) -> None:
    """The members of a set field, with their names in one text and their codes in another."""
    table, own, other = each.members
    members: dict[str, list[Any]] = {record.key: [] for record in found}
    owner, member = getattr(table, own), getattr(table, other)
    listed = select(owner, member).where(owner.in_([int(key) for key in members])).order_by(member)
    for key, value in reader.session.execute(listed):
        members[str(key)].append(value)
    named = titles(
        reader.session, reader.actor, each.reference, {value for some in members.values() for value in some}, on
    )
    for record in found:
        record.values[each.name] = frozenset(members[record.key])
        shown = [named[str(value)] for value in members[record.key] if str(value) in named]
        record.members[each.name] = tuple(name for _code, name in shown)
        record.labels[each.name] = ", ".join(record.members[each.name])
        record.codes[each.name] = "; ".join(code for code, _name in shown)
