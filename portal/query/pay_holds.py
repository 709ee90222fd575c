"""Holds on people's pay: what stands in a month, what each keeps, and whom a line of a statement goes back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from portal.models.commission import Adjustment, PayHold
from portal.models.rulebooks import Rulebook
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement_lines import ADJUSTMENT, DATASET, NOTHING, PAY_HOLD, Decided, last_of, title_of
from portal.query.user_names import called


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold with what it keeps after a month's run; `about` is the title of its line, empty for all the pay."""

    row: PayHold
    about: str
    kept: Decimal


def standing(
    reader: Reader, book: Rulebook, month: dt.date, elements: Mapping[Key, Any], person_id: int | None = None
) -> list[Standing]:
    """The holds in force at a month's end: of one person, or of everybody the reader may see."""
    wanted = (
        select(PayHold)
        .where(
            PayHold.rulebook_id == book.id, PayHold.state == "approved", PayHold.from_month <= month,
            or_(PayHold.released_month.is_(None), PayHold.released_month > month),
        )
        .order_by(PayHold.from_month, PayHold.id)
    )  # fmt: skip
    if person_id is not None:
        wanted = wanted.where(PayHold.person_id == person_id)
    return with_kept(reader, book, month, elements, reader.session.scalars(wanted).all())


def with_kept(
    reader: Reader, book: Rulebook, month: dt.date, elements: Mapping[Key, Any], rows: Sequence[PayHold]
) -> list[Standing]:
    """Holds with what each keeps of the months until one, as published."""
    kept = kept_by(reader, book.code, months_between(min(one.from_month for one in rows), month)) if rows else {}
    language = reader.actor.language
    return [
        Standing(one, title_of(elements, "lines", one.line, language) if one.line else "", kept.get(one.id, NOTHING))
        for one in rows
    ]


def kept_by(reader: Reader, code: str, months: Sequence[dt.date]) -> dict[int, Decimal]:
    """What each hold keeps of some months: held, what was released taken off."""
    days = reader.published(DATASET, [last_of(month) for month in months])
    if not days:
        return {}
    rows = reader.ask("select * from made where rulebook = ? and line = ?", [code, PAY_HOLD], made=(DATASET, days))
    found: dict[int, Decimal] = {}
    for row in rows:
        found[row["hold_id"]] = found.get(row["hold_id"], NOTHING) + row["held"] - row["released"]
    return found


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of the months from one to another."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [
        dt.date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count + 1)
    ]


def decided_of(
    reader: Reader, rows: Iterable[Mapping[str, Any]], elements: Mapping[Key, Any]
) -> dict[tuple[str, int], Decided]:
    """What people decided behind the lines of a statement, by line and number."""
    rows = list(rows)
    adjusted = {row.get("adjustment_id") for row in rows if row["line"] == ADJUSTMENT} - {None}
    held = {row.get("hold_id") for row in rows if row["line"] == PAY_HOLD} - {None}
    adjustments = (
        reader.session.scalars(select(Adjustment).where(Adjustment.id.in_(adjusted))).all() if adjusted else []
    )
    holds = reader.session.scalars(select(PayHold).where(PayHold.id.in_(held))).all() if held else []
    who = [name for one in adjustments for name in (one.requested_by, one.decided_by)]
    who += [name for hold in holds for name in (hold.requested_by, hold.decided_by)]
    names = called(reader, who)
    found: dict[tuple[str, int], Decided] = {}
    for one in adjustments:
        people = names.get(one.requested_by, ""), names.get(one.decided_by, "")
        found[ADJUSTMENT, one.id] = Decided(one.id, one.reason, *people)
    for hold in holds:
        about = title_of(elements, "lines", hold.line, reader.actor.language) if hold.line else ""
        found[PAY_HOLD, hold.id] = Decided(
            hold.id, hold.reason, names.get(hold.requested_by, ""), names.get(hold.decided_by, ""), hold.release_condition,
            about, hold.release_reason,
        )  # fmt: skip
    return found
