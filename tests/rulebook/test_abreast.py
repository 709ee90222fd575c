"""Two sets of rules side by side on one month: each comes out as if it were computed alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import Engine
from calc.rulebook import Side, UnfitMonth, compile_plan, run_abreast
from calc.rulebook.elements import Book
from tests.rulebook import compiled, small_month
from tests.rulebook.random_books import books
from tests.rulebook.random_months import histories
from tests.rulebook.small_month import plan_of
from tests.rulebook.test_kept import drawn
from tests.rulebook.test_twin import RANDOM
from tests.rulebook.twin import Given, MonthDone


def side_by_side(now: Mapping[str, Book], draft: Mapping[str, Book], givens: list[Given]) -> dict[str, list[MonthDone]]:
    """The months by both, each looking back at its own."""
    plans = {name: compile_plan(compiled.all_checked(rules)) for name, rules in (("now", now), ("draft", draft))}
    found: dict[str, list[MonthDone]] = {name: [] for name in plans}
    with Engine(threads=2) as engine:
        for name in plans:
            engine.connection.execute(f"create table past_{name} (agent_id varchar, month date)")
        for number, at in enumerate(givens):
            compiled.give(engine, now, at)
            sides: dict[str, Side] = {}
            for name, plan in plans.items():
                side = engine.beside(name)
                for one in {side} if sides else {engine, side}:
                    one.connection.execute(f"create or replace view history as select * from past_{name}")
                sides[name] = Side(plan, side, {"history": str((number, name if number else ""))})
            run_abreast(engine, sides)
            for name, one in sides.items():
                found[name].append(compiled.done(one.engine, now["v1"]))
                compiled.remember(one.engine, f"main.past_{name}", first=not number)
    return found


@pytest.mark.long
@settings(RANDOM, max_examples=12)
@given(st.data(), books(), histories(most=2))
def test_each_comes_out_as_if_it_were_computed_alone(
    data: st.DataObject, variants: dict[str, Book], givens: list[Given]
) -> None:
    now, draft, givens = drawn(data, variants, givens)
    both = side_by_side(now, draft, givens)
    assert both["now"] == compiled.months(now, givens)
    assert both["draft"] == compiled.months(draft, givens)


def test_what_both_agree_on_is_made_once_and_the_rest_apart() -> None:
    now = small_month.book()
    cap = now.parameters["cap"]
    lowered = replace(now, parameters={**now.parameters, "cap": replace(cap, value=small_month.D(1))})
    with Engine(threads=2) as engine:
        small_month.give(engine, small_month.given())
        sides = {
            name: Side(plan_of(book), engine.beside(name), {}) for name, book in (("now", now), ("draft", lowered))
        }
        run_abreast(engine, sides)
        made = {
            name: {row[0] for row in engine.connection.execute(
                "select table_name from information_schema.tables where table_schema = ?", [name]).fetchall()}
            for name in ("main", *sides)
        }  # fmt: skip
        assert {"agent base", "premium stage 1"} <= made["main"]
        assert "line_amount" not in made["main"]
        for name, side in sides.items():
            assert "line_amount" in made[name]
            assert "agent base" not in made[name]
            assert {table: small_month.rows_of(side.engine, table) for table in small_month.NAMES} == small_month.run(
                side.plan, small_month.given()
            )


def test_a_room_is_empty_for_every_month() -> None:
    with Engine(threads=2) as engine:
        engine.beside("now").connection.execute("create table left_over as select 1 as one")
        assert engine.beside("now").connection.execute("select table_name from duckdb_tables()").fetchall() == []


def test_a_table_that_does_not_fit_is_told_and_the_threads_come_back() -> None:
    plan = plan_of(small_month.book())
    with Engine(threads=2) as engine:
        small_month.give(engine, small_month.given())
        engine.connection.execute("update month set last_day = first_day")
        with pytest.raises(UnfitMonth, match="first and last day"):
            run_abreast(engine, {name: Side(plan, engine.beside(name)) for name in ("now", "draft")})
        engine.connection.execute("update month set last_day = last_day(first_day)")
        sides = {
            "now": Side(plan, engine.beside("now")), "draft": Side(plan, engine.beside("draft"), {"rules": "other"}),
        }  # fmt: skip
        sides["draft"].engine.connection.execute("create table rules as select 1 as institution_id")
        with pytest.raises(UnfitMonth, match="rules"):
            run_abreast(engine, sides)
        assert engine.connection.execute("select current_setting('threads')").fetchall() == [(2,)]
