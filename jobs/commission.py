"""The month-end commission run: from a month's facts and rules to everybody's statement, versioned and published at once.

Steps: compute closed months again about which something was learned; compute the month, which looks back at them; write
statements; reconcile; publish. The business date of a run is the month's last day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook.declared import CLAW_BACK, NEGATIVE_BALANCE
from jobs.inputs import open_engine
from jobs.job import Chunk, Job, Refused, Step, StepResult
from jobs.month_compute import MADE, Computed, compute_month
from jobs.month_read import PEOPLE, READ, give_people_read, save_read
from jobs.month_reconcile import RECONCILED, reconcile
from jobs.month_statement import CLAWED, statement
from jobs.months import month_of, paying_rulebooks
from jobs.publish import publish
from jobs.retro import closed_months, first_late
from portal.database import database
from portal.models.rulebooks import Rulebook
from portal.permissions import NIGHTLY
from portal.query.month_facts import AGAIN, history_files
from portal.query.policy_facts import facts_until, give_facts
from portal.query.rulebook_rules import known_rules
from portal.query.run_order import COMMISSION_KEY
from portal.query.statement import last_of
from portal.sentence import Sentence
from portal.services.commission_months import open_month, why_not_computed
from portal.services.writer import writing

FACT_VALUES = ("policy_value", "premium_value", "renewal_due_value", "policy_end_value")
KEPT_AGAIN = tuple(f"{name}_again" for name in (*FACT_VALUES, *PEOPLE))
DATASETS = (*MADE, *FACT_VALUES, READ, *PEOPLE, AGAIN, "statement_line", "line_change", *RECONCILED, *KEPT_AGAIN)


def compute(chunk: Chunk) -> StepResult:
    """Everybody's values, lines and problems of the month, by each rulebook."""
    month = month_of(chunk)
    agents = lines = problems = 0
    with database().transaction(NIGHTLY) as session:
        for book in paying_rulebooks(session, month):
            _must_be_open(session, book, month)
            history = [*history_files(session, month), *_computed_again(chunk, book)]
            with open_engine(chunk) as engine:
                found = compute_month(
                    engine, session, known_rules(session, book.id), book.code, month, as_of=chunk.last_date,
                    history=history,
                )  # fmt: skip
                folder = chunk.folder / "compute" / book.code
                give_people_read(engine)
                for name in (*made_by(engine), *PEOPLE):
                    _save(engine, chunk, book.code, name, folder / f"{name}.parquet")
                save_read(engine, chunk, book.code, month, found.read, folder)
                _save_by_old_rules(chunk, engine, session, book, history, folder)
                _save_clawed(engine, found, month, folder)
                agents += engine.rows("agent")
            lines, problems = lines + found.run.lines, problems + found.run.problems
    return StepResult(
        rows_in=agents, rows_out=lines, rows_held=problems,
        message=Sentence("%(agents)s agents, %(problems)s problems", agents=agents, problems=problems),
    )  # fmt: skip


def _must_be_open(session: Session, book: Rulebook, month: dt.date) -> None:
    """Open the month unless it is; one that is frozen, closed or not due yet is refused."""
    why = why_not_computed(session, book.id, month)
    if why is not None:
        raise Refused(Sentence("%(book)s: %(why)s", book=book.name, why=why))
    with writing(NIGHTLY) as writer:
        open_month(writer, book.id, month)


def _computed_again(chunk: Chunk, book: Rulebook) -> list[str]:
    """What this run found of closed months."""
    return [str(file) for file in sorted((chunk.folder / "retro" / book.code).glob("*/agent_value.parquet"))]


def made_by(engine: Engine) -> list[str]:
    """Those of the tables a month may make that it did make: a law without teams' values makes none of them."""
    have = {row[0] for row in engine.connection.execute("select table_name from information_schema.tables").fetchall()}
    return [name for name in (*MADE, *FACT_VALUES) if name in have]


def _save(engine: Engine, chunk: Chunk, rulebook: str, name: str, file: Path) -> None:
    """A made table with its rulebook and, where it is about an agent, the seat that decides who sees it."""
    columns = [row[0] for row in engine.connection.execute(f'describe "{name}"').fetchall()]
    if "agent_id" in columns:
        beside = "seat_id, agent.rank" if name == "line_amount" else "seat_id"  # reports add pay up by rank
        source = f'(select made.*, {beside} from "{name}" as made left join agent using (agent_id))'
    elif "team_id" in columns:
        source = f'(select *, team_id as seat_id from "{name}")'
    else:
        source = f'(select *, institution_id as seat_id from "{name}")'
    engine.connection.execute(
        f"create or replace view to_save as select date '{chunk.last_date}' as business_date, '{rulebook}' as rulebook, * "
        f"from {source}"
    )
    engine.save("to_save", file)


