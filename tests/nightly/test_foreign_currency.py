"""An account in dollars, from its file to the printed report: converted at each day's closing rate, refused without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from portal.sentence import told
from tests.nightly.installation import Installation
from tests.nightly.test_closed_days import FRIDAY, MONDAY, SATURDAY, TUESDAY, WEDNESDAY, write_bank

RATES = [(SATURDAY, MONDAY, "7.1"), (MONDAY, TUESDAY, "7.2"), (TUESDAY, WEDNESDAY, "7.25")]


@pytest.fixture
def bank(install: Callable[[], Installation], tmp_path: Path) -> Installation:
    """Account 8 is in dollars and stands at 55.55 from Saturday, at 50.00 from Tuesday on; Wednesday has no rate."""
    folder = write_bank(tmp_path / "bank", (), currency="USD")
    rates = "".join(f"USD,{rate},{first},{end}\n" for first, end, rate in RATES)
    (folder / "organisation" / "exchange_rates.csv").write_text(f"currency,exchange_rate,valid_from,valid_to\n{rates}")
    made = install()
    made.basis("load", "folder", str(folder))
    made.basis("run", "nightly", "--date", str(FRIDAY), "--to", str(TUESDAY))
    return made


def total(bank: Installation, day: dt.date) -> list[str]:
    said = bank.basis("report", "deposits", "--at", str(day), "--measure", "balance,balance_days", "--format", "csv")
    return said.splitlines()[-1].split(",")[-2:]


def test_sums_are_in_the_reporting_currency_and_a_day_without_a_rate_is_refused(bank: Installation) -> None:
    # February: 999.99 + 55.55 x 7.1 = 394.41; 1,199.99 + 55.55 x 7.2 = 399.96; 1,199.99 + 50.00 x 7.25 = 362.50
    assert total(bank, TUESDAY) == ["1562.49", "4556.84"]
    run = bank.start("run", "nightly", "--date", str(WEDNESDAY))
    assert run.wait(300) == 1
    refusal, kept = bank.ask("select message, sentence from run_step where status = 'refused'")[0]
    assert (
        refusal
        == told(kept)
        == (
            "USD has no exchange rate on 2026-02-04; accounts kept in it: 1, such as 8. "
            "Add it in Administration > Exchange rates."
        )
    )
    bank.ask(
        "insert into exchange_rate (currency_id, exchange_rate, valid_from) "
        f"select id, 7.3, '{WEDNESDAY}' from currency returning id"
    )
    bank.basis("run", "nightly", "--date", str(WEDNESDAY), "--again", "--reason", "the rate was missing")
    assert total(bank, WEDNESDAY) == [str(Decimal("1212.33") + 50 * Decimal("7.3")), "6134.17"]
