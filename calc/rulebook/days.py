"""Days in expressions: so many days or months on, and whole months between two of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.piece import Piece
from calc.rulebook.sql import Sql

FARTHEST = {"DAY": Decimal(3_652_058), "MONTH": Decimal(119_988)}  # from any day beyond the calendar


def on(day: Piece, count: Piece, unit: str, *, back: bool = False) -> Sql:
    """So many days or months on. What lies beyond the calendar is its last or its first day: an open end stays open."""
    most, low, high = FARTHEST[unit], count.type.low, count.type.high
    number: Sql = count.sql
    if max(-low, high) > most:
        number = _within(number, sql.number_text(-most), sql.number_text(most), low < -most, high > most)
    number = sql.cast(number, "int")
    later = sql.cast(
        exp.DateAdd(this=day.sql, expression=exp.Neg(this=number) if back else number, unit=exp.var(unit)), "date"
    )
    if back:
        low, high = -high, -low
    return _within(later, sql.literal(dt.date.min), sql.literal(dt.date.max), low < 0, high > 0)


def _within(value: Sql, least: Sql, most: Sql, below: bool, above: bool) -> Sql:
    """A value, or the end it lies beyond; one that is missing stays missing."""
    branches: list[tuple[Sql, Sql]] = []
    if below:
        branches.append((exp.LT(this=sql.paren(value), expression=least), least))
    if above:
        branches.append((exp.GT(this=sql.paren(value), expression=most), most))
    return sql.case(branches, value) if branches else value


def months(start: Sql, end: Sql) -> Sql:
    """Whole months between two dates, completed on the anniversary day or on the last day of a month without it."""
    return sql.case(
        [(exp.LT(this=end, expression=start), exp.Neg(this=sql.paren(_months(end, start))))],
        _months(start, end),
    )


def _months(start: Sql, end: Sql) -> Sql:
    def part(of: type[exp.Func], date: Sql) -> Sql:
        return of(this=date)

    years = sql.paren(exp.Sub(this=part(exp.Year, end), expression=part(exp.Year, start)))
    calendar = exp.Add(
        this=exp.Mul(this=years, expression=sql.number(12)),
        expression=sql.paren(exp.Sub(this=part(exp.Month, end), expression=part(exp.Month, start))),
    )
    early = sql.both(
        exp.LT(this=part(exp.Day, end), expression=part(exp.Day, start)),
        exp.NEQ(this=end, expression=part(exp.LastDay, end)),
    )
    return sql.paren(exp.Sub(this=calendar, expression=sql.case([(early, sql.number(1))], sql.number(0))))
