"""Sharing a customer or an account out among people, from a day on.

All parts of a subject and role are written together, so that they total 100 % on every day: a deferred trigger checks
it when the transaction ends, whoever wrote. An actor who sees only some of the parts replaces only those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select, text

from portal.models.base import FAR_FUTURE
from portal.models.organisation import Person, Position, Share
from portal.query.reach import within
from portal.query.sharing import Parts, about
from portal.query.subjects import Subject
from portal.services.periods import Span
from portal.services.recalculation import recalculate_from
from portal.services.refusal import Refusal
from portal.services.writer import Writer


def share_out(writer: Writer, subject: Subject, role: str, parts: Parts, first_day: dt.date) -> Span:
    """Let these parts hold from a day until the next change, in place of the visible ones; gives back those days."""
    rows = locked_rows(writer, subject, role)
    holding = [row for row in rows if row.valid_from <= first_day < row.valid_to]
    cuts = {day for row in rows for day in (row.valid_from, row.valid_to)}
    end = min((day for day in cuts if day > first_day), default=FAR_FUTURE)
    for row in holding:
        _cut_out(writer, row, first_day, end)
    for person, ratio in parts:
        for institution, valid_from, valid_to in _seats(writer, person, first_day, end):
            writer.session.add(
                Share(
                    customer_id=subject.customer_id, account_id=subject.account_id, role=role, person_id=person,
                    institution_id=institution, ratio=ratio, valid_from=valid_from, valid_to=valid_to,
                )
            )  # fmt: skip
    writer.session.flush()
    recalculate_from(writer, first_day, _told(subject, role))
    return first_day, end


def stop_sharing(writer: Writer, subject: Subject, role: str, from_day: dt.date) -> None:
    """Let no visible part hold from a day on; what was planned for later is taken back.

    Raises:
        Refusal: nothing holds on that day or later.
    """
    rows = [row for row in locked_rows(writer, subject, role) if row.valid_to > from_day]
    if not rows:
        raise Refusal(_("It has already ended."), "valid_from")
    for row in rows:
        if row.valid_from >= from_day:
            writer.session.delete(row)
        else:
            row.valid_to = from_day
    writer.session.flush()
    recalculate_from(writer, from_day, _told(subject, role))


def follow(writer: Writer, person: int, institution: int, span: Span) -> int:
    """Stamp a person's shares of some days with the institution he sits in on them; gives back how many changed."""
    first, end = span
    rows = writer.session.scalars(
        select(Share)
        .where(
            Share.person_id == person, Share.institution_id != institution,
            Share.valid_from < end, Share.valid_to > first,
        )
        .with_for_update()
    ).all()  # fmt: skip
    for row in rows:
        began, ended = max(row.valid_from, first), min(row.valid_to, end)
        ratio, subject, role = row.ratio, (row.customer_id, row.account_id), row.role
        _cut_out(writer, row, began, ended)
        writer.session.add(
            Share(customer_id=subject[0], account_id=subject[1], role=role, person_id=person,
                  institution_id=institution, ratio=ratio, valid_from=began, valid_to=ended)
        )  # fmt: skip
    writer.session.flush()
    return len(rows)


def _told(subject: Subject, role: str) -> str:
    """What was changed, for the run that computes it; a number, no name, because more people read of runs."""
    return f"shares of {subject.kind} {subject.id}, {role}"


def locked_rows(writer: Writer, subject: Subject, role: str) -> Sequence[Share]:
    """The visible rows about a subject in a role; who else wants to change them waits."""
    key = f"share {subject.kind} {subject.id} {role}"
    writer.session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    wanted = about(subject, role).where(within(writer.actor, Share)).with_for_update()
    rows: Sequence[Share] = writer.session.scalars(wanted.execution_options(populate_existing=True)).all()
    return rows


def _cut_out(writer: Writer, row: Share, first: dt.date, end: dt.date) -> None:
    """Take some days out of a row: what lies before and after them stays as it was."""
    before, after = row.valid_from < first, row.valid_to > end
    if after:
        writer.session.add(
            Share(customer_id=row.customer_id, account_id=row.account_id, role=row.role, person_id=row.person_id,
                  institution_id=row.institution_id, ratio=row.ratio, valid_from=end, valid_to=row.valid_to)
        )  # fmt: skip
    if before:
        row.valid_to = first
    else:
        writer.session.delete(row)


def _seats(writer: Writer, person: int, first: dt.date, end: dt.date) -> Iterator[tuple[int, dt.date, dt.date]]:
    """Where a person sits on each of some days, as institution and days.

    Raises:
        Refusal: on one of the days the person has no position the actor can see.
    """
    positions = writer.session.scalars(
        select(Position)
        .where(Position.person_id == person, Position.valid_from < end, Position.valid_to > first)
        .order_by(Position.valid_from)
    )
    reached = first
    for position in positions:
        if position.valid_from > reached:
            break
        upto = min(position.valid_to, end)
        yield position.institution_id, reached, upto
        reached = upto
    if reached < end:
        name = writer.session.scalars(select(Person.name).where(Person.id == person)).one()
        raise Refusal(_("%(person)s has no position on %(day)s.", person=name, day=reached), "parts")


def total(parts: Parts) -> Decimal:
    """The sum of the parts, 1 when they share out the whole."""
    return sum((ratio for _person, ratio in parts), Decimal(0))
