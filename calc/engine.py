"""Runs steps on DuckDB: tables in, tables out, exact decimals, two threads and a memory limit that spills to disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from calc.columns import COLUMNS, fits
from calc.step import StepError, step, steps

# The only divisions of money in the house. DuckDB makes decimal / integer a double, so these divide whole numbers:
# twice the cents plus the divisor, over twice the divisor, rounds half away from zero when the sign is set aside.
MACROS = """
create macro half_away(numerator, divisor) as
    case when numerator < 0
         then -((-(numerator)::hugeint * 2 + (divisor)::hugeint) // (2 * (divisor)::hugeint))
         else ((numerator)::hugeint * 2 + (divisor)::hugeint) // (2 * (divisor)::hugeint) end;
create macro cents_money(cents) as ((cents)::decimal(36,0) * 0.01::decimal(2,2))::decimal(18,2);
create macro money_cents(amount) as ((amount)::decimal(34,2) * 100)::hugeint;
create macro money_ratio(amount, divisor) as cents_money(half_away(money_cents(amount), divisor));
create macro reported(amount, exchange_rate) as
    cents_money(half_away(money_cents(amount) * ((exchange_rate)::decimal(18,8) * 100000000)::hugeint, 100000000));
create macro points_money(points, divisor) as
    cents_money(half_away(((points)::decimal(38,8) * 100000000)::hugeint, (divisor)::hugeint * 1000000));
"""


class Engine:
    """One DuckDB connection with the house's macros. Use as a context manager."""

    def __init__(self, *, threads: int = 2, memory: str = "2GB", spill: Path | None = None) -> None:
        self.connection = duckdb.connect(":memory:")
        self._seen = ["main"]
        self.connection.execute(f"set threads = {int(threads)}")
        self.connection.execute("set memory_limit = ?", [memory])
        self.connection.execute("set preserve_insertion_order = false")
        if spill is not None:
            spill.mkdir(parents=True, exist_ok=True)
            self.connection.execute("set temp_directory = ?", [str(spill)])
        self.connection.execute(MACROS)

    def beside(self, room: str) -> Engine:
        """Another connection that sees what this one sees. Its own tables are made in an empty room and seen before the others."""
        other = Engine.__new__(Engine)
        other.connection = self.connection.cursor()
        other._seen = [room, *self._seen]
        other.connection.execute(f'drop schema if exists "{room}" cascade; create schema "{room}"')
        other.connection.execute("set search_path = '" + ",".join(f'"{one}"' for one in other._seen) + "'")
        return other

    def close(self) -> None:
        """End the connection; the room of one that is beside another goes with it."""
        if len(self._seen) > 1:
            self.connection.execute(f'drop schema if exists "{self._seen[0]}" cascade')
        self.connection.close()

    @contextmanager
    def shared_by(self, count: int) -> Iterator[None]:
        """While several connections work at once, each on a thread of its own, they have as many threads together as one had."""
        threads = int(self.connection.execute("select current_setting('threads')").fetchall()[0][0])
        self.connection.execute(f"set threads = {max(1, threads - count + 1)}")
        try:
            yield
        finally:
            self.connection.execute(f"set threads = {threads}")

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def give(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Offer an Arrow table to the steps under a name."""
        self.connection.register("_given", table)
        self.connection.execute(f'create or replace table "{name}" as select * from _given')
        self.connection.unregister("_given")

    def give_files(self, name: str, files: Sequence[str | Path], where: str = "true") -> None:
        """Offer Parquet files, read when a step needs them, under a name; `where` is the house's own text."""
        self.connection.execute(
            f'create or replace view "{name}" as select * from read_parquet(['
            + ", ".join(_quoted(str(file)) for file in files)
            + f"]) where {where}"
        )

    def give_empty(self, name: str, columns: Sequence[str]) -> None:
        """Offer a table without rows."""
        listed = ", ".join(f'"{column}" {COLUMNS[column]}' for column in columns)
        self.connection.execute(f'create or replace table "{name}" ({listed})')

    def make(self, name: str) -> int:
        """Run a step into a table of its name and give back its number of rows."""
        self.connection.execute(f'create or replace table "{name}" as {self._made(name)}')
        return self.rows(name)

    def make_file(self, name: str, file: Path, order: str = "") -> int:
        """Run a step straight into a Parquet file, offer that under the step's name, and give back its number of rows.

        For tables of all accounts: they stand on the disk once and never in memory.
        """
        self._write(f"from ({self._made(name)})", file, order)
        self.give_files(name, [file])
        return self.rows(name)

    def make_view(self, name: str) -> None:
        """Offer a step's table, worked out when another step or a file needs it."""
        self.connection.execute(f'create or replace view "{name}" as {self._made(name)}')

    def keep_of(self, name: str, accounts: str) -> None:
        """Replace what files offer by a table of only those rows whose account stands in another table."""
        self.connection.execute(f'create table _kept as from "{name}" semi join "{accounts}" using (account_id)')
        self.connection.execute(f'drop view "{name}"')
        self.connection.execute(f'alter table _kept rename to "{name}"')

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        return int(self.connection.execute(f'select count(*) from "{name}"').fetchall()[0][0])

    def fetch(self, name: str) -> pa.Table:
        """A table as Arrow."""
        with self.connection.cursor() as cursor:
            return cursor.sql(f'select * from "{name}"').to_arrow_table()

    def save(self, name: str, file: Path, order: str = "") -> None:
        """Write a table to a Parquet file, whole or not at all."""
        self._write(f'from "{name}"', file, order)

    def save_all(self, names: Sequence[str], file: Path, order: str = "") -> None:
        """Write several tables of the same columns to one Parquet file, whole or not at all."""
        self._write("from (" + " union all by name ".join(f'from "{name}"' for name in names) + ")", file, order)

    def _write(self, relation: str, file: Path, order: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        by = f" order by {order}" if order else ""
        # the encodings of Parquet 2 (differences of whole numbers) are smaller and take a third less time both ways
        self.connection.execute(
            f"copy ({relation}{by}) to {_quoted(str(part))} "
            "(format parquet, parquet_version v2, compression zstd, compression_level 1)"
        )
        part.replace(file)

    def _made(self, name: str) -> str:
        """The step's SELECT in the types of the house; what it reads and makes is checked first."""
        wanted = step(name)
        for table, columns in wanted.reads.items():
            self._check(name, table, columns, f"reads {table}")
        self._check_made(name)
        listed = ", ".join(f'"{column}"::{COLUMNS[column]} as "{column}"' for column in wanted.makes)
        return f"select {listed} from (\n{wanted.sql}\n)"

    def _types(self, relation: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self.connection.execute(f"describe from {relation}").fetchall()}

    def _check(self, name: str, table: str, columns: Sequence[str], part: str) -> None:
        try:
            have = self._types(f'"{table}"')
        except duckdb.CatalogException:
            raise StepError(f"Step {name} {part}, which was not given.") from None
        _check_columns(name, have, columns, part)

    def _check_made(self, name: str) -> None:
        _check_columns(name, self._types(f"(\n{step(name).sql}\n)"), step(name).makes, "makes", computed=True)


def _check_columns(
    name: str, have: dict[str, str], columns: Sequence[str], part: str, *, computed: bool = False
) -> None:
    missing = [column for column in columns if column not in have]
    if missing:
        raise StepError(f"Step {name} {part} without the column {missing[0]}; there are {', '.join(have)}.")
    for column in columns:
        found = have[column]
        binary = found in ("DOUBLE", "FLOAT")
        if binary or (not computed and not fits(column, found)):
            raise StepError(f"Step {name} {part}: {column} is {found}, it must be {COLUMNS[column]}.")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def fingerprint(*rooms: str) -> str:
    """What tells one version of the calculations of some rooms from another."""
    sentences = [found.sql for _name, found in sorted(steps().items()) if found.room in rooms]
    return hashlib.sha256("\n".join([MACROS, *sentences]).encode()).hexdigest()


def run(name: str, **tables: pa.Table) -> pa.Table:
    """Run one step on Arrow tables and give back the table it makes.

    >>> run("daily_average", balance_interval=intervals, period=period)  # doctest: +SKIP
    """
    with Engine() as engine:
        for table, content in tables.items():
            engine.give(table, content)
        engine.make(name)
        return engine.fetch(name)
