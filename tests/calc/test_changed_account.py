"""Which accounts changed since the day before: three of them are delivered twice alike, then one thing is another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from calc import Engine
from tests.calc.tables import FAR, table

LONG_AGO, BEFORE, DAY, NEXT = dt.date(2020, 1, 1), dt.date(2026, 3, 10), dt.date(2026, 3, 11), dt.date(2026, 3, 12)
Rows = list[dict[str, Any]]


def bank() -> dict[str, Rows]:
    """Customer 100 has the accounts 1 and 2, customer 200 the account 3; Ann (1) and Bob (2) care for them."""
    account = {"product_id": 1, "institution_id": 11, "currency": "CNY", "opened_on": LONG_AGO, "closed_on": None,
               "repriced_on": None, "customer_rate": Decimal("0.01"), "term_days": 0, "valid_from": LONG_AGO}  # fmt: skip
    share = {"account_id": None, "role": "marketer", "institution_id": 11, "ratio": Decimal(1), "valid_from": LONG_AGO,
             "valid_to": FAR}  # fmt: skip
    return {
        "account": [{"account_id": one, "customer_id": 100 if one < 3 else 200, **account} for one in (1, 2, 3)],
        "share": [{"customer_id": 100, "person_id": 1, **share}, {"customer_id": 200, "person_id": 2, **share}],
        "position": [
            {"person_id": one, "institution_id": 11, "valid_from": LONG_AGO, "valid_to": FAR} for one in (1, 2)
        ],
        "product": [{"product_id": 1, "kind": "deposit", "day_basis": 365}],
        "price": [
            {"priced_on": LONG_AGO, "currency": "CNY", "product_id": 1, "term_days": 0, "ftp_rate": Decimal("0.02")}
        ],
        "reporting": [{"currency": "CNY"}],
        "movement": [],
    }


COLUMNS = {name: tuple(rows[0]) for name, rows in bank().items() if rows} | {"movement": ("account_id",)}


def changed(before: dict[str, Rows], now: dict[str, Rows], days: tuple[dt.date, ...] = (DAY,)) -> list[int]:
    with Engine(threads=1) as engine:
        engine.give("calendar", table([{"business_date": day} for day in days], "business_date"))
        for name, columns in COLUMNS.items():
            engine.give(name, table(now[name], *columns))
            engine.give(f"{name}_before", table(before[name], *columns))
        credited = [{"account_id": one, "manager_id": 1 if one < 3 else 2} for one in (1, 2, 3)]
        engine.give("opening_line", table(credited, "account_id", "manager_id"))
        engine.make("changed_holding")
        engine.make("changed_account")
        return sorted(row["account_id"] for row in engine.fetch("changed_account").to_pylist())


OWN_SHARE = {"customer_id": None, "account_id": 2, "role": "carer", "person_id": 2, "institution_id": 11,
             "ratio": Decimal(1), "valid_from": DAY, "valid_to": FAR}  # fmt: skip

CASES: dict[str, tuple[str, int | None, dict[str, Any], list[int]]] = {
    "nothing": ("reporting", 0, {}, []),
    "it moved": ("movement", None, {"account_id": 3}, [3]),
    "another rate": ("account", 0, {"customer_rate": Decimal("0.02")}, [1]),
    "re-priced": ("account", 1, {"repriced_on": LONG_AGO}, [2]),
    "closed for today's end": ("account", 1, {"closed_on": DAY}, [2]),
    "another place": ("account", 2, {"institution_id": 12}, [3]),
    "a row from today on": ("account", None, {**bank()["account"][2], "valid_from": DAY}, [3]),
    "a new account": ("account", None, {**bank()["account"][2], "account_id": 4}, [4]),
    "another person": ("share", 0, {"person_id": 2}, [1, 2]),
    "a share that ends before today": ("share", 1, {"valid_to": DAY}, [3]),
    "a share of its own from today on": ("share", None, OWN_SHARE, [2]),
    "a share of its own from tomorrow on": ("share", None, {**OWN_SHARE, "valid_from": NEXT}, []),
    "a share corrected for older days": ("share", None, {**OWN_SHARE, "valid_from": LONG_AGO, "valid_to": BEFORE}, []),
    "a share that began earlier than was known": ("share", 0, {"valid_from": dt.date(2019, 1, 1)}, []),
    "a manager moved": ("position", 1, {"institution_id": 12}, [3]),
    "a manager left": ("position", 0, {"valid_to": DAY}, [1, 2]),
    "a manager leaves tomorrow": ("position", 0, {"valid_to": NEXT}, []),
    "another internal rate": ("price", 0, {"ftp_rate": Decimal("0.03")}, [1, 2, 3]),
    "the internal rate of another day": ("price", None, {**bank()["price"][0], "priced_on": BEFORE}, []),
    "another day basis": ("product", 0, {"day_basis": 360}, [1, 2, 3]),
    "another reporting currency": ("reporting", 0, {"currency": "USD"}, [1, 2, 3]),
}


@pytest.mark.parametrize("what", CASES)
def test_only_accounts_of_which_something_changed_are_computed(what: str) -> None:
    name, place, fields, expected = CASES[what]
    now = bank()
    if place is None:
        now[name].append(fields)
    else:
        now[name][place] |= fields
    assert changed(bank(), now) == expected
    if name not in ("movement", "share", "position"):
        assert changed(now, bank()) == expected, "taken back"


@pytest.mark.parametrize(
    ("days", "closed_on", "expected"),
    [((DAY,), BEFORE, [1]), ((DAY,), DAY, []), ((DAY, NEXT), DAY, [1]), ((DAY,), LONG_AGO, [])],
)
def test_an_account_changes_on_the_day_after_its_last(
    days: tuple[dt.date, ...], closed_on: dt.date, expected: list[int]
) -> None:
    known = bank()
    known["account"][0]["closed_on"] = closed_on
    assert changed(known, known, days) == expected


def test_an_account_in_another_currency_always_changes() -> None:
    known = bank()
    known["account"][1]["currency"] = "USD"
    assert changed(known, known) == [2]


def test_what_begins_or_ends_within_the_days_has_changed_though_it_was_known() -> None:
    known = bank()
    known["share"][0]["valid_to"] = NEXT
    known["account"][2]["opened_on"] = NEXT
    assert changed(known, known, (DAY,)) == []
    assert changed(known, known, (DAY, NEXT)) == [1, 2, 3]
