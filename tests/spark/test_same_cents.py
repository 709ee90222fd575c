"""Every published case gives on Spark exactly what was printed, as it does on our own engine: the same plan, the same cents."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.cases import Case, cases, differing, paid_of
from tests.spark.on_spark import months

pytestmark = [pytest.mark.spark, pytest.mark.long]


@pytest.mark.parametrize("case", [case for case in cases() if "runs" in case.told], ids=lambda case: case.key)
def test_a_published_case_gives_what_was_printed(case: Case) -> None:
    for run in case.told["runs"]:
        known_on = run.get("known_on", dt.date.max)
        done = months(case.books, [case.given(month["month"], month, known_on) for month in run["months"]])
        for told, month in zip(run["months"], done, strict=True):
            assert month.troubles == frozenset(), told["month"]
            assert dict(differing(told, month)) == {}, told["month"]
        if "total" in run:
            assert sum(paid for month in done for paid in paid_of(month).values()) == run["total"]
