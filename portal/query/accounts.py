"""One account: its facts, its figures, its line of balances and what moved it; and one account on one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from portal.permissions import Permission
from portal.query.credits import ZERO, Both, Credit, CreditRow, credit_rows, credited, of
from portal.query.customers import name_column
from portal.query.day_order import Movement, in_order
from portal.query.foreign import Foreign, foreign_days
from portal.query.key_figures import SPAN_STEP_DAYS, Span
from portal.query.outside import refuse
from portal.query.paging import pages_of
from portal.query.pins import NotPublished
from portal.query.places import products
from portal.query.reader import Reader
from portal.query.report import Period
from portal.query.workbench import LOOK_BACK_DAYS, previous_date

MOVEMENTS_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for an account on a day. `matures_on` is empty for money on demand."""

    id: int
    number: str
    customer_id: int
    customer_no: str
    customer: str
    product_id: int
    kind: str
    institution_id: int  # where it is booked
    opened_on: dt.date
    closed_on: dt.date | None
    customer_rate: Decimal | None  # a year, of 1
    term_days: int
    granted_amount: Decimal | None
    currency: str

    @property
    def matures_on(self) -> dt.date | None:
        return self.opened_on + dt.timedelta(days=self.term_days) if self.term_days else None


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement in a list."""

    id: int
    business_date: dt.date
    amount: Decimal
    balance_after: Decimal | None
    kind: str


@dataclass(frozen=True, slots=True)
class Account:
    """One account on a business date; `line` are its end-of-day balances, `movements` one page of the newest."""

    facts: Facts
    at: dt.date
    is_open: bool
    share: Decimal | None  # the actor's own
    figures: dict[str, Both]
    line: list[tuple[dt.date, Decimal]]
    movements: list[Moved]
    moved: int  # movements in the span
    page: int
    credits: list[Credit]

    @property
    def pages(self) -> int:
        return pages_of(self.moved, MOVEMENTS_A_PAGE)


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account on one day: opening + movements + rounding = closing, and who is credited with the closing."""

    facts: Facts
    day: dt.date
    opening: Decimal
    movements: list[Movement]
    closing: Decimal
    credits: list[Credit]
    before_date: dt.date | None
    after_date: dt.date | None
    foreign: Foreign | None = (
        None  # the closing in its own currency and its rate; the statement is in that currency, too
    )

    @property
    def worth(self) -> Decimal:
        """The closing balance in the reporting currency: what is credited."""
        return self.foreign.balance if self.foreign else self.closing

    @property
    def unexplained(self) -> Decimal:
        """What the bank's posted balance misses of opening and movements: cents its own books rounded."""
        return self.closing - self.opening - sum((one.amount for one in self.movements), ZERO)


def account(reader: Reader, account_id: int, at: dt.date, span: Span = "1M", page: int = 1) -> Account:
    """An account the actor may see, as a whole.

    Raises:
        OutOfScope: there is none, or the actor may not see it; it is recorded.
        NotPublished: the date has no figures.
    """
    reader.allow(Permission.CUSTOMER_VIEW)
    facts = _facts(reader, account_id, at)
    length, step = SPAN_STEP_DAYS[span]
    days = [at - dt.timedelta(days=back) for back in range(length)]
    rows = credit_rows(reader, "account_id", account_id, published_days(reader, at, days[::step]))
    now = [row for row in rows if row.day == at]
    mine = [row for row in now if row.manager_id == reader.actor.person_id and row.role == "marketer"]
    movements, moved = _movements(reader, account_id, days, page)
    return Account(
        facts=facts,
        at=at,
        is_open=any(row.is_open for row in now),
        share=max((row.share for row in mine), default=None),
        figures=_figures(now, mine, at),
        line=balances(rows),
        movements=movements,
        moved=moved,
        page=page,
        credits=credited(now),
    )


