"""Why this number: at every step down the parts sum to the figure, and nobody is led further than he may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest

from portal.kit import why_price, why_rows
from portal.permissions import Actor, Forbidden, Permission, Scope
from portal.query.exact import money_ratio
from portal.query.key_figures import Subject, key_figures
from portal.query.outside import OutOfScope
from portal.query.reader import Reader, reading
from portal.query.report import Period
from portal.query.report_table import report_table
from portal.query.report_view import view_of
from portal.query.why import Why, why
from portal.query.why_price import price_on, prices
from portal.query.why_terms import COLUMNS, VALUES
from portal.query.why_way import Spot
from portal.reports import REPORTS
from portal.reports.figures import FIGURES
from tests.query.bank import FIRST, LAST, Bank

JANUARY, BEFORE = dt.date(2024, 1, 31), dt.date(2024, 1, 5)
OF_ONE_DAY = ("deposits.balance", "deposits.increment", "deposits.accounts", "loans.balance")
OVER_DAYS = ("deposits.daily_average", "deposits.balance_days", "deposits.average_increment", "profit.profit")
WALKS = [
    *((figure, LAST, Period.MONTH) for figure in (*OF_ONE_DAY, *OVER_DAYS)),
    *((figure, JANUARY, Period.YEAR) for figure in OVER_DAYS),
]


def steps(reader: Reader, figure: str, spot: Spot, at: dt.date, period: Period) -> Iterator[Why]:
    """A figure and what is below it: every branch, and in each list the first two."""
    found = why(reader, FIGURES[figure], spot, at, period)
    yield found
    led = [part for part in found.parts if part.spot is not None]
    for part in led if spot.subject == "institution" else led[:2]:
        assert part.spot is not None
        below = list(steps(reader, figure, part.spot, at, period))
        assert below[0].value == part.value, (figure, part.spot)
        yield from below


@pytest.mark.parametrize("view", ["managing", "booking"])
@pytest.mark.parametrize(("figure", "at", "period"), WALKS)
def test_the_parts_sum_to_the_figure_at_every_step(
    bank: Bank, whole: Reader, figure: str, at: dt.date, period: Period, view: str
) -> None:
    spot = Spot("institution", bank.institutions["Q-HO"], "booking" if view == "booking" else "managing")
    reached = set()
    for found in steps(whole, figure, spot, at, period):
        reached.add(found.spot.subject)
        assert sum((part.value for part in found.parts), Decimal(0)) == found.value, found.spot
        missed = [part.value for part in found.parts if part.kind == "rounding"]
        assert all(abs(value) <= Decimal("0.01") * len(found.parts) for value in missed)
        assert not [part for part in found.parts if part.kind == "difference"], found.spot
    assert reached == {"institution", "customer", "account", *(["manager"] if view == "managing" else [])}


@pytest.mark.parametrize("measure", REPORTS["deposits"].measures, ids=lambda measure: measure.key)
def test_a_figure_is_that_of_the_report(bank: Bank, whole: Reader, measure: object) -> None:
    """The terms named here and the measure's own SQL come to the same."""
    key = measure.key  # type: ignore[attr-defined]
    for period in ("month", "year"):
        view = view_of(whole, REPORTS["deposits"], {"measure": key, "period": period}).view
        total = report_table(whole, REPORTS["deposits"], view).total[key]
        spot = Spot("institution", bank.institutions["Q-HO"])
        assert why(whole, FIGURES[f"deposits.{key}"], spot, LAST, Period(period)).value == total


def test_every_measure_says_what_it_is_made_of() -> None:
    keys = {figure.measure.key for figure in FIGURES.values()}
    assert keys <= set(COLUMNS) and set(COLUMNS) == set(VALUES)


@pytest.mark.parametrize("key", ["deposits", "deposits_average", "loans", "profit", "aum"])
def test_the_figures_of_a_workbench_are_explained(bank: Bank, key: str) -> None:
    person = bank.people["Q-ann"]
    with reading(bank.manager("Q-ann")) as reader:
        shown = key_figures(reader, Subject("manager", person), LAST)[key].value
        assert why(reader, FIGURES[key], Spot("manager", person), LAST, FIGURES[key].period).value == shown


