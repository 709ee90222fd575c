"""Rules side by side: what institutions may have of their own, each worked by hand, and what they must have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from calc.rulebook.compiling import compile_plan
from calc.rulebook.expression import PlanError
from tests.rulebook import compiled, twin
from tests.rulebook.cases import Months, laid_over, read
from tests.rulebook.twin import Given, MonthDone

D = Decimal
WAYS = pytest.mark.parametrize("months", [twin.months, compiled.months], ids=["twin", "compiled"])
MARCH = dt.date(2026, 3, 1)
BASE: Mapping[str, Any] = {
    "name": "base",
    "agent": {"salary": {"unit": "money", "low": -1000, "high": 1000}, "seen_on": "date"},
    "facts": {
        "sale": {
            "key": "sale_id", "month_of": "sold_on",
            "columns": {"sale_id": "key", "agent_id": "key", "institution_id": "key", "sold_on": "date",
                        "amount": {"unit": "money", "low": 0, "high": 1000}},
        }
    },
    "tables": {
        "steps": {"band": {"x": "money"}, "mode": "whole", "values": {"rate": "rate"},
                 "rows": [[0, 100, "0.1"], [100, None, "0.2"]]},
    },
    "measures": {"sold": {"of": "sale", "sum": "sale.amount", "grain": "agent", "unit": "money"}},
    "formulas": {"own": {"grain": "agent", "unit": "money", "expression": "ROUND(sold * 0.1, 2)"}},
    "lines": {"own": {"pays": "own", "group": "pay", "order": 1}},
}  # fmt: skip
STEP = {"mode": "step"}
BETWEEN = {"mode": "interpolated", "values": {"rate": "money"}, "rows": [[0, 100, 10], [100, 200, 30]]}


def month(months: Months, *overrides: Mapping[str, Any], sales: Any = (), **given: Any) -> MonthDone:
    """One agent A1, A2 ... under each set of rules, the first leading all others; sales by agent."""
    variants = {f"v{at}": read(laid_over(BASE, one)) for at, one in enumerate(overrides, 1)}
    people = [
        {"agent_id": f"A{at}", "institution_id": f"I{at}", "team_id": "T", "rank": "R", "joined_on": dt.date(2020, 1, 1),
         "salary": D(150), "seen_on": dt.date(2026, 1, 15)}
        for at in range(1, len(variants) + 1)
    ]  # fmt: skip
    rules = [
        {"institution_id": f"I{at}", "valid_from": dt.date(2000, 1, 1), "valid_to": None, "variant": f"v{at}"}
        for at in range(1, len(variants) + 1)
    ]
    rows = [
        {
            "sale_id": f"S{at}",
            "agent_id": agent,
            "institution_id": f"I{agent[1:]}",
            "sold_on": MARCH,
            "amount": D(amount),
        }
        for at, (agent, amount) in enumerate(sales)
    ]
    teams = [{"team_id": "T", "leader_id": "A1", "institution_id": "I1"}]
    [done] = months(variants, [Given(MARCH, people, teams, rules=rules, facts={"sale": rows}, **given)])
    return done


def of(done: MonthDone, element: str) -> list[Any]:
    return [value for (_, _, name), value in sorted(done.values.items()) if name == element]


def formula(text: str, **more: Any) -> dict[str, Any]:
    return {"grain": "agent", "unit": "money", "expression": text, **more}


# -- what each may have of its own


@WAYS
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_each_institution_earns_by_the_mode_of_its_own_tier(months: Months, order: tuple[int, ...]) -> None:
    """150 in one band at 20 %, in two steps 10 + 10, or a full band of 10 and half of one of 30."""
    modes, earned = ({}, STEP, BETWEEN), (D("30.00"), D("20.00"), D("25.00"))
    texts = {
        "amount": formula("ROUND(TIER_AMOUNT(steps, salary_now), 2)"),
        "product": formula("ROUND(salary_now * TIER(steps, salary_now), 2)"),
        "salary_now": formula("MAX(agent.salary, 0)"),
    }
    done = month(months, *({"tables": {"steps": modes[at]}, "formulas": texts} for at in order))
    assert of(done, "amount") == of(done, "product") == [earned[at] for at in order]
    assert not done.troubles


@WAYS
def test_finer_amounts_of_other_rules_are_summed_to_their_last_decimal(months: Months) -> None:
    """Three decimals by the member's rules, two by the leader's: nothing is cut on the way up."""
    fine = {"formulas": {"share": formula("sold * 0.125"), "led": formula("TEAM(share)")}}
    plain = {"formulas": {"share": formula("ROUND(sold * 0.12, 2)"), "led": formula("TEAM(share)")}}
    done = month(months, plain, fine, sales=[("A1", "1"), ("A2", "1")])
    assert of(done, "share") == [D("0.12"), D("0.125")]
    assert of(done, "led") == [D("0.245"), D(0)]


@WAYS
def test_a_value_is_held_to_the_bounds_of_its_own_rules(months: Months) -> None:
    """100 is within one institution's bounds, beyond the other's; the leader who sums it has room for both."""
    narrow = {"formulas": {"own": {"expression": "sold", "low": 0, "high": 50}, "led": formula("TEAM(own)")}}
    wide = {"formulas": {"own": {"expression": "sold", "low": 0, "high": 500}, "led": formula("TEAM(own)")}}
    done = month(months, narrow, wide, sales=[("A1", "50"), ("A2", "100")])
    assert (of(done, "own"), of(done, "led")) == ([D(50), D(100)], [D(150), D(0)])
    done = month(months, wide, narrow, sales=[("A1", "50"), ("A2", "100")])
    assert (of(done, "own"), of(done, "led")) == ([D(50), None], [None, D(0)])
    assert {(t.key, t.element, t.reason) for t in done.troubles} == {("A2", "own", "bounds")}


def test_a_column_is_held_to_the_bounds_of_its_own_rules() -> None:
    told = {"formulas": {"own": {"expression": "agent.salary"}}}
    narrow = {**told, "agent": {"salary": {"unit": "money", "low": 0, "high": 100}}}
    done = month(compiled.months, told, narrow)
    assert of(done, "own") == [D(150), None]


@WAYS
def test_a_condition_of_one_institution_leaves_the_rows_of_others_alone(months: Months) -> None:
    picky = {"measures": {"sold": {"where": "sale.amount > 100"}}}
    done = month(months, {}, picky, sales=[("A1", "50"), ("A1", "200"), ("A2", "50"), ("A2", "200")])
    assert of(done, "sold") == [D(250), D(200)]


@WAYS
@pytest.mark.parametrize("part", ["cap", "hold", "release"])
def test_a_cap_or_hold_of_one_institution_is_nobody_elses(months: Months, part: str) -> None:
    done = month(months, {}, {"lines": {"own": {part: "3"}}}, sales=[("A1", "100"), ("A2", "100")])
    expected = {"cap": D(3), "hold": D(7), "release": D(13)}[part]
    assert {key[0]: line.paid for key, line in done.lines.items()} == {"A1": D(10), "A2": expected}


@WAYS
def test_a_benefit_of_one_institution_is_paid_there_and_missed_nowhere(months: Months) -> None:
    extra = {
        "measures": {"big": {"of": "sale", "sum": "sale.amount", "where": "sale.amount > 100", "grain": "agent", "unit": "money"}
        },
"formulas": {"bonus": formula("ROUND(big * 2.5%, 2)")},
        "lines": {"bonus": {"pays": "bonus", "group": "pay", "order": 2}},
    }  # fmt: skip
    for order in ((extra, {}), ({}, extra)):
        done = month(months, *order, sales=[("A1", "200"), ("A2", "300")])
        paid = {key: line.paid for key, line in done.lines.items() if key[1] == "bonus"}
        assert paid == {("A1", "bonus"): D("5.00")} if order[0] else {("A2", "bonus"): D("7.50")}
        assert not done.troubles


@WAYS
@pytest.mark.parametrize("boundary", ["lower", "upper"])
def test_bands_of_days(months: Months, boundary: str) -> None:
    """The fifteenth begins the second band, or ends the first."""
    rows = [[None, "2026-01-15", "0.1"], ["2026-01-15", None, "0.2"]]
    table = {"band": {"day": "date"}, "values": {"rate": "rate"}, "rows": rows, "boundary": boundary}
    told = {
        "tables": {"dated": table},
        "formulas": {"own": {"expression": "ROUND(agent.salary * BAND(dated, agent.seen_on), 2)"}},
    }
    done = month(months, told, {**told, "tables": {"dated": {**table, "boundary": "lower"}}})
    assert of(done, "own") == [D(30) if boundary == "lower" else D(15), D(30)]


# -- what they have in common


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ({"formulas": {"own": {"unit": "rate", "expression": "0.1"}}, "lines": {"own": {"pays": "sold"}}}, "own: unit: money"),
        ({"formulas": {"place": formula("0") | {"grain": "institution"}}}, "place: grain: team"),
        ({"measures": {"sold": {"window": "quarter"}}}, "sold: window: month"),
        ({"measures": {"sold": {"of": "sale", "sum": None, "max": "sale.amount"}}}, "sold: aggregate: sum"),
        ({"parameters": {"part": {"unit": "money", "value": 1}}}, "part: unit: rate"),
        ({"tables": {"steps": {"band": {"x": "count"}}}}, "steps: band: money"),
        ({"tables": {"steps": {"mode": None, "values": {"rate": "money"}}}}, "steps: values: rate: rate"),
        ({"facts": {"sale": {"columns": {"amount": {"unit": "money", "decimals": 4}}}}}, "sale: decimals: 2"),
        ({"facts": {"sale": {"month_of": None}}, "measures": {"sold": {"window": "all"}}}, "sale: month_of: sold_on"),
        ({"formulas": {"sold": formula("1")}, "measures": {"sold": None}}, "sold: sold is a measure by some"),
    ],
)  # fmt: skip
def test_what_is_the_same_everywhere_is_told(override: Mapping[str, Any], said: str) -> None:
    more = {
        "formulas": {"place": formula("0") | {"grain": "team"}},
        "parameters": {"part": {"unit": "rate", "value": 1}},
    }
    told = laid_over(BASE, more)
    other = laid_over(told, override)
    other = {
        section: {k: v for k, v in one.items() if v is not None} if isinstance(one, dict) else one
        for section, one in other.items()
    }
    with pytest.raises(PlanError) as refused:
        compile_plan(compiled.all_checked({"a": read(told), "b": read(other)}))
    assert said in str(refused.value)
