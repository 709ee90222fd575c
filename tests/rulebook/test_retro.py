"""Differences of closed months: what is posted makes every month come to its recomputed amount, once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.rulebook.retro_twin import Posted, differences

JANUARY, FEBRUARY, MARCH = (dt.date(2026, month, 1) for month in (1, 2, 3))
KEYS = st.tuples(st.sampled_from("AB"), st.sampled_from(["fyc", "team"]), st.sampled_from([JANUARY, FEBRUARY]))
AMOUNTS = st.decimals(-1000, 1000, places=2)
POSTED = st.builds(
    lambda key, in_month, amount: Posted(*key, in_month, amount), KEYS, st.sampled_from([JANUARY, FEBRUARY]), AMOUNTS
)


def test_a_line_that_is_gone_is_taken_back_and_other_months_are_left_alone() -> None:
    paid = [Posted("A", "fyc", JANUARY, JANUARY, Decimal(10)), Posted("A", "fyc", FEBRUARY, FEBRUARY, Decimal(20))]
    assert differences(paid, {}, [FEBRUARY], MARCH) == [Posted("A", "fyc", FEBRUARY, MARCH, Decimal(-20))]


@given(st.lists(POSTED), st.dictionaries(KEYS, AMOUNTS))
def test_what_is_posted_settles_every_month_and_nothing_is_left(paid: list[Posted], recomputed: dict) -> None:  # type: ignore[type-arg]
    new = differences(paid, recomputed, [JANUARY, FEBRUARY], MARCH)
    assert all(row.in_month == MARCH and row.amount for row in new)
    for key in {(row.agent_id, row.line, row.for_month) for row in paid} | set(recomputed):
        shown = sum(row.amount for row in [*paid, *new] if (row.agent_id, row.line, row.for_month) == key)
        assert shown == recomputed.get(key, 0)
    assert differences([*paid, *new], recomputed, [JANUARY, FEBRUARY], MARCH) == []
    assert differences(paid[::-1], recomputed, [FEBRUARY, JANUARY], MARCH) == new
