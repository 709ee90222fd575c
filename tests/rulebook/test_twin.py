"""On random rulebooks and months the compiled plan and the slow twin agree on every value and every problem."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
from hypothesis import assume, given

from calc.rulebook.check import check
from calc.rulebook.elements import Book, Formula, Table
from tests.examples import examples
from tests.rulebook import compiled, twin
from tests.rulebook.random_books import RATE, books
from tests.rulebook.random_months import histories
from tests.rulebook.random_tables import SMALL_MONEY, D
from tests.rulebook.twin import Given, MonthDone

MONTHS = histories()


def agree(variants: Mapping[str, Book], givens: list[Given]) -> None:
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


@pytest.mark.parametrize("mode", ["", "step", "interpolated"])
@pytest.mark.parametrize("order", [("lower", "upper"), ("upper", "lower")])
def test_each_variant_reads_a_table_by_its_own_boundary(order: tuple[str, str], mode: str) -> None:
    """What stands on a boundary belongs to the band above in one institution and to the band below in the other."""
    value = D("50") if mode == "interpolated" else D("0.1")
    kind, found = (SMALL_MONEY if mode == "interpolated" else RATE), (SMALL_MONEY if mode else RATE)
    rows = ((D(0), D(100), value), (D(100), D(200), value * 2))
    written = "ROUND(TIER_AMOUNT(bands, agent.salary), 2)" if mode else "BAND(bands, agent.salary)"

    def book(boundary: str) -> Book:
        table = Table("bands", {}, {"value": kind}, rows, "x", SMALL_MONEY, boundary, mode or None)  # type: ignore[arg-type]
        formula = Formula("found", found, "agent", f"COALESCE({written}, -1)")
        checked, problems = check(
            Book(name=boundary, tables={"bands": table}, formulas={"found": formula}, agent={"salary": SMALL_MONEY})
        )
        assert checked, [problem.sentence for problem in problems]
        return checked.book

    variants = {boundary: book(boundary) for boundary in order}
    agents = [
        {"agent_id": f"{boundary} {salary}", "institution_id": boundary, "team_id": None, "rank": "R1",
         "joined_on": dt.date(2025, 1, 1), "salary": D(salary)}
        for boundary in order for salary in (0, 100, 200)
    ]  # fmt: skip
    always = {"valid_from": dt.date(1900, 1, 1), "valid_to": None}
    rules = [{"institution_id": boundary, "variant": boundary, **always} for boundary in order]
    givens = [Given(dt.date(2026, 1, 1), agents, rules=rules)]
    agree(variants, givens)
    (fast,) = compiled.months(variants, givens)
    by = {key: fast.values["agent", key, "found"] for key in ("lower 100", "upper 100", "lower 200", "upper 200")}
    assert by["lower 200"] == (None if mode else -1)
    assert by["upper 200"] in (D("0.2"), D("30"), D("150"))  # by BAND, by a share of each band, by a sum for each band
    if not mode:
        assert (by["lower 100"], by["upper 100"]) == (D("0.2"), D("0.1"))


@pytest.mark.long
@examples(12)
@given(books(), MONTHS)
def test_the_plan_agrees_with_the_twin(variants: dict[str, Book], givens: list[Given]) -> None:
    assume(all(check(book)[0] for book in variants.values()))
    agree(variants, givens)


def test_the_check_passes_most_random_books() -> None:
    """Else the comparison above would say nothing."""
    passed = []

    @examples(40)
    @given(books())
    def look(variants: dict[str, Book]) -> None:
        passed.append(all(check(book)[0] for book in variants.values()))

    look()
    assert sum(passed) > len(passed) * 0.7
