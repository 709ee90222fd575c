"""A small bank of its own: head office, two branches with two sub-branches each, four employees, a few customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from portal.access.identity import subtree
from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod, Person, Position, Share
from portal.models.runs import Published, Run
from portal.permissions import Actor, Permission, Scope

BEGIN = dt.date(2020, 1, 1)
PUBLISHED_ON = dt.date(2020, 6, 30)
LEVELS = {"R-head": 0, "R-branch": 1, "R-sub": 2}
TREE = {"R-H": None, "R-A": "R-H", "R-B": "R-H", "R-A1": "R-A", "R-A2": "R-A", "R-B1": "R-B", "R-B2": "R-B"}
STAFF = {"R-li": "R-A1", "R-wu": "R-A2", "R-zhao": "R-B1", "R-lead": "R-A"}
DEPOSIT = 990_001  # the product of all accounts
TERMS = {1: 0, 2: 90, 3: 180, 4: 365}
REPRICED_ON = dt.date(2020, 6, 20)  # the account of customer 1
CUSTOMERS = {1: "R-A1", 2: "R-A1", 3: "R-B1", 4: "R-A2"}  # customer and where the account is kept


@dataclass
class Bank:
    """The numbers of what the tests stand on."""

    levels: dict[str, int] = field(default_factory=dict)
    institutions: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def actor(self, *permissions: Permission, at: str = "", person: str = "", everything: bool = False) -> Actor:
        """Someone with these permissions who sees an institution and below, himself, or everything."""
        scope = Scope(all=True) if everything else Scope(
            institutions=self.below.get(at, frozenset()), person_id=self.people.get(person)
        )  # fmt: skip
        name = f"tester {at or person or 'all'}"
        return Actor(None, name, scope.person_id, None, frozenset(permissions or Permission), scope)

    below: dict[str, frozenset[int]] = field(default_factory=dict)


def build(session: Session) -> Bank:
    """Store the organisation. Everyone is a customer manager except the leader of branch A."""
    bank = Bank()
    for code, depth in LEVELS.items():
        level = InstitutionLevel(code=code, name=code, name_zh=f"{code}级", depth=depth)
        session.add(level)
        session.flush()
        bank.levels[code] = level.id
    for code, parent in TREE.items():
        institution = Institution(code=code)
        session.add(institution)
        session.flush()
        bank.institutions[code] = institution.id
        level = "R-head" if parent is None else "R-branch" if parent == "R-H" else "R-sub"
        session.add(
            InstitutionPeriod(
                institution_id=institution.id, parent_id=bank.institutions[parent] if parent else None,
                level_id=bank.levels[level], name=f"Institution {code}", name_zh=f"机构{code}", valid_from=BEGIN,
            )
        )  # fmt: skip
    for code, place in STAFF.items():
        person = Person(code=code, name=code.removeprefix("R-").title(), phone="13800007788")
        session.add(person)
        session.flush()
        bank.people[code] = person.id
        kind = "leader" if code == "R-lead" else "customer_manager"
        session.add(Position(person_id=person.id, institution_id=bank.institutions[place], kind=kind, valid_from=BEGIN))
    session.flush()
    for code, number in bank.institutions.items():
        bank.below[code] = subtree(session, [number])
    add_share(session, bank, 2, {"R-li": "0.6", "R-wu": "0.4"})
    add_share(session, bank, 3, {"R-zhao": "1"})
    return bank


def add_share(session: Session, bank: Bank, customer: int, parts: Mapping[str, str]) -> None:
    """Share a customer out from the beginning on."""
    for code, ratio in parts.items():
        session.add(
            Share(customer_id=customer, role="marketer", person_id=bank.people[code], ratio=Decimal(ratio),
                  institution_id=bank.institutions[STAFF[code]], valid_from=BEGIN)
        )  # fmt: skip


def publish(session: Session, bank: Bank, folder: Path) -> None:
    """Let the lake know the customers, as a nightly run would."""
    run = Run(job="R-nightly", business_date=PUBLISHED_ON, attempt=1, status="published", requested_by="tests")
    session.add(run)
    session.flush()
    for dataset, rows in _datasets(bank).items():
        file = folder / f"{dataset}.parquet"
        pq.write_table(pa.Table.from_pylist(rows), file)
        session.add(
            Published(dataset=dataset, business_date=PUBLISHED_ON, version=1_000_000, run_id=run.id, files=[str(file)],
                      row_count=len(rows), content_hash="")
        )  # fmt: skip


def _datasets(bank: Bank) -> dict[str, list[dict[str, Any]]]:
    managers = {2: "R-li", 3: "R-zhao"}
    customers = [
        {"customer_id": one, "customer_no": f"C{one:03}", "name": f"Customer {one}", "name_zh": f"客户{one}"}
        for one in CUSTOMERS
    ]
    accounts = [
        {"account_id": 10 + one, "account_no": f"A{one:03}", "customer_id": one, "product_id": DEPOSIT, "currency": "CNY",
         "opened_on": BEGIN + dt.timedelta(days=30 * one), "repriced_on": REPRICED_ON if one == 1 else None,
         "term_days": TERMS[one], "customer_rate": Decimal("0.015000"), "closed_on": None,
         "valid_from": REPRICED_ON if one == 1 else BEGIN + dt.timedelta(days=30 * one)}
        for one in CUSTOMERS
    ]  # fmt: skip
    sums = (
        "balance", "base_balance", "base_year_balance_days", "month_balance_days", "quarter_balance_days",
        "year_balance_days", "month_profit_points", "quarter_profit_points", "year_profit_points", "margin_factor",
    )  # fmt: skip
    credited = [
        {
            "account_id": 10 + one, "customer_id": one, "role": "marketer", "product_id": 0, "is_open": True,
            "manager_id": bank.people.get(managers.get(one, ""), 0), "institution_id": bank.institutions[place],
            "booking_institution_id": bank.institutions[place], "share": Decimal(1), **dict.fromkeys(sums, Decimal(0)),
            "valid_from": PUBLISHED_ON, "valid_to": PUBLISHED_ON + dt.timedelta(days=1),
        }
        for one, place in CUSTOMERS.items()
    ]  # fmt: skip
    managed = [{"business_date": PUBLISHED_ON, "manager_id": 0, "institution_id": 0}]
    return {"customer": customers, "account": accounts, "credit_day": credited, "manager_day": managed}
