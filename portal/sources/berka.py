"""The published Czech bank (PKDD'99 Discovery Challenge): 15 months of movements of 1,229 accounts.

Districts are branches, owners are customers. Loans and cards are accounts of their own, so that no row of theirs can
enter a deposit's balance. What the set does not hold is stood in for, and said where it is: the loans' outstanding
balance (below), interest rates, the FTP curve and the staff (`berka_organisation`), who is credited (`berka_shares`).
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from portal.sources.base import MONEY, SCHEMAS, Control, Organisation, SourceError, check_request
from portal.sources.berka_organisation import build_organisation
from portal.sources.conform import check_keys, conform

LOAN_ACCOUNTS_FROM, CARD_ACCOUNTS_FROM = 10_000_000, 20_000_000
LOAN_MOVEMENTS_FROM = 1_000_000_000


def _file(**columns: pa.DataType) -> pa.Schema:
    """Columns of a file; those named with a trailing underscore may be empty."""
    return pa.schema([pa.field(name.rstrip("_"), kind, nullable=name.endswith("_")) for name, kind in columns.items()])


WHOLE, DAY, TEXT = pa.int64(), pa.date32(), pa.string()
FILES: dict[str, tuple[pa.Schema, str]] = {
    "trans": (_file(trans_id=WHOLE, account_id=WHOLE, date=DAY, type=TEXT, operation_=TEXT, amount=MONEY, balance=MONEY, k_symbol_=TEXT), "trans_id"),
    "account": (_file(account_id=WHOLE, district_id=WHOLE, frequency=TEXT, date=DAY), "account_id"),
    "disp": (_file(disp_id=WHOLE, client_id=WHOLE, account_id=WHOLE, type=TEXT), "disp_id"),
    "loan": (_file(loan_id=WHOLE, account_id=WHOLE, date=DAY, amount=MONEY, duration=WHOLE, payments=MONEY), "loan_id"),
    "card": (_file(card_id=WHOLE, disp_id=WHOLE, type=TEXT, issued=DAY), "card_id"),
    "district": (_file(A1=WHOLE, A2=TEXT, A3=TEXT), "A1"),
}  # fmt: skip

DEPOSIT_MOVEMENTS = """
create table deposit_movement as
select trans_id as movement_id, account_id, date as business_date,
       case type when 'PRIJEM' then amount when 'VYDAJ' then -amount when 'VYBER' then -amount end as amount,
       balance as balance_after,
       case trim(coalesce(k_symbol, ''))
           when 'UROK' then 'interest' when 'SANKC. UROK' then 'penalty_interest' when 'SLUZBY' then 'fee'
           when 'SIPO' then 'household' when 'DUCHOD' then 'pension' when 'POJISTNE' then 'insurance' when 'UVER' then 'loan_payment'
           when '' then case trim(coalesce(operation, ''))
               when 'VKLAD' then 'cash_deposit' when 'VYBER' then 'cash_withdrawal' when 'VYBER KARTOU' then 'card_withdrawal'
               when 'PREVOD Z UCTU' then 'transfer_in' when 'PREVOD NA UCET' then 'transfer_out' end
       end as kind,
       type || ' / ' || coalesce(operation, '') || ' / ' || coalesce(k_symbol, '') as original
from trans
"""

# The set holds no loan ledger: the balance is the scheduled principal still outstanding. The granted amount is drawn on
# the loan's date and goes down by `payments` on the same day of each of `duration` months; the last one takes the rest.
LOAN_MOVEMENTS = f"""
create table loan_movement as
with month as (
    select loan_id, month_number, (date + to_months(month_number::integer))::date as business_date,
           case when month_number = duration then 0 else greatest(amount - payments * month_number, 0) end::decimal(18, 2) as outstanding
    from loan, lateral unnest(range(0, duration + 1)) as months(month_number)
), step as (
    select *, outstanding - lag(outstanding, 1, 0::decimal(18, 2)) over (partition by loan_id order by month_number) as amount from month
)
select {LOAN_MOVEMENTS_FROM} + loan_id * 100 + month_number as movement_id, {LOAN_ACCOUNTS_FROM} + loan_id as account_id, business_date,
       amount::decimal(18, 2) as amount, outstanding as balance_after,
       case when month_number = 0 then 'loan_drawdown' else 'loan_principal' end as kind
