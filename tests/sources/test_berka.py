"""The Czech bank: what was counted in the set by hand, and what its stand-ins promise."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from portal.sources.base import BANK_SCHEMAS, SCHEMAS, SourceError
from portal.sources.berka import BerkaSource
from tests.sources.credit import wrong_totals

pytestmark = pytest.mark.shared
FIRST, LAST = dt.date(1993, 1, 1), dt.date(1994, 3, 30)
LOAN_ACCOUNTS, CARD_ACCOUNTS = 10_000_000, 20_000_000


@pytest.fixture(scope="session")
def movements(berka: BerkaSource) -> pa.Table:
    return berka.fetch("movement", FIRST, LAST)


@pytest.fixture(scope="session")
def deposits(movements: pa.Table) -> pa.Table:
    return movements.filter(pc.less(movements["account_id"], LOAN_ACCOUNTS))


def test_dates_are_those_of_the_complete_days(berka: BerkaSource) -> None:
    assert berka.dates() == (FIRST, LAST)


def test_all_movements_of_all_accounts_are_delivered(deposits: pa.Table) -> None:
    assert deposits.num_rows == 46_997
    assert len(pc.unique(deposits["account_id"])) == 1_229


@pytest.mark.parametrize("dataset", BANK_SCHEMAS)
def test_rows_have_the_columns_of_their_dataset(berka: BerkaSource, dataset: str) -> None:
    assert berka.fetch(dataset, FIRST, LAST).schema.equals(SCHEMAS[dataset])


def test_only_the_type_prijem_is_a_credit(berka: BerkaSource, deposits: pa.Table) -> None:
    file = pq.read_table(berka.folder / "trans.parquet", columns=["trans_id", "type"])
    credit = dict(
        zip(file["trans_id"].to_pylist(), (kind == "PRIJEM" for kind in file["type"].to_pylist()), strict=True)
    )
    rows = zip(deposits["movement_id"].to_pylist(), deposits["amount"].to_pylist(), strict=True)
    assert all((amount > 0) == credit[movement] for movement, amount in rows if amount != 0)


def test_the_rows_of_every_day_chain_from_the_day_before(deposits: pa.Table) -> None:
    """Within ten hellers each, in some order: the published way to tell a day's order."""
    by_account: dict[int, dict[dt.date, list[tuple[Decimal, Decimal]]]] = {}
    for row in deposits.select(["account_id", "business_date", "amount", "balance_after"]).to_pylist():
        days = by_account.setdefault(row["account_id"], {})
        days.setdefault(row["business_date"], []).append((row["amount"], row["balance_after"]))
    total = Decimal(0)
    for days in by_account.values():
        balance = Decimal(0)
        for day in sorted(day for day in days if day <= dt.date(1994, 2, 28)):
            balance = closing_balance(balance, days[day])
        total += balance
    assert total == Decimal("36710560.90")


def closing_balance(opening: Decimal, rows: list[tuple[Decimal, Decimal]]) -> Decimal:
    """The balance at the end of a chain through all rows."""
    if not rows:
        return opening
    for number, (amount, balance) in enumerate(rows):
        if abs(balance - (opening + amount)) <= Decimal("0.10"):
            try:
                return closing_balance(balance, rows[:number] + rows[number + 1 :])
            except LookupError:
                continue
    raise LookupError("These rows do not follow from the balance before.")


def test_loans_go_down_to_nothing_and_cards_stay_at_nothing(berka: BerkaSource, movements: pa.Table) -> None:
    loans = movements.filter(pc.greater_equal(movements["account_id"], LOAN_ACCOUNTS))
    accounts = {row["account_id"]: row for row in berka.fetch("account", FIRST, LAST).to_pylist()}
    assert len(pc.unique(loans["account_id"])) == 37
    outstanding: dict[int, Decimal] = {}
    for row in loans.to_pylist():
        before = outstanding.get(row["account_id"], Decimal(0))
        assert row["balance_after"] == before + row["amount"]
        outstanding[row["account_id"]] = row["balance_after"]
        if row["kind"] == "loan_drawdown":
            assert row["amount"] == accounts[row["account_id"]]["granted_amount"]
            assert row["business_date"] == accounts[row["account_id"]]["opened_on"]
    assert all(0 <= balance < accounts[account]["granted_amount"] + 1 for account, balance in outstanding.items())
    assert not any(account >= CARD_ACCOUNTS for account in outstanding)


def test_accounts_are_those_opened_by_the_day(berka: BerkaSource) -> None:
    accounts = berka.fetch("account", LAST, LAST)
    assert accounts.num_rows == 1_229 + 37 + 6
    assert pc.max(berka.fetch("account", FIRST, FIRST)["opened_on"]).as_py() == FIRST
    assert set(accounts["institution_code"].to_pylist()) == {f"D{number}" for number in range(1, 78)}


def test_customers_get_no_invented_names(berka: BerkaSource) -> None:
    customers = berka.fetch("customer", LAST, LAST).to_pylist()
    assert len(customers) == 1_229
    assert all(one["name"] == f"Client {one['customer_id']}" for one in customers)
    assert all(one["name_zh"] == f"客户 {one['customer_id']}" for one in customers)


