"""Events between deliveries, in a run: which rows come along, which the delivery holds anyway, what became of each event.

A row counts once, whichever way and however often it comes. The delivery's row goes before an event's; a row that came as an
event on an earlier day and is delivered later alike is left out; of one policy's states of a day the newest event counts.
Nothing that another system sends stops a run: what cannot be used is set aside and says why.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from calc import Engine
from jobs.gate import finding_sentence
from jobs.job import Chunk, Refused
from portal.models.agents import PolicyEvent
from portal.sentence import Sentence
from portal.settings import settings
from portal.sources.base import DATASETS
from portal.sources.conform import conform
from portal.sources.insurer import KEYS, SCHEMAS

POLICY_DATASETS = DATASETS["insurer"]
LATE_DAYS = 62  # how long after an event the delivery may still bring its row
FATES = "event_fate"
SETTLE_LOCK = 7_301_020  # of two runs that publish events, the later one sees what the earlier one settled
Held = Mapping[str, Sequence[Mapping[str, Any]]]  # findings by check


def take_events(session: Session, chunk: Chunk) -> list[PolicyEvent]:
    """The events of the chunk's dates; those that no publication settled are given to the first date since they came.

    Once settled they stay their date's: a later attempt takes them again.
    """
    zone = ZoneInfo(settings().timezone).key
    session.execute(WAITING, {"first": chunk.first_date, "last": chunk.last_date, "zone": zone})
    wanted = select(PolicyEvent).where(PolicyEvent.business_date.in_(chunk.dates)).order_by(PolicyEvent.id)
    return list(session.scalars(wanted))


def open_events(session: Session) -> list[PolicyEvent]:
    """The events that no published delivery day holds yet."""
    return list(session.scalars(select(PolicyEvent).where(PolicyEvent.outcome.is_(None)).order_by(PolicyEvent.id)))


def sent_before(session: Session, chunk: Chunk) -> list[PolicyEvent]:
    """The events published not long before the chunk's days: the delivery may bring their rows now."""
    since = chunk.first_date - dt.timedelta(days=LATE_DAYS)
    wanted = select(PolicyEvent).where(
        PolicyEvent.outcome == "published", PolicyEvent.dataset != "policy", PolicyEvent.business_date >= since,
        PolicyEvent.business_date < chunk.first_date,
    )  # fmt: skip
    return list(session.scalars(wanted))


def keep_events(
    engine: Engine, chunk: Chunk, prefix: str, events: Sequence[PolicyEvent], day: dt.date | None = None
) -> None:
    """Leave events in the chunk's folder as rows of their datasets, each with the number of its event.

    Their business date is that of the run that takes them, or the one that is given.
    """
    for name in POLICY_DATASETS:
        engine.give(f"{prefix}_{name}", event_rows(name, [one for one in events if one.dataset == name], day))
        engine.save(f"{prefix}_{name}", chunk.folder / "download" / f"{prefix}_{name}.parquet")


def event_rows(dataset: str, events: Sequence[PolicyEvent], day: dt.date | None = None) -> pa.Table:
    """Events as rows of a dataset, with `event_id` behind its columns."""
    schema = SCHEMAS[dataset]
    rows = [{**one.content, "business_date": str(day or one.business_date)} for one in events]
    cells = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in schema.names}
    table = conform(pa.table(cells), schema, f"{dataset} events")
    return table.append_column("event_id", pa.array([one.id for one in events], pa.int64()))


def join_events(engine: Engine, chunk: Chunk) -> None:
    """Bring the events that count into the delivered tables; `event_fate` says what becomes of each. Needs `known_row`."""
    engine.connection.execute(
        f"create or replace table {FATES} (event_id bigint, dataset varchar, row_key varchar, fate varchar, differing varchar)"
    )
    for name in POLICY_DATASETS:
        for prefix in ("event", "sent"):
            file = chunk.folder / "download" / f"{prefix}_{name}.parquet"
            engine.give(f"{prefix}_{name}", pq.read_table(file))
        columns = SCHEMAS[name].names
        compared = [column for column in columns if column != "business_date"]
        alike = " and ".join(f"sent.{column} is not distinct from delivered.{column}" for column in compared)
        sent = f"exists (select 1 from sent_{name} as sent where {alike})"
        for made, condition in (
            ("late", sent),
            ("delivered", f"not {sent}"),
        ):  # in this order: the second takes the first away
            engine.connection.execute(
                f"create or replace table {made}_{name} as select {', '.join(columns)} from delivered_{name} as delivered "
                f"where {condition}"
            )
        engine.connection.execute(_fates(name, compared))
        engine.connection.execute(
            f"insert into delivered_{name} by name select * exclude (event_id) from event_{name} "
            f"where event_id in (select event_id from {FATES} where fate = 'along')"
        )

    late = [
        f"select business_date, '{name}' as dataset, {key_text(name)} as row_key from late_{name}"
        for name in POLICY_DATASETS
    ]
    engine.connection.execute(f"create or replace view late_row as {' union all '.join(late)}")


