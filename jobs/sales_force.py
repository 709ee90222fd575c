"""Step `organisation` of the job `policies`: who is under contract as the core says it that day, before the day's policies.

A source that says nothing of it leaves agents and teams to the people who record them. A delivery that does not tie with its own
counts, or names what nobody knows, is refused as a whole.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq

from calc import Engine
from jobs import policy_inputs
from jobs.job import Chunk, Refused, StepResult
from jobs.leader import fence
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query import places
from portal.sentence import Sentence
from portal.services.sales_force import take_sales_force
from portal.services.sales_force_taken import TakenDay
from portal.services.writer import writing
from portal.sources.base import DailySalesForce, SourceError
from portal.sources.insurer import SalesForceDay, count_problem

CONFLICTS = "sales_force_conflict"
COLUMNS = {"business_date": pa.date32(), **dict.fromkeys(("dataset", "row_key", "stated", "standing"), pa.string())}


def take_organisation(chunk: Chunk) -> StepResult:
    """Take the sales force of the chunk's days over, all of them or none; leave what people decided otherwise for the gate."""
    with database().transaction(NIGHTLY) as session:
        source = policy_inputs.insurer_source(session)
    taken: dict[dt.date, TakenDay] = {}
    try:
        days = [_held(source.sales_force(day)) for day in chunk.dates] if isinstance(source, DailySalesForce) else []
        with writing(NIGHTLY) as writer:
            fence(writer.session)
            for one in filter(None, days):
                taken[one.business_date] = take_sales_force(writer, one)
    except SourceError as error:
        raise Refused(error.sentence) from error
    places.forget()
    _leave_conflicts(chunk, taken)
    rows = sum(len(one.agents) for one in days if one is not None)
    sums = {name: sum(getattr(one, name) for one in taken.values()) for name in ("new", "changed", "left", "closed")}
    told = Sentence("%(new)s new, %(changed)s changed, %(left)s left, %(closed)s units closed", **sums)
    return StepResult(rows_in=rows, rows_out=rows, message=told if taken else "")


def _held(day: SalesForceDay | None) -> SalesForceDay | None:
    """A day's delivery that ties with its own counts. Raises Refused."""
    problem = count_problem(day) if day is not None else None
    if problem is not None:
        raise Refused(problem)
    return day


def _leave_conflicts(chunk: Chunk, taken: dict[dt.date, TakenDay]) -> None:
    rows = [
        {"business_date": day, "dataset": one.dataset, "row_key": one.code, "stated": one.stated, "standing": one.standing}
        for day, found in taken.items() for one in found.kept
    ]  # fmt: skip
    file = chunk.folder / "organisation" / f"{CONFLICTS}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(list(COLUMNS.items()))), file)


def give_conflicts(engine: Engine, chunk: Chunk) -> None:
    """Offer what the step left; an earlier attempt's folder may be from before there was one."""
    file = chunk.folder / "organisation" / f"{CONFLICTS}.parquet"
    if file.exists():
        engine.give(CONFLICTS, pq.read_table(file))
    else:
        engine.give_empty(CONFLICTS, list(COLUMNS))
