"""What every source delivers: tables of raw rows with fixed columns, and once the organisation behind them.

A source belongs to a family: a bank's delivers accounts and movements, an insurer's (`portal/sources/insurer.py`) policies and
premiums.

Amounts are decimals from the first moment on: a source that meets floating numbers converts them checked
(`portal/sources/conform.py`) or refuses them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

import pyarrow as pa

from portal.models.base import FAR_FUTURE
from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.sentence import Sentence
from portal.sources import insurer

MONEY = pa.decimal128(18, 2)
RATE = pa.decimal128(9, 6)
EXCHANGE_RATE = pa.decimal128(18, 8)
Family = Literal["bank", "insurer"]


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


MOVEMENT = pa.schema([
    _required("movement_id", pa.int64()),
    _required("account_id", pa.int64()),
    _required("business_date", pa.date32()),
    _required("amount", MONEY),  # signed: what comes onto the account, or is owed more, is positive
    pa.field("balance_after", MONEY),
    _required("kind", pa.string()),
])  # fmt: skip

ACCOUNT = pa.schema([
    _required("account_id", pa.int64()),
    _required("account_no", pa.string()),
    _required("customer_id", pa.int64()),
    _required("product_code", pa.string()),
    _required("institution_code", pa.string()),  # where the account is booked
    _required("opened_on", pa.date32()),
    pa.field("closed_on", pa.date32()),
    pa.field("repriced_on", pa.date32()),  # the day whose curve prices the account from this row on; else the opening day
    pa.field("customer_rate", RATE),  # a year's interest as a fraction
    _required("term_days", pa.int32()),  # 0 = on demand
    pa.field("granted_amount", MONEY),
    _required("currency", pa.string()),
    _required("valid_from", pa.date32()),  # the row's attributes hold from this day until the account's next row
])  # fmt: skip

CUSTOMER = pa.schema([
    _required("customer_id", pa.int64()),
    _required("customer_no", pa.string()),
    _required("name", pa.string()),
    _required("name_zh", pa.string()),
    _required("segment", pa.string()),  # personal, corporate
    _required("since", pa.date32()),
])  # fmt: skip

SHARE = pa.schema([
    pa.field("customer_id", pa.int64()),  # one of customer and account is null
    pa.field("account_id", pa.int64()),
    _required("role", pa.string()),
    _required("person_code", pa.string()),
    _required("ratio", RATE),
    _required("valid_from", pa.date32()),
    _required("valid_to", pa.date32()),
])  # fmt: skip

BANK_SCHEMAS: dict[str, pa.Schema] = {"movement": MOVEMENT, "account": ACCOUNT, "customer": CUSTOMER}
DATASETS: dict[Family, tuple[str, ...]] = {"bank": tuple(BANK_SCHEMAS), "insurer": tuple(insurer.SCHEMAS)}
SCHEMAS: dict[str, pa.Schema] = BANK_SCHEMAS | insurer.SCHEMAS
KEYS: dict[str, tuple[str, ...]] = {
    "movement": ("movement_id",),
    "account": ("account_id", "valid_from"),
    "customer": ("customer_id",),
} | insurer.KEYS


def amount_column(dataset: str) -> str:
    """The column that a control sum of a dataset adds up."""
    return insurer.AMOUNTS.get(dataset, "amount")


class SourceError(Exception):
    """A delivery cannot be used; the sentence names the file and, where they are known, row and column."""

    def __init__(self, reason: Sentence, file: str = "", row: int | None = None, column: str = "") -> None:
        self.reason, self.file, self.row, self.column = reason, file, row, column
        super().__init__(str(self.sentence))

    @property
    def sentence(self) -> Sentence:
        """The place and what is wrong there, for a reader of either language."""
        file, row, column, reason = self.file, self.row, self.column, self.reason
        if row is not None and column:
            return Sentence("%(file)s, row %(row)s, column %(column)s: %(reason)s",
                            file=file, row=row, column=column, reason=reason)  # fmt: skip
        if row is not None:
            return Sentence("%(file)s, row %(row)s: %(reason)s", file=file, row=row, reason=reason)
        if column:
            return Sentence("%(file)s, column %(column)s: %(reason)s", file=file, column=column, reason=reason)
        return Sentence("%(file)s: %(reason)s", file=file, reason=reason) if file else reason


@dataclass(frozen=True, slots=True)
class Control:
    """What a bank says it sent: rows of a dataset for a date, and their sum of amounts where it has amounts."""

    dataset: str
    business_date: dt.date
    rows: int
    amount: Decimal | None = None
    first_day: dt.date | None = None  # of what was sent with the date, when it tells of closed days before it


@dataclass(frozen=True, slots=True)
class Level:
    """A rung of the institution tree; depth 0 is the root's. On a `sales_team` level stand teams of agents."""

    code: str
    name: str
    name_zh: str
    depth: int
    sales_team: bool = False


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution under its parent during some days."""

    code: str
    name: str
    name_zh: str
    level_code: str
    parent_code: str | None
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE


@dataclass(frozen=True, slots=True)
class Person:
    """An employee by staff number."""

    code: str
    name: str
    name_zh: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a person works, as what (`portal.models.organisation.PositionKind`), during some days."""

    person_code: str
    institution_code: str
    kind: str
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE


