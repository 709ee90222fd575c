"""On random rulebooks and months the compiled plan and the slow twin agree on every value and every problem."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, assume, given, settings

from calc.rulebook.check import check
from calc.rulebook.elements import Book
from tests.rulebook import compiled, twin
from tests.rulebook.random_books import books
from tests.rulebook.random_months import histories
from tests.rulebook.twin import Given, MonthDone

RANDOM = settings(
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
MONTHS = histories()


def agree(variants: Mapping[str, Book], givens: list[Given]) -> None:
    assume(all(check(book)[0] for book in variants.values()))
    for slow, fast in zip(twin.months(variants, givens), compiled.months(variants, givens), strict=True):
        assert fast.troubles == slow.troubles
        assert differing(slow, fast) == {}


def differing(slow: MonthDone, fast: MonthDone) -> dict[object, object]:
    """What the two tell differently: where, by the twin, by the plan."""
    both = [(slow.values, fast.values), (slow.lines, fast.lines), (slow.moves, fast.moves)]
    return {
        key: (one.get(key, "nothing"), other.get(key, "nothing"))
        for one, other in both
        for key in {*one, *other}
        if one.get(key, "nothing") != other.get(key, "nothing")
    }


@pytest.mark.long
@settings(RANDOM, max_examples=12)
@given(books(), MONTHS)
def test_the_plan_agrees_with_the_twin(variants: dict[str, Book], givens: list[Given]) -> None:
    agree(variants, givens)


def test_the_check_passes_most_random_books() -> None:
    """Else the comparison above would say nothing."""
    passed = []

    @settings(RANDOM, max_examples=40)
    @given(books())
    def look(variants: dict[str, Book]) -> None:
        passed.append(all(check(book)[0] for book in variants.values()))

    look()
    assert sum(passed) > len(passed) * 0.7
