"""The last step of "why": the days of one account, each with its balance, the share used and what it adds.

Days on which nothing changed stand together. What a day adds is what the stored sums grew by that day, so the days sum
to the stored term whatever was corrected later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from calc.columns import PROFIT_DIVISOR
from portal.query.facts import Row
from portal.query.foreign import Foreign, foreign_days
from portal.query.places import products
from portal.query.reader import Reader
from portal.query.report import Measure, Period
from portal.query.why_price import Earned, Price, price_on, prices
from portal.query.why_terms import Calendar, Terms, added

ZERO = Decimal(0)
AT_ONCE = ("balance", "increment", "accounts")  # measures that look at one day only


@dataclass(frozen=True, slots=True)
class DayTerms:
    """Days on which one person's credit of an account stood still; `balance` is the account's, where it may be seen.

    `margin` is the yearly margin of 1 that the credit earned; None where nothing was earned on. `price` is what it was fixed
    at, where that is kept.
    """

    first: dt.date
    last: dt.date
    days: int
    manager_id: int
    balance: Decimal | None
    share: Decimal
    credit: Decimal
    margin: Decimal | None
    terms: Terms
    is_base: bool = False
    foreign: Foreign | None = None  # what the account held in its own currency
    day_basis: int = 365
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class AccountDays:
    """Which days of an account: `condition` (numbers only) says which credits count, `whole` everybody's."""

    measure: Measure
    account_id: int
    condition: str
    calendar: Calendar
    whole: bool

    @property
    def period(self) -> Period:
        return Period.YEAR if self.measure.key == "average_increment" else self.calendar.period

    @property
    def wanted(self) -> list[dt.date]:
        """The days that enter the figure."""
        last = self.calendar.at
        first = last if self.measure.key in AT_ONCE else self.period.first_day(last)
        return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def day_lines(reader: Reader, asked: AccountDays) -> list[DayTerms]:
    """The days of an account, the newest first, then what the increment is measured against."""
    days = reader.published("credit_day", asked.wanted)
    rows = _credits(reader, asked, days)
    lines = _lines(asked.measure, rows, _balances(reader, asked, days), _bases(reader))
    if foreign := foreign_days(reader, asked.account_id, days):
        lines = [replace(line, foreign=foreign.get(line.first)) for line in lines]
    at = asked.calendar.at
    if asked.measure.key == "profit":
        known = prices(reader, asked.account_id, at)
        lines = [replace(line, price=price_on(known, line.first, line.margin)) for line in lines]
    measured_against = [_base(asked.measure, row, asked.calendar) for row in rows if row["business_date"] == at]
    return _together(lines)[::-1] + [line for line in measured_against if any(line.terms.values())]


def _bases(reader: Reader) -> dict[int, int]:
    """The days a year has for each product."""
    return {one.id: one.day_basis for one in products(reader.session).values()}


def _credits(reader: Reader, asked: AccountDays, days: list[dt.date]) -> list[Row]:
    """Each day's credit by person, with the sums of the period so far."""
    period = asked.period.value
    return reader.ask(
        "select business_date, manager_id, max(share) as share, sum(balance) as balance, bool_or(is_open) as is_open, "
        f"sum({period}_balance_days) as balance_days, sum({period}_profit_points) as points, "
        "sum(base_balance) as base_balance, sum(base_year_balance_days) as base_days, "
        "max_by(product_id, share) as product_id "
        f"from facts where {asked.condition} group by business_date, manager_id order by manager_id, business_date",
        whole=asked.whole,
        facts=("credit_day", days),
    )


def _balances(reader: Reader, asked: AccountDays, days: list[dt.date]) -> dict[dt.date, Decimal]:
    """The balance of the account itself by day, if the actor may see it as a whole today."""
    rows = reader.ask(
        "select business_date, sum(balance) as balance from facts "
        f"where role = 'marketer' and account_id = {int(asked.account_id)} group by business_date",
        whole=True,
        facts=("credit_day", days),
    )
    return {row["business_date"]: row["balance"] for row in rows}


