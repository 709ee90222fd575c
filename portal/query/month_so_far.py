"""What the running month comes to so far, as an intraday run computed it by the rules: provisional, and never a statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.access.identity import subtree
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.month_facts import known_until
from portal.query.pins import newest_date
from portal.query.reader import Reader
from portal.query.statement import DATASET, elements_of_book, last_of, title_of
from portal.settings import settings

SO_FAR = "month_so_far"
LINES_TOLD = 3
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MonthSoFar:
    """The amount of some agents, the lines that move it most, and what it knows: deliveries until a day, and what came since."""

    month: dt.date
    as_of: dt.datetime  # in the installation's zone
    known_until: dt.date | None
    amount: Decimal
    lines: Sequence[tuple[str, Decimal]]
    others: Decimal  # of the lines that are not told one by one
    agents: int
    lacking: int  # lines that could not be worked out


def month_so_far(reader: Reader, person_id: int | None = None, institution_id: int | None = None) -> MonthSoFar | None:
    """The running month of a person, or of an institution and all below it.

    None when none was computed, when a statement of the month is newer, or when the actor may not see pay.
    """
    if not reader.actor.may(Permission.STATEMENT_VIEW):
        return None
    day = newest_date(reader.session, SO_FAR)
    if day is None:
        return None
    [pin] = reader.pins(SO_FAR, [day])
    stated = reader.published(DATASET, [last_of(day)])
    if stated and reader.pins(DATASET, stated)[0].published_at > pin.published_at:
        return None
    whose = f"agent_id = {int(person_id or 0)}"
    if person_id is None and institution_id is not None:
        below = ", ".join(map(str, sorted(subtree(reader.session, [institution_id]))))
        whose = f"seat_id in ({below or 'null'})"
    rows = reader.ask(
        "select rulebook, line, sum(paid) as paid, sum(lacking)::bigint as lacking "
        f"from made where {whose} group by all order by abs(sum(paid)) desc, line",
        made=(SO_FAR, [day]),
    )  # fmt: skip
    if not rows:
        return None
    [counted] = reader.ask(f"select count(distinct agent_id) as agents from made where {whose}", made=(SO_FAR, [day]))
    lines = [
        (_title(reader, row["rulebook"], row["line"], day), row["paid"]) for row in rows[:LINES_TOLD] if row["paid"]
    ]
    return MonthSoFar(
        day.replace(day=1), pin.published_at.astimezone(ZoneInfo(settings().timezone)), known_until(reader.session),
        sum((row["paid"] for row in rows), NOTHING), lines, sum((row["paid"] for row in rows[LINES_TOLD:]), NOTHING),
        counted["agents"], sum(row["lacking"] for row in rows),
    )  # fmt: skip


def _title(reader: Reader, code: str, line: str, day: dt.date) -> str:
    """What the rules call a line."""
    book = reader.session.scalar(select(Rulebook.id).where(Rulebook.code == code))
    elements = elements_of_book(reader, book, day.replace(day=1)) if book is not None else {}
    return title_of(elements, "lines", line, reader.actor.language)
