"""Laws of a month: order does not matter, later rules leave earlier months alone, parts equal the whole, twice is once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calc.engine import Engine
from calc.rulebook.check import check
from calc.rulebook.compiling import compile_plan
from calc.rulebook.elements import Book
from calc.rulebook.running import run_month
from tests.examples import examples
from tests.rulebook import compiled
from tests.rulebook.cases import read
from tests.rulebook.random_books import books
from tests.rulebook.random_months import histories
from tests.rulebook.twin import Given, MonthDone

LAWS = examples(6)

PARTS = {
    "name": "parts",
    "facts": {
        "sale": {
            "key": "sale_id",
            "month_of": "sold_on",
            "columns": {
                "sale_id": "key", "agent_id": "key", "institution_id": "key", "sold_on": "date",
                "amount": {"unit": "money", "low": -10000, "high": 10000},
            },
        }
    },
    "measures": {
        "sold": {"of": "sale", "sum": "sale.amount", "grain": "agent", "unit": "money"},
        "sold_before": {"of": "sale", "sum": "sale.amount", "grain": "agent", "ago": 1, "unit": "money"},
        "sold_quarter": {"of": "sale", "sum": "sale.amount", "grain": "agent", "window": "quarter", "unit": "money"},
        "sold_year": {"of": "sale", "sum": "sale.amount", "grain": "agent", "window": "year", "unit": "money"},
        "place": {"of": "sale", "sum": "sale.amount", "grain": "institution", "unit": "money"},
        "place_by_agent": {"of": "agent", "sum": "sold", "grain": "institution", "unit": "money"},
        "parts": {"of": "sale", "sum": "added", "grain": "agent", "unit": "money"},
        "group": {"of": "sale", "sum": "sale.amount", "grain": "team", "unit": "money"},
        "group_by_agent": {"of": "agent", "sum": "sold", "grain": "team", "unit": "money"},
    },
    "formulas": {
        "sold_prior": {"grain": "agent", "unit": "money", "expression": "COALESCE(PRIOR(sold, 1), 0)"},
        "rolled": {"grain": "agent", "unit": "money", "expression": "ROLLING_SUM(sold, 2)"},
        "quarter_rolled": {"grain": "agent", "unit": "money", "expression": "QTD(sold)"},
        "year_rolled": {"grain": "agent", "unit": "money", "expression": "YTD(sold)"},
        "below": {"grain": "agent", "unit": "money", "expression": "DOWNLINE(sold)"},
        "two_below": {"grain": "agent", "unit": "money", "expression": "DIRECT(sold) + GENERATION(sold, reporting, 2)"},
        "to_two": {"grain": "agent", "unit": "money", "expression": "DOWNLINE(sold, 2)"},
        "all_count": {"grain": "agent", "unit": "money", "expression": "DOWNLINE(sold, 2, TRUE)"},
        "none_counts": {"grain": "agent", "unit": "money", "expression": "GENERATION(sold, reporting, 1, FALSE)"},
        "spread_of_all": {"grain": "agent", "unit": "money", "expression": "ROUND(SPREAD(sold, flat_rate), 2)"},
        "reached": {"grain": "sale", "unit": "money", "expression": "RUNNING(sale.amount)", "low": -1000000, "high": 1000000},
        "began": {"grain": "sale", "unit": "money", "expression": "reached - sale.amount"},
        "added": {"grain": "sale", "unit": "money", "expression": "MAX(reached, 500) - MAX(began, 500)"},
        "above_500": {"grain": "agent", "unit": "money", "expression": "MAX(sold, 500) - 500"},
        "flat_rate": {"grain": "agent", "unit": "rate", "expression": "0.05"},
    },
    "lines": {"sold_pay": {"pays": "sold", "group": "pay", "order": 1, "cap": "100",
                           "hold": "ROUND(sold * 10%, 2)", "release": "sold_prior"}},
}  # fmt: skip


def checked(variants: Mapping[str, Book]) -> bool:
    return all(check(book)[0] for book in variants.values())


def values(month: MonthDone, grain: str, element: str) -> dict[str, Any]:
    return {key: value for (of, key, name), value in month.values.items() if (of, name) == (grain, element)}


@examples(10)
@given(histories(gaps=False))
def test_parts_equal_the_whole_and_months_one_by_one_equal_windows(givens: list[Given]) -> None:
    book = read({**PARTS, "agent": {"salary": "money"}})
    givens = [replace(at, facts={"sale": at.facts["sale"]}, rules=()) for at in givens]
    from_january = givens[0].month.month == 1
    there = set.intersection(*({row["agent_id"] for row in at.agents} for at in givens))
    for number, (at, month) in enumerate(zip(givens, compiled.months({"only": book}, givens), strict=True)):
        assert month.troubles == frozenset()
        own = values(month, "agent", "sold")
        for grain, whole, by_agent in (("institution", "place", "place_by_agent"), ("team", "group", "group_by_agent")):
            assert values(month, grain, whole) == values(month, grain, by_agent)
            placed = {row["agent_id"]: row[f"{grain}_id"] for row in at.agents}
            for key, value in values(month, grain, whole).items():
                assert value == sum(own[agent] for agent, place in placed.items() if place == key)
        assert values(month, "agent", "two_below") == values(month, "agent", "to_two")
        assert set(values(month, "agent", "spread_of_all").values()) <= {0}
        assert values(month, "agent", "all_count") == values(month, "agent", "to_two")
        assert values(month, "agent", "none_counts") == values(month, "agent", "below")
        assert values(month, "agent", "parts") == values(month, "agent", "above_500")
        for agent in there if number else ():
            assert values(month, "agent", "sold_prior")[agent] == values(month, "agent", "sold_before")[agent]
            assert values(month, "agent", "rolled")[agent] == own[agent] + values(month, "agent", "sold_before")[agent]
        for agent in there if from_january else ():
            assert values(month, "agent", "quarter_rolled")[agent] == values(month, "agent", "sold_quarter")[agent]
            if at.month.year == 2026:
                assert values(month, "agent", "year_rolled")[agent] == values(month, "agent", "sold_year")[agent]
        for (agent, _), line in month.lines.items():
            assert line.earned - line.cut <= max(Decimal(100), Decimal(0))
            assert line.earned == own[agent]


@pytest.mark.long
@LAWS
@given(books(), histories(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(variants: dict[str, Book], givens: list[Given], random: Random) -> None:
    assume(checked(variants))

    def shuffled(rows: Any) -> Any:
        return random.sample(list(rows), len(rows))

    others = [
        replace(
            at, agents=shuffled(at.agents), teams=shuffled(at.teams), relations=shuffled(at.relations), rules=shuffled(at.rules),
            facts={name: shuffled(rows) for name, rows in at.facts.items()},
        )
        for at in givens
    ]  # fmt: skip
    assert compiled.months(variants, givens) == compiled.months(variants, others)


@pytest.mark.long
@LAWS
@given(books(), histories())
def test_a_later_version_alters_no_earlier_month(variants: dict[str, Book], givens: list[Given]) -> None:
    assume(checked(variants))
    ends = givens[-1].last_day + dt.timedelta(days=1)
    before = [
        {"institution_id": key, "valid_from": dt.date(1900, 1, 1), "valid_to": None, "variant": "v1"}
        for key in ("I1", "I2", "I3")
    ]
    after = [{**row, "valid_to": ends} for row in before] + [
        {**row, "valid_from": ends, "variant": "v2"} for row in before
    ]
    told = [_signed_when_sold(at, ends) for at in givens]
    alone = compiled.months({"v1": variants["v1"]}, [replace(at, rules=before) for at in told])
    assert compiled.months(variants, [replace(at, rules=after) for at in told]) == alone


def _signed_when_sold(at: Given, ends: dt.date) -> Given:
    """Facts of these months only, by the rules of their own day."""
    sales = [{**row, "signed_on": row["sold_on"]} for row in at.facts["sale"] if row["sold_on"] < ends]
    return replace(at, facts={**at.facts, "sale": sales})


@pytest.mark.long
@LAWS
@given(books(), histories(most=1))
def test_a_month_computed_twice_is_the_same(variants: dict[str, Book], givens: list[Given]) -> None:
    assume(checked(variants))
    plan = compile_plan(compiled.all_checked(variants))
    book = variants["v1"]
    with Engine() as engine:
        compiled.give(engine, variants, givens[0])
        engine.connection.execute("create table history (agent_id varchar, month date)")
        run_month(engine, plan)
        first = compiled.done(engine, book)
        run_month(engine, plan)
        assert compiled.done(engine, book) == first
