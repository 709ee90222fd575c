"""Credits are kept as lines (days over which nothing changed); this unfolds them to days, as the step `credit_day` says.

The calculation and the reading layer use the same sentence, so a stored line means one thing everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlglot
from sqlglot import exp

from calc.step import step


def unfolded(lines: str, days: Iterable[dt.date], *more: str) -> str:
    """A relation of the state on some days, over a relation of credit lines; with `more` columns of the lines beside it."""
    listed = ", ".join(f"(date '{day}')" for day in days)
    sentence = step("credit_day").sql
    if more:
        sentence = sqlglot.parse_one(sentence, read="duckdb", into=exp.Select).select(*more).sql("duckdb")
    return f"(with calendar(business_date) as (values {listed}), credit_line as (select * from {lines}) {sentence})"
