"""The state the chunk's days grow from: the published credits of the day before."""

from __future__ import annotations

import datetime as dt

from calc import Engine, step
from calc.columns import COLUMNS
from calc.unfold import unfolded
from jobs.job import Chunk
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.pins import files_of, pin

OPENING = list(step("brought").makes)  # the state of the day before, and the margin it grew by


def give_opening(engine: Engine, chunk: Chunk) -> None:
    """Offer `opening`, the newest version of the day before, and `opening_foreign`, what foreign-currency accounts held.

    Before the first day both are empty.
    """
    before = chunk.first_date - dt.timedelta(days=1)
    with database().transaction(NIGHTLY) as session:
        pins = pin(session, ["credit_day", "foreign_day"], [before])
    held = pins.pop(("foreign_day", before), None)
    if held is None:
        engine.give_empty("opening_foreign", ["account_id", "account_balance"])
    else:
        engine.give_files("opening_foreign", files_of([held]), f"business_date = date '{before}'")
    if not pins:
        engine.give_empty("opening", OPENING)
        return
    engine.give_files("opening_line", files_of(pins.values()))
    unfold_opening(engine, chunk)


def unfold_opening(engine: Engine, chunk: Chunk) -> None:
    """Offer `opening` as the state of the day before over `opening_line`."""
    listed = ", ".join(f'"{name}"::{COLUMNS[name]} as "{name}"' for name in OPENING)
    lines = unfolded("opening_line", [chunk.first_date - dt.timedelta(days=1)], "margin_factor")
    engine.connection.execute(f"create or replace view opening as select {listed} from {lines}")
