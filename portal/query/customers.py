"""Customers: a list of those in one's scope, and one customer as a whole with one's own part beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from portal.permissions import Permission
from portal.query.credits import Both, Credit, CreditRow, credit_rows, credited, of
from portal.query.facts import Row
from portal.query.key_figures import AUM_KINDS, SPAN_STEP_DAYS, Span, kinds_inline, texts
from portal.query.outside import refuse
from portal.query.paging import pages_of
from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.report import Period
from portal.query.workbench import CustomerLine, Found, previous_date

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account of a customer; amounts in reporting currency."""

    id: int
    number: str
    product_id: int
    kind: str
    is_open: bool
    balance: Decimal
    before: Decimal
    part: Decimal | None
    share: Decimal | None

    @property
    def change(self) -> Decimal:
        return self.balance - self.before


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer on a business date."""

    id: int
    number: str
    name: str
    segment: str
    since: dt.date
    at: dt.date
    before_date: dt.date | None
    figures: dict[str, Both]  # deposits, deposits_average, loans, profit, aum
    trend: list[tuple[dt.date, Decimal, Decimal]]  # day, deposits, their average in the month so far
    accounts: list[AccountLine]
    credits: list[Credit]  # of deposits and investments


def customer(reader: Reader, customer_id: int, at: dt.date, span: Span = "1M") -> Customer:
    """A customer the actor may see, as a whole.

    Raises:
        OutOfScope: there is none, or the actor may not see it; it is recorded.
        NotPublished: the date has no figures.
    """
    reader.allow(Permission.CUSTOMER_VIEW)
    known = _known(reader, customer_id)
    before = previous_date(reader, at)
    month_before = at.replace(day=1) - dt.timedelta(days=1)
    length, step = SPAN_STEP_DAYS[span]
    way = [at - dt.timedelta(days=back) for back in range(0, length, step)]
    dates = reader.published("credit_day", {at, month_before, before or at, *way})
    if at not in dates:
        raise NotPublished(f"{at} is not published; there are figures from {reader.first} to {reader.newest}.")
    rows = credit_rows(reader, "customer_id", customer_id, dates)
    now = [row for row in rows if row.day == at]
    then = [row for row in rows if row.day == month_before]
    return Customer(
        id=customer_id,
        number=known["customer_no"],
        name=known["name"] or known["customer_no"],
        segment=known["segment"],
        since=known["since"],
        at=at,
        before_date=before,
        figures=_figures(now, then if month_before in dates else None, at, reader.actor.person_id),
        trend=_trend(rows, way),
        accounts=_accounts(reader, customer_id, rows, at, before),
        credits=credited(row for row in now if row.kind in AUM_KINDS),
    )


def customers(reader: Reader, at: dt.date, words: str = "", page: int = 1, size: int = 20) -> Found:
    """The customers inside the actor's scope whose name or number has all the words; largest balance first.

    Raises:
        NotPublished: the date has no figures.
    """
    reader.allow(Permission.CUSTOMER_VIEW)
    before = previous_date(reader, at)
    wanted = words.casefold()[:LONGEST_SEARCH].split()
    text = "lower(name || ' ' || name_zh || ' ' || customer_no)"
    named = " and ".join(f"contains({text}, ${place})" for place in range(2, len(wanted) + 2))
    kinds = texts(AUM_KINDS)
    rows = reader.ask(
        f"""
        , held as (
            select customer_id,
                   coalesce(sum(balance) filter (kind in ({kinds}) and business_date = $1), 0) as balance,
                   coalesce(sum(balance) filter (kind in ({kinds}) and business_date <> $1), 0) as before,
                   coalesce(sum(balance) filter (kind = 'loan' and business_date = $1), 0) as loans,
                   count(distinct account_id) filter (is_open and business_date = $1) as accounts,
                   coalesce(bool_or(share > 0 and share < 1) filter (business_date = $1), false) as shared
            from facts join {kinds_inline(reader)} using (product_id) where role = 'marketer' group by customer_id
        )
        select customer_id, customer_no, {name_column(reader)} as name, balance, before, loans, accounts, shared,
               count(*) over () as total
        from held join customer using (customer_id)
        where {named or "true"}
        order by balance desc, loans desc, customer_no limit {int(size)} offset {(max(page, 1) - 1) * int(size)}
        """,
        [at, *wanted],
        whole=True,
        facts=("credit_day", [at, before] if before else [at]),
        customer=("customer", [reader.today]),
    )
    if not rows and page > 1:
        return customers(reader, at, words, 1, size)
    total = rows[0]["total"] if rows else 0
    lines = [
        CustomerLine(
            row["customer_id"], row["customer_no"], row["name"] or row["customer_no"], row["balance"], row["before"],
            row["balance"], row["loans"], None if row["shared"] else Decimal(1), row["accounts"], None,
        )
        for row in rows
    ]  # fmt: skip
    return Found(lines, total, max(page, 1), pages_of(total, size))


def name_column(reader: Reader) -> str:
    """The column of a customer's name in the actor's language."""
    return "case when name_zh <> '' then name_zh else name end" if reader.actor.language == "zh" else "name"


def _known(reader: Reader, customer_id: int) -> Row:
    """What is known of a customer whom the actor may see today."""
    rows = reader.ask(
        f"select customer_no, {name_column(reader)} as name, segment, since from customer where customer_id = ?",
        [customer_id],
        customer=("customer", [reader.today]),
    )
    if not rows:
        raise refuse(reader, "customer", customer_id)
    return rows[0]


def _figures(now: list[CreditRow], then: list[CreditRow] | None, at: dt.date, person_id: int | None) -> dict[str, Both]:
    """The key figures of a day as a whole, the actor's part of them, and the whole at the end of last month."""
    mine = [row for row in now if row.manager_id == person_id]
    last = at.replace(day=1) - dt.timedelta(days=1)

    def amounts(rows: list[CreditRow], day: dt.date) -> dict[str, Decimal]:
        deposits = [row for row in rows if row.kind == "deposit"]
        return {
            "deposits": of(deposits).balance,
            "deposits_average": of(deposits).average(Period.MONTH.days(day)),
            "loans": of(row for row in rows if row.kind == "loan").balance,
            "profit": of(rows).profit,
            "aum": of(row for row in rows if row.kind in AUM_KINDS).balance,
        }

    whole, part = amounts(now, at), amounts(mine, at) if mine else None
    earlier = amounts(then, last) if then is not None else None
    return {
        key: Both(value, part[key] if part else None, earlier[key] if earlier else None) for key, value in whole.items()
    }