def account_day(reader: Reader, account_id: int, day: dt.date) -> AccountDay:
    """An account on a day, as a whole.

    Raises:
        OutOfScope: there is none, or the actor may not see it; it is recorded.
        NotPublished: the day has no figures.
    """
    reader.allow(Permission.CUSTOMER_VIEW)
    facts = _facts(reader, account_id, day)
    before = previous_date(reader, day)
    held = credit_rows(reader, "account_id", account_id, published_days(reader, day, [before] if before else []))
    balance = dict(balances(held))
    opening = balance.get(before, ZERO) if before else ZERO
    foreign = foreign_days(reader, account_id, [day, before] if before else [day])
    if foreign:
        opening = foreign[before].account_balance if before in foreign else ZERO
    rows = reader.ask(
        "select movement_id, amount, balance_after, kind from movement where account_id = ? order by movement_id",
        [account_id],
        movement=("movement", [day]),
    )
    movements = [Movement(row["movement_id"], row["amount"], row["balance_after"], row["kind"]) for row in rows]
    ahead = [day + dt.timedelta(days=days) for days in range(1, LOOK_BACK_DAYS + 1)]
    following = reader.published("credit_day", ahead)
    return AccountDay(
        facts=facts,
        day=day,
        opening=opening,
        movements=in_order(movements, opening),
        closing=foreign[day].account_balance if day in foreign else balance.get(day, ZERO),
        credits=credited(row for row in held if row.day == day),
        before_date=before,
        after_date=following[0] if following else None,
        foreign=foreign.get(day),
    )


def _facts(reader: Reader, account_id: int, at: dt.date) -> Facts:
    """What holds for an account whom the actor may see today; before its first day, what held first."""
    rows = reader.ask(
        f"select account.*, customer_no, {name_column(reader)} as customer_name "
        "from account left join customer using (customer_id) "
        "where account_id = $1 order by valid_from > $2, abs(valid_from - $2) limit 1",
        [account_id, at],
        account=("account", [reader.today]),
        customer=("customer", [reader.today]),
    )
    if not rows:
        raise refuse(reader, "account", account_id)
    row = rows[0]
    product = products(reader.session).get(row["product_id"])
    return Facts(
        account_id, row["account_no"], row["customer_id"], row["customer_no"] or "",
        row["customer_name"] or row["customer_no"] or "", row["product_id"], product.kind if product else "",
        row["institution_id"], row["opened_on"], row["closed_on"], row["customer_rate"], row["term_days"],
        row["granted_amount"], row["currency"],
    )  # fmt: skip


def published_days(reader: Reader, at: dt.date, days: list[dt.date]) -> list[dt.date]:
    """A day, which must be published, and those of the others that are."""
    found = reader.published("credit_day", sorted({at, *days}))
    if at not in found:
        raise NotPublished(f"{at} is not published; there are figures from {reader.first} to {reader.newest}.")
    return found


def balances(rows: list[CreditRow]) -> list[tuple[dt.date, Decimal]]:
    """The end-of-day balances of an account, from all credits of it."""
    days = sorted({row.day for row in rows})
    return [(day, of(row for row in rows if row.day == day).balance) for day in days]


def _figures(now: list[CreditRow], mine: list[CreditRow], at: dt.date) -> dict[str, Both]:
    """Balance, daily average of the month, increment over base, profit of the year: the whole and the actor's part."""
    whole, part = _amounts(now, at), _amounts(mine, at) if mine else None
    return {key: Both(amount, part[key] if part else None) for key, amount in whole.items()}


def _amounts(rows: list[CreditRow], at: dt.date) -> dict[str, Decimal]:
    terms = of(rows)
    average = terms.average(Period.MONTH.days(at))
    return {"balance": terms.balance, "daily_average": average, "increment": terms.increment, "profit": terms.profit}


def _movements(reader: Reader, account_id: int, days: list[dt.date], page: int) -> tuple[list[Moved], int]:
    """One page of the movements of some days, the newest first, and how many there are."""
    dates = reader.published("movement", days)
    if not dates:
        return [], 0
    rows = reader.ask(
        "select movement_id, business_date, amount, balance_after, kind, count(*) over () as total from movement "
        f"where account_id = ? order by business_date desc, movement_id desc "
        f"limit {MOVEMENTS_A_PAGE} offset {(max(page, 1) - 1) * MOVEMENTS_A_PAGE}",
        [account_id],
        movement=("movement", dates),
    )
    names = ("movement_id", "business_date", "amount", "balance_after", "kind")
    return [Moved(*(row[name] for name in names)) for row in rows], rows[0]["total"] if rows else 0
