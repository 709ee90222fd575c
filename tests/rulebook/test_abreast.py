"""Two sets of rules side by side on one month: each comes out as if it were computed alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import Engine
from calc.rulebook import Kept, Side, UnfitMonth, compile_plan, run_abreast
from calc.rulebook.elements import Book
from tests.examples import examples
from tests.rulebook import compiled, small_month
from tests.rulebook.random_books import books
from tests.rulebook.random_months import histories
from tests.rulebook.small_month import plan_of
from tests.rulebook.test_kept import drawn
from tests.rulebook.twin import Given, MonthDone


def side_by_side(rules: Mapping[str, Mapping[str, Book]], givens: list[Given]) -> dict[str, list[MonthDone]]:
    """The months by rules as they are (`now`) and by others that are tried in turn, each looking back at its own."""
    plans = {name: compile_plan(compiled.all_checked(one)) for name, one in rules.items()}
    found: dict[str, list[MonthDone]] = {name: [] for name in rules}
    with Engine(threads=2) as whole:
        for name in plans:
            whole.connection.execute(f"create table past_{name} (agent_id varchar, month date)")
        for number, at in enumerate(givens):
            engine = whole.beside("month")
            beside = engine.beside("draft")
            compiled.give(engine, rules["now"], at)
            kept, kept_beside = Kept(), Kept()
            for name in rules.keys() - {"now"}:
                for tried, one in (("now", engine), (name, beside)):
                    one.connection.execute(f"create or replace view history as select * from past_{tried}")
                now = Side(plans["now"], engine, {"history": str((number, "now" if number else ""))}, kept)
                draft = Side(plans[name], beside, {"history": str((number, name if number else ""))}, kept_beside)
                run_abreast(now, draft)
                found[name].append(compiled.done(beside, rules[name]["v1"]))
                compiled.remember(beside, f"main.past_{name}", first=not number)
                known = compiled.done(engine, rules["now"]["v1"])
                assert found["now"][number:] in ([], [known]), "the rules as they are, whatever was tried beside them"
                found["now"][number:] = [known]
            compiled.remember(engine, "main.past_now", first=not number)
    return found


@pytest.mark.long
@examples(12)
@given(st.data(), books(), histories(most=2))
def test_each_comes_out_as_if_it_were_computed_alone(
    data: st.DataObject, variants: dict[str, Book], givens: list[Given]
) -> None:
    now, draft, givens = drawn(data, variants, givens)
    rules: dict[str, Mapping[str, Book]] = {"now": now, "draft": draft, "same": dict(now), "again": dict(draft)}
    found = side_by_side(rules, givens)
    for name, one in rules.items():
        assert found[name] == compiled.months(one, givens), name


def lowered_cap() -> tuple[Book, Book]:
    """The small insurer's rules, and a draft that lowers a cap."""
    now = small_month.book()
    cap = now.parameters["cap"]
    return now, replace(now, parameters={**now.parameters, "cap": replace(cap, value=small_month.D(1))})


def test_what_both_agree_on_is_made_once_and_the_rest_apart() -> None:
    now, lowered = map(plan_of, lowered_cap())
    with Engine(threads=2) as engine:
        small_month.give(engine, small_month.given())
        beside = engine.beside("draft")
        sides = Side(now, engine), Side(lowered, beside)
        run_abreast(*sides)
        assert {"agent base", "premium stage 1", "line_amount"} <= tables_in(engine, "main")
        assert "line_amount" in tables_in(engine, "draft")
        assert not {"agent base", "premium stage 1"} & tables_in(engine, "draft")
        for side in sides:
            assert {table: small_month.rows_of(side.engine, table) for table in small_month.NAMES} == small_month.run(
                side.plan, small_month.given()
            )


def test_what_stands_is_not_made_again() -> None:
    now, lowered = map(plan_of, lowered_cap())
    with Engine(threads=2) as engine:
        small_month.give(engine, small_month.given())
        kept, kept_beside, beside = Kept(), Kept(), engine.beside("draft")
        run_abreast(Side(now, engine, kept=kept), Side(lowered, beside, kept=kept_beside))
        marked = "comment on table line_amount is 'of the first run'"
        for one in (engine, beside):
            one.connection.execute(marked)
        run_abreast(Side(now, engine, kept=kept), Side(lowered, beside, kept=kept_beside))
        assert remarks(engine) == {"main": "of the first run", "draft": "of the first run"}
        run_abreast(Side(now, engine, kept=kept), Side(now, beside, kept=kept_beside))
        assert remarks(engine) == {"main": "of the first run"}, "what hides the table below is made again"
        assert small_month.rows_of(beside, "line_amount") == small_month.rows_of(engine, "line_amount")


def tables_in(engine: Engine, room: str) -> set[str]:
    return {row[0] for row in engine.connection.execute(
        "select table_name from information_schema.tables where table_schema = ?", [room]).fetchall()}  # fmt: skip


def remarks(engine: Engine) -> dict[str, str]:
    asked = "select schema_name, comment from duckdb_tables() where table_name = 'line_amount' and comment is not null"
    return dict(engine.connection.execute(asked).fetchall())


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
            run_abreast(Side(plan, engine), Side(plan, engine.beside("draft")))
        engine.connection.execute("update month set last_day = last_day(first_day)")
        draft = Side(plan, engine.beside("draft"), {"rules": "other"})
        draft.engine.connection.execute("create table rules as select 1 as institution_id")
        with pytest.raises(UnfitMonth, match="rules"):
            run_abreast(Side(plan, engine), draft)
        assert engine.connection.execute("select current_setting('threads')").fetchall() == [(2,)]
