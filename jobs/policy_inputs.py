"""Step `download` of the job `policies`: the insurer's rows of the chunk's days, with events that came in between deliveries.

Agents and products are left as codes here: a row whose code is not known is set aside by the gate, it does not stop the others.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine
from jobs.inputs import active_source, arrow_columns, hold_to_controls, open_engine, refuse_other_days
from jobs.job import Chunk, Refused, StepResult
from jobs.policy_events import POLICY_DATASETS, keep_events, sent_before, take_events
from jobs.policy_totals import give_totals
from portal.database import database
from portal.models.agents import Agent, InsuranceProduct, InsuranceProductPeriod
from portal.models.organisation import Position
from portal.permissions import NIGHTLY
from portal.query.calendar import business_calendar
from portal.sentence import Sentence
from portal.sources.base import Source, SourceError
from portal.sources.load import open_source


def download_policies(chunk: Chunk) -> StepResult:
    """Fetch, hold to the control totals, add the events, keep everything in the chunk's folder."""
    with database().transaction(NIGHTLY) as session:
        source = insurer_source(session)
        refuse_other_days(source, chunk)
        calendar = business_calendar(session)
        known = sales_force(session)
        events, before = take_events(session, chunk), sent_before(session, chunk)
    try:
        span = (chunk.first_date, chunk.last_date, calendar)
        tables = {name: source.fetch(name, *span) for name in POLICY_DATASETS}
        controls = source.controls(*span)
    except SourceError as error:
        raise Refused(error.sentence) from error
    hold_to_controls(tables, controls)
    folder = chunk.folder / "download"
    with open_engine(chunk) as engine:
        for name, table in {**{f"delivered_{name}": table for name, table in tables.items()}, **known}.items():
            engine.give(name, table)
            engine.save(name, folder / f"{name}.parquet")
        give_totals(engine, chunk, controls)
        keep_events(engine, chunk, "event", events)
        keep_events(engine, chunk, "sent", before)
    rows = sum(table.num_rows for table in tables.values()) + len(events)
    told = Sentence("%(count)s sent between deliveries", count=len(events))
    return StepResult(rows_in=rows, rows_out=rows, message=told)


def insurer_source(session: Session) -> Source:
    """The source that policies and agents come from."""
    return open_source(active_source(session, "insurer"))


def sales_force(session: Session) -> dict[str, pa.Table]:
    """Agents by number, where everybody works, and which products are sold for which terms, as known now."""
    agents = session.execute(select(Agent.id, Agent.agent_no)).all()
    positions = session.execute(select(Position.person_id, Position.institution_id, Position.valid_from)).all()
    period = InsuranceProductPeriod
    sold = session.execute(
        select(InsuranceProduct.code, period.payment_terms, period.valid_from, period.valid_to).join(
            period, period.product_id == InsuranceProduct.id
        )
    ).all()
    terms = [(row.code, int(term), row.valid_from, row.valid_to) for row in sold for term in row.payment_terms.split()]
    return {
        "agent_code": arrow_columns(agents, ("agent_id", "agent_no")),
        "position": arrow_columns(positions, ("person_id", "institution_id", "valid_from")),
        "product_sold": arrow_columns(terms, ("product_code", "payment_term", "valid_from", "valid_to")),
    }


def give_delivered(engine: Engine, chunk: Chunk) -> None:
    """Offer what `download` left to the steps of the gate."""
    folder = chunk.folder / "download"
    for name in [*(f"delivered_{each}" for each in POLICY_DATASETS), "agent_code", "position", "product_sold"]:
        engine.give(name, pq.read_table(folder / f"{name}.parquet"))  # each is read by many steps