def test_days_are_the_same_in_any_range(berka: BerkaSource, movements: pa.Table) -> None:
    parts = [berka.fetch("movement", FIRST, dt.date(1993, 6, 17)), berka.fetch("movement", dt.date(1993, 6, 18), LAST)]
    assert pa.concat_tables(parts).equals(movements)


def test_the_organisation_is_the_sets_districts_with_stand_in_staff(berka: BerkaSource) -> None:
    organisation = berka.organisation()
    kinds = [institution.level_code for institution in organisation.institutions]
    assert (kinds.count("head_office"), kinds.count("region"), kinds.count("branch")) == (1, 8, 77)
    managers = [position for position in organisation.positions if position.kind == "customer_manager"]
    assert 100 <= len(managers) <= 125
    assert {position.institution_code for position in managers} == {f"D{number}" for number in range(1, 78)}
    assert [position.kind for position in organisation.positions].count("operator") == 1
    assert [position.kind for position in organisation.positions].count("administrator") == 1
    assert len({person.name for person in organisation.people}) == len(organisation.people)


def test_shares_total_a_hundred_percent_within_the_district(berka: BerkaSource) -> None:
    organisation = berka.organisation()
    shares, accounts = organisation.shares, berka.fetch("account", LAST, LAST)
    assert wrong_totals(shares) == []
    home = {position.person_code: position.institution_code for position in organisation.positions}
    booked = dict(zip(accounts["account_id"].to_pylist(), accounts["institution_code"].to_pylist(), strict=True))
    rows = shares.to_pylist()
    assert all(home[row["person_code"]] == booked[row["account_id"]] for row in rows)
    marketed = {row["account_id"] for row in rows if row["role"] == "marketer"}
    ends = [row["valid_to"] for row in rows if row["valid_to"].year < 9999]
    shared = {row["account_id"] for row in rows if row["ratio"] < 1}
    assert 10 <= len(booked) - len(marketed) <= 60
    assert all(6 <= day.day <= 25 for day in ends)
    assert len(ends) >= 20
    assert len(shared) >= 40
    assert {row["role"] for row in rows} == {"marketer", "carer"}


def test_the_same_files_give_the_same_bank(berka: BerkaSource) -> None:
    again = BerkaSource(berka.folder)
    assert again.organisation() == berka.organisation()


def test_every_account_finds_a_price(berka: BerkaSource) -> None:
    organisation = berka.organisation()
    curve = {(rate.term_days, rate.valid_from) for rate in organisation.ftp_rates}
    products = {product.code for product in organisation.products}
    first = min(day for _, day in curve)
    for account in berka.fetch("account", LAST, LAST).to_pylist():
        assert (account["term_days"], first) in curve
        assert account["opened_on"] >= first
        assert account["product_code"] in products


def test_days_outside_the_set_are_refused(berka: BerkaSource) -> None:
    with pytest.raises(SourceError, match=r"trans\.parquet.*1994-03-31"):
        berka.fetch("movement", LAST, dt.date(1994, 3, 31))


@pytest.fixture
def copied(berka: BerkaSource, tmp_path: Path) -> Path:
    for file in berka.folder.glob("*.parquet"):
        shutil.copy(file, tmp_path / file.name)
        (tmp_path / file.name).chmod(0o644)
    return tmp_path


def spoil(folder: Path, sql: str) -> BerkaSource:
    """The set with `trans` changed by a statement."""
    path = folder / "trans.parquet"
    changed = duckdb.sql(sql.replace("from trans", f"from '{path}'")).to_arrow_table()
    pq.write_table(changed, path)
    return BerkaSource(folder)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("select * exclude (balance) from trans", "column balance: the column is missing"),
        ("select * replace (trans_id // 2 as trans_id) from trans", "column trans_id: .* a second time"),
        ("select * replace (if(file_row = 7, 'x', amount::varchar) as amount) from trans", "row 7, column amount: “x”"),
        ("select * replace (if(file_row = 7, null, date) as date) from trans", "row 7, column date: is empty"),
        ("select * replace (amount::double + if(file_row = 7, 0.004, 0) as amount) from trans", "row 7, column amount"),
        ("select * replace ('VRATKA' as type) from trans", "unknown kind VRATKA"),
    ],
)
def test_a_spoilt_file_is_refused_with_its_place(copied: Path, sql: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=f"^trans.parquet.*{sentence}"):
        spoil(copied, sql).fetch("movement", FIRST, LAST)


def test_amounts_in_doubles_come_out_exactly(copied: Path, movements: pa.Table) -> None:
    source = spoil(copied, "select * replace (amount::double as amount, balance::double as balance) from trans")
    assert source.fetch("movement", FIRST, LAST).equals(movements)


def test_a_missing_and_a_broken_file_are_named(copied: Path) -> None:
    (copied / "disp.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(SourceError, match=r"disp\.parquet: is not a readable parquet file"):
        BerkaSource(copied).dates()
    (copied / "disp.parquet").unlink()
    with pytest.raises(SourceError, match=r"disp\.parquet: the file is missing"):
        BerkaSource(copied).dates()
