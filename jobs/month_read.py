"""What a month was computed on, deliveries and people: kept with the run, so that its figures are explained from what it read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from calc import Engine
from jobs.job import Chunk
from portal.query.month_read import LEADERS, READ, RELATIONS
from portal.query.pins import Pin
from portal.query.policy_facts import spans

__all__ = ["PEOPLE", "READ", "give_people_read", "save_read"]
PEOPLE = (RELATIONS, LEADERS)
TEXT, DAY, COUNT = pa.string(), pa.date32(), pa.int64()
COLUMNS = {"business_date": DAY, "rulebook": TEXT, "month": DAY, "dataset": TEXT, "version": COUNT, "first_day": DAY,
           "last_day": DAY}  # fmt: skip


def save_read(
    engine: Engine, chunk: Chunk, rulebook: str, month: dt.date, read: Mapping[str, Sequence[Pin]], folder: Path
) -> None:  # fmt: skip
    """Leave the deliveries that a month was computed on beside what was made of them."""
    rows = [(chunk.last_date, rulebook, month, *one) for one in _versions(read)]
    columns = {name: pa.array([row[at] for row in rows], kind) for at, (name, kind) in enumerate(COLUMNS.items())}
    engine.give(READ, pa.table(columns))
    engine.save(READ, folder / f"{READ}.parquet", "dataset, first_day")


def give_people_read(engine: Engine) -> None:
    """Offer the relations and leaders of teams that the month was computed on, each as a row of the person who is paid for it."""
    run = engine.connection.execute
    run(
        f"create or replace view {RELATIONS} as select from_id as agent_id, kind, to_id as other_id, since from relation"
    )
    run(
        f"create or replace view {LEADERS} as select leader_id as agent_id, team_id from team where leader_id is not null"
    )


def _versions(read: Mapping[str, Sequence[Pin]]) -> Iterator[tuple[str, int, dt.date, dt.date]]:
    """Of each dataset the days without a gap of which one version was read."""
    for dataset, pins in read.items():
        for version in sorted({one.version for one in pins}):
            for first, last in spans(one.business_date for one in pins if one.version == version):
                yield dataset, version, first, last
