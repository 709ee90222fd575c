"""What a customer manager finds in the morning: the customers, what moved since the business date before, what to do.

A manager's book is read once: every account of every customer he has a share in today, as a whole and his part of it.
The lists of the workbench are made from it in memory, so that searching and paging ask the lake nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal, NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from portal.models.organisation import Position, Share
from portal.query.key_figures import AUM_KINDS
from portal.query.paging import pages_of
from portal.query.places import Place, products
from portal.query.reader import Reader

ZERO = Decimal("0.00")
LOOK_BACK_DAYS = 14  # the business date before lies no further away
SHARE_ENDS_WITHIN = dt.timedelta(days=30)
MATURES_WITHIN = dt.timedelta(days=7)
LARGE_OUTFLOW = Decimal("0.01")  # of all the manager is credited with: then it moves his own figure

Only = Literal["", "shared", "outflow", "maturing"]
CHOICES: tuple[Only, ...] = ("", "shared", "outflow", "maturing")


class Holding(NamedTuple):
    """One account of the book: whole balances, the manager's part and share; amounts in reporting currency."""

    account_id: int
    account_no: str
    customer_id: int
    customer_no: str
    name: str
    product_id: int
    kind: str
    share: Decimal  # of 1; 0 for an account of his customer that is credited to others alone
    is_open: bool
    balance: Decimal
    before: Decimal
    part: Decimal
    matures_on: dt.date | None

    @property
    def change(self) -> Decimal:
        return self.balance - self.before

    @property
    def is_asset(self) -> bool:
        return self.kind in AUM_KINDS


class CustomerLine(NamedTuple):
    """One customer of a list: deposits and investments as a whole and the manager's part, and what is owed."""

    id: int
    number: str
    name: str
    balance: Decimal
    before: Decimal
    part: Decimal
    loans: Decimal
    share: Decimal | None  # of 1; None where it differs from account to account
    accounts: int
    matures_on: dt.date | None

    @property
    def change(self) -> Decimal:
        return self.balance - self.before

    @property
    def shared(self) -> bool:
        return self.share is None or self.share < 1


@dataclass(frozen=True)
class Found:
    """One page of a list, and how many there are in all."""

    lines: list[CustomerLine]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Book:
    """All accounts of a manager's customers on a business date; `before_date` is the one before, if it is published."""

    at: dt.date
    before_date: dt.date | None
    holdings: tuple[Holding, ...]

    @cached_property
    def customers(self) -> list[CustomerLine]:
        """The customers, largest balance first."""
        by_customer: dict[int, list[Holding]] = {}
        for holding in self.holdings:
            by_customer.setdefault(holding.customer_id, []).append(holding)
        lines = [_line(held, self.at) for held in by_customer.values()]
        return sorted(lines, key=lambda line: (-line.balance, -line.loans, line.number))

    @cached_property
    def accounts(self) -> int:
        """Open accounts credited to the manager."""
        return sum(1 for holding in self.holdings if holding.share > 0 and holding.is_open)

    @cached_property
    def outflow_limit(self) -> Decimal:
        """From which amount on an outflow is large: a hundredth of the deposits and investments credited."""
        return sum((holding.part for holding in self.holdings if holding.is_asset), ZERO) * LARGE_OUTFLOW

    @property
    def outflows(self) -> list[CustomerLine]:
        """Customers who took out much since the business date before, the largest first."""
        limit = self.outflow_limit
        gone = [line for line in self.customers if line.change < 0 and -line.change >= limit]
        return sorted(gone, key=lambda line: line.change) if self.before_date else []

    @property
    def movers(self) -> list[Holding]:
        """Credited accounts that moved since the business date before, the largest change first."""
        moved = [holding for holding in self.holdings if holding.share > 0 and holding.change != 0]
        return sorted(moved, key=lambda holding: (-abs(holding.change), holding.account_no)) if self.before_date else []

    @property
    def maturing(self) -> list[Holding]:
        """Time deposits that end within the next days, the earliest first."""
        ending = [holding for holding in self.holdings if _matures(holding, self.at)]
        return sorted(ending, key=lambda holding: (holding.matures_on or self.at, -holding.balance))

    def find(self, words: str = "", only: Only = "", page: int = 1, size: int = 10) -> Found:
        """Customers whose name or number has all the words, some of them only; one page, largest first."""
        wanted = words.casefold().split()
        lines = [line for line in self._only(only) if _named(line, wanted)]
        pages = pages_of(len(lines), size)
        page = min(max(page, 1), pages)
        return Found(lines[(page - 1) * size : page * size], len(lines), page, pages)

    def _only(self, only: Only) -> Iterable[CustomerLine]:
        if only == "shared":
            return [line for line in self.customers if line.shared]
        if only == "outflow":
            return self.outflows
        if only == "maturing":
            return [line for line in self.customers if line.matures_on is not None]
        return self.customers


@dataclass(frozen=True, slots=True)
class EndingShare:
    """A share that ends soon and is not continued; `last_day` is the last day it holds."""

    customer_id: int | None
    account_id: int | None
    role: str
    ratio: Decimal
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class Seat:
    """What a person is, and where."""

    kind: str
    place: Place | None


