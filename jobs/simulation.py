"""What a draft would do to everyone's pay: the same months computed by the rules as they are, and with the draft on top.

What does not hang on the draft is kept for the next try (`jobs/simulation_ground.py`). The result is small (sums, a distribution,
the largest changes) and is stored with the draft, bound to what the draft said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.job import Refused
from jobs.month_rules import MonthRules, month_rules
from jobs.simulation_ground import Grounds
from jobs.simulation_trial import DRAFT, NOW, Tell, Trial
from portal.models.organisation import Person
from portal.models.rulebooks import Rulebook, RulebookVersion
from portal.query.rulebook_rules import Key, Rules, known_rules, with_parameter
from portal.query.statement import last_of
from portal.sentence import Sentence

BARS, LARGEST = 21, 10
MOST_TRIES = 24


@dataclass(frozen=True, slots=True)
class Goal:
    """Move one parameter so that a month costs no more than an amount, and as near to it as the parameter's decimals allow."""

    parameter: str
    budget_amount: Decimal


def simulate(
    session: Session,
    version: RulebookVersion,
    months: Sequence[dt.date],
    goal: Goal | None,
    grounds: Grounds,
    tell: Tell = lambda sentence: None,
) -> dict[str, Any]:
    """The stored result of a simulation. Raises Refused when a month cannot be computed."""
    with trying(session, version, months, grounds, tell) as (trial, draft):
        found_goal = None
        if goal is not None:
            found_goal, draft = seek(trial, draft, version, goal)
        else:
            trial.compute(trial_rules(draft, version, trial.months))
        return {**_result(trial, session, version), "goal": found_goal}


def prepare(
    session: Session, version: RulebookVersion, months: Sequence[dt.date], grounds: Grounds, tell: Tell
) -> None:
    """Make what a simulation of these months needs and no draft changes, and read the draft, before anybody asks."""
    with trying(session, version, months, grounds, tell) as (trial, draft):
        trial.compute()
        trial.read(trial_rules(draft, version, trial.months))


@contextmanager
def trying(
    session: Session, version: RulebookVersion, months: Sequence[dt.date], grounds: Grounds, tell: Tell
) -> Iterator[tuple[Trial, Rules]]:
    """The months to try a draft on, and the draft on top of the rules as they are."""
    book = session.get_one(Rulebook, version.rulebook_id)
    draft = known_rules(session, book.id, draft_id=version.id)
    trial = Trial(session, book, known_rules(session, book.id), months, grounds, tell)
    try:
        yield trial, draft
    finally:
        trial.close()


def trial_rules(rules: Rules, version: RulebookVersion, months: Sequence[dt.date]) -> Rules:
    """The rules as if the draft had held in the months it is tried on: it begins with the first of them."""
    return rules.begun_by(version.id, min(months))


def seek(trial: Trial, draft: Rules, version: RulebookVersion, goal: Goal) -> tuple[dict[str, str], Rules]:
    """Halve the range of the parameter's bounds until its smallest step; the cost must rise or fall all the way."""
    key: Key = ("parameters", goal.parameter)
    quantity = _quantity(trial, draft, version, goal.parameter)
    step = Decimal(1).scaleb(-quantity.decimals)
    budget = goal.budget_amount * len(trial.months)

    def cost(value: Decimal) -> Decimal:
        tried = with_parameter(draft, version.id, key, value)
        trial.compute(trial_rules(tried, version, trial.months))
        return trial.total(DRAFT)

    low, high = quantity.low, quantity.high
    cost_low, cost_high = cost(low), cost(high)
    if not min(cost_low, cost_high) <= budget <= max(cost_low, cost_high):
        raise Refused(
            Sentence(
                "No value of %(parameter)s between %(low)s and %(high)s makes the months cost %(budget)s: "
                "they cost %(cost_low)s to %(cost_high)s.",
                parameter=goal.parameter,
                low=low,
                high=high,
                budget=budget,
                cost_low=cost_low,
                cost_high=cost_high,
            )
        )
    rises = cost_high >= cost_low
    for _try in range(MOST_TRIES):
        if high - low <= step:
            break
        middle = ((low + high) / 2 / step).to_integral_value() * step
        if middle in (low, high):
            break
        trial.tell(f"{goal.parameter} = {middle}")
        if (cost(middle) <= budget) == rises:
            low = middle
        else:
            high = middle
    best = low if rises else high
    total = cost(best)
    return (
        {"parameter": goal.parameter, "value": str(best), "cost": str(total), "budget": str(budget)},
        with_parameter(draft, version.id, key, best),
    )


@dataclass(frozen=True, slots=True)
class _Range:
    low: Decimal
    high: Decimal
    decimals: int


def _quantity(trial: Trial, draft: Rules, version: RulebookVersion, name: str) -> _Range:
    rules = trial_rules(draft, version, trial.months)
    checked = month_rules(
        trial.session, rules, [version.institution_id], trial.months[-1], last_of(trial.months[-1])
    ).checked
    parameter = next((one.book.parameters[name] for one in checked.values() if name in one.book.parameters), None)
    if parameter is None or parameter.quantity.low is None or parameter.quantity.high is None:
        raise Refused(
            Sentence("The parameter %(parameter)s has no bounds to look between: declare them.", parameter=name)
        )
    decimals = {"money": 2, "rate": 6, "number": 6}.get(parameter.quantity.unit.value, 0)
    declared = parameter.quantity.decimals
    return _Range(parameter.quantity.low, parameter.quantity.high, decimals if declared is None else declared)


