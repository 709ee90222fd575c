"""RUNNING: rows in the order of day and key, whatever order they come in, and an explanation that lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from calc.engine import Engine
from calc.rulebook import Term, explain, run_month
from calc.rulebook.book import book_of
from calc.rulebook.compiling import compile_plan
from calc.rulebook.elements import Book
from tests.rulebook import compiled, twin
from tests.rulebook.twin import Given

MARCH = dt.date(2026, 3, 1)
TOLD = {
    "name": "running",
    "facts": {
        "deal": {
            "key": "deal_id", "month_of": "closed_on", "rules_of": "signed_on", "optional": ["extra"],
            "columns": {
                "deal_id": "key", "agent_id": "key", "institution_id": "key", "closed_on": "date", "signed_on": "date",
                "amount": {"unit": "money", "low": -10000, "high": 10000}, "extra": {"unit": "money", "low": 0, "high": 100},
            },
        }
    },
    "formulas": {
        "doubled": {"grain": "deal", "unit": "money", "expression": "deal.amount * 2"},
        "reached": {"grain": "deal", "unit": "money", "expression": "RUNNING(doubled)"},
        "extras": {"grain": "deal", "unit": "money", "expression": "RUNNING(deal.extra)"},
    },
    "measures": {
        "total": {"of": "deal", "sum": "reached", "grain": "agent", "unit": "money"},
        "early": {"of": "deal", "sum": "deal.amount", "where": "RUNNING(deal.amount) <= 100", "grain": "agent", "unit": "money"},
    },
    "lines": {"total": {"pays": "total", "group": "commission", "order": 1}},
}  # fmt: skip


def book(**other: object) -> Book:
    found, problems = book_of({**TOLD, **other})
    assert not problems, problems
    return found


def deal(key: str, day: int, amount: int, agent: str = "A", **other: object) -> dict[str, object]:
    return {
        "deal_id": key, "agent_id": agent, "institution_id": "I1", "closed_on": MARCH.replace(day=day), "signed_on": MARCH,
        "amount": Decimal(amount), "extra": Decimal(1), **other,
    }  # fmt: skip


def given(*deals: dict[str, object]) -> Given:
    agents = [
        {"agent_id": key, "institution_id": "I1", "team_id": None, "rank": "agent", "joined_on": dt.date(2020, 1, 1)}
        for key in "AB"
    ]
    return Given(MARCH, agents, facts={"deal": deals})


@pytest.mark.parametrize("months", [twin.months, compiled.months], ids=["twin", "compiled"])
def test_any_order_of_rows_gives_the_same_totals(months) -> None:
    deals = [deal("10", 5, 20), deal("9", 5, 70), deal("2", 2, 10), deal("x", 1, 500, "B")]
    for order in permutations(deals):
        (month,) = months({"only": book()}, [given(*order)])
        reached = {key: value for (_, key, element), value in month.values.items() if element == "reached"}
        assert reached == {"2": 20, "10": 60, "9": 200, "x": 1000}  # texts letter by letter: 10 before 9
        assert month.values["agent", "A", "early"] == 100
        assert month.values["agent", "B", "early"] == 0


@pytest.mark.parametrize("months", [twin.months, compiled.months], ids=["twin", "compiled"])
def test_a_row_without_a_value_leaves_those_after_it_without_one(months) -> None:
    deals = [deal("1", 1, 10), deal("2", 2, 10, extra=None), deal("3", 3, 10), deal("4", 1, 10, "B")]
    (month,) = months({"only": book()}, [given(*deals)])
    assert {key: month.values["deal", key, "extras"] for key in "1234"} == {"1": 1, "2": None, "3": None, "4": 1}
    assert {(trouble.key, trouble.element) for trouble in month.troubles} == {("2", "extras"), ("3", "extras")}


@pytest.mark.parametrize("months", [twin.months, compiled.months], ids=["twin", "compiled"])
def test_rows_whose_rules_do_not_have_the_formula_add_nothing(months) -> None:
    before = {**TOLD["formulas"]}
    del before["doubled"]  # type: ignore[attr-defined]
    before["reached"] = {"grain": "deal", "unit": "money", "expression": "deal.amount"}  # type: ignore[index]
    variants = {"new": book(), "old": book(formulas=before)}
    rules = [
        {"institution_id": "I1", "valid_from": dt.date(2000, 1, 1), "valid_to": MARCH, "variant": "old"},
        {"institution_id": "I1", "valid_from": MARCH, "valid_to": None, "variant": "new"},
    ]
    deals = [deal("1", 1, 10), deal("2", 2, 20, signed_on=dt.date(2026, 2, 28)), deal("3", 3, 30)]
    (month,) = months(variants, [replace(given(*deals), rules=rules)])
    assert {key: month.values["deal", key, "reached"] for key in "123"} == {"1": 20, "2": 20, "3": 80}


def test_why_lists_the_rows_in_their_order() -> None:
    plan = compile_plan(compiled.all_checked({"only": book()}))
    with Engine() as engine:
        compiled.give(engine, {"only": book()}, given(deal("b", 5, 20), deal("a", 5, 70), deal("c", 2, 10)))
        engine.connection.execute("create table history (agent_id varchar, month date)")
        run_month(engine, plan)
        sums = [term for term in _walk(explain(engine, plan, "A", "total")) if term.text == "RUNNING(doubled)"]
    by_total = {term.value: [(part.key, part.value) for part in term.children] for term in sums}
    assert by_total == {
        20: [("c", 20)], 160: [("c", 20), ("a", 140)], 200: [("c", 20), ("a", 140), ("b", 40)],
    }  # fmt: skip


def _walk(term: Term) -> Iterator[Term]:
    yield term
    for child in term.children:
        yield from _walk(child)