def _fates(name: str, compared: Sequence[str]) -> str:
    """What becomes of a dataset's events, before any check of their content."""
    counting, others = ("event_id desc", "replaced") if name == "policy" else ("event_id", "repeated")
    keys = KEYS[name]
    same_key = " and ".join(f"event.{key} = delivered.{key}" for key in keys)
    differing = ", ".join(
        f"case when event.{one} is distinct from delivered.{one} then '{one}' end" for one in compared
    )
    return f"""
        insert into {FATES}
        with numbered as (
            select *, {key_text(name)} as row_key,
                   row_number() over (partition by {", ".join(keys)} order by {counting}) as place
            from event_{name}
        )
        select event_id, '{name}', row_key, case
                   when delivered.{keys[0]} is not null then 'confirmed'
                   when row_key in (select row_key from known_row where dataset = '{name}') then 'repeated'
                   when place > 1 then '{others}'
                   else 'along' end,
               concat_ws(', ', {differing})
        from numbered as event left join delivered_{name} as delivered on {same_key}
    """


def key_text(dataset: str) -> str:
    """A row's key as findings name it."""
    return "policy_id || ' ' || business_date" if dataset == "policy" else f"{KEYS[dataset][0]}::varchar"


def keep_fates(engine: Engine, chunk: Chunk, held: Held) -> None:
    """Leave what became of each event beside the gate's tables, once the checks have set aside what they found."""
    said = {
        (row["dataset"], row["row_key"]): finding_sentence(name, row) for name, rows in held.items() for row in rows
    }
    rows = engine.connection.execute(
        f"select event_id, dataset, row_key, fate, differing, exists (select 1 from delivered_row as kept "
        f"where kept.dataset = fates.dataset and kept.row_key = fates.row_key) from {FATES} as fates order by event_id"
    ).fetchall()
    fates = []
    for event_id, dataset, key, fate, differing, kept in rows:
        outcome, sentence = _outcome(dataset, key, fate, differing, kept, said)
        fates.append({"event_id": event_id, "outcome": outcome, "said": sentence.kept() if sentence else None})
    file = chunk.folder / "gate" / f"{FATES}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(fates, ensure_ascii=False), encoding="utf-8")


def _outcome(
    dataset: str, key: str, fate: str, differing: str, kept: bool, said: Mapping[tuple[str, str], Sentence]
) -> tuple[str, Sentence | None]:
    about = {"dataset": dataset, "row_key": key}
    if fate == "confirmed":
        if not differing:
            return "confirmed", None
        return "confirmed", Sentence(
            "The daily delivery says otherwise of %(dataset)s %(row_key)s in %(columns)s; it counts.",
            columns=differing, **about,
        )  # fmt: skip
    if fate == "replaced":
        return "replaced", Sentence("A later event of the same day says how the policy stands.")
    if fate == "repeated":
        return "set_aside", Sentence("%(dataset)s %(row_key)s came before, and counts once.", **about)
    if kept:
        return "published", None
    return "set_aside", said.get((dataset, key), Sentence("%(dataset)s %(row_key)s could not be used.", **about))


def settle_events(session: Session, chunk: Chunk) -> None:
    """Write down what became of the chunk's events, in the transaction that publishes their rows."""
    _lock(session)
    session.execute(SETTLE, {"fates": _kept_fates(chunk)})


def show_events(session: Session, chunk: Chunk) -> None:
    """Write down that the chunk's events stand in the day's provisional figures, and which of them cannot be used.

    Raises:
        Refused: a delivery day was published meanwhile with some of them, so these figures would count them again.
    """
    _lock(session)
    fates = _kept_fates(chunk)
    if session.execute(SETTLED, {"fates": fates}).first() is not None:
        raise Refused(
            Sentence("A daily run published some of these events meanwhile; the next intraday run shows the others.")
        )
    session.execute(SHOWN, {"fates": fates})


def _lock(session: Session) -> None:
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": SETTLE_LOCK})


def _kept_fates(chunk: Chunk) -> str:
    return (chunk.folder / "gate" / f"{FATES}.json").read_text(encoding="utf-8")


FATE = "jsonb_to_recordset(cast(:fates as jsonb)) as fate(event_id bigint, outcome text, said jsonb)"
WAITING = text("""
update policy_event
set business_date = greatest((received_at at time zone :zone)::date, cast(:first as date))
where outcome is null and (received_at at time zone :zone)::date <= :last
  and (business_date is null or business_date not between :first and :last)
""")
SETTLE = text(f"""
update policy_event set outcome = fate.outcome, said = fate.said, settled_at = clock_timestamp()
from {FATE} where id = event_id
""")
SETTLED = text(f"select from policy_event join {FATE} on id = event_id where policy_event.outcome is not null limit 1")
SHOWN = text(f"""
update policy_event set shown_at = clock_timestamp(), said = fate.said from {FATE} where id = event_id
""")