def _result(trial: Trial, session: Session, version: RulebookVersion) -> dict[str, Any]:
    run = trial.engine.connection.execute
    run(COMPARED)
    before, after = trial.total(NOW), trial.total(DRAFT)
    people = run(
        "select count(*) filter (change > 0), count(*) filter (change < 0), count(*), min(change), max(change) from changed_agent"
    ).fetchone() or (0, 0, 0, None, None)
    return {
        "months": [f"{month:%Y-%m}" for month in trial.months],
        "agents": people[2], "winners": people[0], "losers": people[1], "problems": trial.problems,
        "before": str(before), "after": str(after), "change": str(after - before),
        "budget": str(version.budget_amount * len(trial.months)) if version.budget_amount is not None else None,
        "by_institution": _by(trial, "institution_id"), "by_rank": _by(trial, "rank"), "by_line": _by(trial, "line"),
        "spread": _spread(trial, people[3], people[4]),
        "largest": _largest(trial, session),
    }  # fmt: skip


def _by(trial: Trial, column: str) -> list[dict[str, Any]]:
    """Sums before and after by one property, the largest change first."""
    source = "changed_line" if column == "line" else "changed_month"
    rows = trial.engine.connection.execute(
        f"select {column}, sum(before), sum(after), count(distinct agent_id) from {source} group by all "
        "order by abs(sum(after) - sum(before)) desc, 1"
    ).fetchall()
    return [
        {"key": key, "before": str(before), "after": str(after), "change": str(after - before), "agents": agents}
        for key, before, after, agents in rows
    ]


def _spread(trial: Trial, least: Decimal | None, most: Decimal | None) -> list[dict[str, Any]]:
    """How many agents gain or lose how much: bars of one round width, those without a change apart."""
    if least is None or most is None or least == most == 0:
        return []
    width = _round_width((most - least) / BARS)
    rows = trial.engine.connection.execute(
        "select floor(change / $width)::bigint as bar, count(*) from changed_agent where change <> 0 group by all order by all",
        {"width": width},
    ).fetchall()
    return [{"from": str(bar * width), "to": str((bar + 1) * width), "agents": count} for bar, count in rows]


def _round_width(rough: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten, at least so much."""
    size = Decimal(1).scaleb(max(rough, Decimal("0.01")).adjusted())
    return next(size * step for step in (1, 2, 5, 10) if size * step >= rough)


def _largest(trial: Trial, session: Session) -> list[dict[str, Any]]:
    """The agents whose pay changes most, with the line that changes it most and the changed elements behind that line."""
    rows = trial.engine.connection.execute(LARGEST_CHANGES, {"most": LARGEST}).fetchall()
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_([row[0] for row in rows]))).all())
    names_zh = dict(
        session.execute(select(Person.id, Person.name_zh).where(Person.id.in_([row[0] for row in rows]))).all()
    )
    changed = changed_elements(trial.rules[NOW], trial.rules[DRAFT])
    return [
        {
            "agent_id": agent, "name": names.get(agent, str(agent)), "name_zh": names_zh.get(agent, ""), "rank": rank,
            "before": str(before), "after": str(after), "change": str(after - before), "line": line,
            "line_change": str(line_change), "because": sorted(behind(trial.rules[DRAFT], line) & changed),
        }
        for agent, rank, before, after, line, line_change in rows
    ]  # fmt: skip


def changed_elements(before: MonthRules, after: MonthRules) -> set[str]:
    """Names of elements that differ in some variant; parameters as `p.name`."""

    def all_of(rules: MonthRules) -> dict[Key, set[str]]:
        found: dict[Key, set[str]] = {}
        for variant in rules.variants.values():
            for key, held in variant.elements.items():
                found.setdefault(key, set()).add(str(held.content))
        return found

    one, other = all_of(before), all_of(after)
    keys = {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
    return {f"p.{name}" if section == "parameters" else name for section, name in keys}


def behind(rules: MonthRules, line: str) -> set[str]:
    """Every element that decides what a line pays, itself included: also those of its cap, its hold and its release."""
    uses: dict[str, set[str]] = {}
    for checked in rules.checked.values():
        for name, used in checked.uses.items():
            uses.setdefault(name, set()).update(used)
    found: set[str] = set()
    waiting = [line, *uses.get(f"line {line}", ())]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += uses.get(here, ())
    return found


COMPARED = """
create or replace view changed_line as
select month, agent_id, institution_id, line, coalesce(paid, 0) as before, 0 as after from now_line
union all
select month, agent_id, institution_id, line, 0 as before, coalesce(paid, 0) as after from draft_line;
create or replace table changed_month as
select month, agent_id, institution_id, rank, before, after
from (select month, agent_id, any_value(institution_id) as institution_id, sum(before) as before, sum(after) as after
      from changed_line group by month, agent_id) join now_agent using (month, agent_id);
create or replace table changed_agent as
select agent_id, any_value(rank) as rank, sum(before) as before, sum(after) as after, sum(after) - sum(before) as change
from changed_month group by agent_id
"""
LARGEST_CHANGES = """
with most as (select * from changed_agent where change <> 0 order by abs(change) desc, agent_id limit $most),
line as (
    select agent_id, line, sum(after) - sum(before) as change from changed_line semi join most using (agent_id)
    group by all
)
select most.agent_id, most.rank, most.before, most.after,
       (select line from line where line.agent_id = most.agent_id order by abs(change) desc, line limit 1),
       (select change from line where line.agent_id = most.agent_id order by abs(change) desc, line limit 1)
from most order by abs(change) desc, agent_id
"""
