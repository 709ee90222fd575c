"""What is missing and what has a problem, worked by hand, by twin and plan: no amount comes of a problem in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from calc.rulebook.elements import Book, Formula, Quantity, Unit
from tests.rulebook import compiled, twin
from tests.rulebook.cases import Months, read
from tests.rulebook.twin import Given, MonthDone

D = Decimal
WAYS = pytest.mark.parametrize("months", [twin.months, compiled.months], ids=["twin", "compiled"])
MARCH = dt.date(2026, 3, 1)
FORMULAS = {
    "nobodys": "LOOKUP(rate, 'X')",  # missing, which nothing meets
    "broken": "nobodys + 1",  # a problem of this agent
    "of_missing": "COALESCE(nobodys, 7)",
    "of_a_row": "COALESCE(LOOKUP(rate, 'X'), 8)",
    "of_earlier": "COALESCE(PRIOR(of_missing, 1), 9)",
    "of_broken": "COALESCE(broken, 0)",
    "of_worked_out": "COALESCE(TIER_AMOUNT(whole, p.more - broken), 0)",
    "of_missing_then_broken": "COALESCE(nobodys, broken, 0)",
    "of_first": "COALESCE(5, broken)",
}


def book(formulas: Mapping[str, str] = FORMULAS, fees: tuple[str, str] = ("10", "20")) -> Book:
    return read({
        "name": "missing",
        "parameters": {"more": {"unit": "money", "value": 100, "low": 0, "high": 1000}},
        "tables": {
            "rate": {"keys": {"kind": "text"}, "values": {"fee": "money"}, "rows": [["A", 1]]},
            "whole": {"band": {"x": "money"}, "mode": "whole", "values": {"rate": "rate"}, "rows": [[0, None, "0.1"]]},
            "between": {
                "band": {"x": "money"}, "mode": "interpolated", "values": {"amount": "money"},
                "rows": [[0, 50, fees[0]], [50, 200, fees[1]]],
            },
        },
        "formulas": {
            name: {"grain": "agent", "unit": "money", "expression": text} for name, text in formulas.items()
        },
    })  # fmt: skip


def agents(*listed: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {"agent_id": key, "team_id": "T", "institution_id": place, "rank": rank, "joined_on": dt.date(2020, 1, 1)}
        for key, place, rank in listed
    ]


def values(month: MonthDone, agent: str = "A1") -> dict[str, Any]:
    return {name: value for (_, key, name), value in month.values.items() if key == agent}


@WAYS
def test_coalesce_skips_what_is_missing_and_never_a_problem(months: Months) -> None:
    [month] = months({"v1": book()}, [Given(MARCH, agents(("A1", "I1", "R")))])
    assert values(month) == {
        "nobodys": None, "broken": None, "of_missing": 7, "of_a_row": 8, "of_earlier": 9, "of_broken": None,
        "of_worked_out": None, "of_missing_then_broken": None, "of_first": 5,
    }  # fmt: skip
    assert {(trouble.element, trouble.reason) for trouble in month.troubles} == {("broken", "missing")}


@WAYS
def test_a_sum_over_people_tells_who_is_missing_before_who_has_a_problem(months: Months) -> None:
    formulas = {
        "fee": "LOOKUP(rate, agent.rank)",
        "own": "IF(agent.rank = 'B', fee + 1, fee)",  # B: a problem of his own; C: merely missing
        "led": "TEAM(own)",
    }
    team = [{"team_id": "T", "leader_id": "A1", "institution_id": "I1"}]
    people = agents(("A1", "I1", "A"), ("A2", "I1", "B"), ("A3", "I1", "C"))
    [month] = months({"v1": book(formulas)}, [Given(MARCH, people, team)])
    assert values(month)["led"] is None
    assert {(t.key, t.element, t.reason) for t in month.troubles} == {
        ("A2", "own", "missing"),
        ("A1", "led", "missing"),
    }
    [month] = months({"v1": book(formulas)}, [Given(MARCH, people[:2], team)])
    assert {(t.key, t.element) for t in month.troubles} == {("A2", "own")}


@WAYS
def test_a_spread_tells_who_is_missing_before_who_has_a_problem(months: Months) -> None:
    """The member has a rate that cannot be worked out, and an amount that is merely missing."""
    formulas = {"fee": "LOOKUP(rate, agent.rank)", "led": "ROUND(SPREAD(fee, share), 2)"}
    told = book(formulas)
    share = Formula(
        "share", Quantity(Unit.RATE, D(0), D(1), 4), "agent", "ROUND(IF(agent.rank = 'X', fee / p.more, 0.5), 4)"
    )
    told = replace(told, formulas={**told.formulas, "share": share})
    relations = [{"kind": "reporting", "from_id": "A1", "to_id": "A2", "since": dt.date(2025, 1, 1)}]
    [month] = months({"v1": told}, [Given(MARCH, agents(("A1", "I1", "A"), ("A2", "I1", "X")), relations=relations)])
    assert values(month)["led"] is None
    assert {(t.key, t.element, t.reason) for t in month.troubles} == {
        ("A1", "led", "missing"),
        ("A2", "share", "missing"),
    }


@WAYS
def test_each_institution_earns_by_its_own_interpolated_table(months: Months) -> None:
    formulas = {"earned": "ROUND(ABS(100.25) * TIER(between, ABS(100.25)), 2)"}
    variants = {"v1": book(formulas), "v2": book(formulas, ("20", "6"))}
    rules = [
        {"institution_id": place, "valid_from": dt.date(2000, 1, 1), "valid_to": None, "variant": variant}
        for place, variant in (("I1", "v1"), ("I2", "v2"))
    ]
    people = agents(("A1", "I1", "A"), ("A2", "I2", "A"))
    [month] = months(variants, [Given(MARCH, people, rules=rules)])
    # 50.25 of the second band's 150: 10 + 20 x 0.335, and 20 + 6 x 0.335
    assert (values(month)["earned"], values(month, "A2")["earned"]) == (D("16.70"), D("22.01"))
