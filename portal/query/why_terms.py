"""The stored terms of each measure, and how a figure follows from them. A test holds both to the measures' own SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.query.exact import money_ratio, points_money
from portal.query.report import Measure, Period, days_in_year_before

Terms = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The business date of a figure and the period its sums run over."""

    at: dt.date
    period: Period

    @property
    def first_day(self) -> dt.date:
        return self.period.first_day(self.at)

    @property
    def days(self) -> int:
        """Calendar days from the period's first day up to the date."""
        return self.period.days(self.at)

    @property
    def year_days(self) -> int:
        return Period.YEAR.days(self.at)

    @property
    def base_days(self) -> int:
        """Calendar days of the year the base was taken from."""
        return days_in_year_before(self.at)

    @property
    def base_date(self) -> dt.date:
        """The last day of the year before."""
        return self.at.replace(month=1, day=1) - dt.timedelta(days=1)


class Unexplained(LookupError):
    """A measure whose terms are not declared here."""


COLUMNS: dict[str, dict[str, str]] = {
    "balance": {"balance": "sum(balance)"},
    "daily_average": {"balance_days": "sum({period}_balance_days)"},
    "balance_days": {"balance_days": "sum({period}_balance_days)"},
    "increment": {"balance": "sum(balance)", "base": "sum(base_balance)"},
    "average_increment": {"balance_days": "sum(year_balance_days)", "base_days": "sum(base_year_balance_days)"},
    "profit": {"points": "sum({period}_profit_points)"},
    "accounts": {"accounts": "sum(accounts)"},
}


def _average_increment(terms: Terms, calendar: Calendar) -> Decimal:
    now, base = terms["balance_days"] * calendar.base_days, terms["base_days"] * calendar.year_days
    return money_ratio(now - base, calendar.base_days * calendar.year_days)


VALUES: dict[str, Callable[[Terms, Calendar], Decimal]] = {
    "balance": lambda terms, calendar: terms["balance"],
    "daily_average": lambda terms, calendar: money_ratio(terms["balance_days"], calendar.days),
    "balance_days": lambda terms, calendar: terms["balance_days"],
    "increment": lambda terms, calendar: terms["balance"] - terms["base"],
    "average_increment": _average_increment,
    "profit": lambda terms, calendar: points_money(terms["points"]),
    "accounts": lambda terms, calendar: terms["accounts"],
}


def term_columns(measure: Measure, calendar: Calendar, dataset: str) -> dict[str, str]:
    """The stored terms of a measure by name, as SQL over a dataset."""
    if measure.key not in COLUMNS:
        raise Unexplained(f"The measure {measure.key} does not say what it is made of.")
    if measure.counts and dataset == "credit_day":
        return {measure.key: measure.sql}
    return {name: sql.format(period=calendar.period.value) for name, sql in COLUMNS[measure.key].items()}


def figure_of(measure: Measure, terms: Terms, calendar: Calendar) -> Decimal:
    """The figure terms come to, rounded once."""
    return VALUES[measure.key](terms, calendar)


def added(many: Iterable[Terms]) -> dict[str, Decimal]:
    """Terms summed name by name."""
    total: dict[str, Decimal] = {}
    for terms in many:
        for name, amount in terms.items():
            total[name] = total.get(name, Decimal(0)) + amount
    return total
