"""Step `reconcile` of a commission run: what came in against what is paid, held or refused, and against the core's totals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine
from jobs.inputs import open_engine
from jobs.job import Chunk, StepResult
from jobs.month_held_lines import give_held_policies
from jobs.month_problems import keep_problems
from jobs.months import month_of, paying_rulebooks
from jobs.retro import closed_months
from portal.database import database
from portal.models.agents import AgentPeriod
from portal.models.commission import PayHold
from portal.models.rulebooks import Rulebook
from portal.permissions import NIGHTLY
from portal.query.pins import Pin, pin
from portal.query.policy_facts import give_days
from portal.query.runs import CONTROL_RULE
from portal.query.statement import last_of
from portal.sentence import Sentence

RECONCILED = ("month_policy", "premium_control")
KEY, DAY, TEXT = pa.int64(), pa.date32(), pa.string()
NO_PROBLEM = (
    "select null::varchar as rulebook, null::varchar as grain, null::varchar as row_key, null::bigint as agent_id, "
    "null::varchar as element, null::varchar as reason where false"
)


def reconcile(chunk: Chunk) -> StepResult:
    """Account for every policy and premium of the month; what does not come out is a problem, as is each row without a value."""
    month = month_of(chunk)
    with database().transaction(NIGHTLY) as session, open_engine(chunk) as engine:
        books = paying_rulebooks(session, month)
        _give_delivered(engine, session, month)
        _give_people(engine, session, books, month)
        _give_problems(engine, chunk, books)
        give_held_policies(engine, session, chunk, books, month)
        for name in RECONCILED:
            engine.make(name)
            engine.connection.execute(
                f"create or replace view to_save as select date '{chunk.last_date}' as business_date, * from {name}"
            )
            engine.save("to_save", chunk.folder / "reconcile" / f"{name}.parquet")
        policies = engine.rows("month_policy")
        wrong = control_problems(engine)
    found = keep_problems(chunk, row_problem_files(chunk), [(CONTROL_RULE, "", said) for said in wrong])
    told = Sentence("%(policies)s policies, %(problems)s problems", policies=policies, problems=found)
    return StepResult(rows_in=policies, rows_out=policies, rows_held=found, message=told)


def control_problems(engine: Engine) -> list[Sentence]:
    """Deliveries that do not come to their control total, and premiums that no part of the month accounts for."""
    days = engine.connection.execute(
        "select delivered_on, control_amount, difference_amount from premium_control where difference_amount <> 0 order by 1"
    ).fetchall()
    wrong = [
        Sentence("Premiums delivered on %(day)s miss the core's control total of %(control)s by %(difference)s: bring the delivery "
                 "again.", day=str(day), control=control, difference=difference)
        for day, control, difference in days
    ]  # fmt: skip
    taken, judged = engine.connection.execute(
        "select (select coalesce(sum(amount), 0) from receipt), "
        "(select coalesce(sum(amount), 0) from month_policy where reason <> 'set_aside')"
    ).fetchall()[0]
    if taken != judged:
        wrong.append(
            Sentence("Premiums of %(taken)s were taken in; paid, held and refused come to %(judged)s.",
                     taken=taken, judged=judged)
        )  # fmt: skip
    return wrong


def row_problem_files(chunk: Chunk) -> dict[Path, tuple[str, str]]:
    """The tables of rows without a value: whose rulebook, and of which closed month where it was computed again."""
    return {
        **{file: (file.parent.name, "") for file in sorted((chunk.folder / "compute").glob("*/row_problem.parquet"))},
        **{file: (file.parent.parent.name, file.parent.name)
           for file in sorted((chunk.folder / "retro").glob("*/*/row_problem.parquet"))},
    }  # fmt: skip


def _give_delivered(engine: Engine, session: Session, month: dt.date) -> None:
    """Offer what was delivered on the days of the month."""
    days = [month + dt.timedelta(days=count) for count in range((last_of(month) - month).days + 1)]
    for name, dataset in (
        ("receipt", "premium"), ("policy_row", "policy"), ("delivery_total", "delivery_total"),
        ("set_aside_row", "set_aside_row"),
    ):  # fmt: skip
        give_days(engine, name, dataset, list(pin(session, [dataset], days).values()))
    run = engine.connection.execute
    run(f"create table open_month as select date '{month}' as in_month")
    run(
        "create view issue as select policy_id, any_value(agent_id) as agent_id, any_value(institution_id) as institution_id "
        f"from policy_row where issued_on between date '{month}' and date '{last_of(month)}' group by policy_id"
    )
    delivered: Sequence[Pin] = list(pin(session, ["premium"], days).values())
    engine.give("delivered_day", pa.table({"business_date": pa.array([one.business_date for one in delivered], DAY)}))


def _give_people(engine: Engine, session: Session, books: Sequence[Rulebook], month: dt.date) -> None:
    """Offer which rulebook each agent is paid by in which month, which months are paid, and whose whole pay is held."""
    paid = [(book.code, month) for book in books]
    paid += [(book.code, one.month) for book in books for one in closed_months(session, book.id, month)]
    _give(engine, "paying_month", (("rulebook", TEXT), ("month", DAY)), paid)
    periods = session.execute(
        select(AgentPeriod.agent_id, AgentPeriod.channel, AgentPeriod.valid_from, AgentPeriod.valid_to).where(
            AgentPeriod.channel.in_([book.code for book in books]), AgentPeriod.valid_from <= last_of(month),
            AgentPeriod.valid_to > min(one for _code, one in paid),
        )
    ).all()  # fmt: skip
    columns = (("agent_id", KEY), ("rulebook", TEXT), ("valid_from", DAY), ("valid_to", DAY))
    _give(engine, "contract_period", columns, periods)
    engine.connection.execute(CONTRACT)
    codes = {book.id: book.code for book in books}
    held = session.execute(
        select(PayHold.rulebook_id, PayHold.person_id, PayHold.id).where(
            PayHold.rulebook_id.in_(codes), PayHold.state == "approved", PayHold.line == "", PayHold.from_month <= month,
            PayHold.released_month.is_(None) | (PayHold.released_month > month),
        )
    ).all()  # fmt: skip
    rows_held = [(codes[row[0]], row[1], row[2]) for row in held]
    _give(engine, "held_agent", (("rulebook", TEXT), ("agent_id", KEY), ("hold_id", KEY)), rows_held)


def _give_problems(engine: Engine, chunk: Chunk, books: Sequence[Rulebook]) -> None:
    """Offer rows without a value, and agents whose pay could not be worked out because of one."""
    parts, unpaid = [NO_PROBLEM], []
    for book in books:
        here = chunk.folder / "compute" / book.code
        parts.append(
            f"select '{book.code}', grain, row_key, agent_id, element, reason "
            f"from read_parquet('{here / 'row_problem.parquet'}')"
        )
        unpaid.append(
            f"select '{book.code}' as rulebook, agent_id from read_parquet('{here / 'line_amount.parquet'}') where paid is null"
        )
    run = engine.connection.execute
    run(f"create table pay_problem as {' union all '.join(parts)}")
    run(
        f"""create table unpaid_agent as
            select rulebook, agent_id, coalesce(min(element), '') as element, coalesce(min_by(reason, element), '') as reason
            from ({" union all ".join(unpaid)}) left join (from pay_problem where grain = 'agent') using (rulebook, agent_id)
            group by rulebook, agent_id"""
    )


def _give(
    engine: Engine, name: str, columns: Sequence[tuple[str, pa.DataType]], rows: Sequence[Sequence[object]]
) -> None:
    engine.give(
        name, pa.table({column: pa.array([row[at] for row in rows], kind) for at, (column, kind) in enumerate(columns)})
    )  # fmt: skip


# of two contracts in a month the later one decides, as for the pay itself
CONTRACT = """
create table contract as
select agent_id, contract_period.rulebook, month
from contract_period
join (select distinct month from paying_month) as months
    on valid_from < month + interval 1 month and valid_to > month
where agent_id in (select agent_id from receipt union all select agent_id from issue)
qualify row_number() over (partition by agent_id, month order by valid_from desc) = 1
"""
