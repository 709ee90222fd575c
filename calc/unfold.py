"""Credits are kept as lines (days over which nothing changed); this unfolds them to days, as the step `credit_day` says.

The calculation and the reading layer use the same sentence, so a stored line means one thing everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from calc.step import step


def unfolded(lines: str, days: Iterable[dt.date]) -> str:
    """A relation of the state on some days, over a relation of credit lines."""
    listed = ", ".join(f"(date '{day}')" for day in days)
    return (
        f"(with calendar(business_date) as (values {listed}), credit_line as (select * from {lines}) "
        f"{step('credit_day').sql})"
    )
