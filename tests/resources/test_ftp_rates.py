"""Internal prices: curves and the dated rates of their terms, and a change that touches the accounts it prices only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from portal.models.organisation import Product
from portal.permissions import LOCAL_OPERATOR
from portal.resources import RESOURCES
from portal.services import records
from portal.services.imports import preview
from portal.services.refusal import Refusal
from portal.services.writer import Writer
from tests.resources.bank import BEGIN, DEPOSIT, REPRICED_ON, Bank
from tests.resources.conftest import Desk

CURVES, RATES = RESOURCES["ftp-curves"], RESOURCES["ftp-rates"]
REASON = "as the treasury said"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dt.date, str]]:
    """What recalculations are asked for: the first day and the change."""
    found: list[tuple[dt.date, str]] = []
    monkeypatch.setattr(records, "recalculate_from", lambda _writer, day, change, _job: found.append((day, change)))
    return found


@pytest.fixture
def curve(session: Session, house: Bank) -> tuple[Writer, dict[int, str]]:
    """A curve with rates of 0, 90 and 365 days from the beginning on; accounts of 0, 90, 180 and 365 days stand on it."""
    session.add(Product(id=DEPOSIT, code="R-DEP", name="Deposit", kind="deposit"))
    session.flush()
    writer = Writer(LOCAL_OPERATOR, session)
    key = records.create(writer, CURVES, {"code": "R-CNY", "name": "Standard", "currency": "CNY"})
    terms = {
        term: records.create(writer, RATES, {"curve": key, "term_days": term, "rate": rate}, first_day=BEGIN)
        for term, rate in ((0, "1 %"), (90, "0.015"), (365, "2 %"))
    }
    return writer, terms


def opened(customer: int) -> dt.date:
    return BEGIN + dt.timedelta(days=30 * customer)


def change(writer: Writer, key: str, rate: str, day: dt.date) -> None:
    records.change(writer, RATES, key, {"rate": rate}, first_day=day, reason=REASON)


def test_a_changed_rate_asks_from_the_first_account_that_was_priced_at_it(
    asked: list[tuple[dt.date, str]], curve: tuple[Writer, dict[int, str]]
) -> None:
    writer, terms = curve
    asked.clear()
    change(writer, terms[90], "1.6 %", BEGIN)
    assert asked == [(opened(2), f"ftp-rates R-CNY 90: {REASON}")]
    asked.clear()
    change(writer, terms[365], "2.1 %", opened(3) + dt.timedelta(days=1))
    assert asked == [(opened(4), f"ftp-rates R-CNY 365: {REASON}")], (
        "180 days take the rate of 365, and were opened before"
    )
    asked.clear()
    change(writer, terms[90], "1.7 %", opened(2) + dt.timedelta(days=1))
    assert asked == [], "the rate that the account of 90 days was opened at is as it was"


def test_a_repricing_is_found_and_a_rate_that_ends_before_it_is_not(
    asked: list[tuple[dt.date, str]], curve: tuple[Writer, dict[int, str]]
) -> None:
    writer, terms = curve
    change(writer, terms[0], "1.3 %", REPRICED_ON + dt.timedelta(days=1))
    asked.clear()
    change(writer, terms[0], "1.2 %", REPRICED_ON)
    assert asked == [(REPRICED_ON, f"ftp-rates R-CNY 0: {REASON}")]
    asked.clear()
    change(writer, terms[0], "1.1 %", opened(1) + dt.timedelta(days=1))
    assert asked == [], "nothing was priced on those days"


def test_a_new_term_touches_the_accounts_it_takes_from_a_longer_one(
    asked: list[tuple[dt.date, str]], curve: tuple[Writer, dict[int, str]]
) -> None:
    writer, terms = curve
    asked.clear()
    parent = records.one(records.Reader(LOCAL_OPERATOR, writer.session), RATES, terms[0], BEGIN).values["curve"]
    records.create(writer, RATES, {"curve": str(parent), "term_days": 180, "rate": "1.8 %"}, first_day=BEGIN)
    assert asked == [(opened(3), "ftp-rates R-CNY 180")]


def test_one_curve_prices_a_currency_and_kind(curve: tuple[Writer, dict[int, str]]) -> None:
    writer, _terms = curve
    with pytest.raises(Refusal, match="R-CNY prices these products in this currency already"):
        records.create(writer, CURVES, {"code": "R-other", "name": "Other", "currency": "CNY"})
    with pytest.raises(Refusal, match="three capital letters"):
        records.create(writer, CURVES, {"code": "R-other", "name": "Other", "currency": "cny"})
    records.create(writer, CURVES, {"code": "R-loan", "name": "Loans", "currency": "CNY", "kind": "loan"})


@pytest.mark.parametrize("rate", ["", "x", "100 %", "-1", "0.0000001", "1.00001 %"])
def test_a_rate_that_cannot_be_is_refused(curve: tuple[Writer, dict[int, str]], rate: str) -> None:
    writer, terms = curve
    with pytest.raises(Refusal):
        change(writer, terms[0], rate, BEGIN)


@pytest.mark.parametrize(
    ("rate", "kept"), [("-0.5 %", "-0.005"), ("0", "0"), ("２.５％", "0.025"), ("0.0178", "0.0178")]
)
def test_a_rate_may_be_nothing_or_less(curve: tuple[Writer, dict[int, str]], rate: str, kept: str) -> None:
    writer, terms = curve
    change(writer, terms[0], rate, BEGIN)
    found = records.one(records.Reader(LOCAL_OPERATOR, writer.session), RATES, terms[0], BEGIN)
    assert found.values["rate"] == Decimal(kept)


@pytest.mark.parametrize("term", ["-1", "0.5", "99999", "a year"])
def test_a_term_that_cannot_be_is_refused(curve: tuple[Writer, dict[int, str]], term: str) -> None:
    writer, terms = curve
    parent = records.one(records.Reader(LOCAL_OPERATOR, writer.session), RATES, terms[0], BEGIN).values["curve"]
    with pytest.raises(Refusal, match="whole days"):
        records.create(writer, RATES, {"curve": str(parent), "term_days": term, "rate": "1 %"}, first_day=BEGIN)


def test_a_file_of_rates_is_looked_at_line_by_line(office: Desk, house: Bank, unique: Callable[[str], str]) -> None:
    code = unique("r")
    office.create("ftp-curves", {"code": code, "name": "Swiss", "currency": "CHF"})
    parent = office.list("ftp-curves", search=code).records[0].key
    office.create("ftp-rates", {"curve": parent, "term_days": 30, "rate": "1 %"}, BEGIN)
    lines = (
        f"curve,term_days,rate,valid_from\n{code},30,1.25%,2021-01-01\n{code},60,0.013,2021-01-01\n{code},90,much,\n"
    )
    found = preview(office.actor, RATES, lines.encode()).lines
    assert [(line.state, line.name) for line in found] == [
        ("changed", f"{code} 30"), ("new", f"{code} 60"), ("wrong", f"{code} 90"),
    ]  # fmt: skip
    assert found[2].problem.startswith("a year's interest")
