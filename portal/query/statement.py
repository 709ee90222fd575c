"""A person's commission statement: the lines of a month, differences of closed months, the year so far, the last months.

What the statement says is what the month's run published; the scope lies in the datasets, so that nobody asks for more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select

from portal.models.agents import Agent
from portal.models.commission import CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook, RulebookVersion, VersionState
from portal.permissions import Permission
from portal.query.names import person_name
from portal.query.outside import refuse
from portal.query.pay_holds import Standing, decided_of, standing
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, NoRules, Rules, Variant, known_rules, resolve
from portal.query.statement_lines import (
    ADJUSTMENT,
    BY_HAND,
    DATASET,
    HELD_OR_CARRIED,
    KEPT,
    NOTHING,
    OWED_AFTER,
    OWED_BEFORE,
    PAY_HOLD,
    Decided,
    Line,
    last_of,
    month_of,
    own_title,
    title_of,
)

__all__ = [  # names of lines belong to statements wherever they are read
    "ADJUSTMENT", "DATASET", "HELD_OR_CARRIED", "NOTHING", "OWED_AFTER", "OWED_BEFORE", "PAY_HOLD", "Decided", "Line", "Standing",
    "Statement", "elements_of_book", "elements_on", "last_of", "month_of", "months_of", "own_title", "person_of", "statement",
    "title_of", "told", "variant_on",
]  # fmt: skip

MONTHS_OFFERED = 36
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Statement:
    """What one person's month says; `months` are those there is a statement of, newest first."""

    person_id: int
    name: str
    agent_no: str
    month: dt.date
    months: Sequence[dt.date]
    rulebook_id: int
    institution_id: int
    state: MonthState
    paid_at: dt.datetime | None
    lines: Sequence[Line]
    trend: Sequence[tuple[dt.date, Decimal]]  # of each published month, the oldest first
    known_on: dt.datetime | None  # when the statement was published
    holds: Sequence[Standing] = ()  # what is kept back at the month's end

    @cached_property
    def paid(self) -> Decimal:
        """What the month pays."""
        return sum((one.paid for one in self.lines), NOTHING)

    @property
    def of_month(self) -> list[Line]:
        """Lines of the month itself that say something."""
        return [one for one in self.lines if not one.is_difference and _says(one)]

    @property
    def differences(self) -> list[Line]:
        """What is paid now for closed months."""
        return [one for one in self.lines if one.is_difference]

    @property
    def year(self) -> Decimal:
        """What was paid from January of the year to this month."""
        return sum((paid for month, paid in self.trend if month.year == self.month.year), NOTHING)

    @property
    def is_closed(self) -> bool:
        """The figures will not change any more."""
        return self.state in (MonthState.CLOSED, MonthState.PAID)


def person_of(reader: Reader, agent: int | None) -> int | None:
    """Whose statement an address asks for: one's own when it names nobody; None when one has none of one's own."""
    return agent if agent is not None else reader.actor.person_id if is_agent(reader) else None


def is_agent(reader: Reader) -> bool:
    """Whether who asks has, or had, a contract as an agent, and so statements of one's own."""
    own = reader.actor.person_id
    if own is None:
        return False
    found: bool = reader.memory.once(("agent", own), lambda: reader.session.get(Agent, own) is not None)
    return found


def months_of(reader: Reader) -> list[dt.date]:
    """The months with published statements, newest first."""
    months: list[dt.date] = reader.memory.once(("months of statements", reader.known_on), lambda: _months_of(reader))
    return months


def _months_of(reader: Reader) -> list[dt.date]:
    known = reader.session.scalars(
        select(CommissionMonth.month).distinct().order_by(CommissionMonth.month.desc()).limit(MONTHS_OFFERED)
    ).all()
    days = reader.published(DATASET, [last_of(month) for month in known])
    return [day.replace(day=1) for day in reversed(days)]


def statement(reader: Reader, person_id: int, month: dt.date | None) -> Statement | None:
    """The statement of a person for a month, or the newest there is; None before the first.

    Raises:
        Forbidden: the actor may not see statements.
        OutOfScope: there is no such person, or the actor may not see the person's statement.
    """
    reader.allow(Permission.STATEMENT_VIEW)
    months = months_of(reader)
    if month is not None and month not in months:
        months = sorted({*months, *_published(reader, [month])}, reverse=True)
    here = month if month in months else (months[0] if months and month is None else None)
    back = [one for one in months if here is not None and _back(here) < one <= here]
    rows = _rows(reader, person_id, back)
    must_be_seen(reader, person_id, rows)
    if here is None:
        return None
    of_month = [row for row in rows if row["in_month"] == here]
    if not of_month and month is None and rows:
        here = max(row["in_month"] for row in rows)
        of_month = [row for row in rows if row["in_month"] == here]
    return _made(reader, person_id, here, months, of_month, rows)


