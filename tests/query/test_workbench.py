"""A manager's book: whole balances beside his part, what moved, what to do; and nobody else's customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from portal.database import Database
from portal.models.organisation import Share
from portal.query.reader import Reader, reading
from portal.query.workbench import Book, Holding, book, ending_shares, seat
from tests.query.bank import BEGIN, LAST, Bank

MOVED_ON = dt.date(2024, 2, 2)


def held(code: str, bank: Bank, at: dt.date = LAST) -> Book:
    with reading(bank.manager(code)) as reader:
        return book(reader, bank.people[code], at)


def holding(customer: int = 1, **changes: object) -> Holding:
    """An account of a book that is made up, for the lists that need no bank."""
    plain: dict[str, object] = {
        "account_id": customer * 10, "account_no": f"A{customer}", "customer_id": customer,
        "customer_no": f"C{customer}", "name": f"Customer {customer}", "product_id": 1, "kind": "deposit",
        "share": Decimal(1), "is_open": True,
        "balance": Decimal("100.00"), "before": Decimal("100.00"), "part": Decimal("100.00"), "matures_on": None,
    }  # fmt: skip
    return Holding(**{**plain, **changes})  # type: ignore[arg-type]


def made_up(*holdings: Holding) -> Book:
    return Book(dt.date(2026, 11, 20), dt.date(2026, 11, 19), holdings)


def test_a_shared_customer_stands_as_a_whole_with_the_part(bank: Bank) -> None:
    found = held("Q-ann", bank)
    ada, bea = found.customers
    assert (ada.name, ada.balance, ada.part) == ("Ada", Decimal("749.95"), Decimal("749.95"))
    assert (ada.share, ada.shared) == (1, False)
    assert (bea.name, bea.balance, bea.part) == ("Bea", Decimal("133.34"), Decimal("80.00"))
    assert (bea.share, bea.shared) == (Decimal("0.6"), True)
    assert ada.loans == Decimal("300.00")
    assert found.accounts == 3


def test_two_managers_see_the_same_whole_and_their_parts_sum_to_it(bank: Bank) -> None:
    bea = [line for code in ("Q-ann", "Q-bob") for line in held(code, bank).customers if line.name == "Bea"]
    assert {line.balance for line in bea} == {Decimal("133.34")}
    assert sum(line.part for line in bea) == Decimal("133.34")


def test_a_customer_handed_over_is_in_no_book_of_the_former_manager(bank: Bank) -> None:
    assert [line.name for line in held("Q-cai", bank).customers] == ["Cem"]


def test_what_moved_since_the_day_before(bank: Bank) -> None:
    found = held("Q-ann", bank, MOVED_ON)
    assert found.before_date == dt.date(2024, 2, 1)
    assert [(one.account_no, one.change) for one in found.movers] == [("A910002", Decimal("33.33"))]
    assert held("Q-ann", bank).movers == []


def test_the_book_of_the_first_day_has_nothing_to_compare_with(bank: Bank) -> None:
    found = held("Q-bob", bank, dt.date(2023, 12, 28))
    assert found.before_date is None
    assert found.movers == [] and found.outflows == []


def test_the_actors_language_names_the_customers(bank: Bank) -> None:
    with reading(replace(bank.manager("Q-bob"), language="zh")) as reader:
        assert [line.name for line in book(reader, bank.people["Q-bob"], LAST).customers] == ["客户Bea"]


def test_words_find_names_and_numbers_and_pages_stay_inside_the_list() -> None:
    found = made_up(*(holding(number, balance=Decimal(number)) for number in range(1, 24)))
    assert [line.number for line in found.find("customer c7").lines] == ["C7"]
    assert found.find("customer c").total == 23
    last = found.find(page=99, size=10)
    assert (last.page, last.pages, [line.number for line in last.lines]) == (3, 3, ["C3", "C2", "C1"])
    assert found.find("nobody").lines == []


def test_a_large_outflow_is_a_hundredth_of_what_is_credited() -> None:
    found = made_up(
        holding(1, balance=Decimal("990.00"), before=Decimal("1000.00"), part=Decimal("990.00")),
        holding(2, balance=Decimal("10.00"), before=Decimal("19.99"), part=Decimal("10.00")),
        holding(3, balance=Decimal("5.00"), before=Decimal("0.00"), part=Decimal("0.00"), kind="loan"),
    )
    assert found.outflow_limit == Decimal("10.0000")
    assert [line.id for line in found.outflows] == [1]
    assert [line.id for line in found.find(only="outflow").lines] == [1]


def test_money_that_moves_between_a_customers_accounts_is_no_outflow() -> None:
    gone = holding(1, account_id=1, balance=Decimal("0.00"), before=Decimal("500.00"))
    come = holding(1, account_id=2, kind="wealth", balance=Decimal("500.00"), before=Decimal("0.00"))
    assert made_up(gone, come).outflows == []


@pytest.mark.parametrize(("days", "shown"), [(0, False), (1, True), (7, True), (8, False)])
def test_time_deposits_of_the_next_week_mature(days: int, shown: bool) -> None:
    found = made_up(holding(1, matures_on=dt.date(2026, 11, 20) + dt.timedelta(days=days)))
    assert bool(found.maturing) == shown
    assert bool(found.find(only="maturing").lines) == shown


def test_a_share_that_differs_from_account_to_account_is_no_single_share() -> None:
    line = made_up(holding(1, account_id=1), holding(1, account_id=2, share=Decimal("0.5"))).customers[0]
    assert line.share is None and line.shared


def test_where_a_manager_works(bank: Bank) -> None:
    with reading(bank.manager("Q-bob")) as reader:
        found = seat(reader, bank.people["Q-bob"], LAST)
    assert found is not None and found.place is not None
    assert (found.kind, found.place.code) == ("customer_manager", "Q-B2")


def test_shares_that_end_soon_and_are_not_continued(bank: Bank, database: Database) -> None:
    """Ann's end in thirty days counts; the day after does not, and what goes on without a gap is no end."""
    ann, end = bank.people["Q-ann"], LAST + dt.timedelta(days=30)
    here = {"person_id": ann, "institution_id": bank.institutions["Q-B1"], "role": "carer", "ratio": Decimal(1)}
    rows = [
        Share(customer_id=900011, valid_from=BEGIN, valid_to=end, **here),
        Share(customer_id=900012, valid_from=BEGIN, valid_to=end + dt.timedelta(days=1), **here),
        Share(customer_id=900013, valid_from=BEGIN, valid_to=end, **here),
        Share(customer_id=900013, valid_from=end, **here),
    ]
    actor = bank.manager("Q-ann")
    with database.transaction(actor) as session, for_a_moment(session, rows):
        found = ending_shares(Reader(actor, session), ann, LAST)
        last_day = end - dt.timedelta(days=1)
        assert [(one.customer_id, one.role, one.last_day) for one in found] == [(900011, "carer", last_day)]


@contextmanager
def for_a_moment(session: Session, rows: list[Share]) -> Iterator[None]:
    """Rows that are there while it lasts."""
    point = session.begin_nested()
    session.add_all(rows)
    session.flush()
    yield
    point.rollback()
