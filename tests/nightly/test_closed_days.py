"""Closed days in the calendar: the next open date computes them along, and every figure equals a run without them.

30 January 2026 is a Friday. The weekend crosses the month's end, an account is opened and a share changes on the
Saturday, money moves on the Sunday; Tuesday is closed, too. The bank sends what happened then with the next open date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nightly.installation import Installation

FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 1, 30) + dt.timedelta(days=n) for n in range(6))
DAYS = (FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY)
CLOSED = (SATURDAY, SUNDAY, TUESDAY)
FIGURES = ("credit_day", "manager_day", "institution_day", "movement")
MOVEMENTS = [(FRIDAY, 7, "1000.00"), (SATURDAY, 8, "55.55"), (SUNDAY, 7, "-0.01"), (MONDAY, 7, "200.00"),
             (TUESDAY, 8, "-5.55"), (WEDNESDAY, 7, "12.34")]  # fmt: skip
ORGANISATION = {
    "levels": "code,name,depth\nHO,Head office,0\n",
    "institutions": "code,name,level_code,parent_code,valid_from\nHQ,Head,HO,,2020-01-01\n",
    "people": "code,name\nP1,Ann\nP2,Bob\n",
    "positions": "person_code,institution_code,kind,valid_from\n"
    "P1,HQ,customer_manager,2020-01-01\nP2,HQ,customer_manager,2020-01-01\n",
    "products": "code,name,kind\nDEP,Deposit,deposit\n",
    "ftp_rates": "term_days,ftp_rate,valid_from\n0,0.02,2020-01-01\n",
    "shares": "customer_id,account_id,role,person_code,ratio,valid_from,valid_to\n"
    f"1,,marketer,P1,1,2020-01-01,{SATURDAY}\n1,,marketer,P1,0.3,{SATURDAY},\n1,,marketer,P2,0.7,{SATURDAY},\n",
}


def write_bank(folder: Path, closed: tuple[dt.date, ...], currency: str = "CNY") -> Path:
    """The bank's files: one a day, or one for the closed days and the open date after them; account 8's currency."""
    (folder / "organisation").mkdir(parents=True)
    for name, content in ORGANISATION.items():
        (folder / "organisation" / f"{name}.csv").write_text(content)
    if closed:
        days = "".join(f"{day}\n" for day in closed)
        (folder / "organisation" / "calendar.csv").write_text(f"business_date\n{days}")
    told: list[dt.date] = []
    for day in DAYS:
        told.append(day)
        if day in closed:
            continue
        write_day(folder, day, told, currency)
        told = []
    return folder


def write_day(folder: Path, day: dt.date, told: list[dt.date], currency: str = "CNY") -> None:
    moved = [
        f"{number},{account},{when},{amount},,transfer\n"
        for number, (when, account, amount) in enumerate(MOVEMENTS)
        if when in told
    ]
    opened = {7: FRIDAY, 8: SATURDAY}
    accounts = [
        f"{account},00{account},1,DEP,HQ,{since},0.01,0,{'CNY' if account == 7 else currency},{since}\n"
        for account, since in opened.items()
        if since <= day
    ]
    columns = (
        "account_id,account_no,customer_id,product_code,institution_code,opened_on,customer_rate,term_days,currency"
    )
    for name, header, rows in (
        ("movement", "movement_id,account_id,business_date,amount,balance_after,kind", moved),
        ("account", f"{columns},valid_from", accounts),
        ("customer", "customer_id,customer_no,name,segment,since", [f"1,C1,Wang Wei,personal,{FRIDAY}\n"]),
    ):
        (folder / f"{name}_{day:%Y%m%d}.csv").write_text(f"{header}\n{''.join(rows)}")


def figures(bank: Installation) -> dict[tuple[object, ...], object]:
    return {key: content for key, content in bank.contents().items() if key[0] in FIGURES}


@pytest.fixture
def without_closed_days(install: Callable[[], Installation], tmp_path: Path) -> Installation:
    bank = install()
    bank.basis("load", "folder", str(write_bank(tmp_path / "every day", ())))
    bank.basis("run", "nightly", "--date", str(FRIDAY), "--to", str(WEDNESDAY))
    return bank


def test_closed_days_are_computed_with_the_next_open_date_and_equal_a_run_without_them(
    install: Callable[[], Installation], without_closed_days: Installation, tmp_path: Path
) -> None:
    bank = install()
    folder = write_bank(tmp_path / "closed days", CLOSED)
    bank.basis("load", "folder", str(folder))
    for day in (FRIDAY, MONDAY, WEDNESDAY):
        bank.basis("run", "nightly", "--date", str(day))
    expected = figures(without_closed_days)
    assert {key[1] for key in expected} == set(DAYS)
    assert "foreign_day" not in {key[0] for key in without_closed_days.contents()}, "nobody keeps another currency"
    assert figures(bank) == expected
    total = bank.basis(
        "report", "deposits", "--by", "HO", "--month", "2026-02", "--measure", "balance,balance_days", "--format", "csv"
    )
    # 1 Feb: 999.99 + 55.55; 2 Feb: 1,199.99 + 55.55; 3 Feb: + 50.00; 4 Feb: 1,212.33 + 50.00
    assert total.splitlines()[-1].split(",")[-2:] == ["1262.33", "4823.40"]
    bank.basis("run", "nightly", "--date", str(MONDAY), "--again", "--reason", "late file")
    again = {key: content for key, content in figures(bank).items() if key[2] == 2}
    assert {key[1] for key in again} == {SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY}
    assert all(content == expected[*key[:2], 1] for key, content in again.items())
