"""Published cases, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from calc import Engine, run
from calc.columns import PROFIT_DIVISOR
from tests.calc.tables import FAR, table

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "performance.yaml").read_text())
FIRST = dt.date(2026, 1, 1)


@pytest.mark.parametrize("case", CASES["daily_average"], ids=lambda case: case["source"])
def test_daily_average(case: dict[str, Any]) -> None:
    intervals = [
        {"account_id": 1, "balance": Decimal(str(balance)), "valid_from": FIRST + dt.timedelta(days=number),
         "valid_to": FIRST + dt.timedelta(days=number + 1)}
        for number, balance in enumerate(case["balances"])
    ]  # fmt: skip
    period = [{"first_day": FIRST, "last_day": FIRST + dt.timedelta(days=case["days"] - 1)}]
    made = run(
        "daily_average",
        balance_interval=table(intervals, "account_id", "balance", "valid_from", "valid_to"),
        period=table(period, "first_day", "last_day"),
    )
    assert made["daily_average"].to_pylist() == [Decimal(case["expected"])]


@pytest.mark.parametrize("case", CASES["ftp_profit"], ids=lambda case: case["source"])
def test_simulated_profit_by_days_and_by_average(case: dict[str, Any]) -> None:
    principal, days = Decimal(case["principal"]), case["days"]
    with Engine() as engine:
        engine.give("account", table(
            [{"account_id": 1, "customer_id": 1, "product_id": 1, "institution_id": 1, "opened_on": FIRST,
              "customer_rate": Decimal(case["customer_rate"]), "term_days": 0, "valid_from": FIRST}],
            "account_id", "customer_id", "product_id", "institution_id", "opened_on", "customer_rate", "term_days", "valid_from",
        ))  # fmt: skip
        engine.give("product", table([{"product_id": 1, "kind": case["kind"], "day_basis": case["basis"]}],
                                     "product_id", "kind", "day_basis"))  # fmt: skip
        engine.give("ftp_rate", table([{"term_days": 0, "ftp_rate": Decimal(case["ftp_rate"]), "valid_from": FIRST,
                                        "valid_to": FAR}], "term_days", "ftp_rate", "valid_from", "valid_to"))  # fmt: skip
        engine.make("account_term")
        factor, margin = engine.connection.execute("select margin_factor, margin_rate from account_term").fetchone()
        by_day = engine.connection.execute(
            "select points_money(sum(?::decimal(18,2) * ?::decimal(12,6)), ?) from range(?)",
            [principal, factor, PROFIT_DIVISOR, days],
        ).fetchone()
    assert by_day == (Decimal(case["expected"]),)
    by_average = principal * margin * days / case["basis"]
    assert by_average.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP") == Decimal(case["expected"])


@pytest.mark.parametrize("ftp_rate", CASES["bank_margin"]["methods"])
def test_units_and_treasury_make_the_accounting_margin(ftp_rate: str) -> None:
    case = CASES["bank_margin"]
    rows = [
        {"kind": kind, "principal": Decimal(principal), "customer_rate": Decimal(rate), "ftp_rate": Decimal(ftp_rate)}
        for kind, positions in (("loan", case["loans"]), ("deposit", case["deposits"]), ("funding", [case["gap"]]))
        for principal, rate in positions
    ]
    made = run("treasury_margin", position_year=table(rows, "kind", "principal", "customer_rate", "ftp_rate"))
    assert made["balance"].to_pylist() == [Decimal(case["expected"])]
