"""What a delivery of policies came to: control totals, events between deliveries, rows set aside; kept for the month's end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from calc import Engine, step
from jobs.job import Chunk
from portal.sources.base import Control, amount_column
from portal.sources.insurer import KEYS, MONEY

TOTALS = ("delivery_total", "set_aside_row")  # the datasets that are published beside the delivery's own
KEY, DAY, TEXT, COUNT = pa.int64(), pa.date32(), pa.string(), pa.int64()


def give_totals(engine: Engine, chunk: Chunk, controls: Sequence[Control]) -> None:
    """Keep what the source says it sent."""
    engine.give("control", pa.table({
        "dataset": pa.array([one.dataset for one in controls], TEXT),
        "first_day": pa.array([one.first_day or one.business_date for one in controls], DAY),
        "business_date": pa.array([one.business_date for one in controls], DAY),
        "rows": pa.array([one.rows for one in controls], COUNT),
        "amount": pa.array([one.amount for one in controls], MONEY),
    }))  # fmt: skip
    engine.save("control", chunk.folder / "download" / "control.parquet")


def note_delivered(engine: Engine) -> None:
    """Remember every delivered row with its amount, before any is set aside, and which of them came as events.

    Rows that were published as events before, and are delivered now, are among them: they are kept out as well.
    """
    parts = [
        f"select '{name}' as dataset, {_row_key(name)} as row_key, business_date, policy_id, agent_no, "
        f"{amount_column(name)} as amount from {table}_{name}"
        for name in KEYS
        for table in ("delivered", "late")
    ]
    engine.connection.execute(f"create or replace table whole_row as {' union all '.join(parts)}")
    engine.connection.execute(
        "create or replace table sent_row as select dataset, business_date, amount "
        "from whole_row join event_fate using (dataset, row_key) where fate = 'along'"
    )


def save_totals(engine: Engine, chunk: Chunk, held: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """What was set aside by which check, and each day's totals."""
    found = [
        (row["business_date"], row["dataset"], row["row_key"], rule) for rule, rows in held.items() for row in rows
    ]
    names = (("business_date", DAY), ("dataset", TEXT), ("row_key", TEXT), ("rule", TEXT))
    engine.give(
        "aside_finding", pa.table({name: pa.array([row[at] for row in found], kind) for at, (name, kind) in enumerate(names)})
    )  # fmt: skip
    engine.connection.execute(
        "create or replace table kept_out as from whole_row anti join delivered_row using (dataset, row_key)"
    )
    control = chunk.folder / "download" / "control.parquet"
    if control.exists():
        engine.give_files("control", [control])
    else:  # a download that is used again and was kept before there were totals
        engine.give_empty("control", step("delivery_total").reads["control"])
    for name in reversed(TOTALS):
        engine.make(name)
        engine.save(name, chunk.folder / "gate" / f"{name}.parquet")


def _row_key(dataset: str) -> str:
    """A row's key as the checks name it."""
    return "policy_id || ' ' || business_date" if dataset == "policy" else f"{KEYS[dataset][0]}::varchar"
