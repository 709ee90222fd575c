"""The job `intraday`: what other systems sent since the last delivery, checked and shown as provisional figures of the day.

From the same rows, and all that was delivered, it computes what the running month comes to so far for every agent.

It declares no business date complete: the datasets of policies and premiums belong to the job `policies` alone. This one publishes
datasets of its own, each time with all events that no delivery day holds yet, so nothing is added up twice and a run that was
killed simply begins again.
"""

from __future__ import annotations

import pyarrow as pa
from flask_babel import lazy_gettext as _l

from jobs.inputs import open_engine
from jobs.job import Chunk, Job, Step, StepResult
from jobs.month_so_far import commission
from jobs.policies import give_known, set_aside
from jobs.policy_events import POLICY_DATASETS, join_events, keep_events, keep_fates, open_events, show_events
from jobs.policy_inputs import give_delivered, sales_force
from jobs.publish import days_not_asked, publish
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.month_so_far import SO_FAR
from portal.query.policy_events import TODAY
from portal.query.run_order import INTRADAY_KEY
from portal.sources.insurer import SCHEMAS


def take(chunk: Chunk) -> StepResult:
    """Keep the events that no delivery day holds yet, and the sales force as known now, in the chunk's folder."""
    with database().transaction(NIGHTLY) as session:
        events, known = open_events(session), sales_force(session)
    nothing: dict[str, pa.Table] = {f"delivered_{name}": SCHEMAS[name].empty_table() for name in POLICY_DATASETS}
    with open_engine(chunk) as engine:
        for name, table in {**nothing, **known}.items():
            engine.give(name, table)
            engine.save(name, chunk.folder / "download" / f"{name}.parquet")
        keep_events(engine, chunk, "event", events, chunk.last_date)
        keep_events(engine, chunk, "sent", [])
    return StepResult(rows_in=len(events), rows_out=len(events))


def gate_today(chunk: Chunk) -> StepResult:
    """The checks of a delivery: what cannot be used says why, and nothing is stopped by it."""
    with open_engine(chunk) as engine:
        give_delivered(engine, chunk)
        give_known(engine, chunk.last_date)
        join_events(engine, chunk)
        engine.make("seat")
        engine.make("delivered_row")
        sent = engine.rows("event_fate")
        keep_fates(engine, chunk, set_aside(engine))
        for name in POLICY_DATASETS:
            engine.make(name)
            engine.save(name, chunk.folder / "gate" / f"{name}.parquet")
        kept = engine.make(TODAY)
        engine.save(TODAY, chunk.folder / "gate" / f"{TODAY}.parquet", "business_date, institution_id, agent_id")
    return StepResult(rows_in=sent, rows_out=kept, rows_held=sent - kept)


def publish_today(chunk: Chunk) -> StepResult:
    """Show the figures, unless a delivery day took some of the events meanwhile."""
    return publish(
        chunk,
        {TODAY: "gate", SO_FAR: "commission"},
        lambda engine, chunk: days_not_asked(engine, chunk, [TODAY, SO_FAR]),
        counted=TODAY,
        along=show_events,
    )


INTRADAY_JOB = Job(
    key=INTRADAY_KEY,
    title=_l("Events of the day"),
    steps=(
        Step("download", take),
        Step("gate", gate_today),
        Step("commission", commission),
        Step("publish", publish_today),
    ),
)
