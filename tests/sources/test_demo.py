"""The demo bank: the same whatever is asked in whatever order, and shaped like a bank."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from portal.sources.base import BANK_SCHEMAS, SCHEMAS, SourceError
from portal.sources.demo import DemoSource
from tests.sources.credit import wrong_totals

MARCH, LAST_OF_MARCH = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture(scope="session")
def history(demo: DemoSource) -> pa.Table:
    return demo.fetch("movement", *demo.dates())


@pytest.fixture(scope="session")
def accounts(demo: DemoSource) -> pa.Table:
    return demo.fetch("account", demo.last_day, demo.last_day)


@pytest.fixture(scope="session")
def lake(demo: DemoSource, history: pa.Table, accounts: pa.Table) -> duckdb.DuckDBPyConnection:
    """The history as balances that hold from a day until the next."""
    connection = duckdb.connect()
    connection.register("movement", history)
    connection.register("account", accounts)
    connection.execute("""
        create table held as
        select account_id, business_date as valid_from, last(balance_after order by movement_id) as balance,
               lead(business_date, 1, date '2100-01-01') over (partition by account_id order by business_date)
               as valid_to
        from movement group by account_id, business_date""")
    return connection


def total(lake: duckdb.DuckDBPyConnection, day: dt.date, products: str) -> Decimal:
    """What accounts of these products (a pattern) hold at the end of a day."""
    sold = "select account_id from account where product_code similar to ?"
    sql = f"select sum(balance) from held where account_id in ({sold}) and valid_from <= ? and valid_to > ?"
    [(amount,)] = lake.execute(sql, [products, day, day]).fetchall()
    return amount


def days_of(table: pa.Table, first_day: dt.date, last_day: dt.date) -> pa.Table:
    days = table["business_date"]
    return table.filter(pc.and_(pc.greater_equal(days, first_day), pc.less_equal(days, last_day)))


def test_the_history_is_eighteen_months(demo: DemoSource) -> None:
    assert demo.dates() == (dt.date(2025, 6, 1), dt.date(2026, 11, 20))
    assert DemoSource(dt.date(2026, 6, 30)).dates() == (dt.date(2025, 1, 1), dt.date(2026, 6, 30))


@pytest.mark.parametrize("dataset", BANK_SCHEMAS)
def test_rows_have_the_columns_of_their_dataset(demo: DemoSource, dataset: str) -> None:
    table = demo.fetch(dataset, MARCH, MARCH)
    assert table.schema.equals(SCHEMAS[dataset])
    assert not any(pa.types.is_floating(field.type) for field in table.schema)


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [
        (MARCH, LAST_OF_MARCH),
        (dt.date(2026, 3, 17), dt.date(2026, 3, 17)),
        (LAST_OF_MARCH, dt.date(2026, 4, 2)),
        (dt.date(2025, 6, 1), dt.date(2025, 6, 1)),
    ],
)
def test_a_day_is_the_same_in_any_range(
    demo: DemoSource, history: pa.Table, first_day: dt.date, last_day: dt.date
) -> None:
    assert demo.fetch("movement", first_day, last_day).equals(days_of(history, first_day, last_day))


def test_another_seed_is_another_bank_and_the_same_seed_the_same(demo: DemoSource) -> None:
    account = demo.fetch("account", MARCH, MARCH)
    assert DemoSource(demo.last_day).fetch("account", MARCH, MARCH).equals(account)
    assert not DemoSource(demo.last_day, seed=7).fetch("account", MARCH, MARCH).equals(account)


BROKEN_CHAIN = """
select account_id, business_date from (
    select *, lag(balance_after, 1, 0) over (partition by account_id order by movement_id) as before from movement)
