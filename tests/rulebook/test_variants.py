"""Institutions with tables of their own: each amount by the receiving institution's table, boundary and all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import pytest

from calc.rulebook.elements import Book
from tests.rulebook import compiled, twin
from tests.rulebook.cases import Months, read
from tests.rulebook.twin import Given, MonthDone

D = Decimal
WAYS = pytest.mark.parametrize("months", [twin.months, compiled.months], ids=["twin", "compiled"])
MARCH = dt.date(2026, 3, 1)
RULES = [
    {"institution_id": place, "valid_from": dt.date(2000, 1, 1), "valid_to": None, "variant": variant}
    for place, variant in (("I1", "lower"), ("I2", "upper"))
]


def book(formulas: Mapping[str, str], boundary: Literal["lower", "upper"], open_band: bool = False) -> Book:
    read_one = read({
        "name": "own tables",
        "parameters": {"money": {"unit": "money", "value": 0, "low": -1000, "high": 1000}},
        "tables": {
            "whole": {
                "band": {"x": "money"}, "mode": "whole", "values": {"rate": "rate"}, "boundary": boundary,
                "rows": [[0, 100, "0.1"], [100, None, "0.2"]],
            },
            "always": {"band": {"x": "money"}, "values": {"rate": "rate"}, "rows": [[None, None, "0.3"]]},
            "between": {
                "band": {"x": "money"}, "mode": "interpolated", "values": {"amount": "money"}, "boundary": boundary,
                "rows": [[0, 50, 10], [50, None, None]] if open_band else [[0, 50, 10], [50, 200, 20]],
            },
        },
        "formulas": {
            name: {"grain": "agent", "unit": "money", "low": -1000000, "high": 1000000, "expression": text}
            for name, text in formulas.items()
        },
    })  # fmt: skip
    return replace(read_one, name=boundary)


def month(months: Months, formulas: Mapping[str, str], **given: Any) -> MonthDone:
    """One agent under each set of rules; the upper side's last band is open."""
    variants = {"lower": book(formulas, "lower"), "upper": book(formulas, "upper", open_band=True)}
    people = [
        {"agent_id": key, "team_id": None, "institution_id": place, "rank": "R", "joined_on": dt.date(2020, 1, 1)}
        for key, place in (("A1", "I1"), ("A2", "I2"), ("B", "I1"))
    ]
    [done] = months(variants, [Given(MARCH, people, rules=RULES, **given)])
    return done


def of(done: MonthDone, element: str) -> dict[str, Any]:
    return {key: value for (_, key, name), value in done.values.items() if name == element}


@WAYS
@pytest.mark.parametrize("x", ["p.money", "MAX(p.money, 0)", "ABS(p.money)"])
def test_zero_lies_in_the_first_band_on_either_side_of_the_boundary(months: Months, x: str) -> None:
    done = month(months, {"earned": f"ROUND(TIER_AMOUNT(between, {x}), 2)"})
    assert of(done, "earned") == {"A1": D(0), "A2": D(0), "B": D(0)}
    assert not done.troubles


@WAYS
@pytest.mark.parametrize("x", ["100", "MAX(p.money, 100)"])
def test_a_boundary_belongs_to_the_side_that_the_institutions_own_table_says(months: Months, x: str) -> None:
    done = month(
        months, {"earned": f"ROUND(TIER_AMOUNT(whole, {x}), 2)", "rate": f"ROUND(TIER(whole, {x}) * (p.money + 10), 2)"}
    )
    assert of(done, "earned") == {"A1": D("20.00"), "A2": D("10.00"), "B": D("20.00")}
    assert of(done, "rate") == {"A1": D("2.00"), "A2": D("1.00"), "B": D("2.00")}


@WAYS
def test_a_leader_earns_by_the_boundary_of_his_own_table(months: Months) -> None:
    """The member's 100 lies in the upper band by the member's rules, in the lower by the second leader's."""
    relations = [
        {"kind": "reporting", "from_id": leader, "to_id": "B", "since": dt.date(2025, 1, 1)} for leader in ("A1", "A2")
    ]
    formulas = {"own": "MAX(p.money, 100)", "led": "ROUND(DIRECT(own * BAND(whole, own)), 2)"}
    done = month(months, formulas, relations=relations)
    assert of(done, "led") == {"A1": D("20.00"), "A2": D("10.00"), "B": D(0)}


@WAYS
@pytest.mark.parametrize("x", ["own", "earlier", "PRIOR(own, 1)", "MAX(earlier, 0)"])
def test_a_band_open_on_both_sides_holds_nothing_that_is_missing(months: Months, x: str) -> None:
    """In a person's first month there is no month before: no amount may come of it."""
    formulas = {"own": "p.money + 100", "earlier": "PRIOR(own, 1)", "paid": f"ROUND(own * BAND(always, {x}), 2)"}
    done = month(months, formulas)
    assert of(done, "paid") == dict.fromkeys(("A1", "A2", "B"), D("30.00") if x == "own" else None)
    assert {t.reason for t in done.troubles} == (set() if x == "own" else {"missing"})
