"""Step `gate`: hold the delivery to the house's checks before anything is computed from it.

*error* stops the run and leaves yesterday's figures in place; *quarantine* sets rows aside up to a threshold; *warning*
publishes with a flag. Every finding is kept with its row until a person acknowledges it with a reason.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert

from calc import Engine, step, steps
from jobs.inputs import open_engine
from jobs.job import AS_IT_STANDS, Chunk, Refused, StepResult
from jobs.lasting import narrow
from jobs.opening import give_opening
from portal.database import database
from portal.models.runs import Problem
from portal.permissions import NIGHTLY
from portal.sentence import Sentence

DOWNLOADED = ("movement", "account", "product", "exchange_rate", "reporting", "ftp_rate", "share", "position")
QUARANTINE_SHARE = decimal.Decimal("0.01")  # of the rows; more is an error as a whole
KEPT_PROBLEMS = 500  # of one rule and chunk; the count is always told


def checks(severity: str, room: str = "quality") -> list[str]:
    """The names of the checks of a severity: of the bank's deliveries, or of those whose checks stand in another room."""
    return [name for name, found in steps().items() if found.room == room and found.notes.get("severity") == severity]


def gate(chunk: Chunk) -> StepResult:
    """Run all checks; leave clean movements and the end-of-day order in the chunk's folder."""
    with open_engine(chunk) as engine:
        for name in DOWNLOADED:
            engine.give_files(name, [chunk.folder / "download" / f"{name}.parquet"])
        give_opening(engine, chunk)
        engine.make("price")
        way = narrow(engine, chunk)
        engine.make("opening_account")
        delivered = engine.rows("movement")
        held = {name: findings_of(engine, name) for name in checks("quarantine")}
        kept_out = [row["movement_id"] for rows in held.values() for row in rows]
        _set_aside(engine, kept_out)
        if kept_out and len(kept_out) > delivered * QUARANTINE_SHARE:
            keep_findings(chunk, "error", held)
            raise Refused(
                Sentence("%(held)s of %(delivered)s movements would be set aside, more than %(share)s %%.",
                         held=len(kept_out), delivered=delivered, share=(QUARANTINE_SHARE * 100).normalize())
            )  # fmt: skip
        engine.make("day_order")
        engine.make("end_of_day")
        errors = {name: findings_of(engine, name) for name in checks("error")}
        warnings = {name: findings_of(engine, name) for name in checks("warning")}
        keep_findings(chunk, "error", errors, "quarantine", held, "warning", warnings)
        wrong = [finding_sentence(name, row) for name, rows in errors.items() for row in rows]
        if wrong:
            raise Refused(and_more(wrong))
        folder = chunk.folder / "gate"
        for name in ("movement", "opening_account", "end_of_day", "price"):
            engine.save(name, folder / f"{name}.parquet")
        flagged = sum(len(rows) for rows in warnings.values())
    return StepResult(
        rows_in=delivered,
        rows_out=delivered - len(kept_out),
        rows_held=len(kept_out),
        message=Sentence("%(warnings)s; %(way)s", warnings=Sentence("%(count)s warnings", count=flagged), way=way),
    )


def findings_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    """What a check finds, a row each."""
    engine.make(name)
    rows: list[dict[str, Any]] = engine.fetch(name).to_pylist()
    return rows


def and_more(wrong: list[Sentence]) -> Sentence:
    """The first of several sentences, and how many more there are."""
    more = Sentence(" And %(more)s more; see the run's problems.", more=len(wrong) - 1) if len(wrong) > 1 else ""
    return Sentence("%(first)s%(more)s", first=wrong[0], more=more)


def _set_aside(engine: Engine, movement_ids: list[int]) -> None:
    engine.connection.execute(
        "create table clean as select * from movement where movement_id not in (select unnest(?))", [movement_ids]
    )
    engine.connection.execute("drop view movement")
    engine.connection.execute("alter table clean rename to movement")


def keep_findings(chunk: Chunk, *graded: Any) -> None:
    """Write the findings of this chunk, replacing those of a try that was killed."""
    rows = [
        {
            "chunk": chunk.id, "business_date": found["business_date"] or chunk.last_date, "rule": name,
            "severity": severity, "dataset": found.get("dataset", "movement"),
            "message": str(finding_sentence(name, found)),
            "row": {column: _plain(value) for column, value in found.items() if column != "message"},
        }
        for severity, by_check in zip(graded[::2], graded[1::2], strict=True)
        for name, findings in by_check.items()
        for found in findings[:KEPT_PROBLEMS]
    ]  # fmt: skip
    with database().transaction(NIGHTLY) as session:
        session.execute(delete(Problem).where(Problem.chunk == chunk.id))
        if rows:
            session.execute(insert(Problem), rows)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, decimal.Decimal | dt.date) else value


def finding_sentence(name: str, found: Mapping[str, Any]) -> Sentence:
    """What a check says of one row."""
    said = step(name).notes.get("says")
    if said is None:
        return Sentence(AS_IT_STANDS, text=str(found["message"]))
    return Sentence(said, **{column: _plain(value) for column, value in found.items()})