where before + amount <> balance_after or amount = 0 or balance_after < 0 limit 5"""


def test_balances_chain_to_the_cent(lake: duckdb.DuckDBPyConnection) -> None:
    assert lake.execute(BROKEN_CHAIN).fetchall() == []


@pytest.mark.parametrize("last_day", ["2025-12-31", "2026-06-30", "2027-02-28", "2028-02-29"])
def test_the_first_days_of_any_history_chain_and_no_movement_is_told_twice(last_day: str) -> None:
    """Whatever weekday or anniversary the first day is, a contract brings its past forward once."""
    bank = DemoSource(dt.date.fromisoformat(last_day))
    connection = duckdb.connect()
    connection.register("movement", bank.fetch("movement", bank.first_day, bank.first_day + 9 * ONE_DAY))
    assert connection.execute(BROKEN_CHAIN).fetchall() == []
    [(rows, ids)] = connection.execute("select count(*), count(distinct movement_id) from movement").fetchall()
    assert 40_000 < rows == ids


def test_no_movement_is_told_apart_twice_and_each_belongs_to_an_account(lake: duckdb.DuckDBPyConnection) -> None:
    [(rows, ids)] = lake.execute("select count(*), count(distinct movement_id) from movement").fetchall()
    assert rows == ids <= 1_500_000
    strangers = lake.execute("""
        select account_id from movement anti join account using (account_id)
        union all
        select account_id from movement join account using (account_id)
        where business_date < opened_on or business_date > closed_on limit 5""").fetchall()
    assert strangers == []


def test_the_bank_has_its_size(demo: DemoSource, accounts: pa.Table) -> None:
    assert abs(len(pc.unique(accounts["account_id"])) - 45_000) < 100
    assert demo.fetch("customer", demo.last_day, demo.last_day).num_rows == 20_000
    organisation = demo.organisation()
    levels = [institution.level_code for institution in organisation.institutions]
    assert (levels.count("head_office"), levels.count("branch"), levels.count("sub_branch")) == (1, 4, 20)
    kinds = {position.person_code: position.kind for position in organisation.positions}
    assert list(kinds.values()).count("customer_manager") == 120
    assert list(kinds.values()).count("leader") == 25
    sold = {product.code: product.kind for product in organisation.products}
    assert set(sold) == set(accounts["product_code"].to_pylist())
    assert set(sold.values()) == {"deposit", "loan", "card", "wealth", "fund", "insurance"}


def test_every_account_is_booked_and_priced(demo: DemoSource, accounts: pa.Table) -> None:
    organisation = demo.organisation()
    places = {institution.code for institution in organisation.institutions if institution.level_code == "sub_branch"}
    terms = {rate.term_days for rate in organisation.ftp_rates}
    first = min(rate.valid_from for rate in organisation.ftp_rates)
    assert set(accounts["institution_code"].to_pylist()) == places
    assert set(accounts["term_days"].to_pylist()) <= terms
    assert pc.min(accounts["opened_on"]).as_py() >= first


def test_account_rows_hold_one_after_another(demo: DemoSource, accounts: pa.Table) -> None:
    keys = set(zip(accounts["account_id"].to_pylist(), accounts["valid_from"].to_pylist(), strict=True))
    assert len(keys) == accounts.num_rows
    assert pc.max(demo.fetch("account", MARCH, MARCH)["valid_from"]).as_py() <= MARCH
    closed = accounts.filter(pc.is_valid(accounts["closed_on"]))
    assert closed.num_rows > 1_000
    assert closed["closed_on"].equals(closed["valid_from"])


def test_shares_total_a_hundred_percent(demo: DemoSource) -> None:
    shares = demo.organisation().shares
    assert wrong_totals(shares) == []
    rows = shares.to_pylist()
    customers = {row["customer_id"] for row in rows} - {None}
    assert 100 < 20_000 - len(customers) < 400
    assert 1_200 < len({row["customer_id"] for row in rows if row["ratio"] < 1}) < 2_000
    ends = [row["valid_to"] for row in rows if row["valid_to"].year < 9999]
    assert 700 < len([day for day in ends if day <= demo.last_day]) < 1_300
    assert 10 < len([day for day in ends if day > demo.last_day]) < 150


def test_charts_look_like_a_bank(lake: duckdb.DuckDBPyConnection) -> None:
    deposits, firms = "(DEP|TIME).*", "DEP_SETTLEMENT"
    quarter_end, after, year_before = dt.date(2026, 9, 30), dt.date(2026, 10, 9), dt.date(2025, 9, 30)
    assert 6_000_000_000 < total(lake, quarter_end, deposits) < 12_000_000_000
    assert Decimal("1.04") < total(lake, quarter_end, deposits) / total(lake, year_before, deposits) < Decimal("1.25")
    assert total(lake, after, firms) < total(lake, quarter_end, firms) * Decimal("0.95")
    before_new_year, usual = dt.date(2026, 2, 12), dt.date(2026, 1, 15)
    assert total(lake, before_new_year, firms) < total(lake, usual, firms) * Decimal("0.93")
    assert total(lake, before_new_year, "DEP_SAVINGS") > total(lake, usual, "DEP_SAVINGS")
    assert total(lake, dt.date(2026, 10, 11), "DEP_SAVINGS") > total(lake, dt.date(2026, 10, 7), "DEP_SAVINGS")
    assert 3_000_000_000 < total(lake, quarter_end, "LOAN.*") < total(lake, quarter_end, deposits)
    assert 10_000_000 < total(lake, quarter_end, "CARD.*") < 100_000_000


def test_some_days_have_several_movements_of_an_account(lake: duckdb.DuckDBPyConnection) -> None:
    [(days,)] = lake.execute(
        "select count(*) from (select 1 from movement group by account_id, business_date having count(*) > 1)"
    ).fetchall()
    assert days > 20_000


def test_the_bank_goes_on_after_its_history(demo: DemoSource, accounts: pa.Table) -> None:
    later = demo.last_day + 40 * ONE_DAY
    chunk = demo.fetch("movement", demo.last_day + ONE_DAY, later)
    assert chunk.num_rows > 50_000
    assert days_of(chunk, later, later).equals(demo.fetch("movement", later, later))
    assert demo.fetch("account", later, later).num_rows > accounts.num_rows
    with pytest.raises(SourceError, match="was asked for"):
        demo.fetch("movement", demo.first_day - ONE_DAY, demo.first_day)
