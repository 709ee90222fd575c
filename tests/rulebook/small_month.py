"""A small insurer's book and month that one can check with a pencil, and ways to run it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from calc import Engine
from calc.rulebook import compile_plan, run_month
from calc.rulebook.check import check
from calc.rulebook.checked import Checked
from calc.rulebook.elements import (
    Book,
    Fact,
    Formula,
    Ladder,
    Line,
    Measure,
    Move,
    Parameter,
    Quantity,
    Table,
    Unit,
)
from calc.rulebook.plan import Plan

D = Decimal
MONEY, KEY, TEXT, DATE = (
    Quantity(Unit.MONEY, D(-(10**8)), D(10**8)),
    Quantity(Unit.KEY),
    Quantity(Unit.TEXT),
    Quantity(Unit.DATE),
)
COUNT, RATE = Quantity(Unit.COUNT, D(0), D(1000)), Quantity(Unit.RATE, D(0), D(1), 4)
EVER = dt.date(2000, 1, 1)
DAY = dt.date
Rows = Sequence[tuple[Any, ...]]


def book(name: str = "one", fyc_a: str = "0.3", target: str = "3000") -> Book:
    """First-year commission, a stepped bonus, a team override, nurturing, a spread, a ladder and two lines."""
    facts = [
        Fact(
            "premium",
            {"premium_id": KEY, "amount": MONEY, "product": TEXT, "year": COUNT, "paid_on": DATE, "policy_id": KEY,
             "agent_id": KEY, "institution_id": KEY},
            "premium_id", month_of="paid_on", refers={"policy": "policy_id"},
        ),
        Fact("policy", {"policy_id": KEY, "issued_on": DATE, "agent_id": KEY, "institution_id": KEY}, "policy_id"),
    ]  # fmt: skip
    tables = [
        Table(
            "fyc_rate", {"product": TEXT, "year": COUNT}, {"rate": RATE},
            (("A", D(1), D(fyc_a)), ("A", D(2), D("0.05")), ("B", D(1), D("0.4"))),
        ),
        Table(
            "bonus_rate", {}, {"rate": RATE},
            ((D(0), D(1000), D("0.01")), (D(1000), D(3000), D("0.02")), (D(3000), None, D("0.03"))),
            "fyc", MONEY, mode="step",
        ),
        Table(
            "nurturing", {"generation": COUNT, "year": COUNT}, {"rate": RATE},
            ((D(1), D(1), D("0.1")), (D(1), D(2), D("0.08")), (D(2), D(1), D("0.06")), (D(2), D(2), D("0.06"))),
        ),
    ]  # fmt: skip
    measures = [
        Measure("month_fyc", MONEY, "agent", "premium", "sum", "fyc"),
        Measure("policies", COUNT, "agent", "premium", "count"),
        Measure("team_total", MONEY, "team", "agent", "sum", "month_fyc"),
    ]
    formulas = {
        "premium": {
            "fyc": (MONEY, "ROUND(premium.amount * LOOKUP(fyc_rate, premium.product, premium.year), 2)"),
            "age": (COUNT, "MONTHS(policy.issued_on, premium.paid_on)"),
        },
        "agent": {
            "bonus": (MONEY, "ROUND(month_fyc * TIER(bonus_rate, month_fyc), 2)"),
            "average": (Quantity(Unit.MONEY), "IF(policies = 0, 0, month_fyc / policies)"),
            "own_rate": (RATE, "IF(agent.rank = 'M', 20%, IF(agent.rank = 'S', 10%, 5%))"),
            "team_override": (MONEY, "ROUND(TEAM(month_fyc) * 10%, 2)"),
            "down": (MONEY, "DOWNLINE(month_fyc)"),
            "weighted": (MONEY, "DOWNLINE(month_fyc * edge.depth, 2)"),
            "direct_part": (Quantity(Unit.MONEY), "DIRECT(month_fyc * my.own_rate)"),
            "nurture": (
                MONEY,
                "ROUND(GENERATION(team_override * LOOKUP(nurturing, edge.depth, MIN(edge.year, 2)), nurturer, 1), 2)",
            ),
            "spread_part": (MONEY, "ROUND(SPREAD(month_fyc, own_rate), 2)"),
            "quarter": (MONEY, "ROLLING_SUM(month_fyc, 3)"),
            "before": (MONEY, "COALESCE(PRIOR(month_fyc, 1), 0)"),
        },
    }
    written = [Formula(n, q, grain, text) for grain, some in formulas.items() for n, (q, text) in some.items()]
    lines = [
        Line("bonus_line", "bonus", "own", 1, cap="p.cap"),
        Line("override_line", "team_override", "team", 2, hold="ROUND(team_override * 10%, 2)"),
        Line("spread_line", "spread_part", "team", 3),
    ]
    moves = (
        Move("A", "S", "promotion", "month_fyc >= p.target AND policies >= 2"),
        Move("S", "S", "maintenance", "month_fyc > 100 AND quarter > 400", otherwise="A"),
    )
    parameters = [Parameter("target", MONEY, D(target)), Parameter("cap", MONEY, D(60))]
    return Book(
        name, _by(facts), _by(parameters), _by(tables), _by(measures), _by(written),
        {"career": Ladder("career", ("A", "S", "M"), moves)}, _by(lines),
    )  # fmt: skip


def _by(elements: Sequence[Any]) -> dict[str, Any]:
    return {element.name: element for element in elements}


def checked(found: Book) -> Checked:
    """The checked book; its problems fail the test."""
    whole, problems = check(found)
    assert whole is not None, [problem.sentence for problem in problems]
    return whole


COLUMNS: Mapping[str, Mapping[str, pa.DataType]] = {
    "month": {"first_day": pa.date32(), "last_day": pa.date32()},
    "agent": {"agent_id": pa.string(), "team_id": pa.string(), "institution_id": pa.int64(),
              "rank": pa.string(), "joined_on": pa.date32()},
    "team": {"team_id": pa.string(), "leader_id": pa.string(), "institution_id": pa.int64()},
    "relation": {"kind": pa.string(), "from_id": pa.string(), "to_id": pa.string(), "since": pa.date32()},
    "rules": {"institution_id": pa.int64(), "valid_from": pa.date32(), "valid_to": pa.date32(), "variant": pa.int64()},
    "history": {"agent_id": pa.string(), "month": pa.date32(), "month_fyc": pa.decimal128(18, 2)},
    "premium": {
        "premium_id": pa.int64(), "agent_id": pa.string(), "institution_id": pa.int64(), "amount": pa.decimal128(18, 2),
        "product": pa.string(), "year": pa.int64(), "paid_on": pa.date32(), "policy_id": pa.int64(),
    },
    "policy": {"policy_id": pa.int64(), "agent_id": pa.string(), "institution_id": pa.int64(), "issued_on": pa.date32()},
}  # fmt: skip
NAMES = ("agent_value", "premium_value", "team_value", "line_amount", "ladder_move", "row_problem")


def given() -> dict[str, Rows]:
    """March 2026: a1 leads t1 with a2 and a3 below him in a row and a4 below them, and nurtured a5 who leads t2."""
    return {
        "month": [(DAY(2026, 3, 1), DAY(2026, 3, 31))],
        "agent": [
            ("a1", "t1", 1, "M", DAY(2024, 1, 31)), ("a2", "t1", 1, "S", DAY(2025, 12, 31)),
            ("a3", "t1", 1, "A", DAY(2025, 12, 31)),
            ("a4", None, 2, "A", DAY(2025, 12, 31)), ("a5", "t2", 2, "S", DAY(2025, 12, 31)),
        ],
        "team": [("t1", "a1", 1), ("t2", "a5", 2)],
        "relation": [
            ("reporting", "a1", "a2", DAY(2025, 1, 1)), ("reporting", "a2", "a3", DAY(2025, 1, 1)),
            ("reporting", "a3", "a4", DAY(2025, 6, 1)), ("nurturer", "a1", "a5", DAY(2024, 1, 1)),
        ],
        "rules": [(1, EVER, None, 1), (2, EVER, None, 1)],
        "history": [("a3", DAY(2026, 2, 1), D("10.50"))],
        "premium": [
            (1, "a2", 1, D("1000.00"), "A", 1, DAY(2026, 3, 5), 7), (2, "a3", 1, D("10000.00"), "B", 1, DAY(2026, 3, 5), 7),
            (3, "a3", 1, D("100.05"), "A", 2, DAY(2026, 3, 31), 7), (4, "a4", 2, D("200.00"), "A", 1, DAY(2026, 3, 31), 7),
            (5, "a3", 1, D("99.99"), "A", 2, DAY(2026, 2, 28), 7), (6, "a5", 2, D("99.99"), "A", 2, DAY(2026, 3, 28), 7),
        ],
        "policy": [(7, "a2", 1, DAY(2026, 1, 31))],
    }  # fmt: skip


def give(engine: Engine, tables: Mapping[str, Rows]) -> None:
    """Offer the rows to the engine under their names."""
    for name, rows in tables.items():
        columns = COLUMNS[name]
        engine.give(
            name, pa.table({c: pa.array([row[at] for row in rows], kind) for at, (c, kind) in enumerate(columns.items())})
        )  # fmt: skip


def run(plan: Plan, tables: Mapping[str, Rows], threads: int = 2) -> dict[str, list[dict[str, Any]]]:
    """A month's tables, every one in a fixed order."""
    with Engine(threads=threads) as engine:
        give(engine, tables)
        run_month(engine, plan)
        return {name: rows_of(engine, name) for name in NAMES}


def rows_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    return engine.connection.execute(f'select * from "{name}" order by all').to_arrow_table().to_pylist()


def plan_of(*books: Book) -> Plan:
    """The plan of books as variants 1, 2 ..."""
    return compile_plan({at: checked(one) for at, one in enumerate(books, 1)})


def changed(tables: Mapping[str, Rows], **others: Rows) -> dict[str, Rows]:
    return {**tables, **others}


__all__ = ["book", "changed", "checked", "give", "given", "plan_of", "replace", "rows_of", "run"]
