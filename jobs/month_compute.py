"""One month of one rulebook on an engine: everything the plan reads is given, then it runs. Statements, retro and trials use it.

`as_of` is the last business date whose deliveries count: a month computed again later takes what was delivered since. A policy
counts as it was at the month's end; one that was delivered later, as it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook import MonthRun
from jobs.job import Refused
from jobs.month_rules import MonthRules, month_rules, run_rules
from portal.query.month_facts import give_history, priced
from portal.query.pins import Pin
from portal.query.policy_facts import facts_until, give_facts
from portal.query.rulebook_rules import Rules
from portal.query.sales_force import agents_of, relations_of, teams_of, unseated
from portal.query.statement import last_of
from portal.sentence import Sentence

Facts = Mapping[str, Sequence[Pin]]
MADE = ("agent_value", "team_value", "institution_value", "line_amount", "ladder_move", "row_problem")


@dataclass(frozen=True, slots=True)
class Computed:
    """A month that was run: its rules, what the plan counted, and the deliveries that were read."""

    rules: MonthRules
    run: MonthRun
    read: Facts


def give_people(engine: Engine, session: Session, channel: str, month: dt.date) -> int:
    """Offer the month's agents, teams and relations; gives back how many agents there are."""
    last = last_of(month)
    without = unseated(session, channel, month, last)
    if without:
        raise Refused(
            Sentence("%(count)s agents have a contract in %(month)s but work nowhere, the first of them %(agent)s: give them a "
                     "position in Administration > People.",
                     count=len(without), month=f"{month:%Y-%m}", agent=without[0])
        )  # fmt: skip
    agents = agents_of(session, channel, month, last)
    engine.give("agent", agents)
    engine.give("team", teams_of(session, last))
    engine.give("relation", relations_of(session, last))
    engine.give(
        "month", pa.table({"first_day": pa.array([month], pa.date32()), "last_day": pa.array([last], pa.date32())})
    )
    count: int = agents.num_rows
    return count


def give_month(
    engine: Engine, session: Session, channel: str, month: dt.date, *, as_of: dt.date, facts: Facts | None = None
) -> None:
    """Offer a month's people and all facts delivered until a day. Who asks for several months pins the `facts` once."""
    give_people(engine, session, channel, month)
    give_facts(engine, facts_until(session, as_of) if facts is None else facts, as_of, then=last_of(month))


def compute_month(
    engine: Engine,
    session: Session,
    rules: Rules,
    channel: str,
    month: dt.date,
    *,
    as_of: dt.date,
    history: Sequence[str] = (),
    along: Callable[[], None] | None = None,
) -> Computed:
    """Run a month; the engine then holds the tables of decision 0007. `along` adds facts to those that were delivered."""
    facts = facts_until(session, as_of)
    give_month(engine, session, channel, month, as_of=as_of, facts=facts)
    if along is not None:
        along()
    give_history(engine, history, month)
    made = month_rules(session, rules, *priced(engine, rules, month))
    engine.give("rules", made.table)
    return Computed(made, run_rules(engine, made.plan), facts)