def book(reader: Reader, manager_id: int, at: dt.date) -> Book:
    """The book of a manager on a business date, as the actor may see it.

    Raises:
        NotPublished: the date has no figures.
    """
    lately = [at - dt.timedelta(days=back) for back in range(LOOK_BACK_DAYS + 1)]
    reader.look_up(("credit_day", "account", "customer"), lately)
    before = previous_date(reader, at)
    dates = [at, before] if before else [at]
    name = "case when name_zh <> '' then name_zh else name end" if reader.actor.language == "zh" else "name"
    rows = reader.ask(
        f"""
        , mine as (
            select distinct customer_id from facts
            where business_date = $1 and role = 'marketer' and manager_id = $2 and share > 0
        ), held as (
            select account_id, any_value(customer_id) as customer_id, max_by(product_id, business_date) as product_id,
                   coalesce(sum(balance) filter (business_date = $1), 0) as balance,
                   coalesce(sum(balance) filter (business_date <> $1), 0) as before,
                   coalesce(sum(balance) filter (business_date = $1 and manager_id = $2), 0) as part,
                   coalesce(max(share) filter (business_date = $1 and manager_id = $2), 0) as share,
                   coalesce(bool_or(is_open) filter (business_date = $1), false) as is_open
            from facts semi join mine using (customer_id)
            where role = 'marketer' group by account_id
        )
        select held.*, account_no, customer_no, {name} as name, opened_on, term_days
        from held
        join (select account_id, any_value(account_no) as account_no, max_by(opened_on, valid_from) as opened_on,
                     max_by(term_days, valid_from) as term_days
              from account semi join held using (account_id) group by account_id) using (account_id)
        join customer using (customer_id)
        """,
        [at, manager_id],
        whole=True,
        facts=("credit_day", dates),
        account=("account", [at]),
        customer=("customer", [at]),
    )
    kinds = {product.id: product.kind for product in products(reader.session).values()}
    holdings = tuple(
        Holding(
            row["account_id"], row["account_no"], row["customer_id"], row["customer_no"], row["name"],
            row["product_id"],
            kinds.get(row["product_id"], ""), row["share"], row["is_open"], row["balance"], row["before"], row["part"],
            row["opened_on"] + dt.timedelta(days=row["term_days"]) if row["term_days"] else None,
        )
        for row in rows
    )  # fmt: skip
    return Book(at, before, holdings)


def previous_date(reader: Reader, at: dt.date) -> dt.date | None:
    """The business date before one, if it is published."""
    wanted = [at - dt.timedelta(days=back) for back in range(1, LOOK_BACK_DAYS + 1)]
    found = reader.published("credit_day", wanted)
    return found[-1] if found else None


def ending_shares(reader: Reader, person_id: int, at: dt.date) -> list[EndingShare]:
    """Shares of a person that end within thirty days and that nothing of his continues, the earliest first."""
    asked = {"person_id": person_id, "at": at, "until": at + SHARE_ENDS_WITHIN}
    rows = reader.memory.once(
        ("ending shares", reader.actor.scope, person_id, at), lambda: reader.session.execute(_ENDING, asked).all()
    )
    return [
        EndingShare(row.customer_id, row.account_id, row.role, row.ratio, row.valid_to - dt.timedelta(days=1))
        for row in rows
    ]


def seat(reader: Reader, person_id: int, at: dt.date) -> Seat | None:
    """Where a person works on a date and as what; the last place known when none holds that day."""
    held = reader.memory.once(
        ("seat", reader.actor.scope, person_id, at),
        lambda: reader.session.execute(_SEAT, {"person_id": person_id, "at": at}).first(),
    )
    return Seat(held.kind, reader.places(at).get(held.institution_id)) if held else None


def _ending() -> Select[int | None, int | None, str, Decimal, dt.date]:
    """Shares of a person that end by a day and that nothing of his continues."""
    person_id: BindParameter[int] = bindparam("person_id")
    at: BindParameter[dt.date] = bindparam("at")
    until: BindParameter[dt.date] = bindparam("until")
    following = aliased(Share)
    continued = exists().where(
        and_(
            following.person_id == Share.person_id,
            following.role == Share.role,
            following.customer_id.is_not_distinct_from(Share.customer_id),
            following.account_id.is_not_distinct_from(Share.account_id),
            following.valid_from == Share.valid_to,
        )
    )
    return (
        select(Share.customer_id, Share.account_id, Share.role, Share.ratio, Share.valid_to)
        .where(Share.person_id == person_id, Share.valid_from <= at, ~continued)
        .where(Share.valid_to > at, Share.valid_to <= until)
        .order_by(Share.valid_to, Share.id)
    )


# Built once: every workbench asks them.
_ENDING = _ending()
_SEAT = (
    select(Position.kind, Position.institution_id)
    .where(Position.person_id == bindparam("person_id"), Position.valid_from <= bindparam("at"))
    .order_by(Position.valid_from.desc())
    .limit(1)
)


def _line(held: list[Holding], at: dt.date) -> CustomerLine:
    assets = [holding for holding in held if holding.is_asset]
    shares = {holding.share for holding in held if holding.is_open} or {holding.share for holding in held}
    ends = [holding.matures_on for holding in held if _matures(holding, at)]
    first = held[0]
    return CustomerLine(
        id=first.customer_id,
        number=first.customer_no,
        name=first.name or first.customer_no,
        balance=sum((holding.balance for holding in assets), ZERO),
        before=sum((holding.before for holding in assets), ZERO),
        part=sum((holding.part for holding in assets), ZERO),
        loans=sum((holding.balance for holding in held if holding.kind == "loan"), ZERO),
        share=shares.pop() if len(shares) == 1 else None,
        accounts=sum(1 for holding in held if holding.is_open),
        matures_on=min((day for day in ends if day is not None), default=None),
    )


def _matures(holding: Holding, at: dt.date) -> bool:
    """Whether a deposit for a term ends within the next days."""
    if holding.matures_on is None or holding.kind != "deposit" or not holding.is_open or not holding.share:
        return False
    return at < holding.matures_on <= at + MATURES_WITHIN


def _named(line: CustomerLine, wanted: list[str]) -> bool:
    text = f"{line.name} {line.number}".casefold()
    return all(word in text for word in wanted)
