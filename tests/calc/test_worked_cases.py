"""Published cases, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
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
              "repriced_on": None, "customer_rate": Decimal(case["customer_rate"]), "term_days": 0, "valid_from": FIRST,
              "currency": "CNY"}],
            "account_id", "customer_id", "product_id", "institution_id", "opened_on", "repriced_on", "customer_rate",
            "term_days", "valid_from", "currency",
        ))  # fmt: skip
        engine.give("product", table([{"product_id": 1, "kind": case["kind"], "day_basis": case["basis"]}],
                                     "product_id", "kind", "day_basis"))  # fmt: skip
        engine.give("ftp_rate", curve_of([("CNY", "all", 0, case["ftp_rate"], FIRST, FAR)]))
        engine.make("price")
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


@pytest.mark.parametrize("case", CASES["sharing"], ids=lambda case: case["source"])
def test_the_cents_of_a_split_sum_to_the_amount(case: dict[str, Any]) -> None:
    day = {"valid_from": FIRST, "valid_to": FIRST + dt.timedelta(days=1)}
    amount, nothing = Decimal(case["amount"]), Decimal(0)
    held = {
        "account_id": 1,
        "balance": amount,
        "base_balance": nothing,
        "base_year_balance_days": nothing,
        "is_open": True,
        **day,
    }
    shares = [
        {"account_id": 1, "role": "marketer", "person_id": person, "institution_id": 11, "ratio": Decimal(ratio), **day}
        for person, ratio in case["ratios"].items()
    ]
    term = {
        "account_id": 1,
        "customer_id": 1,
        "product_id": 1,
        "booking_institution_id": 11,
        "margin_factor": Decimal(0),
        **day,
    }
    made = run(
        "credit_interval",
        account_segment=table([held], *held),
        account_share=table(shares, "account_id", "role", "person_id", "institution_id", "ratio", "valid_from", "valid_to"),
        position=table([], "person_id", "institution_id", "valid_from", "valid_to"),
        account_term=table([term], *term),
    )  # fmt: skip
    dealt = dict(zip(made["manager_id"].to_pylist(), made["balance"].to_pylist(), strict=True))
    assert dealt == {person: Decimal(part) for person, part in case["expected"].items()}
    assert sum(dealt.values()) == amount


@pytest.mark.parametrize("case", CASES["currency"], ids=lambda case: case["source"])
def test_a_foreign_balance_is_worth_its_rate_rounded_once(case: dict[str, Any]) -> None:
    day = {"valid_from": FIRST, "valid_to": FIRST + dt.timedelta(days=1)}
    balance, rate = Decimal(case["balance"]), Decimal(case["exchange_rate"])
    made = run(
        "foreign_day",
        calendar=table([{"business_date": FIRST}], "business_date"),
        balance_interval=table([{"account_id": 1, "balance": balance, "is_open": True, **day}],
                               "account_id", "balance", "is_open", "valid_from", "valid_to"),
        account=table([{"account_id": 1, "currency": "USD"}, {"account_id": 2, "currency": "CNY"}], "account_id", "currency"),
        exchange_rate=table([{"currency": "USD", "exchange_rate": rate, **day}],
                            "currency", "exchange_rate", "valid_from", "valid_to"),
        reporting=table([{"currency": "CNY"}], "currency"),
    )  # fmt: skip
    assert made["balance"].to_pylist() == [Decimal(case["expected"])]
    assert made["account_balance"].to_pylist() == [balance]


def test_a_day_without_a_rate_is_found_once_for_all_accounts_of_the_currency() -> None:
    opened = {"account_id": 1, "currency": "USD", "opened_on": FIRST, "closed_on": FIRST + dt.timedelta(days=1)}
    days = [{"business_date": FIRST + dt.timedelta(days=number)} for number in range(3)]
    rate = {"currency": "USD", "valid_from": FIRST, "valid_to": FIRST + dt.timedelta(days=1)}
    found = run(
        "missing_exchange_rate",
        account=table([opened], *opened), calendar=table(days, "business_date"),
        exchange_rate=table([rate], *rate), reporting=table([{"currency": "CNY"}], "currency"),
    )  # fmt: skip
    assert found["business_date"].to_pylist() == [FIRST + dt.timedelta(days=1)], "a closed account needs none"
    assert (found["currency"][0].as_py(), found["accounts"][0].as_py()) == ("USD", 1)


def curve_of(rates: list[tuple[str, str, int, str, dt.date, dt.date]]) -> pa.Table:
    """Rates of curves that are called by their currency and kind."""
    rows = [
        {"curve": f"{currency}-{kind}", "currency": currency, "kind": kind, "term_days": term_days,
         "ftp_rate": Decimal(rate), "valid_from": start, "valid_to": end}
        for currency, kind, term_days, rate, start, end in rates
    ]  # fmt: skip
    return table(rows, "curve", "currency", "kind", "term_days", "ftp_rate", "valid_from", "valid_to")


def test_an_account_is_re_priced_from_the_day_its_row_names_and_on_no_other() -> None:
    """A deposit at 1.5 % for a year: 2.0 % on its opening day, 2.5 % a quarter on, 3.0 % on the repricing day and 4.0 % later."""
    opened, moved, repriced, later = dt.date(2025, 1, 1), dt.date(2025, 5, 1), dt.date(2026, 1, 1), dt.date(2026, 7, 1)
    usual = {"account_id": 1, "customer_id": 1, "product_id": 1, "institution_id": 11, "opened_on": opened,
             "repriced_on": None, "customer_rate": Decimal("0.015"), "term_days": 365, "currency": "CNY"}  # fmt: skip
    rows = [
        usual | {"valid_from": opened},
        usual | {"valid_from": moved, "institution_id": 12},
        usual | {"valid_from": repriced, "repriced_on": repriced},
        usual | {"valid_from": later, "institution_id": 11},
        usual | {"account_id": 2, "valid_from": opened, "repriced_on": repriced},
    ]
    cuts = [opened, dt.date(2025, 4, 1), repriced, later, FAR]
    steps = zip(("0.02", "0.025", "0.03", "0.04"), cuts, cuts[1:], strict=False)
    given = {
        "account": table(rows, *rows[0]),
        "product": table([{"product_id": 1, "kind": "deposit", "day_basis": 365}], "product_id", "kind", "day_basis"),
    }
    price = run(
        "price", **given, ftp_rate=curve_of([("CNY", "all", 365, rate, start, end) for rate, start, end in steps])
    )
    made = run("account_term", **given, price=price)
    found = sorted(zip(*(made[name].to_pylist() for name in ("account_id", "valid_from", "margin_rate")), strict=True))
    low, high = Decimal("0.005"), Decimal("0.015")
    assert found == [(1, opened, low), (1, moved, low), (1, repriced, high), (1, later, high), (2, opened, high)]
    priced = dict(zip(made["valid_from"].to_pylist(), made["priced_on"].to_pylist(), strict=True))
    assert (priced[moved], priced[repriced], priced[later]) == (opened, repriced, repriced)


A_DAY, NEXT_DAY = dt.date(2026, 1, 1), dt.date(2026, 1, 2)
CURVES = [
    ("CNY", "all", 0, "0.01", A_DAY, FAR), ("CNY", "all", 90, "0.015", A_DAY, FAR), ("CNY", "all", 365, "0.02", A_DAY, FAR),
    ("CNY", "loan", 365, "0.03", A_DAY, FAR), ("USD", "deposit", 0, "0.04", A_DAY, NEXT_DAY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "currency", "term_days", "opened", "expected"),
    [
        ("deposit", "CNY", 0, A_DAY, ("CNY-all", 0, "0.01")),
        ("deposit", "CNY", 91, A_DAY, ("CNY-all", 365, "0.02")),  # the shortest term not below its own
        ("deposit", "CNY", 900, A_DAY, ("CNY-all", 365, "0.02")),  # the longest there is
        ("loan", "CNY", 30, A_DAY, ("CNY-loan", 365, "0.03")),  # a curve for loans wins over the one for all
        ("card", "CNY", 30, A_DAY, ("CNY-all", 90, "0.015")),
        ("deposit", "USD", 365, A_DAY, ("USD-deposit", 0, "0.04")),
        ("deposit", "USD", 365, NEXT_DAY, (None, None, None)),  # no rate holds any more
        ("loan", "USD", 365, A_DAY, (None, None, None)),
        ("fund", "CNY", 0, A_DAY, None),  # earns no margin, so it needs no price
    ],
)
def test_a_price_is_that_of_the_currency_the_kind_and_the_term(
    kind: str,
    currency: str,
    term_days: int,
    opened: dt.date,
    expected: tuple[str | None, int | None, str | None] | None,
) -> None:
    row = {"account_id": 1, "product_id": 1, "currency": currency, "opened_on": opened, "repriced_on": None,
           "term_days": term_days}  # fmt: skip
    product = table([{"product_id": 1, "kind": kind}], "product_id", "kind")
    made = run("price", account=table([row], *row), product=product, ftp_rate=curve_of(CURVES)).to_pylist()
    found = [(one["curve"], one["curve_term_days"], one["ftp_rate"]) for one in made]
    assert found == ([] if expected is None else [(*expected[:2], Decimal(expected[2]) if expected[2] else None)])


def lacking(
    *rows: dict[str, Any], rates: list[tuple[str, str, int, str, dt.date, dt.date]] = CURVES
) -> list[dict[str, Any]]:
    """What the check for missing internal rates says on the next day."""
    usual = {"product_id": 1, "currency": "CNY", "closed_on": None, "repriced_on": None, "term_days": 0,
             "customer_rate": Decimal("0.01")}  # fmt: skip
    listed = [{**usual, **row} for row in rows]
    columns = ("account_id", "product_id", "currency", "opened_on", "closed_on", "repriced_on", "customer_rate", "term_days",
               "valid_from")  # fmt: skip
    account = table(listed, *columns)
    product = table([{"product_id": 1, "kind": "deposit"}], "product_id", "kind")
    price = run("price", account=account, product=product, ftp_rate=curve_of(rates))
    calendar = table([{"business_date": NEXT_DAY}], "business_date")
    return run("missing_ftp_rate", account=account, price=price, calendar=calendar).to_pylist()


BEFORE = dt.date(2025, 12, 1)  # the curves begin later


def test_an_open_account_without_an_internal_rate_is_found_once_for_its_currency() -> None:
    old = {"opened_on": BEFORE, "valid_from": BEFORE}
    found = lacking(
        {"account_id": 7, **old}, {"account_id": 8, **old}, {"account_id": 9, "opened_on": A_DAY, "valid_from": A_DAY}
    )
    assert [(one["account_id"], one["currency"], one["priced_on"], one["accounts"]) for one in found] == [
        (7, "CNY", BEFORE, 2)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [{"closed_on": A_DAY, "valid_from": BEFORE}],  # it is closed
        [{"customer_rate": None, "valid_from": BEFORE}],  # it earns no margin without a customer's rate
        [{"valid_from": BEFORE}, {"valid_from": A_DAY, "repriced_on": A_DAY}],  # re-priced on a day that has a rate
    ],
    ids=["closed", "without a customer rate", "re-priced"],
)
def test_an_account_that_needs_no_rate_of_its_opening_day_is_none(rows: list[dict[str, Any]]) -> None:
    assert lacking(*({"account_id": 7, "opened_on": BEFORE, **row} for row in rows)) == []


@pytest.mark.parametrize(("repriced", "refused"), [(A_DAY, False), (BEFORE, False), (NEXT_DAY, True), (None, False)])
def test_a_row_may_not_name_a_repricing_day_that_comes_after_it(repriced: dt.date | None, refused: bool) -> None:
    row = {"account_id": 7, "repriced_on": repriced, "valid_from": A_DAY}
    calendar = table([{"business_date": NEXT_DAY}], "business_date")
    found = run("repriced_later", account=table([row], *row), calendar=calendar).to_pylist()
    said = [(one["account_id"], one["repriced_on"], one["valid_from"]) for one in found]
    assert said == ([(7, repriced, A_DAY)] if refused else [])
