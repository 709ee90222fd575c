"""Step `statement` of a commission run: what each agent's month says and pays, and what moved each line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine
from jobs.inputs import open_engine
from jobs.job import Chunk, StepResult
from jobs.months import month_of, paying_rulebooks
from portal.database import database
from portal.models.commission import Adjustment, CommissionMonth, PayHold
from portal.models.rulebooks import Rulebook
from portal.permissions import NIGHTLY
from portal.query.month_facts import REACH_MONTHS, month_ends_before
from portal.query.pins import Pin, files_of, pin
from portal.query.statement import DATASET, OWED_AFTER, PAY_HOLD, last_of

LINE_COLUMNS = ("agent_id", "line", "for_month", "earned", "cut", "held", "released", "paid")
SEATS = ("seat_id", "team_id", "institution_id", "rank")
MADE = ("own_line", "hold_line", "owed_line", "statement_line", "line_change")
STATED = ("agent_id", "line", "in_month", "for_month", "hold_id", "held", "released", "paid")
NO_RANK = "select null::varchar as rank where false"  # statements made before ranks stood beside them have none
CLAWED = "clawed_agent"  # whose rules claw a negative month back
KEY, DAY, TEXT, MONEY = pa.int64(), pa.date32(), pa.string(), pa.decimal128(18, 2)


def statement(chunk: Chunk) -> StepResult:
    """Everybody's statement: lines, differences of closed months, adjustments, holds, what is carried; and what moved each line."""
    month = month_of(chunk)
    folder = chunk.folder / "statement"
    rows = 0
    with database().transaction(NIGHTLY) as session:
        for book in paying_rulebooks(session, month):
            with open_engine(chunk) as engine:
                give_lines(engine, session, chunk, book, month)
                for name in MADE:
                    engine.make(name)
                rows += engine.rows("statement_line")
                _offer(engine, chunk, book, "statement_to_save", SEATED)
                engine.save(
                    "statement_to_save", folder / book.code / "statement_line.parquet", "seat_id, agent_id, line"
                )
                _offer(engine, chunk, book, "change_to_save", "select * from line_change")
                engine.save("change_to_save", folder / book.code / "line_change.parquet", "line")
    return StepResult(rows_in=rows, rows_out=rows)


SEATED = f"""
    select statement_line.*, {", ".join(f"coalesce(seat.{name}, stated.{name}) as {name}" for name in SEATS)}
    from statement_line left join seat using (agent_id) left join stated_seat as stated using (agent_id)
"""


def _offer(engine: Engine, chunk: Chunk, book: Rulebook, name: str, select: str) -> None:
    """A view of rows with the run's date and rulebook."""
    engine.connection.execute(
        f"create or replace view {name} as select date '{chunk.last_date}' as business_date, '{book.code}' as rulebook, * "
        f"from ({select})"
    )


def give_lines(engine: Engine, session: Session, chunk: Chunk, book: Rulebook, month: dt.date) -> None:
    """Offer what the steps of a statement read."""
    run = engine.connection.execute
    here = chunk.folder / "compute" / book.code
    run(f"create table open_month as select date '{month}' as in_month")
    parts = [f"select *, date '{month}' as for_month from read_parquet('{here / 'line_amount.parquet'}')"]
    for again in sorted((chunk.folder / "retro" / book.code).glob("*/line_amount.parquet")):
        parts.append(f"select *, date '{again.parent.name}-01' as for_month from read_parquet('{again}')")
    listed = ", ".join(LINE_COLUMNS)
    run(f"create table month_line as {' union all '.join(f'(select {listed} from ({part}))' for part in parts)}")
    seats = ", ".join(f"any_value({name}) as {name}" for name in SEATS)
    run(
        f"create table seat as select agent_id, {seats} from read_parquet('{here / 'line_amount.parquet'}') group by all"
    )
    _give_stated(engine, session, book, month)
    _give_decided(engine, session, book, month)
    _give_carried(engine, session, book, month)
    engine.give_files(CLAWED, [here / f"{CLAWED}.parquet"])
    run(f"create view this_line as select agent_id, line, paid from read_parquet('{here / 'line_amount.parquet'}')")
    run(
        f"create view other_rules_line as select agent_id, line, paid from read_parquet('{here / 'other_rules.parquet'}')"
    )
    run("create view this_agent as select agent_id from seat")
    _give_last_month(engine, session, book, month)


