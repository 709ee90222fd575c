"""A tiny bank one can check with a pencil: two regions, three branches, four managers, six accounts, five weeks.

Branch Q-B2 moves from region Q-R1 to Q-R2 on 1 February. Customer 900001 went from Q-cai to Q-ann on 11 January, 900002
is shared by two managers of two branches, 900004 has no manager, 900005 is booked in Q-B3 and looked after by a manager
who sits in region Q-R1 itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.identity import subtree
from portal.models.organisation import Institution as InstitutionRow
from portal.models.organisation import Person as PersonRow
from portal.models.organisation import Product as ProductRow
from portal.permissions import Actor, Permission, Scope
from portal.sources.base import (
    ACCOUNT,
    CUSTOMER,
    FAR_FUTURE,
    MOVEMENT,
    SHARE,
    Control,
    FtpRate,
    Institution,
    Level,
    Organisation,
    Person,
    Position,
    Product,
)

BEGIN, FIRST, LAST, MOVED = dt.date(2023, 1, 1), dt.date(2023, 12, 28), dt.date(2024, 2, 3), dt.date(2024, 2, 1)
HANDED_OVER = dt.date(2024, 1, 11)
LEVELS = ("Q-head", "Q-region", "Q-branch")
TREE = {"Q-HO": (0, None), "Q-R1": (1, "Q-HO"), "Q-R2": (1, "Q-HO"), "Q-B1": (2, "Q-R1"), "Q-B3": (2, "Q-R2")}
STAFF = {"Q-ann": "Q-B1", "Q-bob": "Q-B2", "Q-cai": "Q-B3", "Q-dan": "Q-R1", "Q-eva": "Q-HO"}
PRODUCTS = {"Q-DEP": "deposit", "Q-TIME": "deposit", "Q-LOAN": "loan", "Q-CARD": "card"}
CUSTOMERS = {900001: "Ada", 900002: "Bea", 900003: "Cem", 900004: "Dee", 900005: "Eli"}
SHARES = [  # customer, who, ratio, from, until
    (900001, "Q-cai", "1", BEGIN, HANDED_OVER), (900001, "Q-ann", "1", HANDED_OVER, FAR_FUTURE),
    (900002, "Q-ann", "0.6", BEGIN, FAR_FUTURE), (900002, "Q-bob", "0.4", BEGIN, FAR_FUTURE),
    (900003, "Q-cai", "1", BEGIN, FAR_FUTURE), (900005, "Q-dan", "1", BEGIN, FAR_FUTURE),
]  # fmt: skip
ACCOUNTS = [  # account, customer, product, booked at, opened
    (910001, 900001, "Q-DEP", "Q-B1", FIRST), (910002, 900002, "Q-DEP", "Q-B1", FIRST),
    (910003, 900003, "Q-TIME", "Q-B3", FIRST), (910004, 900004, "Q-DEP", "Q-B2", FIRST),
    (910005, 900005, "Q-DEP", "Q-B3", dt.date(2024, 1, 10)), (910006, 900001, "Q-LOAN", "Q-B1", dt.date(2024, 1, 5)),
    (910007, 900003, "Q-CARD", "Q-B3", dt.date(2024, 1, 5)),
]  # fmt: skip
TERMS_CHANGED = dt.date(2024, 1, 20)  # of account 910003, which has a row for each time
MOVEMENTS = [
    (910001, FIRST, "1000.00"), (910001, dt.date(2024, 1, 15), "-250.05"), (910002, FIRST, "100.01"),
    (910002, dt.date(2024, 2, 2), "33.33"), (910003, FIRST, "5000.00"), (910004, FIRST, "77.77"),
    (910005, dt.date(2024, 1, 10), "400.00"), (910006, dt.date(2024, 1, 5), "300.00"),
    (910007, dt.date(2024, 1, 5), "0.10"),
]  # fmt: skip


class TinySource:
    """The tiny bank's raw rows."""

    code, family, continues, home_currency = "tiny", "bank", False, "CNY"

    def organisation(self) -> Organisation:
        levels = [Level(code, f"{code} level", f"{code} 层级", depth) for depth, code in enumerate(LEVELS)]
        institutions = [
            Institution(code, f"Name {code}", f"名称 {code}", LEVELS[depth], parent, BEGIN)
            for code, (depth, parent) in TREE.items()
        ]
        for parent, begins, ends in (("Q-R1", BEGIN, MOVED), ("Q-R2", MOVED, FAR_FUTURE)):
            institutions.append(Institution("Q-B2", "Name Q-B2", "", LEVELS[2], parent, begins, ends))
        shares = [
            {"customer_id": customer, "account_id": None, "role": "marketer", "person_code": person,
             "ratio": Decimal(ratio).quantize(Decimal("0.000001")), "valid_from": begins, "valid_to": ends}
            for customer, person, ratio, begins, ends in SHARES
        ]  # fmt: skip
        return Organisation(
            levels=levels,
            institutions=institutions,
            people=[Person(code, f"Person {code}") for code in STAFF],
            positions=[Position(person, place, "customer_manager", BEGIN) for person, place in STAFF.items()],
            products=[Product(code, f"Product {code}", "", kind) for code, kind in PRODUCTS.items()],
            ftp_rates=[FtpRate(0, Decimal("0.020000"), BEGIN)],
            shares=pa.Table.from_pylist(shares, SHARE),
        )

    def dates(self) -> tuple[dt.date, dt.date]:
        return FIRST, LAST

    def fetch(self, dataset: str, first_day: dt.date, last_day: dt.date, *_calendar: object) -> pa.Table:
        if dataset == "customer":
            rows = [{"customer_id": key, "customer_no": f"C{key}", "name": name, "name_zh": f"客户{name}",
                     "segment": "personal", "since": FIRST} for key, name in CUSTOMERS.items()]  # fmt: skip
            return pa.Table.from_pylist(rows, CUSTOMER)
        if dataset == "account":
            rows = [
                {"account_id": key, "account_no": f"A{key}", "customer_id": customer, "product_code": product,
                 "institution_code": place, "opened_on": opened, "closed_on": None,
                 "customer_rate": Decimal("0.010000"),
                 "term_days": 0, "granted_amount": None, "currency": "CNY", "valid_from": opened}
                for key, customer, product, place, opened in ACCOUNTS if opened <= last_day
            ]  # fmt: skip
            again = [{**row, "valid_from": TERMS_CHANGED} for row in rows if row["account_id"] == 910003]
            return pa.Table.from_pylist(rows + (again if last_day >= TERMS_CHANGED else []), ACCOUNT)
        moved = [
            {"movement_id": 920000 + number, "account_id": account, "business_date": day, "amount": Decimal(amount),
             "balance_after": None, "kind": "deposit"}
            for number, (account, day, amount) in enumerate(MOVEMENTS) if first_day <= day <= last_day
        ]  # fmt: skip
        return pa.Table.from_pylist(moved, MOVEMENT)

    def controls(self, first_day: dt.date, last_day: dt.date, *_calendar: object) -> tuple[Control, ...]:
        return ()


