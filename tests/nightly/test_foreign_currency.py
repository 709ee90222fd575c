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

CURVES = "code,name,currency,kind\nRMB,Renminbi,CNY,all\nDOLLAR,Dollar,USD,deposit\n"
PRICES = (
    "curve_code,term_days,ftp_rate,valid_from,valid_to\nRMB,0,0.02,2020-01-01,\nDOLLAR,0,0.04,2026-01-31,2026-02-01\n"
)
RATES = [(SATURDAY, MONDAY, "7.1"), (MONDAY, TUESDAY, "7.2"), (TUESDAY, WEDNESDAY, "7.25")]


@pytest.fixture
def bank(install: Callable[[], Installation], tmp_path: Path) -> Installation:
    """Account 8 is in dollars and stands at 55.55 from Saturday, at 50.00 from Tuesday on; Wednesday has no rate."""
    folder = write_bank(tmp_path / "bank", (), currency="USD")
    rates = "".join(f"USD,{rate},{first},{end}\n" for first, end, rate in RATES)
    (folder / "organisation" / "exchange_rates.csv").write_text(f"currency,exchange_rate,valid_from,valid_to\n{rates}")
    (folder / "organisation" / "ftp_curves.csv").write_text(CURVES)
    (folder / "organisation" / "ftp_rates.csv").write_text(PRICES)
    made = install()
    made.basis("load", "folder", str(folder))
    made.basis("run", "nightly", "--date", str(FRIDAY), "--to", str(TUESDAY))
    return made


def total(bank: Installation, day: dt.date) -> list[str]:
    said = bank.basis(
        "report", "deposits", "--by", "HO", "--at", str(day), "--measure", "balance,balance_days", "--format", "csv"
    )
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


def test_an_account_priced_on_a_day_without_an_internal_rate_is_refused(
    install: Callable[[], Installation], tmp_path: Path
) -> None:
    """Account 8 is opened on Saturday in dollars, for which there is no curve: nothing is taken as 0."""
    folder = write_bank(tmp_path / "bank", (), currency="USD")
    (folder / "organisation" / "exchange_rates.csv").write_text(
        "currency,exchange_rate,valid_from\nUSD,7.1,2020-01-01\n"
    )
    made = install()
    made.basis("load", "folder", str(folder))
    made.basis("run", "nightly", "--date", str(FRIDAY))
    assert made.start("run", "nightly", "--date", str(SATURDAY)).wait(300) == 1
    assert made.ask("select message from run_step where status = 'refused'") == [
        (
            "No FTP curve in USD has a rate on 2026-01-31, when account 8 was opened or re-priced; accounts without one: 1. "
            "Add it in Administration > FTP rates.",
        )
    ]
    made.ask("insert into ftp_curve (code, name, currency) values ('USD', 'Dollar', 'USD') returning id")
    made.ask("insert into ftp_term (curve_id, term_days) select id, 0 from ftp_curve where code = 'USD' returning id")
    made.ask(
        "insert into ftp_rate (ftp_term_id, ftp_rate, valid_from) select max(id), 0.04, '2026-01-31' from ftp_term returning id"
    )
    made.basis("run", "nightly", "--date", str(SATURDAY), "--again", "--reason", "the curve was missing")
    # account 7 at 1 % on 1,000.00 for two days, account 8 at 3 % on 55.55 x 7.1 = 394.41 for one: 0.0548 + 0.0324
    said = made.basis("report", "profit", "--by", "HO", "--at", str(SATURDAY), "--measure", "profit", "--format", "csv")
    assert said.splitlines()[-1].split(",")[-1] == "0.09"
