"""Every published case gives exactly what was printed: by the twin, and by the compiled plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.rulebook import twin
from tests.rulebook.cases import Case, Months, cases
from tests.rulebook.compiled import months as compiled_months
from tests.rulebook.retro_twin import Posted, differences
from tests.rulebook.twin import MonthDone

ALL = cases()
WAYS = pytest.mark.parametrize("months", [twin.months, compiled_months], ids=["twin", "compiled"])


@pytest.mark.parametrize("case", [case for case in ALL if "runs" in case.told], ids=lambda case: case.key)
@WAYS
def test_a_published_case_gives_what_was_printed(case: Case, months: Months) -> None:
    for run in case.told["runs"]:
        known_on = run.get("known_on", dt.date.max)
        done = months(case.books, [case.given(month["month"], month, known_on) for month in run["months"]])
        for told, month in zip(run["months"], done, strict=True):
            assert month.troubles == frozenset(), told["month"]
            assert dict(_differing(told, month)) == {}, told["month"]
        if "total" in run:
            assert sum(paid for month in done for paid in _paid(month).values()) == run["total"]


@pytest.mark.parametrize("case", [case for case in ALL if "retro" in case.told], ids=lambda case: case.key)
@WAYS
def test_a_closed_month_is_settled_in_the_open_one(case: Case, months: Months) -> None:
    posted: list[Posted] = []
    told = case.told["retro"]
    for number, event in enumerate(told, 1):
        to_compute = [step["in"] for step in told[:number]]
        done = months(case.books, [case.given(month, event) for month in to_compute])
        recomputed = {
            (*key, month): paid for month, at in zip(to_compute, done, strict=True) for key, paid in _paid(at).items()
        }
        new = differences(posted, recomputed, to_compute, event["in"])
        assert [[row.for_month, row.amount] for row in new] == event["lines"]
        posted += new
        assert differences(posted, recomputed, to_compute, event["in"]) == []


def _paid(month: MonthDone) -> dict[tuple[str, str], Decimal]:
    return {at: line.paid for at, line in month.lines.items()}


def _differing(told: Mapping[str, Any], month: MonthDone) -> Iterator[tuple[Any, Any]]:
    """What is not as the case tells: where, and what came instead."""
    if "total" in told and sum(_paid(month).values()) != told["total"]:
        yield "total", sum(_paid(month).values())
    for place, values in told.get("values", {}).items():
        grain, element = place.split(".")
        for key, value in values.items():
            if (found := month.values[grain, str(key), element]) != value:
                yield (place, key), found
    for agent, lines in told.get("lines", {}).items():
        for line, amount in lines.items():
            if (paid := month.lines[agent, line].paid) != amount:
                yield (agent, line), paid
    for agent, lines in told.get("paid", {}).items():
        for line, parts in lines.items():
            for part, amount in parts.items():
                if (came := getattr(month.lines[agent, line], part)) != amount:
                    yield (agent, line, part), came
    for agent, rank in told.get("moves", {}).items():
        if (to := [move.to_rank for (who, _), move in month.moves.items() if who == agent]) != [rank]:
            yield (agent, "moves"), to
