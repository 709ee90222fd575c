"""Writing what holds from a day on: half-open periods that neither overlap nor vanish.

A change from a day closes the period that holds and opens a new one until that period's end. Only a change from the
very first day of a period replaces it; the audit row then keeps what it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models.base import FAR_FUTURE, Base
from portal.services.refusal import Refusal

Span = tuple[dt.date, dt.date]


def held(session: Session, table: type[Base], link: str, identity: int) -> Sequence[Any]:
    """All periods of a record, oldest first, locked until the end of the transaction."""
    rows: Any = table
    wanted = select(table).where(getattr(rows, link) == identity).order_by(rows.valid_from)
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()


def begin(
    session: Session, table: type[Base], link: str, identity: int, values: Mapping[str, Any], first_day: dt.date
) -> Span:
    """The first period of a new record."""
    session.add(table(**{link: identity}, **values, valid_from=first_day, valid_to=FAR_FUTURE))
    session.flush()
    return first_day, FAR_FUTURE


def hold(
    session: Session, table: type[Base], link: str, identity: int, values: Mapping[str, Any], first_day: dt.date
) -> Span:
    """Let values hold from a day until the next change, and give back those days (the end is not included)."""
    rows = held(session, table, link, identity)
    present = next((row for row in rows if row.valid_from <= first_day < row.valid_to), None)
    if present is not None and present.valid_from == first_day:
        changed = any(getattr(present, name) != value for name, value in values.items())
        for name, value in values.items():
            setattr(present, name, value)
        if changed and hasattr(present, "recorded_at"):  # closed months learn of it by this
            present.recorded_at = func.now()
        session.flush()
        return present.valid_from, present.valid_to
    if present is not None:
        end = present.valid_to
        present.valid_to = first_day
        session.flush()  # the new period may only begin when the old one has ended
    else:
        end = min((row.valid_from for row in rows if row.valid_from > first_day), default=FAR_FUTURE)
    session.add(table(**{link: identity}, **values, valid_from=first_day, valid_to=end))
    session.flush()
    return first_day, end


def end(session: Session, table: type[Base], link: str, identity: int, from_day: dt.date, today: dt.date) -> Span:
    """Let nothing hold from a day on, and give back the days that fall away. What was planned for later is taken back.

    Raises:
        Refusal: nothing holds on that day, or something later has already begun.
    """
    rows = held(session, table, link, identity)
    begun = next((row for row in rows if from_day <= row.valid_from <= today), None)
    if begun is not None:
        raise Refusal(_("What began on %(day)s still holds; choose a later day.", day=begun.valid_from), "valid_from")
    last = max((row.valid_to for row in rows), default=from_day)
    if last <= from_day:
        raise Refusal(_("It has already ended."), "valid_from")
    for row in rows:
        if row.valid_from >= from_day:
            session.delete(row)
        elif row.valid_to > from_day:
            row.valid_to = from_day
            if hasattr(row, "ended_at"):  # closed months learn of it by this
                row.ended_at = func.now()
    session.flush()
    return from_day, last
