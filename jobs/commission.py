"""The month-end commission run: from a month's facts and rules to everybody's statement, versioned and published at once.

Steps: compute closed months again about which something was learned; compute the month, which looks back at them; write
statements; reconcile; publish. The business date of a run is the month's last day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine
from calc.columns import COLUMNS
from jobs.inputs import open_engine
from jobs.job import Chunk, Job, Refused, Step, StepResult
from jobs.month_compute import MADE, REACH_MONTHS, compute_month
from jobs.month_problems import keep_problems
from jobs.policy_facts import give_facts
from jobs.publish import publish
from jobs.retro import closed_months, first_late
from portal.database import database
from portal.models.agents import AgentPeriod
from portal.models.commission import Adjustment, MonthState
from portal.models.rulebooks import Rulebook
from portal.permissions import NIGHTLY
from portal.query.pins import files_of, pin
from portal.query.rulebook_rules import known_rules
from portal.query.run_order import COMMISSION_KEY
from portal.query.statement import last_of
from portal.services.commission_months import open_month
from portal.services.refusal import Refusal
from portal.services.writer import writing

FACT_VALUES = ("policy_value", "premium_value", "renewal_due_value", "policy_end_value")
LINE_COLUMNS = ("agent_id", "line", "for_month", "earned", "cut", "held", "released", "paid")
AGAIN = "agent_value_again"  # values of closed months as a later run found them
DATASETS = (*MADE, *FACT_VALUES, AGAIN, "statement_line", "line_change")


def month_of(chunk: Chunk) -> dt.date:
    """The first day of the chunk's month. A run of another day than a month's last is refused."""
    if len(chunk.dates) != 1 or chunk.last_date != last_of(chunk.last_date):
        raise Refused(f"A commission run is that of a month's last day, not of {chunk.dates[0]}.")
    return chunk.last_date.replace(day=1)


def paying_rulebooks(session: Session, month: dt.date) -> list[Rulebook]:
    """The rulebooks by which somebody is paid in a month."""
    channels = select(AgentPeriod.channel).where(AgentPeriod.valid_from <= last_of(month), AgentPeriod.valid_to > month)
    known = session.scalars(select(Rulebook).where(Rulebook.code.in_(channels)).order_by(Rulebook.code)).all()
    missing = session.scalars(channels.where(AgentPeriod.channel.not_in([one.code for one in known])).limit(1)).first()
    if missing is not None:
        raise Refused(
            f"Agents are paid by the rulebook {missing!r}, which is not there: begin it under Rules > Rulebooks."
        )
    return list(known)


def compute(chunk: Chunk) -> StepResult:
    """Everybody's values, lines and problems of the month, by each rulebook."""
    month = month_of(chunk)
    agents = lines = problems = 0
    with database().transaction(NIGHTLY) as session:
        for book in paying_rulebooks(session, month):
            _must_be_open(book, month)
            history = [*history_files(session, month), *_computed_again(chunk, book)]
            with open_engine(chunk) as engine:
                found = compute_month(
                    engine, session, known_rules(session, book.id), book.code, month, as_of=chunk.last_date,
                    history=history,
                )  # fmt: skip
                folder = chunk.folder / "compute" / book.code
                for name in made_by(engine):
                    _save(engine, chunk, book.code, name, folder / f"{name}.parquet")
                _save_by_old_rules(chunk, engine, session, book, history, folder)
                agents += engine.rows("agent")
            lines, problems = lines + found.run.lines, problems + found.run.problems
    return StepResult(
        rows_in=agents, rows_out=lines, rows_held=problems, message=f"{agents} agents, {problems} problems"
    )


def _must_be_open(book: Rulebook, month: dt.date) -> None:
    try:
        with writing(NIGHTLY) as writer:
            here = open_month(writer, book.id, month)
    except Refusal as refusal:
        raise Refused(f"{book.name}: {refusal.sentence}") from refusal
    if here.state != MonthState.OPEN:
        raise Refused(f"{month:%Y-%m} of {book.name} is {here.state}: a month that is not open is not computed again.")


def history_files(session: Session, month: dt.date) -> list[str]:
    """The published values of the months before, as far back as formulas may look, with those computed again since."""
    return files_of(pin(session, ["agent_value", AGAIN], month_ends_before(month, REACH_MONTHS)).values())


def _computed_again(chunk: Chunk, book: Rulebook) -> list[str]:
    """What this run found of closed months."""
    return [str(file) for file in sorted((chunk.folder / "retro" / book.code).glob("*/agent_value.parquet"))]


def month_ends_before(month: dt.date, count: int) -> list[dt.date]:
    """The last days of the months before one, newest first."""
    found, here = [], month
    for _number in range(count):
        here = (here - dt.timedelta(days=1)).replace(day=1)
        found.append(last_of(here))
    return found


def made_by(engine: Engine) -> list[str]:
    """Those of the tables a month may make that it did make: a law without teams' values makes none of them."""
    have = {row[0] for row in engine.connection.execute("select table_name from information_schema.tables").fetchall()}
    return [name for name in (*MADE, *FACT_VALUES) if name in have]


