"""Every published case gives on Spark exactly what was printed, as it does on our own engine: the same plan, the same cents."""

from __future__ import annotations

import pytest

from tests.rulebook.cases import Case, cases, gives_what_was_printed
from tests.spark.on_spark import months

pytestmark = [pytest.mark.spark, pytest.mark.long]


@pytest.mark.parametrize("case", [case for case in cases() if "runs" in case.told], ids=lambda case: case.key)
def test_a_published_case_gives_what_was_printed(case: Case) -> None:
    gives_what_was_printed(case, months)