def test_the_days_of_an_account_show_balance_share_and_credit(bank: Bank) -> None:
    bob = bank.people["Q-bob"]
    with reading(bank.manager("Q-bob")) as reader:
        found = why(reader, FIGURES["deposits_average"], Spot("account", 910002, manager=bob), LAST, Period.MONTH)
    days = [part.days for part in found.parts if part.days]
    assert [(line.first, line.last, line.balance, line.share, line.credit) for line in days] == [
        (dt.date(2024, 2, 2), LAST, Decimal("133.34"), Decimal("0.4"), Decimal("53.34")),
        (dt.date(2024, 2, 1), dt.date(2024, 2, 1), Decimal("100.01"), Decimal("0.4"), Decimal("40.00")),
    ]
    # 40.00 + 2 x 53.34 = 146.68 over three days is 48.89; its rows are 35.56 and 13.33
    assert found.value == Decimal("48.89")
    assert [part.value for part in found.parts] == [Decimal("35.56"), Decimal("13.33")]
    assert found.terms == {"balance_days": Decimal("146.68")}


def test_simulated_profit_shows_the_margin_it_was_earned_at(bank: Bank) -> None:
    ann = bank.people["Q-ann"]
    with reading(bank.manager("Q-ann")) as reader:
        found = why(reader, FIGURES["profit"], Spot("account", 910001, manager=ann), JANUARY, Period.YEAR)
    assert {part.days.margin for part in found.parts if part.days} == {Decimal("0.010000")}
    # 4 days of 1,000.00 from the hand-over on, 17 days of 749.95, at 1 % over 365 days
    assert found.value == Decimal("0.46")
    [earned] = found.earned
    price = earned.price
    assert price is not None
    fixed = (price.curve, price.curve_term_days, price.priced_on, price.ftp_rate, price.customer_rate, price.repriced)
    assert fixed == ("CNY", 0, FIRST, Decimal("0.02"), Decimal("0.01"), False)
    # 4 x 1,000.00 + 17 x 749.95 = 16,749.15; x 1 % / 365 = 0.4589
    assert (earned.balance_days, earned.margin, earned.day_basis) == (Decimal("16749.15"), Decimal("0.01"), 365)
    assert money_ratio(earned.balance_days, 365 * 100) == found.value


def test_the_arithmetic_of_an_accounts_profit_is_written_out(bank: Bank) -> None:
    ann = bank.people["Q-ann"]
    with reading(bank.manager("Q-ann")) as reader:
        found = why(reader, FIGURES["profit"], Spot("account", 910001, manager=ann), JANUARY, Period.YEAR)
        said = why_rows.formula(found, "en")[-1]
        shown = str(why_price.price_section(reader, found))
    assert said.replace("\N{NARROW NO-BREAK SPACE}", " ") == "16,749.15 × 1.00 % ÷ 365 = 0.46"
    for words in ("CNY", "on demand", "28 Dec 2023 · opened", "2.00", "1.00", "365"):
        assert words in shown, words


def test_a_margin_whose_price_was_changed_since_is_told_apart(bank: Bank) -> None:
    """The curves as the run knew them say 1 %: a margin of something else is not explained by them."""
    with reading(bank.manager("Q-ann")) as reader:
        [known] = prices(reader, 910001, JANUARY)
    assert price_on([known], JANUARY, Decimal("0.01")) == known
    assert price_on([known], JANUARY, Decimal("0.011")) is None
    assert price_on([known], FIRST - dt.timedelta(days=1), Decimal("0.01")) is None


def test_what_a_customers_money_costs_is_his_managers_to_see(bank: Bank) -> None:
    with reading(bank.manager("Q-bob")) as reader:
        assert prices(reader, 910001, JANUARY) == []


def test_whoever_is_handed_over_stays_in_the_figures_of_those_days_without_a_name(bank: Bank) -> None:
    cai = bank.people["Q-cai"]
    with reading(bank.manager("Q-cai")) as reader:
        found = why(reader, FIGURES["deposits"], Spot("manager", cai), BEFORE, Period.MONTH)
        parts = [(part.name, part.value) for part in found.parts]
        assert parts == [("Cem", Decimal("5000.00")), ("", Decimal("1000.00"))]
        days = why(reader, FIGURES["deposits"], Spot("account", 910001, manager=cai), BEFORE, Period.MONTH)
        assert [(part.value, part.days.balance) for part in days.parts if part.days] == [(Decimal("1000.00"), None)]
        later = why(reader, FIGURES["deposits"], Spot("manager", cai), LAST, Period.MONTH)
        assert [part.name for part in later.parts] == ["Cem"]
        with pytest.raises(OutOfScope):
            why(reader, FIGURES["deposits"], Spot("account", 910001, whole=True), BEFORE, Period.MONTH)


