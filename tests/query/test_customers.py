"""Customers, accounts and account-days: the whole and the part, to the cent, and nothing of others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry
from portal.permissions import Actor, Forbidden, Scope
from portal.query.accounts import account, account_day
from portal.query.customers import customer, customers
from portal.query.day_order import Movement, in_order
from portal.query.exact import money_ratio, points_money
from portal.query.outside import OutOfScope
from portal.query.pins import NotPublished
from portal.query.reader import Reader, reading
from tests.query.bank import LAST, Bank

MOVED_ON = dt.date(2024, 2, 2)


def test_a_customer_as_a_whole_and_ones_own_part(bank: Bank) -> None:
    with reading(bank.manager("Q-ann")) as reader:
        bea = customer(reader, 900002, LAST)
    deposits = bea.figures["deposits"]
    assert (deposits.whole, deposits.part, deposits.before) == (Decimal("133.34"), Decimal("80.00"), Decimal("100.01"))
    # 100.01 on 1 February, 133.34 on the 2nd and the 3rd: 366.69 / 3; Ann's 60.01 and twice 80.00: 220.01 / 3
    average = bea.figures["deposits_average"]
    assert (average.whole, average.part) == (Decimal("122.23"), Decimal("73.34"))
    assert [(one.manager_id, one.share, one.balance) for one in bea.credits] == [
        (bank.people["Q-ann"], Decimal("0.6"), Decimal("80.00")),
        (bank.people["Q-bob"], Decimal("0.4"), Decimal("53.34")),
    ]
    assert bea.trend[-1] == (LAST, Decimal("133.34"), Decimal("122.23"))


def test_a_leader_has_no_part_of_his_own(whole: Reader) -> None:
    ada = customer(whole, 900001, LAST)
    assert ada.figures["loans"].whole == Decimal("300.00")
    assert all(figure.part is None for figure in ada.figures.values())
    assert [line.number for line in ada.accounts] == ["A910001", "A910006"]


@pytest.mark.parametrize(("who", "whose"), [("Q-bob", 900001), ("Q-cai", 900001), ("Q-bob", 900003), ("Q-ann", 999999)])
def test_another_managers_customer_is_not_there(bank: Bank, database: Database, who: str, whose: int) -> None:
    """Neither the customer, nor one who is handed over, nor one that does not exist; each guess is recorded."""
    with reading(bank.manager(who)) as reader, pytest.raises(OutOfScope):
        customer(reader, whose, LAST)
    with database.transaction(HOUSE) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.actor, entry.action, entry.subject, entry.subject_key) == (who, "refused", "customer", str(whose))


def test_a_former_manager_sees_nothing_of_the_customer_even_of_his_own_days(bank: Bank) -> None:
    with reading(bank.manager("Q-cai")) as reader:
        with pytest.raises(OutOfScope):
            account(reader, 910001, LAST)
        with pytest.raises(OutOfScope):
            account_day(reader, 910001, dt.date(2024, 1, 5))


def test_the_new_manager_sees_the_days_before_him(bank: Bank) -> None:
    with reading(bank.manager("Q-ann")) as reader:
        found = account_day(reader, 910001, dt.date(2024, 1, 5))
    assert found.closing == Decimal("1000.00")
    assert [one.manager_id for one in found.credits] == [bank.people["Q-cai"]]


def test_an_account_and_its_line(bank: Bank) -> None:
    with reading(bank.manager("Q-bob")) as reader:
        found = account(reader, 910002, LAST)
    before, after = Decimal("100.01"), Decimal("133.34")
    assert found.line[-3:] == [(dt.date(2024, 2, 1), before), (MOVED_ON, after), (LAST, after)]
    assert (found.share, found.figures["balance"].part) == (Decimal("0.4"), Decimal("53.34"))
    assert found.figures["increment"].whole == Decimal("33.33")
    assert [(one.business_date, one.amount) for one in found.movements] == [(MOVED_ON, Decimal("33.33"))]
    assert (found.facts.customer, found.facts.number, found.is_open) == ("Bea", "A910002", True)


def test_shared_cents_sum_to_the_closing_balance(bank: Bank) -> None:
    """133.34 at 60 and 40 is 80.004 and 53.336: the cent goes to the larger remainder."""
    with reading(bank.manager("Q-bob")) as reader:
        found = account_day(reader, 910002, MOVED_ON)
    assert (found.opening, found.closing, found.unexplained) == (Decimal("100.01"), Decimal("133.34"), Decimal("0.00"))
    assert [one.amount for one in found.movements] == [Decimal("33.33")]
    assert [one.balance for one in found.credits] == [Decimal("80.00"), Decimal("53.34")]
    assert (found.before_date, found.after_date) == (dt.date(2024, 2, 1), LAST)


def test_the_list_of_a_leader_searches_names_and_numbers(bank: Bank) -> None:
    with reading(bank.leader("Q-HO")) as reader:
        assert [line.name for line in customers(reader, LAST).lines] == ["Cem", "Ada", "Eli", "Bea", "Dee"]
        assert [line.name for line in customers(reader, LAST, "c900003 ce").lines] == ["Cem"]
        assert customers(reader, LAST, "%").lines == []
        second = customers(reader, LAST, page=2, size=2)
        assert ([line.name for line in second.lines], second.pages, second.total) == (["Eli", "Bea"], 3, 5)
        assert customers(reader, LAST, page=9, size=2).page == 1


def test_the_list_of_a_branch_leader_ends_at_his_branch(bank: Bank) -> None:
    with reading(bank.leader("Q-B1")) as reader:
        assert [line.name for line in customers(reader, LAST).lines] == ["Ada", "Bea"]


def test_a_day_without_figures_is_said(whole: Reader) -> None:
    with pytest.raises(NotPublished):
        customer(whole, 900001, LAST + dt.timedelta(days=1))
    with pytest.raises(NotPublished):
        account_day(whole, 910001, LAST + dt.timedelta(days=1))


def test_customers_need_their_permission(bank: Bank) -> None:
    nobody = Actor(None, "nobody", scope=Scope(all=True))
    with reading(nobody) as reader:
        with pytest.raises(Forbidden):
            customer(reader, 900001, LAST)
        with pytest.raises(Forbidden):
            account(reader, 910001, LAST)
        with pytest.raises(Forbidden):
            customers(reader, LAST)


# ---- the order of a day ----


def posted(*rows: tuple[int, str, str]) -> list[Movement]:
    return [Movement(number, Decimal(amount), Decimal(after), "transfer_in") for number, amount, after in rows]


def test_movements_stand_in_the_order_their_balances_follow() -> None:
    day = posted((1, "-30.00", "120.00"), (2, "50.00", "150.00"), (3, "-20.00", "100.00"))
    assert [one.id for one in in_order(day, Decimal("100.00"))] == [2, 1, 3]


def test_a_rounding_of_the_banks_own_books_does_not_break_the_chain() -> None:
    day = posted((1, "0.30", "100.40"), (2, "10.00", "110.40"))
    assert [one.id for one in in_order(day, Decimal("100.00"))] == [1, 2]


@pytest.mark.parametrize("opening", ["7.00", "100.00"])
def test_what_does_not_chain_stands_by_number(opening: str) -> None:
    day = posted((2, "50.00", "151.00"), (1, "-30.00", "500.00"))
    assert [one.id for one in in_order(day, Decimal(opening))] == [1, 2]


def test_a_day_of_many_equal_movements_ends_in_time() -> None:
    day = posted(*((number, "0.00", "100.00") for number in range(40)), (99, "1.00", "7.00"))
    assert len(in_order(day, Decimal("100.00"))) == 41


# ---- division ----


@pytest.mark.parametrize(
    ("amount", "divisor", "result"),
    [("700.00", 3, "233.33"), ("0.01", 2, "0.01"), ("-0.01", 2, "-0.01"), ("0.00", 7, "0.00"), ("5.00", 3, "1.67")],
)
def test_division_rounds_halves_away_from_zero(amount: str, divisor: int, result: str) -> None:
    assert money_ratio(Decimal(amount), divisor) == Decimal(result)


def test_profit_points_become_money() -> None:
    """10,000,000 at a margin of 0.5 % for a year of 365 days is 50,000."""
    points = Decimal(10_000_000) * 365 * Decimal("0.005") * (26_280 // 365)
    assert points_money(points) == Decimal("50000.00")