def _save_clawed(engine: Engine, found: Computed, month: dt.date, folder: Path) -> None:
    """Whose rules, at the month's end, claw a negative month back instead of carrying it on."""
    clawing = [
        number for number, one in found.rules.checked.items()
        if (parameter := one.book.parameters.get(NEGATIVE_BALANCE)) is not None and parameter.value == CLAW_BACK
    ]  # fmt: skip
    engine.connection.execute(
        f"create or replace table {CLAWED} as select agent_id from agent join rules using (institution_id) "
        f"where valid_from <= date '{last_of(month)}' and (valid_to is null or valid_to > date '{last_of(month)}') "
        f"and variant in (select unnest({clawing}::bigint[]))"
    )
    engine.save(CLAWED, folder / f"{CLAWED}.parquet")


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
    again = 0
    told: list[Sentence] = []
    with database().transaction(NIGHTLY) as session:
        for book in paying_rulebooks(session, month):
            months = closed_months(session, book.id, month)
            with open_engine(chunk) as engine:
                give_facts(engine, facts_until(session, chunk.last_date), chunk.last_date)
                late = first_late(engine, session, book.id, months, chunk.last_date)
            if late is not None:
                told.append(Sentence("%(month)s: %(why)s", month=f"{late.month:%Y-%m}", why=late.why))
                again += _again(chunk, session, book, [one.month for one in months if one.month >= late.month])
    said = Sentence("%(count)s months computed again", count=again)
    for one in told:
        said = Sentence("%(before)s; %(more)s", before=said, more=one)
    return StepResult(rows_out=again, message=said)


def _again(chunk: Chunk, session: Session, book: Rulebook, months: Sequence[dt.date]) -> int:
    """Compute closed months once more, oldest first: each looks back at those before as they are now."""
    files = history_files(session, months[0])
    for month in months:
        folder = chunk.folder / "retro" / book.code / f"{month:%Y-%m}"
        with open_engine(chunk) as engine:
            found = compute_month(
                engine, session, known_rules(session, book.id), book.code, month, as_of=chunk.last_date, history=files
            )
            for name in ("agent_value", "line_amount", "row_problem"):
                _save(engine, chunk, book.code, name, folder / f"{name}.parquet")
            give_people_read(engine)
            for name in (*(set(FACT_VALUES) & set(made_by(engine))), *PEOPLE):
                dated = f'create or replace view "{name}_again" as select *, date \'{month}\' as month from "{name}"'
                engine.connection.execute(dated)
                _save(engine, chunk, book.code, f"{name}_again", folder / f"{name}_again.parquet")
            save_read(engine, chunk, book.code, month, found.read, folder)
        files = [*files, str(folder / "agent_value.parquet")]
    return len(months)


def publish_month(chunk: Chunk) -> StepResult:
    """Move the pointers of all datasets at once."""
    with open_engine(chunk) as engine:
        for name in DATASETS:
            files = ", ".join(f"'{file}'" for file in _parts(chunk, name))
            rows = f"read_parquet([{files}], union_by_name = true)" if files else NO_ROWS
            if files and name in KEPT_AGAIN:
                rows = f"{rows} as again semi join statement_line as said on {OF_A_DIFFERENCE}"
            engine.connection.execute(f'create or replace view "{name}" as select * from {rows}')
            engine.save(name, chunk.folder / "whole" / f"{name}.parquet")
    return publish(chunk, dict.fromkeys(DATASETS, "whole"), lambda _engine, _chunk: [], counted="statement_line")


def _parts(chunk: Chunk, name: str) -> list[Path]:
    """The files of a dataset: one a rulebook, or one of all."""
    if name == AGAIN:
        return sorted((chunk.folder / "retro").glob("*/*/agent_value.parquet"))
    if name in KEPT_AGAIN:
        return sorted((chunk.folder / "retro").glob(f"*/*/{name}.parquet"))
    if name == READ:
        again = (chunk.folder / "retro").glob(f"*/*/{READ}.parquet")
        return sorted([*(chunk.folder / "compute").glob(f"*/{READ}.parquet"), *again])
    if name in RECONCILED:
        return [chunk.folder / "reconcile" / f"{name}.parquet"]
    step = "statement" if name in ("statement_line", "line_change") else "compute"
    return sorted((chunk.folder / step).glob(f"*/{name}.parquet"))


# what rows of a closed month came to is kept of those who are paid a difference for it: nobody else's is asked for
OF_A_DIFFERENCE = "again.rulebook = said.rulebook and again.agent_id = said.agent_id and again.month = said.for_month"
NO_ROWS = (
    "(select null::date as business_date, null::varchar as rulebook, null::bigint as seat_id, null::bigint as agent_id, "
    "null::date as month where false)"
)
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
