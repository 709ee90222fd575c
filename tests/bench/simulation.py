"""A simulation's computation: a month of 100,000 agents by forty formulas, by the rules in force and by a draft, and what differs.

What a person waits for besides: the place in the queue of the jobs process, reading the facts, and the picture.
"""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from calc import Engine
from calc.rulebook import Side, compile_plan, run_abreast
from calc.rulebook.check import check
from calc.rulebook.elements import Book
from jobs.simulation import COMPARED, _by, _spread
from jobs.simulation_trial import DRAFT, NOW
from tests.bench.commission import _give, book, make_inputs

AGENTS, POLICIES = 100_000, 1_000_000
ROUNDS = 5
D = Decimal


def draft() -> Book:
    """The same rulebook with another share, another rate of the bonus and one more allowance."""
    now = book()
    share = replace(now.parameters["share_1"], value=D("0.25"))
    bonus = now.tables["bonus_rate"]
    rows = tuple((*row[:-1], D("0.06")) if row == bonus.rows[-1] else row for row in bonus.rows)
    return replace(
        now,
        parameters={**now.parameters, "share_1": share},
        tables={**now.tables, "bonus_rate": replace(bonus, rows=rows)},
    )


def measure(folder: Path) -> dict[str, float]:
    """Seconds of checking, compiling and computing both months and of what differs, the median of some rounds."""
    make_inputs(folder, AGENTS, POLICIES)
    with Engine(threads=2, memory="2GB", spill=folder / "spill") as engine:
        _give(engine, folder)
        for name in ("agent", "team", "relation", "premium"):
            engine.connection.execute(f"create or replace table held as select * from {name}; drop view {name}")
            engine.connection.execute(f"alter table held rename to {name}")
        took, worked = [], []
        for _round in range(ROUNDS):
            began, working = time.perf_counter(), time.process_time()
            _simulated(engine)
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - working)
        changed = engine.connection.execute("select count(*) filter (change <> 0) from changed_agent").fetchall()[0][0]
        if not changed:
            raise AssertionError("The draft changes nobody's pay: nothing was measured.")
    return {
        "simulation computed, seconds": sorted(took)[ROUNDS // 2],
        "simulation computed, slowest seconds": max(took),
    }


def _simulated(engine: Engine) -> None:
    sides: dict[str, Side] = {}
    for name, rules in ((NOW, book()), (DRAFT, draft())):
        checked, problems = check(rules)
        assert checked is not None, [problem.sentence for problem in problems]
        sides[name] = Side(compile_plan({1: checked}), engine if name == NOW else engine.beside(name))
    run_abreast(sides[NOW], sides[DRAFT])
    month = "date '2026-03-01' as month"
    for name, side in sides.items():
        run = side.engine.connection.execute
        run(
            f"create or replace table main.{name}_line as select {month}, agent_id, institution_id, line, paid from line_amount"
        )
        run(f"create or replace table main.{name}_agent as select {month}, agent_id, rank from agent")
    run = engine.connection.execute
    run(COMPARED)
    trial: Any = SimpleNamespace(engine=engine)
    for column in ("institution_id", "rank", "line"):
        _by(trial, column)
    least, most = run("select min(change), max(change) from changed_agent").fetchall()[0]
    _spread(trial, least, most)
