"""The lake: Delta tables of what days produce. Files are put in place, committed, and only then pointed to.

A commit here makes nothing visible to the portal: readers follow the pointers in PostgreSQL (`published`), which hold the
file lists. So web workers open no Delta log, and "as known on" does not hang on the log's old entries. The lists name
files below the lake's own address: a lake that was moved or copied needs no rewriting.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import fsspec

from portal.settings import settings

if TYPE_CHECKING:
    from deltalake import DeltaTable

CHECKPOINT_EVERY = 20  # commits; opening costs 4-5 ms near a checkpoint and 20-35 ms far from one


class LakeError(RuntimeError):
    """The lake does not answer as it should; the message names the table."""


@dataclass(frozen=True, slots=True)
class Lake:
    """The Delta tables under one address."""

    url: str

    def table_url(self, dataset: str) -> str:
        return posixpath.join(self.url, dataset)

    def put(self, dataset: str, staged: Path, name: str, commit_id: str) -> str:
        """Bring a staged Parquet file into a dataset's table and commit it once; gives back where it lies in the lake.

        Safe to repeat after a kill: the name is the run's own, and the commit carries `commit_id`, which is looked up first.
        """
        target = posixpath.join(self.table_url(dataset), name)
        filesystem, path = fsspec.core.url_to_fs(target)
        if not filesystem.exists(path):
            filesystem.makedirs(posixpath.dirname(path), exist_ok=True)
            filesystem.put_file(str(staged), path + ".part")
            filesystem.mv(path + ".part", path)
        self._commit(dataset, staged, name, filesystem.size(path), commit_id)
        return posixpath.join(dataset, name)

    def address(self, file: str) -> str:
        """Where a file lies that a pointer names; one with an address of its own lies there, whatever the lake."""
        if posixpath.isabs(file) or "://" in file:
            return unquote(file) if "%" in file else file
        return posixpath.join(self.url, file)

    def _commit(self, dataset: str, staged: Path, name: str, size: int, commit_id: str) -> None:
        import pyarrow.parquet as pq
        from deltalake import DeltaTable, Schema
        from deltalake.transaction import AddAction, CommitProperties, Transaction, create_table_with_add_actions

        parquet = pq.ParquetFile(staged)
        added = AddAction(name, size, {}, 0, True, f'{{"numRecords": {parquet.metadata.num_rows}}}')
        properties = CommitProperties(app_transactions=[Transaction(commit_id, 1)])
        url = self.table_url(dataset)
        schema = Schema.from_arrow(parquet.schema_arrow)
        if not DeltaTable.is_deltatable(url):
            create_table_with_add_actions(url, schema, [added], mode="append", commit_properties=properties)
            return
        table = DeltaTable(url)
        if table.transaction_version(commit_id) is not None:
            return
        table.create_write_transaction([added], "append", schema, commit_properties=properties)
        if table.version() % CHECKPOINT_EVERY == 0:
            table.create_checkpoint()

    def remove(self, dataset: str, files: Iterable[str]) -> list[str]:
        """Remove these files of a dataset, given by address; gives back the names of those that were still there.

        Whoever calls makes sure that no pointer which somebody may follow names one of them.
        """
        from deltalake.transaction import AddAction, RemoveAction

        wanted = {unquote(posixpath.basename(address)) for address in files}
        table = self._open(dataset)
        there = {unquote(posixpath.basename(uri)) for uri in table.file_uris()}
        if listed := sorted(wanted & there):
            removals: list[AddAction | RemoveAction] = [
                RemoveAction(name, True, int(time.time() * 1000)) for name in listed
            ]
            table.create_write_transaction(removals, "append", table.schema())
        filesystem, root = fsspec.core.url_to_fs(self.table_url(dataset))
        gone = [name for name in sorted(wanted) if filesystem.exists(posixpath.join(root, name))]
        for name in gone:
            filesystem.rm_file(posixpath.join(root, name))
        return gone

    def _open(self, dataset: str) -> DeltaTable:
        from deltalake import DeltaTable

        url = self.table_url(dataset)
        if not DeltaTable.is_deltatable(url):
            raise LakeError(f"There is no table {dataset} in the lake {self.url}.")
        return DeltaTable(url)


def lake() -> Lake:
    """The lake of this installation."""
    return Lake(settings().lake_url)


def readable(files: Sequence[str]) -> list[str]:
    """The files that pointers name, as addresses that DuckDB takes."""
    here = lake()
    return [here.address(file) for file in files]