def _lines(
    measure: Measure, rows: list[Row], balances: Mapping[dt.date, Decimal], basis: Mapping[int, int]
) -> list[DayTerms]:
    """One line for each day and person, oldest first; days without a share that add nothing are left out."""
    lines: list[DayTerms] = []
    before: Row | None = None
    counted: set[dt.date] = set()
    for row in rows:
        known = before if before is not None and before["manager_id"] == row["manager_id"] else None
        grown = {name: row[name] - (known[name] if known else ZERO) for name in ("balance_days", "points")}
        before, day = row, row["business_date"]
        terms = _day(measure, row, grown, first=day not in counted)
        counted |= {day} if row["share"] > 0 and row["is_open"] else set()
        if row["share"] == 0 and not any(terms.values()):
            continue
        balance = balances.get(day)
        day_basis = basis.get(row["product_id"], 365)
        margin = _margin(grown["points"], row["balance"], day_basis)
        lines.append(
            DayTerms(day, day, 1, row["manager_id"], balance, row["share"], row["balance"],
                     margin if measure.key == "profit" else None, terms, day_basis=day_basis)
        )  # fmt: skip
    return lines


def _day(measure: Measure, row: Row, grown: Mapping[str, Decimal], *, first: bool) -> dict[str, Decimal]:
    """What one day adds to each term of a measure; an open account counts once a day."""
    counts = Decimal(1) if first and row["share"] > 0 and row["is_open"] else ZERO
    every = {
        "balance": {"balance": row["balance"]},
        "increment": {"balance": row["balance"], "base": ZERO},
        "average_increment": {"balance_days": grown["balance_days"], "base_days": ZERO},
        "profit": {"points": grown["points"]},
        "accounts": {"accounts": counts},
    }
    return every.get(measure.key, {"balance_days": grown["balance_days"]})


def _base(measure: Measure, row: Row, calendar: Calendar) -> DayTerms:
    """What an increment is measured against, as it stands with the person now."""
    terms: dict[str, Decimal] = {}
    if measure.key == "increment":
        terms = {"balance": ZERO, "base": row["base_balance"]}
    elif measure.key == "average_increment":
        terms = {"balance_days": ZERO, "base_days": row["base_days"]}
    first = calendar.base_date if measure.key == "increment" else calendar.base_date.replace(month=1, day=1)
    days = (calendar.base_date - first).days + 1
    return DayTerms(first, calendar.base_date, days, row["manager_id"], None, row["share"], row["base_balance"], None,
                    terms, is_base=True)  # fmt: skip


def _margin(points: Decimal, credit: Decimal, day_basis: int) -> Decimal | None:
    """The yearly margin behind a day's profit points; exact, because points are credit times a whole multiple of it."""
    if not credit or not points:
        return None
    return (points * day_basis / (credit * PROFIT_DIVISOR)).quantize(Decimal("0.000001"))


def _together(lines: list[DayTerms]) -> list[DayTerms]:
    """Lines in which days that follow one another without a change stand together, oldest first."""
    found: list[DayTerms] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and _same(last, line):
            found[-1] = replace(last, last=line.last, days=last.days + line.days, terms=added([last.terms, line.terms]))
        else:
            found.append(line)
    return sorted(found, key=lambda line: (line.first, -line.manager_id))


def _same(one: DayTerms, other: DayTerms) -> bool:
    follows = (other.first - one.last).days == 1 and one.manager_id == other.manager_id
    return follows and (one.balance, one.share, one.credit, one.margin, one.foreign, one.price) == (
        other.balance, other.share, other.credit, other.margin, other.foreign, other.price,
    )  # fmt: skip


def earned(lines: Iterable[DayTerms]) -> list[Earned]:
    """Days that earned the same margin at the same price, together, the newest first: what they earned is the figure."""
    found: dict[object, Earned] = {}
    for line in lines:
        points = line.terms.get("points", ZERO)
        if not points:
            continue
        key = (line.margin, line.day_basis, line.price.fixed if line.price else None)
        before = found.get(key) or Earned(line.price, line.margin, line.day_basis, ZERO, ZERO)
        days = before.balance_days + line.credit * line.days
        found[key] = replace(before, balance_days=days, points=before.points + points)
    return list(found.values())