@pytest.mark.parametrize(
    "spot",
    [
        Spot("customer", 900001),
        Spot("customer", 900001, whole=True),
        Spot("account", 910001),
        Spot("account", 910003),
        Spot("customer", 900003, "booking"),
        Spot("account", 910003, whole=True),
    ],
    ids=str,
)
def test_another_managers_figures_are_not_there(bank: Bank, spot: Spot) -> None:
    with reading(bank.manager("Q-bob")) as reader, pytest.raises(OutOfScope):
        why(reader, FIGURES["deposits"], spot, LAST, Period.MONTH)


def test_other_people_and_institutions_are_not_there(bank: Bank) -> None:
    house, nowhere = Spot("institution", bank.institutions["Q-HO"]), Spot("institution", 10**9)
    away = [Spot("manager", bank.people["Q-cai"]), house, nowhere]
    with reading(bank.manager("Q-bob")) as reader:
        for spot in away:
            with pytest.raises(OutOfScope):
                why(reader, FIGURES["deposits"], spot, LAST, Period.MONTH)
    with reading(bank.leader("Q-B1")) as reader, pytest.raises(OutOfScope):
        why(reader, FIGURES["deposits"], Spot("institution", bank.institutions["Q-R1"]), LAST, Period.MONTH)


def test_a_part_of_a_shared_customer_is_not_the_whole(bank: Bank) -> None:
    """What a report shows of a customer is what the reader is credited with; the whole has to be asked for."""
    with reading(bank.manager("Q-bob")) as reader:
        assert why(reader, FIGURES["deposits"], Spot("customer", 900002), LAST, Period.MONTH).value == Decimal("53.34")
        found = why(reader, FIGURES["deposits"], Spot("customer", 900002, whole=True), LAST, Period.MONTH)
        assert found.value == Decimal("133.34")
        by_person = why(reader, FIGURES["deposits"], Spot("account", 910002, whole=True), LAST, Period.MONTH)
        assert [part.value for part in by_person.parts] == [Decimal("80.00"), Decimal("53.34")]


def test_the_pages_of_a_long_list_each_sum_to_the_figure(
    bank: Bank, whole: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.query.why.PARTS_A_PAGE", 1)
    spot = Spot("institution", bank.institutions["Q-HO"], "managing")
    for page in (1, 2):
        found = why(whole, FIGURES["deposits_average"], spot, LAST, Period.MONTH, page)
        assert (found.page, found.pages, found.parts[0].kind, found.parts[1].kind) == (page, 2, "institution", "others")
        assert sum(part.value for part in found.parts) == found.value


def test_what_was_read_is_named(bank: Bank, whole: Reader) -> None:
    found = why(whole, FIGURES["deposits"], Spot("institution", bank.institutions["Q-HO"]), LAST, Period.MONTH)
    pin = next(pin for pin in found.pins if pin.dataset == "institution_day")
    assert (pin.business_date, pin.version) == (LAST, 1)
    assert pin.run_id > 0


def test_the_way_leads_from_the_top_one_may_see(bank: Bank, whole: Reader) -> None:
    ann = bank.people["Q-ann"]
    spot = Spot("account", 910001, manager=ann, place=bank.institutions["Q-B1"])
    found = why(whole, FIGURES["deposits"], spot, LAST, Period.MONTH)
    names = ["Name Q-HO", "Name Q-R1", "Name Q-B1", "Person Q-ann", "Ada", "A910001"]
    assert [name for name, _spot in found.way] == names
    with reading(bank.manager("Q-ann")) as reader:
        own = why(reader, FIGURES["deposits"], spot, LAST, Period.MONTH)
        assert [name for name, _spot in own.way] == ["Person Q-ann", "Ada", "A910001"]


def test_customers_are_explained_to_those_who_may_see_customers(bank: Bank) -> None:
    few = Actor(None, "few", permissions=frozenset({Permission.REPORT_VIEW}), scope=Scope(all=True))
    with reading(few) as reader:
        assert why(reader, FIGURES["deposits"], Spot("manager", bank.people["Q-ann"]), LAST, Period.MONTH).value
        with pytest.raises(Forbidden):
            why(reader, FIGURES["deposits"], Spot("customer", 900001), LAST, Period.MONTH)
