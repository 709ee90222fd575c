"""What is published of policies and premiums, as tables of an engine: what the gate, the month and its retro runs read.

A day adds its rows. A month needs all rows up to its last day: the newest state of each policy, and what happened until then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine, step
from portal.models.runs import Published
from portal.query.pins import Pin, files_of, pin

ONE_DAY = dt.timedelta(days=1)


def published_until(
    session: Session, dataset: str, last_day: dt.date, known_on: dt.datetime | None = None
) -> list[Pin]:
    """The pins of a dataset of every day up to one; as known at an instant, when one is given."""
    wanted = select(Published.business_date).where(Published.dataset == dataset, Published.business_date <= last_day)
    pins = pin(session, [dataset], session.scalars(wanted.distinct()).all(), known_on)
    return sorted(pins.values(), key=lambda one: one.business_date)


def give_days(engine: Engine, name: str, dataset: str, pins: Sequence[Pin]) -> None:
    """Offer the rows that some pins point to: of each file the days whose pointer names it.

    A day published once is in no other file, so all files of such days are read as one; of those published again, each apart.
    """
    if not pins:
        engine.give_empty(name, step(dataset).makes)
        return
    once = [one for one in pins if one.version == 1]
    again: dict[tuple[str, ...], list[Pin]] = {}
    for one in pins:
        if one.version != 1:
            again.setdefault(one.files, []).append(one)
    parts = []
    for found in (once, *again.values()):
        if found:
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files_of(found))
            days = " or ".join(
                f"business_date between date '{first}' and date '{last}'"
                for first, last in spans(one.business_date for one in found)
            )
            parts.append(f"select * from read_parquet([{listed}]) where {days}")
    engine.connection.execute(f'create or replace view "{name}" as {" union all ".join(parts)}')


def spans(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Days as the fewest spans without a gap, first and last day of each."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == ONE_DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


NEWEST = """
create or replace table policy as select * from policy_state
qualify row_number() over (partition by policy_id order by business_date desc) = 1
"""
# of a policy's states the one of a day, or of the nearest day after it for a policy that came later
THEN_FIRST = """row_number() over (
    partition by policy_id
    order by business_date > {last}, case when business_date <= {last} then {last} - business_date
                                          else business_date - {last} end) = 1"""
POLICIES_THEN = (
    f"create or replace table policy as select * from policy_state qualify {THEN_FIRST.format(last='$last')}"
)


FACTS = ("policy", "premium", "renewal_due", "policy_end")


def facts_until(session: Session, last_day: dt.date, known_on: dt.datetime | None = None) -> dict[str, list[Pin]]:
    """The pins of all facts of every day up to one."""
    return {dataset: published_until(session, dataset, last_day, known_on) for dataset in FACTS}


def give_facts(
    engine: Engine, facts: Mapping[str, Sequence[Pin]], last_day: dt.date, then: dt.date | None = None
) -> None:
    """Offer `policy`, `premium`, `renewal_due` and `policy_end` as delivered until a day. Of each policy the newest state, or
    the one `then` (one that came later, as it came).

    Raises nothing when days are missing: what a month needs is for the caller to demand.
    """
    for dataset, pins in facts.items():
        name = "policy_state" if dataset == "policy" else dataset
        give_days(engine, name, dataset, [one for one in pins if one.business_date <= last_day])
    engine.connection.execute(*((NEWEST,) if then is None else (POLICIES_THEN, {"last": then})))