from step where amount <> 0
"""

# Interest is not in the set either: these yearly rates are stand-ins in the range of the Czech market of 1993.
ACCOUNTS = f"""
create table held_account as
with owner as (select account_id, client_id from disp where type = 'OWNER'),
deposit as (
    select account_id, lpad(account_id::varchar, 10, '0') as account_no, client_id as customer_id,
           case frequency when 'POPLATEK MESICNE' then 'DEP_MONTHLY' when 'POPLATEK TYDNE' then 'DEP_WEEKLY'
               when 'POPLATEK PO OBRATU' then 'DEP_TURNOVER' end as product_code,
           district_id, date as opened_on,
           case frequency when 'POPLATEK MESICNE' then 0.02 when 'POPLATEK TYDNE' then 0.025 else 0.03 end::decimal(9, 6) as customer_rate,
           0 as term_days, null::decimal(18, 2) as granted_amount
    from account left join owner using (account_id)
), lending as (
    select {LOAN_ACCOUNTS_FROM} + loan_id, 'L' || lpad(loan_id::varchar, 9, '0'), customer_id, 'LOAN', district_id, date,
           (0.12 + 0.005 * (duration // 12))::decimal(9, 6), 365 * (duration // 12), amount
    from loan left join deposit using (account_id)
), plastic as (
    select {CARD_ACCOUNTS_FROM} + card_id, 'C' || lpad(card_id::varchar, 9, '0'), customer_id, 'CARD_' || upper(card.type), district_id, issued,
           null, 0, null
    from card left join disp using (disp_id) left join deposit using (account_id)
), every as (from deposit union all from lending union all from plastic)
select account_id, account_no, customer_id, product_code, 'D' || district_id as institution_code, opened_on, null::date as closed_on,
       customer_rate, term_days::integer as term_days, granted_amount, 'CZK' as currency, opened_on as valid_from
from every
"""

FETCH = {
    "movement": """
        select movement_id, account_id, business_date, amount, balance_after, kind
        from (select * exclude (original) from deposit_movement union all from loan_movement)
        where business_date between $first_day and $last_day order by business_date, account_id, movement_id""",
    "account": "select * from held_account where opened_on <= $last_day order by account_id",
    "customer": """
        select customer_id, lpad(customer_id::varchar, 8, '0') as customer_no, 'Client ' || customer_id as name,
               '客户 ' || customer_id as name_zh, 'personal' as segment, min(opened_on) as since
        from held_account where opened_on <= $last_day group by customer_id order by customer_id""",
}


class BerkaSource:
    """The Czech bank's parquet files in a folder; nothing beside `trans.parquet` is taken for movements."""

    code = "berka"
    continues = False

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def organisation(self) -> Organisation:
        """Districts under regions under one head office, invented staff, and who is credited with each account."""
        _, last_day = self.dates()
        accounts = self.fetch("account", last_day, last_day)
        sizes = dict(self._rows.cursor().sql("select district_id, count(*) from account group by all order by all").fetchall())
        districts = self._rows.cursor().sql("select A1, A2, A3 from district order by A1").fetchall()
        return build_organisation(districts, sizes, accounts)

    def dates(self) -> tuple[dt.date, dt.date]:
        """The days of the movements: 1993-01-01 to 1994-03-30."""
        [(first_day, last_day)] = self._rows.cursor().sql("select min(date), max(date) from trans").fetchall()
        return first_day, last_day

    def fetch(self, dataset: str, first_day: dt.date, last_day: dt.date) -> pa.Table:
        """Rows as `SCHEMAS[dataset]`; days outside `dates()` are refused, because the set says nothing of them."""
        check_request(dataset, first_day, last_day)
        begin, end = self.dates()
        if first_day < begin or last_day > end:
            raise SourceError(f"the set holds {begin} to {end}, not {first_day} to {last_day}.", "trans.parquet")
        days = {"first_day": first_day, "last_day": last_day} if dataset == "movement" else {"last_day": last_day}
        found = self._rows.cursor().sql(FETCH[dataset], params=days)
        return conform(found.to_arrow_table(), SCHEMAS[dataset], f"{dataset} rows of the Czech bank")

    def controls(self, first_day: dt.date, last_day: dt.date) -> tuple[Control, ...]:
        """The set came without control figures."""
        return ()

    @cached_property
    def _rows(self) -> duckdb.DuckDBPyConnection:
        """All files read and checked once; each call works on a cursor of its own."""
        connection = duckdb.connect(config={"threads": 2})
        for name, (schema, key) in FILES.items():
            table = read_checked(self.folder / f"{name}.parquet", schema, key)
            connection.register(f"{name}_file", table)
            connection.execute(f"create table {name} as from {name}_file")
            connection.unregister(f"{name}_file")
        for statement in (DEPOSIT_MOVEMENTS, LOAN_MOVEMENTS, ACCOUNTS):
            connection.execute(statement)
        refuse_unknown(connection)
        return connection


def read_checked(path: Path, schema: pa.Schema, key: str) -> pa.Table:
    """One parquet file with its columns in our types and no key twice; raises SourceError."""
    try:
        file = pq.ParquetFile(path)
        table = file.read([name for name in schema.names if name in file.schema_arrow.names])
    except FileNotFoundError:
        raise SourceError(f"the file is missing in {path.parent}.", path.name) from None
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"is not a readable parquet file ({error}).", path.name) from error
    table = conform(table, schema, path.name)
    check_keys(table, (key,), path.name)
    return table


def refuse_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse codes nobody has given a meaning, and accounts without an owner or a district."""
    unknown = connection.sql(
        "select movement_id, original from deposit_movement where amount is null or kind is null order by movement_id limit 1"
    ).fetchall()
    for movement_id, original in unknown:
        raise SourceError(f"trans_id {movement_id} is of the unknown kind {original}.", "trans.parquet", column="type, operation, k_symbol")
    homeless = connection.sql("""
        select account_no from held_account left join (select 'D' || A1 as institution_code, A1 from district) using (institution_code)
        where A1 is null or customer_id is null or product_code is null order by account_id limit 1""").fetchall()
    for (account_no,) in homeless:
        raise SourceError(f"account {account_no} has no owner, no known district or an unknown frequency.", "account.parquet")
