"""The compiled plan, given the twin's tables and giving back the twin's results: so that both can be held side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from calc.engine import Engine
from calc.rulebook.check import check
from calc.rulebook.checked import Checked
from calc.rulebook.compiling import compile_plan
from calc.rulebook.elements import AGENT_COLUMNS, NUMERIC, Book, Quantity, Unit
from calc.rulebook.plan import Plan
from calc.rulebook.running import run_month
from calc.rulebook.units import type_of
from tests.rulebook.twin import Given, MonthDone, Moved, Paid, Trouble, together

KEYS = {"agent": "agent_id", "team": "team_id", "institution": "institution_id"}
Columns = Mapping[str, pa.DataType]
DAY, TEXT = pa.date32(), pa.string()


def all_checked(variants: Mapping[str, Book]) -> dict[int, Checked]:
    """The variants by number, from 1 in their order. Fails where the check finds a problem."""
    found = {}
    for number, book in enumerate(variants.values(), 1):
        checked, problems = check(book)
        assert checked, [(problem.element, problem.part, problem.sentence) for problem in problems]
        found[number] = checked
    return found


def months(variants: Mapping[str, Book], givens: Iterable[Given]) -> list[MonthDone]:
    """Months one after the other on one engine, each with the `agent_value` of those before."""
    plan = compile_plan(all_checked(variants))
    with Engine() as engine:
        return list(run_all(engine, plan, variants, givens))


def run_all(engine: Engine, plan: Plan, variants: Mapping[str, Book], givens: Iterable[Given]) -> Iterable[MonthDone]:
    book = together(variants)
    for number, given in enumerate(givens):
        give(engine, variants, given)
        if number == 0:
            engine.connection.execute("create or replace table history (agent_id varchar, month date)")
        run_month(engine, plan)
        yield done(engine, book)
        remember(engine, "history", first=number == 0)


def remember(engine: Engine, past: str, *, first: bool) -> None:
    """Add the values of the month that was run to those of the months before."""
    if book_has(engine, "agent_value"):
        source = "agent_value" if first else f"(select * from {past} union all by name select * from agent_value)"
        engine.connection.execute(f"create or replace table {past} as select * from {source}")


def book_has(engine: Engine, table: str) -> bool:
    return bool(
        engine.connection.execute("select 1 from information_schema.tables where table_name = ?", [table]).fetchone()
    )


def give(engine: Engine, variants: Mapping[str, Book], given: Given) -> None:
    """The tables of decision 7 for one month."""
    book = next(iter(variants.values()))
    number = {name: at for at, name in enumerate(variants, 1)}
    tables: dict[str, tuple[Sequence[Mapping[str, Any]], Columns]] = {
        "month": ([{"first_day": given.month, "last_day": given.last_day}], {"first_day": DAY, "last_day": DAY}),
        "agent": (given.agents, {name: arrow(quantity) for name, quantity in {**AGENT_COLUMNS, **book.agent}.items()}),
        "team": (given.teams, dict.fromkeys(("team_id", "leader_id", "institution_id"), TEXT)),
        "relation": (given.relations, {"kind": TEXT, "from_id": TEXT, "to_id": TEXT, "since": DAY}),
        "rules": (
            [
                {**row, "variant": number[row["variant"]]}
                for row in given.rules or rules_for_all(given, next(iter(variants)))
            ],
            {"institution_id": TEXT, "valid_from": DAY, "valid_to": DAY, "variant": pa.int32()},
        ),
    }
    for name, fact in book.facts.items():
        tables[name] = (
            given.facts.get(name, ()),
            {column: arrow(quantity) for column, quantity in fact.columns.items()},
        )
    for name, (rows, columns) in tables.items():
        engine.give(
            name, pa.table({column: pa.array([row[column] for row in rows], kind) for column, kind in columns.items()})
        )


def rules_for_all(given: Given, variant: str) -> list[dict[str, Any]]:
    """One variant for every institution there is."""
    rows = [*given.agents, *given.teams, *(row for fact in given.facts.values() for row in fact)]
    institutions = sorted({row["institution_id"] for row in rows if row["institution_id"]})
    return [
        {"institution_id": key, "valid_from": dt.date(1900, 1, 1), "valid_to": None, "variant": variant}
        for key in institutions
    ]


def arrow(quantity: Quantity) -> pa.DataType:
    """How a column of a given table is typed."""
    if quantity.unit in NUMERIC:
        kind = type_of(quantity)
        return pa.decimal128(max(kind.digits, kind.decimals + 1), kind.decimals)
    return {Unit.DATE: DAY, Unit.FLAG: pa.bool_()}.get(quantity.unit, TEXT)


def done(engine: Engine, book: Book) -> MonthDone:
    """What the run left, as the twin tells it."""
    return told(lambda table: _rows(engine, table), book)


def told(rows_of: Callable[[str], list[dict[str, Any]]], book: Book) -> MonthDone:
    """The same from the rows of the tables that a run of any engine left."""
    values = {}
    for grain in {rule.grain for rule in (*book.formulas.values(), *book.measures.values())}:
        key = KEYS.get(grain) or book.facts[grain].key
        names = [rule.name for rule in (*book.formulas.values(), *book.measures.values()) if rule.grain == grain]
        for row in rows_of(f"{grain}_value"):
            for name in names:
                values[grain, row[key], name] = _exact(row[name])
    lines = {
        (row["agent_id"], row["line"]): Paid(row["earned"], row["cut"], row["held"], row["released"])
        for row in rows_of("line_amount")
        if row["paid"] is not None
    }
    for row in rows_of("line_amount"):
        if row["paid"] is not None:
            assert lines[row["agent_id"], row["line"]].paid == row["paid"]
    moves = {
        (row["agent_id"], row["ladder"]): Moved(row["from_rank"], row["to_rank"], row["kind"], row["move"])
        for row in rows_of("ladder_move")
    }
    troubles = {
        Trouble(row["grain"], row["row_key"], row["element"], row["part"], row["reason"], row["start"])
        for row in rows_of("row_problem")
    }
    return MonthDone(values, lines, moves, frozenset(troubles))


def _rows(engine: Engine, table: str) -> list[dict[str, Any]]:
    return engine.connection.execute(f'select * from "{table}"').to_arrow_table().to_pylist()


def _exact(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
