"""The job `policies`: an insurer's policies and premiums, checked and published day by day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l

from calc import Engine
from jobs.gate import QUARANTINE_SHARE, and_more, checks, finding_sentence, findings_of, keep_findings
from jobs.inputs import open_engine
from jobs.job import Chunk, Job, Refused, Step, StepResult
from jobs.policy_events import POLICY_DATASETS, join_events, keep_fates, key_text, settle_events
from jobs.policy_inputs import download_policies, give_delivered
from jobs.policy_totals import TOTALS, note_delivered, save_totals
from jobs.publish import days_not_asked, publish
from jobs.sales_force import give_conflicts, take_organisation
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.policy_facts import give_days, published_until
from portal.query.run_order import POLICIES_KEY
from portal.sentence import Sentence
from portal.sources.insurer import KEYS

ROOM = "policies"
ORPHANS = "row_without_policy"  # looked for when the policies themselves have been sorted out
LATE = "sent_before"


def gate_policies(chunk: Chunk) -> StepResult:
    """Run all checks; set rows aside; leave the four datasets with agents and institutions as numbers."""
    with open_engine(chunk) as engine:
        give_delivered(engine, chunk)
        give_known(engine, chunk.first_date - dt.timedelta(days=1))
        give_conflicts(engine, chunk)
        join_events(engine, chunk)
        engine.make("seat")
        engine.make("delivered_row")
        delivered = engine.rows("delivered_row")
        note_delivered(engine)
        errors = {name: findings_of(engine, name) for name in checks("error", ROOM)}
        sent = _events_along(engine)
        held = set_aside(engine)
        keep_fates(engine, chunk, held)
        warnings = {name: findings_of(engine, name) for name in checks("warning", ROOM)}
        wrong = [finding_sentence(name, row) for name, rows in errors.items() for row in rows]
        left = delivered - engine.rows("delivered_row")
        of_events = sent - _events_along(engine)
        too_many = left - of_events > (delivered - sent) * QUARANTINE_SHARE  # no other system stops the run
        keep_findings(chunk, "error", errors, "error" if too_many else "quarantine", held, "warning", warnings)
        if wrong:
            raise Refused(and_more(wrong))
        if too_many:
            raise Refused(
                Sentence("%(held)s of %(delivered)s rows would be set aside, more than %(share)s %%.",
                         held=left - of_events, delivered=delivered - sent, share=(QUARANTINE_SHARE * 100).normalize())
            )  # fmt: skip
        for name in POLICY_DATASETS:
            engine.make(name)
            engine.save(name, chunk.folder / "gate" / f"{name}.parquet", "business_date, institution_id, agent_id")
        save_totals(engine, chunk, {**held, LATE: findings_of(engine, LATE)})
        kept = sum(engine.rows(name) for name in POLICY_DATASETS)
    flagged = sum(len(rows) for rows in warnings.values())
    return StepResult(
        rows_in=delivered, rows_out=kept, rows_held=left, message=Sentence("%(count)s warnings", count=flagged)
    )


def set_aside(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Take out of the delivery what cannot be used, and then what belongs to it; the findings by check."""
    held = {name: findings_of(engine, name) for name in checks("quarantine", ROOM) if name != ORPHANS}
    _take_out(engine, [row for rows in held.values() for row in rows])
    engine.make("policy_key")
    held[ORPHANS] = findings_of(engine, ORPHANS)
    _take_out(engine, held[ORPHANS])
    return held


def _events_along(engine: Engine) -> int:
    """How many of the rows are those of events."""
    row = engine.connection.execute(
        "select count(*) from event_fate join delivered_row using (dataset, row_key) where fate = 'along'"
    ).fetchone()
    return int(row[0]) if row else 0


def give_known(engine: Engine, before: dt.date) -> None:
    """Offer the policies published until a day, and the keys of all rows."""
    with database().transaction(NIGHTLY) as session:
        pins = {name: published_until(session, name, before) for name in POLICY_DATASETS}
    for name, found in pins.items():
        give_days(engine, f"known_{name}", name, found)
    # a policy's key holds its day, so its states of earlier days cannot be there again
    keys = [
        f"select '{name}' as dataset, {KEYS[name][0]}::varchar as row_key from known_{name}"
        for name in POLICY_DATASETS
        if name != "policy"
    ]
    engine.connection.execute(f"create or replace view known_row as {' union all '.join(keys)}")


def _take_out(engine: Engine, rows: list[dict[str, Any]]) -> None:
    """Take rows out of the delivery by dataset and key."""
    by_dataset: dict[str, set[str]] = {}
    for row in rows:
        by_dataset.setdefault(row["dataset"], set()).add(row["row_key"])
    for dataset, keys in by_dataset.items():
        key = key_text(dataset)
        table = f"delivered_{dataset}"
        engine.connection.execute(
            f"create or replace table {table} as select * from {table} where {key} not in (select unnest(?))",
            [sorted(keys)],
        )
    if by_dataset:
        engine.make("delivered_row")


def publish_policies(chunk: Chunk) -> StepResult:
    """Move the pointers of the four datasets, of their totals, and of all days at once."""
    return publish(
        chunk,
        dict.fromkeys((*POLICY_DATASETS, *TOTALS), "gate"),
        lambda engine, chunk: days_not_asked(engine, chunk, POLICY_DATASETS),
        counted="premium",
        along=settle_events,
    )


POLICIES_JOB = Job(
    key=POLICIES_KEY,
    title=_l("Policies and premiums"),
    steps=(
        Step("organisation", take_organisation),
        Step("download", download_policies),
        Step("gate", gate_policies),
        Step("publish", publish_policies),
    ),
)