def _give_stated(engine: Engine, session: Session, book: Rulebook, month: dt.date) -> None:
    """What earlier statements said, and where their people sat last."""
    source = _of_book(pin(session, [DATASET], month_ends_before(month, REACH_MONTHS)).values(), book)
    if not source:
        engine.give_empty("stated_line", LINE_COLUMNS)
        engine.give_empty("stated_seat", ("agent_id", *SEATS))
        return
    engine.connection.execute(f"create table stated_line as select {', '.join(LINE_COLUMNS)} from {source}")
    seats = ", ".join(f"arg_max({name}, in_month) as {name}" for name in SEATS)
    engine.connection.execute(
        f"create table stated_seat as select agent_id, {seats} from (from {source} union all by name {NO_RANK}) group by all"
    )


def _give_decided(engine: Engine, session: Session, book: Rulebook, month: dt.date) -> None:
    """What people decided about the month: adjustments, each of its own; and holds that begin with it or began before."""
    adjusted = session.execute(
        select(Adjustment.id, Adjustment.person_id, Adjustment.for_month, Adjustment.amount).where(
            Adjustment.rulebook_id == book.id, Adjustment.in_month == month, Adjustment.state == "approved"
        )
    ).all()
    _give(engine, "adjustment", {"adjustment_id": KEY, "agent_id": KEY, "for_month": DAY, "amount": MONEY}, adjusted)
    held = session.execute(
        select(PayHold.id, PayHold.person_id, PayHold.line, PayHold.released_month).where(
            PayHold.rulebook_id == book.id, PayHold.from_month <= month, PayHold.state == "approved"
        )
    ).all()
    _give(engine, "hold", {"hold_id": KEY, "agent_id": KEY, "line": TEXT, "released_month": DAY}, held)


def _give_carried(engine: Engine, session: Session, book: Rulebook, month: dt.date) -> None:
    """What holds keep of all earlier months, however long ago, and what the month before carried on."""
    before = session.scalars(
        select(CommissionMonth.month)
        .where(CommissionMonth.rulebook_id == book.id, CommissionMonth.month < month)
        .order_by(CommissionMonth.month.desc())
    ).all()
    pins = pin(session, [DATASET], [last_of(one) for one in before])
    # months that were published before there were holds have no column that names one
    run = engine.connection.execute
    run(
        "create table stated (agent_id bigint, line varchar, in_month date, for_month date, hold_id bigint, "
        "held decimal(18,2), released decimal(18,2), paid decimal(18,2))"
    )
    source = _of_book(pins.values(), book)
    if source:
        named = "|".join(STATED)
        run(f"insert into stated by name select columns('^({named})$') from {source}")
    run(
        "create table kept as select hold_id, for_month, sum(held - released) as amount from stated "
        f"where line = '{PAY_HOLD}' group by all having sum(held - released) <> 0"
    )
    latest = f"date '{before[0]}'" if before else "null"
    run(
        "create table owed as select agent_id, sum(paid) as amount from stated "
        f"where line = '{OWED_AFTER}' and in_month = {latest} group by all"
    )


def _give_last_month(engine: Engine, session: Session, book: Rulebook, month: dt.date) -> None:
    """The lines and people of the month before."""
    pins = pin(session, ["line_amount", "agent_value"], month_ends_before(month, 1))
    for name, dataset, columns in (
        ("last_line", "line_amount", ("agent_id", "line", "paid")), ("last_agent", "agent_value", ("agent_id",)),
    ):  # fmt: skip
        source = _of_book([one for one in pins.values() if one.dataset == dataset], book)
        if source:
            engine.connection.execute(f"create view {name} as select {', '.join(columns)} from {source}")
        else:
            engine.give_empty(name, columns)


def _of_book(pins: Iterable[Pin], book: Rulebook) -> str:
    """A rulebook's rows of some pinned files, as something to select from; empty where there are none."""
    files = files_of(pins)
    if not files:
        return ""
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"(select * from read_parquet([{names}], union_by_name = true) where rulebook = '{book.code}')"


def _give(engine: Engine, name: str, columns: dict[str, pa.DataType], rows: Sequence[Sequence[object]]) -> None:
    """Offer rows of the database under the names and types of the house."""
    engine.give(
        name, pa.table({column: pa.array([row[at] for row in rows], kind) for at, (column, kind) in enumerate(columns.items())})
    )  # fmt: skip
