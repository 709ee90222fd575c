"""The real Czech bank, from its raw movements to the printed report, against a plain computation from its files."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
from collections import defaultdict
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.nightly.installation import Installation

pytestmark = pytest.mark.shared
LAST = dt.date(1994, 3, 30)
MONTHS = [(1993, month) for month in range(1, 13)] + [(1994, month) for month in (1, 2, 3)]


def report(bank: Installation, *arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bank.basis("report", *arguments, "--format", "csv"))))


@lru_cache
def end_of_day(folder: Path) -> dict[int, dict[dt.date, Decimal]]:
    """Account to day to balance on the days it moved: rows of a day ordered so that balances chain, one by one."""
    days: dict[int, dict[dt.date, list[tuple[Decimal, Decimal]]]] = defaultdict(lambda: defaultdict(list))
    for row in pq.read_table(folder / "trans.parquet").to_pylist():
        sign = 1 if row["type"] == "PRIJEM" else -1
        days[row["account_id"]][row["date"]].append((sign * row["amount"], row["balance"]))
    found: dict[int, dict[dt.date, Decimal]] = {}
    for account, by_day in days.items():
        balance, found[account] = Decimal(0), {}
        for day in sorted(by_day):
            balance = chained(balance, by_day[day])
            found[account][day] = balance
    return found


def chained(start: Decimal, rows: list[tuple[Decimal, Decimal]]) -> Decimal:
    """The last balance of the one order in which every balance follows from the one before, within 0.10."""
    ends = set()

    def walk(balance: Decimal, rest: list[tuple[Decimal, Decimal]]) -> None:
        if not rest:
            ends.add(balance)
        for number, (amount, after) in enumerate(rest):
            if abs(after - balance - amount) <= Decimal("0.10"):
                walk(after, rest[:number] + rest[number + 1 :])

    walk(start, rows)
    assert len(ends) == 1
    return ends.pop()


def balances_in(moves: dict[dt.date, Decimal], year: int, month: int) -> list[Decimal]:
    """The end-of-day balance of every calendar day of a month, up to the last day there is."""
    before = [day for day in moves if day < dt.date(year, month, 1)]
    balance = moves[max(before)] if before else Decimal(0)
    days = []
    for number in range(1, calendar.monthrange(year, month)[1] + 1):
        day = dt.date(year, month, number)
        if day > LAST:
            break
        balance = moves.get(day, balance)
        days.append(balance)
    return days


def test_february_1994_is_what_is_known_of_it(czech_bank: Installation) -> None:
    rows = report(czech_bank, "deposits", "--by", "account", "--at", "1994-02-28")
    balances = [Decimal(row["balance"]) for row in rows]
    assert len([one for one in balances if one]) == 1_197
    assert sum(balances) == Decimal("36710560.90")


@pytest.mark.parametrize("year, month", [(1993, 1), (1993, 6), (1993, 12), (1994, 1), (1994, 2), (1994, 3)])
def test_every_account_every_term(czech_bank: Installation, shared: Path, year: int, month: int) -> None:
    truth = end_of_day(shared / "data" / "berka")
    rows = report(czech_bank, "deposits", "--by", "account", "--month", f"{year}-{month:02}",
                  "--measure", "balance,balance_days,daily_average")  # fmt: skip
    found = {int(row["account_id"]): row for row in rows}
    for account, moves in truth.items():
        days = balances_in(moves, year, month)
        if not any(day <= dt.date(year, month, len(days)) for day in moves):
            assert account not in found or Decimal(found[account]["balance"]) == 0
            continue
        total = sum(days, Decimal(0))
        average = (total / len(days)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
        row = found[account]
        assert (Decimal(row["balance"]), Decimal(row["balance_days"]), Decimal(row["daily_average"])) == (
            days[-1], total, average,
        ), account  # fmt: skip


@pytest.mark.parametrize("by", ["region", "branch", "manager", "product", "customer", "account"])
def test_every_dimension_sums_to_the_whole(czech_bank: Installation, by: str) -> None:
    rows = report(czech_bank, "deposits", "--by", by, "--month", "1994-01", "--measure", "balance,balance_days")
    assert sum(Decimal(row["balance"]) for row in rows) == Decimal("31219414.60")
    assert sum(Decimal(row["balance_days"]) for row in rows) == Decimal("1073932051.00")


def test_a_late_correction_is_a_new_version_and_equals_from_scratch(czech_bank: Installation) -> None:
    before = czech_bank.contents()
    czech_bank.basis("run", "nightly", "--date", "1994-03-15", "--again", "--reason", "late file")
    after = czech_bank.contents()
    for day in range(15, 31):
        key = ("credit_day", dt.date(1994, 3, day))
        assert after[*key, 2] == before[*key, 1]
    assert ("credit_day", dt.date(1994, 3, 14), 2) not in after
    assert before.items() <= after.items()