def _trend(rows: list[CreditRow], way: list[dt.date]) -> list[tuple[dt.date, Decimal, Decimal]]:
    """The way of a customer's deposits: the day's end, and the average of its month so far."""
    by_day: dict[dt.date, list[CreditRow]] = {}
    for row in rows:
        if row.kind == "deposit":
            by_day.setdefault(row.day, []).append(row)
    return [
        (day, of(by_day[day]).balance, of(by_day[day]).average(Period.MONTH.days(day)))
        for day in sorted(set(way) & set(by_day))
    ]


def _accounts(
    reader: Reader, customer_id: int, rows: Iterable[CreditRow], at: dt.date, before: dt.date | None
) -> list[AccountLine]:
    """The accounts of a customer, open ones first, then by balance."""
    by_account: dict[int, list[CreditRow]] = {}
    for row in rows:
        if row.role == "marketer" and row.day in (at, before):
            by_account.setdefault(row.account_id, []).append(row)
    numbers = reader.ask(
        "select distinct account_id, account_no from account where customer_id = ?",
        [customer_id],
        account=("account", [reader.today]),
    )
    named = {row["account_id"]: row["account_no"] for row in numbers}
    lines = [
        _account(account_id, named.get(account_id, str(account_id)), held, at, reader.actor.person_id)
        for account_id, held in by_account.items()
    ]
    return sorted(lines, key=lambda line: (not line.is_open, -line.balance, line.number))


def _account(account_id: int, number: str, held: list[CreditRow], at: dt.date, person_id: int | None) -> AccountLine:
    now = [row for row in held if row.day == at]
    mine = [row for row in now if row.manager_id == person_id and row.share > 0]
    latest = max(held, key=lambda row: (row.day, row.share))
    return AccountLine(
        id=account_id,
        number=number,
        product_id=latest.product_id,
        kind=latest.kind,
        is_open=any(row.is_open for row in now),
        balance=of(now).balance,
        before=of(row for row in held if row.day != at).balance,
        part=of(mine).balance if mine else None,
        share=max((row.share for row in mine), default=None),
    )
