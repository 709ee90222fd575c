"""What is published of policies and premiums, as tables of an engine: what the gate, the month and its retro runs read.

A day adds its rows. A month needs all rows up to its last day: the newest state of each policy, and what happened until then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine, step
from portal.lake import readable
from portal.models.runs import Published
from portal.query.pins import Pin, pin


def published_until(
    session: Session, dataset: str, last_day: dt.date, known_on: dt.datetime | None = None
) -> list[Pin]:
    """The pins of a dataset of every day up to one; as known at an instant, when one is given."""
    wanted = select(Published.business_date).where(Published.dataset == dataset, Published.business_date <= last_day)
    pins = pin(session, [dataset], session.scalars(wanted.distinct()).all(), known_on)
    return sorted(pins.values(), key=lambda one: one.business_date)


def give_days(engine: Engine, name: str, dataset: str, pins: Sequence[Pin]) -> None:
    """Offer the rows that some pins point to: of each file the days whose pointer names it."""
    if not pins:
        engine.give_empty(name, step(dataset).makes)
        return
    days_of: dict[tuple[str, ...], list[dt.date]] = {}
    for one in pins:
        days_of.setdefault(one.files, []).append(one.business_date)
    parts = []
    for files, days in days_of.items():
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in readable(list(files)))
        dates = ", ".join(f"date '{day}'" for day in days)
        parts.append(f"select * from read_parquet([{listed}]) where business_date in ({dates})")
    engine.connection.execute(f'create or replace view "{name}" as {" union all ".join(parts)}')


NEWEST = """
create or replace table policy as select * from policy_state
qualify row_number() over (partition by policy_id order by business_date desc) = 1
"""
POLICIES_THEN = """
create or replace table policy as select * from policy_state
qualify row_number() over (
    partition by policy_id
    order by business_date > $last, case when business_date <= $last then $last - business_date
                                         else business_date - $last end) = 1
"""


def give_facts(
    engine: Engine,
    session: Session,
    last_day: dt.date,
    known_on: dt.datetime | None = None,
    then: dt.date | None = None,
) -> list[Pin]:
    """Offer `policy`, `premium`, `renewal_due` and `policy_end` as known on a day; the pins read. Of each policy the newest state,
    or the one `then` (one that came later, as it came).

    Raises nothing when days are missing: what a month needs is for the caller to demand.
    """
    read: list[Pin] = []
    for dataset in ("policy", "premium", "renewal_due", "policy_end"):
        pins = published_until(session, dataset, last_day, known_on)
        name = "policy_state" if dataset == "policy" else dataset
        give_days(engine, name, dataset, pins)
        read += pins
    engine.connection.execute(*((NEWEST,) if then is None else (POLICIES_THEN, {"last": then})))
    return read
