"""Step `commission` of the job `intraday`: what the running month comes to so far, by the rules in force, for every agent.

It is a month's computation on what was delivered and what came since; nothing of it is a statement. What stands in its way is told
by the step and leaves the month without figures: it never stops the day's other ones.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from calc import Engine
from calc.step import StepError
from jobs.inputs import open_engine
from jobs.job import Chunk, Refused, StepResult
from jobs.month_compute import compute_month
from jobs.months import paying_rulebooks
from jobs.policy_events import POLICY_DATASETS
from portal.database import database
from portal.models.rulebooks import Rulebook
from portal.permissions import NIGHTLY
from portal.query.month_facts import history_files
from portal.query.month_so_far import SO_FAR
from portal.query.rulebook_rules import known_rules
from portal.sentence import Sentence

COLUMNS = (
    "business_date date, rulebook varchar, month date, agent_id bigint, seat_id bigint, line varchar, paid decimal(18,2), "
    "lacking bigint"
)


def commission(chunk: Chunk) -> StepResult:
    """Every line of every agent for the month of the chunk's day, as it stands."""
    month = chunk.last_date.replace(day=1)
    told: list[Sentence] = []
    with open_engine(chunk) as made:
        made.connection.execute(f"create or replace table {SO_FAR} ({COLUMNS})")
        with database().transaction(NIGHTLY) as session:
            try:
                books = paying_rulebooks(session, month)
            except Refused as refused:
                books, told = [], [refused.sentence]
            for book in books:
                try:
                    _add_lines(made, chunk, session, book, month)
                except (Refused, StepError) as problem:
                    told.append(Sentence("%(book)s: %(why)s", book=book.name, why=_sentence(problem)))
        rows = made.rows(SO_FAR)
        made.save(SO_FAR, chunk.folder / "commission" / f"{SO_FAR}.parquet", "business_date, seat_id, agent_id, line")
    said = Sentence("%(count)s lines of the month so far", count=rows)
    for one in told:
        said = Sentence("%(before)s; %(more)s", before=said, more=one)
    return StepResult(rows_out=rows, message=said)


def _sentence(problem: Refused | StepError) -> Sentence | str:
    return problem.sentence if isinstance(problem, Refused) else str(problem)


def _add_lines(made: Engine, chunk: Chunk, session: Session, book: Rulebook, month: dt.date) -> None:
    """One rulebook's agents."""
    with open_engine(chunk) as engine:
        compute_month(
            engine, session, known_rules(session, book.id), book.code, month, as_of=chunk.last_date,
            history=history_files(session, month), along=lambda: _add_events(engine, chunk),
        )  # fmt: skip
        engine.connection.execute(
            "create table line_so_far as select line_amount.agent_id, any_value(agent.seat_id) as seat_id, line, "
            "coalesce(sum(paid), 0) as paid, count(*) filter (paid is null) as lacking "
            "from line_amount join agent using (agent_id) group by all"
        )
        lines = engine.fetch("line_so_far")
    made.give("line_so_far", lines)
    made.connection.execute(
        f"insert into {SO_FAR} by name select date '{chunk.last_date}' as business_date, ? as rulebook, "
        f"date '{month}' as month, * from line_so_far where paid <> 0 or lacking > 0",
        [book.code],
    )


def _add_events(engine: Engine, chunk: Chunk) -> None:
    """What came since the last delivery stands beside what was delivered; of a policy its newest state counts."""
    for name in POLICY_DATASETS:
        came = f"read_parquet('{chunk.folder / 'gate' / f'{name}.parquet'}')"
        if name == "policy":
            engine.connection.execute(f"delete from policy where policy_id in (select policy_id from {came})")
            engine.connection.execute(f"insert into policy by name select * from {came}")
            continue
        engine.connection.execute(f"create or replace table came as select * from {name} union all by name from {came}")
        kind = engine.connection.execute(
            "select table_type from information_schema.tables where table_name = ?", [name]
        ).fetchall()[0][0]
        engine.connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")
        engine.connection.execute(f"alter table came rename to {name}")
