"""The figures that head a workbench or a home: where they stand, against last month and against the base, and their way.

A subject is a customer manager (what is credited to the person) or an institution (it and all below, as managed or as
booked). Sums come from stored terms; each figure is rounded once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from calc.columns import PROFIT_DIVISOR
from portal.query.facts import Row
from portal.query.known_base import Base, has_base, known_since
from portal.query.places import products
from portal.query.reader import Reader
from portal.query.report import Period, days_in_year_before

AUM_KINDS = ("deposit", "wealth", "fund", "insurance", "investment")
Span = Literal["1M", "6M", "1Y"]
SPAN_STEP_DAYS: dict[Span, tuple[int, int]] = {"1M": (31, 1), "6M": (184, 7), "1Y": (366, 14)}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose figures: a manager's, or an institution's with all below it (view `managing` or `booking`)."""

    kind: Literal["manager", "institution"]
    id: int
    view: Literal["managing", "booking"] = "managing"

    @property
    def dataset(self) -> str:
        return "manager_day" if self.kind == "manager" else "institution_day"

    @property
    def condition(self) -> str:
        if self.kind == "manager":
            return f"role = 'marketer' and manager_id = {int(self.id)}"
        return f"view = '{'booking' if self.view == 'booking' else 'managing'}' and institution_id = {int(self.id)}"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure with what it is compared to; None where there is nothing to compare."""

    key: str  # deposits, deposits_average, loans, profit, aum
    value: Decimal
    before: Decimal | None  # at `before_date`
    before_date: dt.date | None
    base: Decimal | None  # at the end of the year before; of an average that of the year before; None when not known
    trend: tuple[tuple[dt.date, Decimal], ...] = ()
    since: dt.date | None = None  # where its period is only partly known: the first day with figures

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None else self.value - self.before

    @property
    def increment(self) -> Decimal | None:
        return None if self.base is None else self.value - self.base


BASES: tuple[Base, ...] = ("day", "year")
SHOWN = ("deposits", "deposits_average", "loans", "profit", "aum")
TERMS: Mapping[str, str] = {
    "deposits": "sum(balance) filter (kind = 'deposit')",
    "deposits_average": "money_ratio(sum(month_balance_days) filter (kind = 'deposit'), "
    "extract(day from business_date)::int)",
    "loans": "sum(balance) filter (kind = 'loan')",
    "profit": f"points_money(sum(year_profit_points), {PROFIT_DIVISOR})",
    "month_profit": f"points_money(sum(month_profit_points), {PROFIT_DIVISOR})",
    "aum": f"sum(balance) filter (kind in {AUM_KINDS})",
    "deposits_base": "sum(base_balance) filter (kind = 'deposit')",
    "deposits_base_days": "sum(base_year_balance_days) filter (kind = 'deposit')",
    "loans_base": "sum(base_balance) filter (kind = 'loan')",
    "aum_base": f"sum(base_balance) filter (kind in {AUM_KINDS})",
}


def key_figures(reader: Reader, subject: Subject, at: dt.date) -> dict[str, KeyFigure]:
    """Deposits at the day's end and on average this month, loans, simulated profit this year, AUM.

    Balances compare with the end of last month, the average with last month's, profit with the month so far against last
    month on the same day (`profit.before` and `.value` are the year's; its `change` is of the month so far).
    """
    last_month_end = at.replace(day=1) - dt.timedelta(days=1)
    same_day = last_month_end.replace(day=min(at.day, last_month_end.day))
    month = _days_back(at, "1M")
    terms = _terms(reader, subject, reader.published(subject.dataset, [at, last_month_end, same_day, *month]))
    now = terms.get(at) or _nothing()
    before, month_ago = terms.get(last_month_end), terms.get(same_day)
    ways = [{"business_date": day, **terms[day]} for day in sorted(month) if day in terms]
    base_days = days_in_year_before(at)
    known = {base: has_base(reader, at, base) for base in BASES}

    def figure(key: str, amount: Decimal, base: Base = "day", whole: bool = True) -> KeyFigure:
        compared = before if whole else None
        return KeyFigure(key, now[key], compared[key] if compared else None, last_month_end if compared else None,
                         amount if known[base] else None,
                         tuple((row["business_date"], row[key]) for row in ways))  # fmt: skip

    whole_month = (
        known_since(reader, last_month_end, Period.MONTH) is None
    )  # a part of a month is no month to compare with
    month_ago = month_ago if whole_month else None
    profit_before = now["profit"] - now["month_profit"] + month_ago["month_profit"] if month_ago else None
    average = figure("deposits_average", _ratio(now["deposits_base_days"], base_days), "year", whole_month)
    return {
        "deposits": figure("deposits", now["deposits_base"]),
        "deposits_average": replace(average, since=known_since(reader, at, Period.MONTH)),
        "loans": figure("loans", now["loans_base"]),
        "profit": KeyFigure("profit", now["profit"], profit_before, same_day if month_ago else None, None,
                            tuple((row["business_date"], row["profit"]) for row in ways),
                            known_since(reader, at, Period.YEAR)),
        "aum": figure("aum", now["aum_base"]),
    }  # fmt: skip


def trend(reader: Reader, subject: Subject, at: dt.date, span: Span, keys: Sequence[str] = SHOWN) -> list[Row]:
    """Figures day by day over a month, or at steps over half a year or a year; published days only."""
    terms = _terms(reader, subject, reader.published(subject.dataset, _days_back(at, span)), keys)
    return [{"business_date": day, **terms[day]} for day in sorted(terms)]


def look_ahead(reader: Reader, subject: Subject, at: dt.date, span: Span) -> None:
    """Find with one question all days that the figures and their trend over a span will ask for."""
    last_month_end = at.replace(day=1) - dt.timedelta(days=1)
    same_day = last_month_end.replace(day=min(at.day, last_month_end.day))
    wanted = {*_days_back(at, "1M"), *_days_back(at, span), last_month_end, same_day}
    reader.look_up([subject.dataset], sorted(wanted))


def composition(reader: Reader, subject: Subject, at: dt.date, kinds: Sequence[str] = AUM_KINDS) -> list[Row]:
    """Balance by product of some kinds, largest first: product_id, kind, balance, accounts."""
    return reader.ask(
        "select product_id, kind, sum(balance) as balance, sum(accounts) as accounts "
        f"from facts join {kinds_inline(reader)} using (product_id) where {subject.condition} and kind in ({texts(kinds)}) "
        "group by all having sum(balance) <> 0 or sum(accounts) > 0 order by balance desc, product_id",
        facts=(subject.dataset, [at]),
    )


def _days_back(at: dt.date, span: Span) -> list[dt.date]:
    """The days a line over a span is drawn from, the newest first."""
    length, step_days = SPAN_STEP_DAYS[span]
    return [at - dt.timedelta(days=back) for back in range(0, length, step_days)]


def _terms(
    reader: Reader, subject: Subject, dates: Sequence[dt.date], keys: Sequence[str] = tuple(TERMS)
) -> dict[dt.date, Row]:
    if not dates:
        return {}
    figures = ", ".join(f"coalesce({TERMS[key]}, 0) as {key}" for key in keys)
    rows = reader.ask(
        f"select business_date, {figures} from facts join {kinds_inline(reader)} using (product_id) "
        f"where {subject.condition} group by business_date",
        facts=(subject.dataset, dates),
    )
    found: dict[dt.date, Row] = {row["business_date"]: row for row in rows}
    return {day: found.get(day) or _nothing() for day in dates}


def kinds_inline(reader: Reader) -> str:
    """The kind of each product, as a table to join."""
    pairs = ", ".join(f"({product.id}, '{product.kind}')" for product in products(reader.session).values())
    return f"(values {pairs or '(0, null)'}) as product_kind(product_id, kind)"


def texts(words: Sequence[str]) -> str:
    """Words of ours as an SQL list."""
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def _ratio(amount: Decimal, divisor: int) -> Decimal:
    """Divide money exactly and round half away from zero, as the engine's macro does."""
    cents = int(amount * 100)
    rounded = (abs(cents) * 2 + divisor) // (2 * divisor)
    return Decimal(rounded if cents >= 0 else -rounded).scaleb(-2)


def _nothing() -> dict[str, Any]:
    return dict.fromkeys(TERMS, Decimal("0.00"))
