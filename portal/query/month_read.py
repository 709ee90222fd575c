"""What a commission month was computed on: exactly the versions of deliveries its run read, as far as they are still kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.models.runs import Published
from portal.query.pins import Pin, Versions, pin_versions
from portal.query.policy_facts import published_until
from portal.query.reader import Reader

READ = "month_read"  # which days of which dataset were read in which version
RELATIONS, LEADERS = "month_relation", "month_leader"  # and which relations and leaders of teams


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The pins of what was read; `whole` unless versions that were read have been removed since."""

    pins: Sequence[Pin]
    whole: bool = True


def deliveries(
    reader: Reader, run_day: dt.date, rulebook: str, month: dt.date, dataset: str, since: dt.date | None = None
) -> Deliveries:
    """What the run of a day read of a dataset to compute a month of a rulebook; with `since`, only of days from then on.

    A run that did not keep what it read read what was published when it was.
    """
    read = _versions(reader, run_day, rulebook, month, dataset) if reader.published(READ, [run_day]) else []
    if read:
        wanted = [
            Versions(one.version, max(one.first, since or one.first), one.last)
            for one in read
            if since is None or one.last >= since
        ]
        pins = pin_versions(reader.session, dataset, wanted)
        return Deliveries(pins, len(pins) == sum((one.last - one.first).days + 1 for one in wanted))
    known_on = reader.pins("statement_line", [run_day])[0].published_at
    known = published_until(reader.session, dataset, run_day, known_on)
    then = Published.published_at <= known_on, Published.business_date <= run_day
    there = select(Published.business_date).where(Published.dataset == dataset, *then).distinct()
    whole = len(known) == len(reader.session.scalars(there).all())
    return Deliveries([one for one in known if since is None or one.business_date >= since], whole)


def _versions(reader: Reader, run_day: dt.date, rulebook: str, month: dt.date, dataset: str) -> list[Versions]:
    rows = reader.ask(
        "select version, first_day, last_day from made where rulebook = ? and month = ? and dataset = ? order by first_day",
        [rulebook, month, dataset], made=(READ, [run_day]),
    )  # fmt: skip
    return [Versions(row["version"], row["first_day"], row["last_day"]) for row in rows]
