"""How numbers and dates are written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kit import numbers

D = Decimal
AMOUNTS = st.decimals(min_value=D("-1e13"), max_value=D("1e13"), places=2, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "lang", "shown"),
    [
        (D("46820315.20"), "en", ("46.82", "m")),
        (D("45103000"), "zh", ("4,510.3", "万")),
        (D("312480"), "en", ("312,480", "")),
        (D("312480"), "zh", ("31.2", "万")),
        (D("999999999"), "en", ("1.00", "bn")),  # never 1,000.00 m
        (D("99999999"), "zh", ("1.00", "亿")),  # never 10,000.0 万
        (D("-1250000000"), "en", ("−1.25", "bn")),
        (D("0"), "zh", ("0", "")),
        (D("-0.4"), "en", ("0", "")),  # minus nothing is nothing
        (None, "en", ("–", "")),
    ],
)
def test_short_form(value: Decimal | None, lang: str, shown: tuple[str, str]) -> None:
    assert numbers.short(value, lang) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (numbers.money(D("4812300")), "4,812,300.00"),
        (numbers.money(D("-0.004")), "0.00"),
        (numbers.money(D("2.675")), "2.68"),  # halves away from zero, which binary numbers get wrong
        (numbers.money(D("-2.675")), "−2.68"),
        (numbers.money(None), "–"),
        (numbers.count(1806), "1,806"),
        (numbers.signed(D("1250000")), "+1,250,000.00"),
        (numbers.signed(D("-420000")), "−420,000.00"),
        (numbers.signed(D("0")), "0.00"),
        (numbers.signed(D("0.004")), "0.00"),
        (numbers.percent(D("0.125")), "12.5\u202f%"),
        (numbers.percent(D("0.125"), "zh"), "12.5%"),
        (numbers.rate(D("0.0275"), "zh-CN"), "2.750%"),
        (numbers.short_change(D("1943200")), "+1.94\u202fm"),
        (numbers.short_change(D("-1943200"), "zh"), "−194.3\u202f万"),
        (numbers.short_change(D("0.2")), "0"),
        (numbers.day(dt.date(2026, 11, 20)), "20 Nov 2026"),
        (numbers.day(dt.date(2026, 11, 20), "zh"), "2026年11月20日"),
        (numbers.short_day(dt.date(2026, 11, 5), "zh"), "11月5日"),
        (numbers.month(dt.date(2026, 1, 31), "zh"), "2026年1月"),
        (numbers.month(dt.date(2026, 1, 31)), "Jan 2026"),
        (numbers.day(None), "–"),
    ],
)
def test_written(text: str, shown: str) -> None:
    assert text == shown


@given(AMOUNTS)
def test_money_reads_back_to_the_cent(amount: Decimal) -> None:
    assert D(numbers.money(amount).replace(",", "").replace("−", "-")) == amount


@given(AMOUNTS)
def test_the_short_form_never_shows_a_thousand_of_its_unit(amount: Decimal) -> None:
    text, unit = numbers.short(amount, "en")
    if unit == "m":
        assert abs(D(text.replace(",", "").replace("−", "-"))) < 1000