def _made(
    reader: Reader, person_id: int, month: dt.date, months: Sequence[dt.date], of_month: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
) -> Statement | None:  # fmt: skip
    if not of_month:
        return None
    # differences of a month in another rulebook may stand beside the month's own lines
    first = next((row for row in of_month if row["for_month"] == month), of_month[0])
    listed = select(Rulebook).where(Rulebook.code.in_({row["rulebook"] for row in of_month}))
    books = {one.code: one for one in reader.session.scalars(listed)}
    book = books[first["rulebook"]]
    stands = reader.session.scalars(
        select(CommissionMonth).where(CommissionMonth.rulebook_id == book.id, CommissionMonth.month == month)
    ).one_or_none()
    pin = reader.pins(DATASET, [last_of(month)])[0]
    institution = int(first["institution_id"])
    here = elements_on(reader, book.id, institution, month, pin.published_at)
    decided = decided_of(reader, of_month, here)
    lines = [
        _line(
            row,
            elements_on(reader, books[row["rulebook"]].id, institution, row["for_month"], pin.published_at),
            reader.actor.language,
            decided,
        )
        for row in of_month
    ]
    by_month: dict[dt.date, Decimal] = {}
    for row in rows:
        by_month[row["in_month"]] = by_month.get(row["in_month"], NOTHING) + row["paid"]
    name, agent = person_name(reader, person_id), reader.session.get(Agent, person_id)
    return Statement(
        person_id, name, agent.agent_no if agent else "", month, months, book.id, institution,
        MonthState(stands.state) if stands else MonthState.OPEN, stands.paid_at if stands else None,
        sorted(lines, key=lambda one: (one.for_month != month, one.for_month, one.order, one.name, _number(one))),
        sorted((when, paid) for when, paid in by_month.items() if when <= month), pin.published_at,
        standing(reader, book, month, here, person_id),
    )  # fmt: skip


def variant_on(
    reader: Reader, rulebook_id: int, institution_id: int, day: dt.date, known_on: dt.datetime | None
) -> Variant | None:
    """The rules of an institution on a day as known at an instant; None where none were in force. Asked once a question."""
    kept: dict[tuple[Any, ...], Variant | None] = reader.__dict__.setdefault("statement_rules", {})
    asked = (rulebook_id, institution_id, day, known_on)
    if asked not in kept:
        books: dict[tuple[Any, ...], Rules] = reader.__dict__.setdefault("statement_books", {})
        rules = books.get((rulebook_id, known_on))
        if rules is None:
            rules = books[rulebook_id, known_on] = known_rules(reader.session, rulebook_id, known_on)
        try:
            kept[asked] = resolve(reader.session, rules, [institution_id], day, day + ONE_DAY).at(institution_id, day)
        except NoRules:
            kept[asked] = None
    return kept[asked]


def elements_on(
    reader: Reader, rulebook_id: int, institution_id: int, month: dt.date, known_on: dt.datetime | None
) -> Mapping[Key, Any]:
    """What the rules say at an institution at a month's end."""
    found = variant_on(reader, rulebook_id, institution_id, last_of(month), known_on)
    return told(found) if found else {}


def told(variant: Variant) -> Mapping[Key, Any]:
    """The elements of rules as they are told."""
    return {key: one.content for key, one in variant.elements.items()}


def elements_of_book(reader: Reader, rulebook_id: int, month: dt.date) -> Mapping[Key, Any]:
    """What a rulebook's complete version says at a month's end, at the institution the version is bound to."""
    seat = reader.session.scalars(
        select(RulebookVersion.institution_id)
        .where(
            RulebookVersion.rulebook_id == rulebook_id, RulebookVersion.complete,
            RulebookVersion.state == VersionState.APPROVED, RulebookVersion.valid_from <= last_of(month),
        )
        .order_by(RulebookVersion.valid_from.desc(), RulebookVersion.number.desc())
    ).first()  # fmt: skip
    return {} if seat is None else elements_on(reader, rulebook_id, seat, month, None)


def _line(
    row: Mapping[str, Any], elements: Mapping[Key, Any], language: str, decided: Mapping[tuple[str, int], Decided]
) -> Line:
    name = row["line"]
    content = elements.get(("lines", name)) or {}
    title, group, order = (
        title_of(elements, "lines", name, language), str(content.get("group", "")), int(content.get("order", 10_000))
    )  # fmt: skip
    kind = str(content.get("kind") or "earning")
    if name == ADJUSTMENT:
        title, group = own_title(name), BY_HAND
    elif name in HELD_OR_CARRIED:  # nothing is earned by them
        title, group, order, kind = own_title(name), KEPT, 10_001, "deduction"
    return Line(
        name, title, group, order, row["in_month"], row["for_month"], row["earned"], row["cut"], row["held"],
        row["released"], row["paid"], kind, decided.get((name, _entry(row))),
    )  # fmt: skip


def _entry(row: Mapping[str, Any]) -> int:
    """The number of the adjustment or hold a row is of; older statements put the adjustments of a month into one row."""
    return int(row.get("adjustment_id") or row.get("hold_id") or 0)


def _number(line: Line) -> int:
    return line.decided.number if line.decided else 0


def _says(line: Line) -> bool:
    return any((line.earned, line.cut, line.held, line.released, line.paid))


def _back(month: dt.date) -> dt.date:
    """The month a year before."""
    return month.replace(year=month.year - 1)


def _published(reader: Reader, months: Sequence[dt.date]) -> list[dt.date]:
    return [day.replace(day=1) for day in reader.published(DATASET, [last_of(month) for month in months])]


def _rows(reader: Reader, person_id: int, months: Sequence[dt.date]) -> list[dict[str, Any]]:
    if not months:
        return []
    return reader.ask(
        "select * from made where agent_id = ?", [person_id], made=(DATASET, [last_of(month) for month in months])
    )


def must_be_seen(reader: Reader, person_id: int, rows: Sequence[object]) -> None:
    """One's own statement, or that of a person within the scope. Raises OutOfScope."""
    if person_id == reader.actor.person_id or rows or reader.session.get(Agent, person_id) is not None:
        return
    raise refuse(reader, "statement", person_id)