@dataclass(frozen=True, slots=True)
class Product:
    """What a customer may hold; `kind` decides which figures it enters."""

    code: str
    name: str
    name_zh: str
    kind: str
    day_basis: int = 365


@dataclass(frozen=True, slots=True)
class FtpCurve:
    """A curve of internal prices in a currency, for products of one kind (deposit, loan, card) or for all others."""

    code: str
    name: str
    name_zh: str
    currency: str
    kind: str = "all"


@dataclass(frozen=True, slots=True)
class FtpRate:
    """The internal price of money for a term during some days, a year's interest as a fraction.

    A rate that names no curve belongs to the one curve of the home currency.
    """

    term_days: int
    ftp_rate: Decimal
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE
    curve_code: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What 1 of a currency was worth in the reporting currency at the end of some days."""

    currency: str
    exchange_rate: Decimal
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A date on which the bank runs no nightly."""

    business_date: dt.date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """What `basis load` writes to PostgreSQL once: the tree, the people, what is sold and who is credited."""

    levels: list[Level] = field(default_factory=list)
    institutions: list[Institution] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    ftp_curves: list[FtpCurve] = field(default_factory=list)
    ftp_rates: list[FtpRate] = field(default_factory=list)
    exchange_rates: list[ExchangeRate] = field(default_factory=list)
    shares: pa.Table = field(default_factory=SHARE.empty_table)
    calendar: list[ClosedDay] = field(default_factory=list)
    agents: list[insurer.Agent] = field(default_factory=list)
    agent_periods: list[insurer.AgentPeriod] = field(default_factory=list)
    relations: list[insurer.Relation] = field(default_factory=list)
    insurance_products: list[insurer.InsuranceProduct] = field(default_factory=list)


class Source(Protocol):
    """A way to the raw rows of a bank or an insurer.

    `fetch` raises SourceError rather than give a part: what it returns is complete for the days asked, and a day's rows
    are the same whichever range they are asked in. On a closed day a bank may deliver nothing: what happened on it comes
    with the next open date, and so does the list of accounts and customers of that day.
    """

    code: str
    family: Family
    continues: bool  # later days than `dates` says will arrive
    home_currency: str  # the reporting currency, unless the installation names another one

    def organisation(self) -> Organisation:
        """The organisation as the source knows it; empty lists where people enter it by hand."""
        ...

    def dates(self) -> tuple[dt.date, dt.date]:
        """First and last business date of the history it can deliver now."""
        ...

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        """Rows as `SCHEMAS[dataset]`: what happened on these days; accounts and customers known on the last of them."""
        ...

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        """What the bank says it sent for these days; empty when it says nothing."""
        ...


@runtime_checkable
class DailySalesForce(Protocol):
    """A source that also says every day who is under contract, with counts to hold it to."""

    def sales_force(self, day: dt.date) -> insurer.SalesForceDay | None:
        """The sales force of a day; None when the source says nothing of that day. Raises SourceError."""
        ...


def check_request(family: Family, dataset: str, first_day: dt.date, last_day: dt.date) -> None:
    """Refuse a dataset that the family does not have and days in the wrong order."""
    if dataset not in DATASETS[family]:
        known = ", ".join(DATASETS[family])
        raise SourceError(
            Sentence("There is no dataset %(name)s; there are %(known)s.", name=repr(dataset), known=known)
        )
    if first_day > last_day:
        raise SourceError(
            Sentence("The first day %(first)s is after the last day %(last)s.", first=first_day, last=last_day)
        )