def _save(engine: Engine, chunk: Chunk, rulebook: str, name: str, file: Path) -> None:
    """A made table with its rulebook and, where it is about an agent, the seat that decides who sees it."""
    columns = [row[0] for row in engine.connection.execute(f'describe "{name}"').fetchall()]
    if "agent_id" in columns:
        source = f'(select made.*, seat_id from "{name}" as made left join agent using (agent_id))'
    elif "team_id" in columns:
        source = f'(select *, team_id as seat_id from "{name}")'
    else:
        source = f'(select *, institution_id as seat_id from "{name}")'
    engine.connection.execute(
        f"create or replace view to_save as select date '{chunk.last_date}' as business_date, '{rulebook}' as rulebook, * "
        f"from {source}"
    )
    engine.save("to_save", file)


def _save_by_old_rules(
    chunk: Chunk, engine: Engine, session: Session, book: Rulebook, history: Sequence[str], folder: Path
) -> None:
    """The month's lines by the rules of the month before, for telling what the rules changed; often they are the same."""
    month = month_of(chunk)
    before = month - dt.timedelta(days=1)
    rules = known_rules(session, book.id)
    changed = rules.days_of_change(before, last_of(month) + dt.timedelta(days=1))
    if not changed or not any(one.valid_from <= before for one in rules.completes):
        engine.save("line_amount", folder / "other_rules.parquet")
        return
    with open_engine(chunk) as other:
        compute_month(other, session, rules.until(before), book.code, month, as_of=chunk.last_date, history=history)
        other.save("line_amount", folder / "other_rules.parquet")


def retro(chunk: Chunk) -> StepResult:
    """Closed months about which something was learned, computed again with all that is known now."""
    month = month_of(chunk)
    again, told = 0, []
    with database().transaction(NIGHTLY) as session:
        for book in paying_rulebooks(session, month):
            months = closed_months(session, book.id, month)
            with open_engine(chunk) as engine:
                give_facts(engine, session, chunk.last_date)
                late = first_late(engine, session, book.id, book.code, months, chunk.last_date)
            if late is not None:
                told.append(f"{late.month:%Y-%m}: {late.why}")
                again += _again(chunk, session, book, [one.month for one in months if one.month >= late.month])
    return StepResult(
        rows_out=again, message=f"{again} months computed again" + (f" ({'; '.join(told)})" if told else "")
    )


def _again(chunk: Chunk, session: Session, book: Rulebook, months: Sequence[dt.date]) -> int:
    """Compute closed months once more, oldest first: each looks back at those before as they are now."""
    files = history_files(session, months[0])
    for month in months:
        folder = chunk.folder / "retro" / book.code / f"{month:%Y-%m}"
        with open_engine(chunk) as engine:
            compute_month(
                engine, session, known_rules(session, book.id), book.code, month, as_of=chunk.last_date, history=files
            )
            for name in ("agent_value", "line_amount", "row_problem"):
                _save(engine, chunk, book.code, name, folder / f"{name}.parquet")
        files = [*files, str(folder / "agent_value.parquet")]
    return len(months)


def statement(chunk: Chunk) -> StepResult:
    """Everybody's statement: the month's lines, differences of closed months, adjustments; and what moved each line."""
    month = month_of(chunk)
    folder = chunk.folder / "statement"
    rows = 0
    with database().transaction(NIGHTLY) as session:
        for book in paying_rulebooks(session, month):
            with open_engine(chunk) as engine:
                _give_lines(engine, session, chunk, book, month)
                rows += engine.make("statement_line")
                engine.make("line_change")
                engine.connection.execute(
                    f"create or replace view statement_to_save as select date '{chunk.last_date}' as business_date, "
                    f"'{book.code}' as rulebook, statement_line.*, "
                    "coalesce(seat.seat_id, stated.seat_id) as seat_id, coalesce(seat.team_id, stated.team_id) as team_id, "
                    "coalesce(seat.institution_id, stated.institution_id) as institution_id from statement_line "
                    "left join seat using (agent_id) left join stated_seat as stated using (agent_id)"
                )
                engine.save(
                    "statement_to_save", folder / book.code / "statement_line.parquet", "seat_id, agent_id, line"
                )
                engine.connection.execute(
                    f"create or replace view change_to_save as select date '{chunk.last_date}' as business_date, "
                    f"'{book.code}' as rulebook, * from line_change"
                )
                engine.save("change_to_save", folder / book.code / "line_change.parquet", "line")
    return StepResult(rows_in=rows, rows_out=rows)


