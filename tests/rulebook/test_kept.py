"""Two sets of rules one after the other on the same month: what they agree on is made once, and nothing comes out otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calc import Engine
from calc.rulebook import Kept, compile_plan, run_month
from calc.rulebook.check import check
from calc.rulebook.elements import Book
from calc.rulebook.kept import marks_of
from tests.examples import examples
from tests.rulebook import compiled, small_month
from tests.rulebook.random_books import books
from tests.rulebook.random_months import histories
from tests.rulebook.small_month import plan_of
from tests.rulebook.twin import Given, MonthDone

PARTS = ("parameters", "tables", "measures", "formulas", "lines", "ladders")


def one_after_the_other(now: Mapping[str, Book], draft: Mapping[str, Book], givens: list[Given]) -> list[MonthDone]:
    """The months by both, now and draft in turn, each looking back at its own."""
    plans = [compile_plan(compiled.all_checked(rules)) for rules in (now, draft)]
    found = []
    with Engine() as engine:
        for which in (0, 1):
            engine.connection.execute(f"create table past_{which} (agent_id varchar, month date)")
        for number, at in enumerate(givens):
            compiled.give(engine, now, at)
            kept = Kept()
            for which, (rules, plan) in enumerate(zip((now, draft), plans, strict=True)):
                engine.connection.execute(f"create or replace view history as select * from past_{which}")
                run_month(engine, plan, kept, {"history": str((number, number and which))})
                found.append(compiled.done(engine, rules["v1"]))
                compiled.remember(engine, f"past_{which}", first=not number)
    return found


@st.composite
def drafts(draw: st.DrawFn, variants: dict[str, Book]) -> tuple[dict[str, Book], dict[str, Book]]:
    """Rules in force and a draft of them: one element is as another variant has it; one variant for all, or all of them."""
    part = draw(st.sampled_from(PARTS))
    one, other = variants["v1"], variants[draw(st.sampled_from(["v2", "v3"]))]
    names = sorted(getattr(one, part).keys() & getattr(other, part).keys())
    assume(names)
    name = draw(st.sampled_from(names))
    changed = replace(one, **{part: {**getattr(one, part), name: getattr(other, part)[name]}})
    now = variants if draw(st.booleans()) else {"v1": one}
    return now, {**now, "v1": changed}


def drawn(
    data: st.DataObject, variants: dict[str, Book], givens: list[Given]
) -> tuple[dict[str, Book], dict[str, Book], list[Given]]:
    """Rules in force and a draft that both pass the check, and months that name their variants."""
    now, draft = data.draw(drafts(variants))
    assume(all(check(book)[0] for book in (*now.values(), *draft.values())))
    if len(now) == 1:
        givens = [replace(at, rules=[{**row, "variant": "v1"} for row in at.rules]) for at in givens]
    return now, draft, givens


@pytest.mark.long
@examples(12)
@given(st.data(), books(), histories(most=2))
def test_a_draft_comes_out_as_if_it_were_computed_alone(
    data: st.DataObject, variants: dict[str, Book], givens: list[Given]
) -> None:
    now, draft, givens = drawn(data, variants, givens)
    both = one_after_the_other(now, draft, givens)
    assert both[0::2] == compiled.months(now, givens)
    assert both[1::2] == compiled.months(draft, givens)


def test_only_what_hangs_on_a_changed_parameter_is_made_again() -> None:
    now = small_month.book()
    cap = now.parameters["cap"]
    lowered = replace(now, parameters={**now.parameters, "cap": replace(cap, value=small_month.D(1))})
    with Engine(threads=2) as engine:
        small_month.give(engine, small_month.given())
        kept, plans = Kept(), [plan_of(now), plan_of(lowered)]
        run_month(engine, plans[0], kept)
        stands = kept.standing(marks_of(plans[1], {}))
        made = {step.table for step in plans[1].steps if step.kind == "make"}
        assert {"agent base", "premium stage 1"} <= stands
        assert {"line_amount", "row_problem"} <= made - stands
        run_month(engine, plans[1], kept)
        shared = {name: small_month.rows_of(engine, name) for name in small_month.NAMES}
    assert shared == small_month.run(plans[1], small_month.given())
    assert shared["line_amount"] != small_month.run(plans[0], small_month.given())["line_amount"]


def test_nothing_is_kept_of_a_month_that_was_given_anew() -> None:
    plan = plan_of(small_month.book())
    with Engine(threads=2) as engine:
        small_month.give(engine, small_month.given())
        kept = Kept()
        run_month(engine, plan, kept, {"rules": "as they are"})
        assert kept.standing(marks_of(plan, {"rules": "as they are"}))
        others = kept.standing(marks_of(plan, {"rules": "others"}))
        assert others
        assert not others & {"agent base", "line_amount", *plan.current.values()} - {"premium stage 1"}
