"""Several sets of rules on one month, side by side: what they agree on is made once, the rest by each on a thread of its own."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from calc.engine import Engine
from calc.rulebook.kept import made_each_time, marks_of
from calc.rulebook.plan import Plan
from calc.rulebook.running import MonthRun, run_steps


@dataclass(frozen=True, slots=True)
class Side:
    """One set of rules: its plan, the engine that holds `rules` and `history` as they are by it, and their marks (`run_month`)."""

    plan: Plan
    engine: Engine  # beside the one that holds the month
    given: Mapping[str, str] = field(default_factory=dict)


def run_abreast(engine: Engine, sides: Mapping[str, Side]) -> dict[str, MonthRun]:
    """The month of an engine by each of some sets of rules, who leave their tables on their own engines.

    The engine itself is given what the first of them is given. Raises UnfitMonth where a table does not fit the first book that it
    does not fit.
    """
    first = next(iter(sides.values()))
    agreed = agreed_on([marks_of(side.plan, side.given) for side in sides.values()])
    if agreed:
        run_steps(
            engine, first.plan,
            lambda step: step.table in agreed or (step.table == "row_problem" and step.kind == "make"), telling=False,
        )  # fmt: skip
    with engine.shared_by(len(sides)), ThreadPoolExecutor(len(sides), "side") as pool:
        runs = {
            name: pool.submit(
                run_steps, side.engine, side.plan, lambda step: step.table not in agreed or made_each_time(step.table)
            )
            for name, side in sides.items()
        }
        wait(runs.values())
        return {name: run.result() for name, run in runs.items()}


def agreed_on(marks: list[dict[str, str]]) -> frozenset[str]:
    """The tables that all make from the same."""
    first, *others = marks
    return frozenset(name for name, mark in first.items() if all(other.get(name) == mark for other in others))
