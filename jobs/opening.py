"""The state the chunk's days grow from: the published credits of the day before."""

from __future__ import annotations

import datetime as dt

from calc import Engine, step
from calc.columns import COLUMNS
from jobs.job import Chunk
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.pins import files_of, pin


def give_opening(engine: Engine, chunk: Chunk) -> None:
    """Offer the table `opening`: the newest version of the day before, or nothing before the first day."""
    before = chunk.first_date - dt.timedelta(days=1)
    with database().transaction(NIGHTLY) as session:
        pins = pin(session, ["credit_day"], [before])
    columns = [name for name in step("credit_day").makes if name != "business_date"]
    if not pins:
        engine.give_empty("opening", columns)
        return
    engine.give_files("opening_files", files_of(pins.values()), where=f"business_date = date '{before}'")
    listed = ", ".join(f'"{name}"::{COLUMNS[name]} as "{name}"' for name in columns)
    engine.connection.execute(f"create or replace table opening as select {listed} from opening_files")
