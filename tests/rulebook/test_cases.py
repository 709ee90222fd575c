"""Every published case gives exactly what was printed: by the twin, and by the compiled plan."""

from __future__ import annotations

import pytest

from tests.rulebook import twin
from tests.rulebook.cases import Case, Months, cases, gives_what_was_printed, paid_of
from tests.rulebook.compiled import months as compiled_months
from tests.rulebook.retro_twin import Posted, differences

ALL = cases()
WAYS = pytest.mark.parametrize("months", [twin.months, compiled_months], ids=["twin", "compiled"])


@pytest.mark.parametrize("case", [case for case in ALL if "runs" in case.told], ids=lambda case: case.key)
@WAYS
def test_a_published_case_gives_what_was_printed(case: Case, months: Months) -> None:
    gives_what_was_printed(case, months)


@pytest.mark.parametrize("case", [case for case in ALL if "retro" in case.told], ids=lambda case: case.key)
@WAYS
def test_a_closed_month_is_settled_in_the_open_one(case: Case, months: Months) -> None:
    posted: list[Posted] = []
    told = case.told["retro"]
    for number, event in enumerate(told, 1):
        to_compute = [step["in"] for step in told[:number]]
        done = months(case.books, [case.given(month, event) for month in to_compute])
        recomputed = {
            (*key, month): paid for month, at in zip(to_compute, done, strict=True) for key, paid in paid_of(at).items()
        }
        new = differences(posted, recomputed, to_compute, event["in"])
        assert [[row.for_month, row.amount] for row in new] == event["lines"]
        posted += new
        assert differences(posted, recomputed, to_compute, event["in"]) == []