@dataclass
class Bank:
    """The numbers of what the tests stand on."""

    institutions: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    below: dict[str, frozenset[int]] = field(default_factory=dict)

    def leader(self, code: str, *, language: str = "en") -> Actor:
        """A leader who sees an institution and what stands below it today."""
        seen = Scope(institutions=self.below[code])
        return Actor(None, f"leader of {code}", permissions=frozenset(Permission), scope=seen, language=language)

    def manager(self, code: str) -> Actor:
        """A customer manager who sees what is his."""
        person = self.people[code]
        scope = Scope(person_id=person)
        return Actor(None, code, person_id=person, permissions=frozenset(Permission), scope=scope)


def numbers_of(session: Session) -> Bank:
    """Read the numbers the database gave to the bank."""
    bank = Bank()
    for model, into in ((InstitutionRow, bank.institutions), (PersonRow, bank.people), (ProductRow, bank.products)):
        into.update(
            {row.code: row.id for row in session.execute(select(model.code, model.id)) if row.code.startswith("Q-")}
        )
    bank.below = {code: subtree(session, [number], LAST) for code, number in bank.institutions.items()}
    return bank


def chunks() -> list[list[dt.date]]:
    """The bank's days, month by month."""
    months: dict[tuple[int, int], list[dt.date]] = {}
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + dt.timedelta(days=number)
        months.setdefault((day.year, day.month), []).append(day)
    return list(months.values())
