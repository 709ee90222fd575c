"""Why the money of an account earns its margin: the curve, the term, the day and the rate that were fixed for it.

The steps of the nightly run are run again on this one account, with its rows and the curves as the run knew them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from calc import Engine
from portal.models.organisation import Product
from portal.query.places import products
from portal.query.reader import Reader

ACCOUNT_COLUMNS = (
    "account_id, customer_id, product_id, institution_id, currency, opened_on, repriced_on, customer_rate, term_days, "
    "valid_from"
)
PRICES = """
with term as (select *, row_number() over (order by valid_from) as place from account_term),
given as (select *, row_number() over (order by valid_from) as place from account)
select term.valid_from, term.valid_to, term.priced_on, curve, curve_term_days, ftp_rate, margin_rate, term.product_id,
       given.customer_rate, given.term_days, given.currency, term.priced_on > given.opened_on as repriced
from term join given using (place)
join price on price.priced_on = term.priced_on and price.currency = given.currency
 and price.product_id = term.product_id and price.term_days = given.term_days
where ftp_rate is not null and given.customer_rate is not null order by term.valid_from
"""


@dataclass(frozen=True, slots=True)
class Price:
    """What was fixed for an account on the day it was opened or re-priced; it holds for some days."""

    valid_from: dt.date
    valid_to: dt.date
    priced_on: dt.date
    repriced: bool
    curve: str  # its code
    currency: str
    curve_term_days: int
    term_days: int  # the account's own
    ftp_rate: Decimal
    customer_rate: Decimal
    margin: Decimal
    kind: str  # of the product
    day_basis: int

    def holds(self, day: dt.date) -> bool:
        return self.valid_from <= day < self.valid_to

    @property
    def fixed(self) -> tuple[object, ...]:
        """Everything but the days it holds for."""
        return (self.priced_on, self.curve, self.curve_term_days, self.ftp_rate, self.customer_rate, self.margin)


@dataclass(frozen=True, slots=True)
class Earned:
    """Days at one margin: the sum of credited balances over them, and what they earned. `price` is None where it is not kept."""

    price: Price | None
    margin: Decimal | None
    day_basis: int
    balance_days: Decimal
    points: Decimal


def prices(reader: Reader, account_id: int, at: dt.date) -> Sequence[Price]:
    """What was fixed for an account, as the run of a date knew it; nothing for figures from before curves were kept.

    Nothing either for an account that the actor may not see as a whole today.
    """
    if not reader.published("ftp_rate", [at]) or not reader.published("account", [at]):
        return []
    account = reader.table(
        f"select {ACCOUNT_COLUMNS} from account where account_id = ?", [account_id], account=("account", [at])
    )
    if not account.num_rows:
        return []
    curves = reader.table("select * from ftp_rate", ftp_rate=("ftp_rate", [at]))
    known = products(reader.session)
    with Engine(threads=1, memory="256MB") as engine:
        engine.give("account", account)
        engine.give("ftp_rate", curves)
        engine.give("product", _product_table(known))
        engine.make("price")
        engine.make("account_term")
        rows = engine.connection.execute(PRICES).fetchall()
    return [
        Price(first, end, priced_on, repriced, curve, currency, curve_term, term, ftp_rate, customer_rate, margin,
              known[product].kind, known[product].day_basis)
        for (first, end, priced_on, curve, curve_term, ftp_rate, margin, product, customer_rate, term, currency, repriced)
        in rows
    ]  # fmt: skip


def price_on(known: Sequence[Price], day: dt.date, margin: Decimal | None) -> Price | None:
    """The price behind a day's margin; None where the margin is another one: the curve was changed since."""
    return next((one for one in known if one.holds(day) and one.margin == margin), None)


def _product_table(known: Mapping[int, Product]) -> pa.Table:
    held = [known[key] for key in sorted(known)]
    return pa.table({
        "product_id": pa.array([one.id for one in held], pa.int64()),
        "kind": pa.array([one.kind for one in held], pa.string()),
        "day_basis": pa.array([one.day_basis for one in held], pa.int64()),
    })  # fmt: skip
