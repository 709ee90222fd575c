"""What a lapse does to persistency: by the measures of the rules, in the month that measures the policy's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from calc.rulebook.elements import Fact, Formula, Measure, Quantity, Unit, Value
from calc.rulebook.lapse import LapseEffect, lapse_effects
from calc.rulebook.standing import AgentMonth
from tests.rulebook.books import BOOK, DATE, KEY, OWNED, SHARE, SMALL, TEXT, with_
from tests.rulebook.test_next_tier import checked

D = Decimal
DAY = dt.date
MAY = DAY(2026, 5, 1)
POLICY = Fact(
    "policy", {"policy_id": KEY, **OWNED, "issued_on": DATE, "premium": SMALL, "status": TEXT, "term": Quantity(Unit.COUNT)},
    key="policy_id", month_of="issued_on",
)  # fmt: skip
BASE = Measure("base", SMALL, "agent", "policy", "sum", "policy.premium", "policy.term > 1", ago=13)
KEPT = Measure(
    "kept", SMALL, "agent", "policy", "sum", "policy.premium", "policy.status = 'in_force' AND policy.term > 1", ago=13
)
KNOWN = AgentMonth(
    checked(with_(
        BOOK, facts={"policy": POLICY}, measures={"base": BASE, "kept": KEPT},
        formulas={"persistency": Formula("persistency", SHARE, "agent", "IF(base = 0, 1, MIN(ROUND(kept / base, 4), 1))")},
    )),
    MAY, {}, {"base": D(1), "kept": D(1), "persistency": D(1)},
)  # fmt: skip


def row(number: int, issued: dt.date, premium: int, status: str = "in_force", term: int = 10) -> dict[str, Value]:
    return {"policy_id": number, "issued_on": issued, "premium": D(premium), "status": status, "term": term}


def effects(rows: Sequence[Mapping[str, Value]], since: dt.date = MAY) -> list[LapseEffect]:
    """What the lapse of the first row does."""
    return lapse_effects(KNOWN, "policy", rows, rows[0], {"status": "ended"}, since)


def test_a_lapse_counts_by_its_premium_among_those_of_its_month() -> None:
    issued = DAY(2025, 6, 20)
    rows = [row(1, issued, 2500), row(2, issued, 7500), row(3, DAY(2025, 5, 31), 100_000)]
    assert effects(rows) == [LapseEffect("persistency", DAY(2026, 7, 1), D(1), D("0.75"))]


def test_what_has_lapsed_already_lowers_where_one_stands() -> None:
    issued = DAY(2025, 6, 20)
    rows = [row(1, issued, 2500), row(2, issued, 2500, "ended"), row(3, issued, 5000)]
    assert [(one.before, one.after) for one in effects(rows)] == [(D("0.75"), D("0.5"))]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (row(1, DAY(2025, 3, 31), 2500), "its month was measured in April"),
        (row(1, DAY(2025, 6, 20), 2500, term=1), "the rules leave it out"),
        (row(1, DAY(2025, 6, 20), 2500, "ended"), "it is over already"),
    ],
)
def test_no_effect_is_none(one: dict[str, Value], why: str) -> None:
    assert effects([one, row(2, DAY(2025, 6, 20), 100), row(3, DAY(2025, 3, 31), 100)]) == [], why


def test_the_running_month_counts_still() -> None:
    assert [one.month for one in effects([row(1, DAY(2025, 4, 1), 2500)])] == [MAY]
    assert effects([row(1, DAY(2025, 4, 1), 2500)], DAY(2026, 6, 1)) == []


def test_rules_without_persistency_and_facts_without_a_month_say_nothing() -> None:
    plain = AgentMonth(checked(BOOK), MAY, {}, {})
    one = row(1, DAY(2025, 6, 20), 2500)
    assert lapse_effects(plain, "policy", [one], one, {"status": "ended"}, MAY) == []
    assert lapse_effects(KNOWN, "nothing", [one], one, {"status": "ended"}, MAY) == []
