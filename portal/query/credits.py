"""Credits of one customer or one account, row by row: few enough to be summed here, exactly as the engine sums them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from portal.query.exact import money_ratio, points_money
from portal.query.places import products
from portal.query.reader import Reader

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CreditRow:
    """What one person is credited with of one account at the end of one day, and what has added up."""

    day: dt.date
    account_id: int
    role: str
    manager_id: int  # 0 is nobody: the credit stands at the booking institution
    institution_id: int
    product_id: int
    kind: str
    share: Decimal
    is_open: bool
    balance: Decimal
    base_balance: Decimal
    month_balance_days: Decimal
    year_profit_points: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """Sums over credits of the role that feeds figures; each figure is rounded once."""

    balance: Decimal
    base_balance: Decimal
    month_balance_days: Decimal
    year_profit_points: Decimal

    def average(self, days: int) -> Decimal:
        return money_ratio(self.month_balance_days, days)

    @property
    def increment(self) -> Decimal:
        return self.balance - self.base_balance

    @property
    def profit(self) -> Decimal:
        return points_money(self.year_profit_points)


@dataclass(frozen=True, slots=True)
class Both:
    """A figure of a customer or an account as a whole, and the actor's own part where he has one."""

    whole: Decimal | None
    part: Decimal | None
    before: Decimal | None = None  # the whole at the end of last month


@dataclass(frozen=True, slots=True)
class Credit:
    """Who is credited with how much of something, in which role."""

    role: str
    manager_id: int
    institution_id: int
    share: Decimal | None  # of 1; None where it differs from account to account
    balance: Decimal


def credit_rows(
    reader: Reader, column: Literal["customer_id", "account_id"], key: int, dates: Sequence[dt.date]
) -> list[CreditRow]:
    """All credits of a customer or an account whom the actor may see, other managers' parts included."""
    if not dates:
        return []
    rows = reader.ask(
        "select business_date, account_id, role, manager_id, institution_id, product_id, share, is_open, balance, "
        f"base_balance, month_balance_days, year_profit_points from facts where {column} = ? order by business_date",
        [key],
        whole=True,
        facts=("credit_day", dates),
    )
    kinds = {product.id: product.kind for product in products(reader.session).values()}
    return [
        CreditRow(
            row["business_date"], row["account_id"], row["role"], row["manager_id"], row["institution_id"],
            row["product_id"], kinds.get(row["product_id"], ""), row["share"], row["is_open"], row["balance"],
            row["base_balance"], row["month_balance_days"], row["year_profit_points"],
        )
        for row in rows
    ]  # fmt: skip


def of(rows: Iterable[CreditRow]) -> Terms:
    """The sums of some credits; only the marketer's role counts."""
    counted = [row for row in rows if row.role == "marketer"]
    return Terms(
        sum((row.balance for row in counted), ZERO),
        sum((row.base_balance for row in counted), ZERO),
        sum((row.month_balance_days for row in counted), ZERO),
        sum((row.year_profit_points for row in counted), ZERO),
    )


def credited(rows: Iterable[CreditRow]) -> list[Credit]:
    """Who is credited, by role, the largest share first; credits that ended are left out."""
    by_person: dict[tuple[str, int], list[CreditRow]] = {}
    for row in rows:
        if row.share > 0:
            by_person.setdefault((row.role, row.manager_id), []).append(row)
    found = [_credit(role, manager_id, held) for (role, manager_id), held in by_person.items()]
    return sorted(found, key=lambda one: (one.role != "marketer", one.role, -(one.share or 0), one.manager_id))


def _credit(role: str, manager_id: int, held: list[CreditRow]) -> Credit:
    shares = {row.share for row in held}
    balance = sum((row.balance for row in held), ZERO)
    return Credit(role, manager_id, held[0].institution_id, shares.pop() if len(shares) == 1 else None, balance)
