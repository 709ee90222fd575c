"""The published Czech bank (PKDD'99 Discovery Challenge): 15 months of movements of 1,229 accounts.

Districts are branches, owners are customers. Loans and cards are accounts of their own, so that no row of theirs can
enter a deposit's balance. What the set does not hold is stood in for, and said where it is: the loans' outstanding
balance (below), interest rates, the FTP curve and the staff (`berka_organisation`), who is credited (`berka_shares`).
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property, lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.sentence import Sentence
from portal.sources.base import MONEY, SCHEMAS, Control, Family, Organisation, SourceError, check_request
from portal.sources.berka_organisation import build_organisation
from portal.sources.berka_tables import (
    ACCOUNTS,
    DEPOSIT_MOVEMENTS,
    FETCH,
    HOMELESS_ACCOUNTS,
    LOAN_MOVEMENTS,
    UNKNOWN_KINDS,
)
from portal.sources.conform import check_keys, columns_of, conform

WHOLE, DAY, TEXT = pa.int64(), pa.date32(), pa.string()
FILES: dict[str, tuple[pa.Schema, str]] = {
    "trans": (
        columns_of(
            trans_id=WHOLE, account_id=WHOLE, date=DAY, type=TEXT, operation_=TEXT, amount=MONEY, balance=MONEY,
            k_symbol_=TEXT,
        ),
        "trans_id",
    ),
    "account": (columns_of(account_id=WHOLE, district_id=WHOLE, frequency=TEXT, date=DAY), "account_id"),
    "disp": (columns_of(disp_id=WHOLE, client_id=WHOLE, account_id=WHOLE, type=TEXT), "disp_id"),
    "loan": (
        columns_of(loan_id=WHOLE, account_id=WHOLE, date=DAY, amount=MONEY, duration=WHOLE, payments=MONEY),
        "loan_id",
    ),
    "card": (columns_of(card_id=WHOLE, disp_id=WHOLE, type=TEXT, issued=DAY), "card_id"),
    "district": (columns_of(A1=WHOLE, A2=TEXT, A3=TEXT), "A1"),
}  # fmt: skip


class BerkaSource:
    """The Czech bank's parquet files in a folder; nothing beside `trans.parquet` is taken for movements."""

    code = "berka"
    family: Family = "bank"
    home_currency = "CZK"
    continues = False

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def organisation(self) -> Organisation:
        """Districts under regions under one head office, invented staff, and who is credited with each account."""
        _, last_day = self.dates()
        accounts = self.fetch("account", last_day, last_day)
        rows = self._rows.cursor()
        districts = rows.sql("select A1, A2, A3 from district order by A1").fetchall()
        sizes = dict(rows.sql("select district_id, count(*) from account group by all").fetchall())
        return build_organisation(districts, sizes, accounts)

    def dates(self) -> tuple[dt.date, dt.date]:
        """The days of the movements: 1993-01-01 to 1994-03-30."""
        [(first_day, last_day)] = self._rows.cursor().sql("select min(date), max(date) from trans").fetchall()
        return first_day, last_day

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        """Rows as `SCHEMAS[dataset]`; days outside `dates()` are refused, because the set says nothing of them."""
        check_request(self.family, dataset, first_day, last_day)
        begin, end = self.dates()
        if first_day < begin or last_day > end:
            reason = Sentence("the set holds %(begin)s to %(end)s, not %(first)s to %(last)s.",
                              begin=begin, end=end, first=first_day, last=last_day)  # fmt: skip
            raise SourceError(reason, "trans.parquet")
        days = {"first_day": first_day, "last_day": last_day} if dataset == "movement" else {"last_day": last_day}
        found = self._rows.cursor().sql(FETCH[dataset], params=days)
        return conform(found.to_arrow_table(), SCHEMAS[dataset], f"{dataset} rows of the Czech bank")

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        """The set came without control figures."""
        return ()

    @cached_property
    def _rows(self) -> duckdb.DuckDBPyConnection:
        """All files as tables; each call works on a cursor of its own."""
        return opened_set(self.folder, tuple(stamp(self.folder / f"{name}.parquet") for name in FILES))


@lru_cache(maxsize=1)
def opened_set(folder: Path, stamps: tuple[tuple[int, int], ...]) -> duckdb.DuckDBPyConnection:
    """The files of a folder read and checked; kept while they stay the same: a run opens its source once a chunk."""
    connection = duckdb.connect(config={"threads": 2})
    for name, (schema, key) in FILES.items():
        table = read_checked(folder / f"{name}.parquet", schema, key)
        connection.register(f"{name}_file", table)
        connection.execute(f"create table {name} as from {name}_file")
        connection.unregister(f"{name}_file")
    for statement in (DEPOSIT_MOVEMENTS, LOAN_MOVEMENTS, ACCOUNTS):
        connection.execute(statement)
    refuse_unknown(connection)
    return connection


def stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is written anew: its time and size; zeros when it is missing."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def read_checked(path: Path, schema: pa.Schema, key: str) -> pa.Table:
    """One parquet file with its columns in our types and no key twice; raises SourceError."""
    try:
        with pq.ParquetFile(path) as file:
            table = file.read([name for name in schema.names if name in file.schema_arrow.names])
    except FileNotFoundError:
        raise SourceError(Sentence("the file is missing in %(folder)s.", folder=str(path.parent)), path.name) from None
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            Sentence("is not a readable parquet file (%(error)s).", error=str(error)), path.name
        ) from error
    table = conform(table, schema, path.name)
    if not table.num_rows:
        raise SourceError(Sentence("has no rows."), path.name)
    check_keys(table, (key,), path.name)
    return table


def refuse_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse codes nobody has given a meaning, and accounts without an owner, a district or a frequency."""
    for movement_id, original in connection.sql(UNKNOWN_KINDS).fetchall():
        columns = "type, operation, k_symbol"
        reason = Sentence("trans_id %(id)s is of the unknown kind %(kind)s.", id=movement_id, kind=str(original))
        raise SourceError(reason, "trans.parquet", column=columns)
    for (account_no,) in connection.sql(HOMELESS_ACCOUNTS).fetchall():
        reason = Sentence("account %(account)s has no owner, no known district or an unknown frequency.",
                          account=account_no)  # fmt: skip
        raise SourceError(reason, "account.parquet")