def _give_lines(engine: Engine, session: Session, chunk: Chunk, book: Rulebook, month: dt.date) -> None:
    """Offer what `statement_line` and `line_change` read."""
    run = engine.connection.execute
    here = chunk.folder / "compute" / book.code
    run(f"create table open_month as select date '{month}' as in_month")
    parts = [f"select *, date '{month}' as for_month from read_parquet('{here / 'line_amount.parquet'}')"]
    for again in sorted((chunk.folder / "retro" / book.code).glob("*/line_amount.parquet")):
        parts.append(f"select *, date '{again.parent.name}-01' as for_month from read_parquet('{again}')")
    listed = ", ".join(LINE_COLUMNS)
    run(f"create table month_line as {' union all '.join(f'(select {listed} from ({part}))' for part in parts)}")
    run(
        "create table seat as select agent_id, any_value(seat_id) as seat_id, any_value(team_id) as team_id, "
        f"any_value(institution_id) as institution_id from read_parquet('{here / 'line_amount.parquet'}') group by all"
    )
    _give_stated(engine, session, book, month)
    rows = session.execute(
        select(Adjustment.person_id, Adjustment.for_month, Adjustment.amount).where(
            Adjustment.rulebook_id == book.id, Adjustment.in_month == month, Adjustment.state == "approved"
        )
    ).all()
    engine.give("adjustment", pa.table({
        "agent_id": pa.array([row[0] for row in rows], pa.int64()),
        "for_month": pa.array([row[1] for row in rows], pa.date32()),
        "amount": pa.array([row[2] for row in rows], pa.decimal128(18, 2)),
    }))  # fmt: skip
    run(f"create view this_line as select agent_id, line, paid from read_parquet('{here / 'line_amount.parquet'}')")
    run(
        f"create view other_rules_line as select agent_id, line, paid from read_parquet('{here / 'other_rules.parquet'}')"
    )
    run("create view this_agent as select agent_id from seat")
    _give_last_month(engine, session, book, month)


def _give_stated(engine: Engine, session: Session, book: Rulebook, month: dt.date) -> None:
    """What earlier statements said, and where their people sat last."""
    files = files_of(pin(session, ["statement_line"], month_ends_before(month, REACH_MONTHS)).values())
    if not files:
        listed = ", ".join(f'"{name}" {COLUMNS[name]}' for name in LINE_COLUMNS)
        engine.connection.execute(f"create table stated_line ({listed})")
        engine.connection.execute(
            "create table stated_seat (agent_id bigint, seat_id bigint, team_id bigint, institution_id bigint)"
        )
        return
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    source = f"read_parquet([{names}], union_by_name = true) where rulebook = '{book.code}'"
    engine.connection.execute(f"create table stated_line as select {', '.join(LINE_COLUMNS)} from {source}")
    engine.connection.execute(
        "create table stated_seat as select agent_id, arg_max(seat_id, in_month) as seat_id, "
        f"arg_max(team_id, in_month) as team_id, arg_max(institution_id, in_month) as institution_id from {source} group by all"
    )


def _give_last_month(engine: Engine, session: Session, book: Rulebook, month: dt.date) -> None:
    """The lines and people of the month before."""
    before = month_ends_before(month, 1)
    pins = pin(session, ["line_amount", "agent_value"], before)
    for name, dataset, columns in (
        ("last_line", "line_amount", "agent_id, line, paid"), ("last_agent", "agent_value", "agent_id"),
    ):  # fmt: skip
        found = [one for one in pins.values() if one.dataset == dataset]
        if not found:
            listed = ", ".join(f"{column} {COLUMNS[column]}" for column in columns.split(", "))
            engine.connection.execute(f"create table {name} ({listed})")
            continue
        names = ", ".join("'" + file.replace("'", "''") + "'" for file in files_of(found))
        engine.connection.execute(
            f"create view {name} as select {columns} from read_parquet([{names}], union_by_name = true) "
            f"where rulebook = '{book.code}'"
        )


def reconcile(chunk: Chunk) -> StepResult:
    """Each person's problems become problems of the run, with names; a run that has some cannot be frozen."""
    found = keep_problems(chunk, sorted((chunk.folder / "compute").glob("*/row_problem.parquet")))
    return StepResult(rows_in=found, rows_held=found, message=f"{found} problems")


def publish_month(chunk: Chunk) -> StepResult:
    """Move the pointers of all datasets at once."""
    with open_engine(chunk) as engine:
        for name in DATASETS:
            files = ", ".join(f"'{file}'" for file in _parts(chunk, name))
            rows = f"read_parquet([{files}], union_by_name = true)" if files else NO_ROWS
            engine.connection.execute(f'create or replace view "{name}" as select * from {rows}')
            engine.save(name, chunk.folder / "whole" / f"{name}.parquet")
    return publish(chunk, dict.fromkeys(DATASETS, "whole"), lambda _engine, _chunk: [], counted="statement_line")


def _parts(chunk: Chunk, name: str) -> list[Path]:
    """The files of a dataset, one a rulebook."""
    if name == AGAIN:
        return sorted((chunk.folder / "retro").glob("*/*/agent_value.parquet"))
    step = "statement" if name in ("statement_line", "line_change") else "compute"
    return sorted((chunk.folder / step).glob(f"*/{name}.parquet"))


NO_ROWS = "(select null::date as business_date, null::varchar as rulebook, null::bigint as seat_id where false)"
COMMISSION_JOB = Job(
    key=COMMISSION_KEY,
    title=_l("Commission month"),
    steps=(
        Step("retro", retro),
        Step("compute", compute),
        Step("statement", statement),
        Step("reconcile", reconcile),
        Step("publish", publish_month),
    ),
)
