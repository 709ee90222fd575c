"""A folder of files: a file for each dataset and day, read as configured and held to what the bank says it sent.

Everything that is wrong is one sentence with file, row and column, and nothing of the delivery is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.sentence import Sentence
from portal.sources.base import (
    DATASETS,
    KEYS,
    MONEY,
    SCHEMAS,
    Control,
    Family,
    Organisation,
    SourceError,
    amount_column,
    check_request,
)
from portal.sources.conform import check_keys, first_true, named_key, repeated_row
from portal.sources.folder_files import FIRST_ROWS, Folder, read_file
from portal.sources.folder_options import FileOptions, day_of, folder_options
from portal.sources.folder_organisation import read_organisation
from portal.sources.folder_sales_force import read_sales_force
from portal.sources.insurer import SalesForceDay

CONTROL = pa.schema([pa.field("rows", pa.int64(), nullable=False), pa.field("amount", MONEY)])
# Days of a snapshot's row that its file must have reached; from the first of them on the row may be delivered.
TOLD = {"account": ("opened_on", "valid_from"), "customer": ("since",)}
ORDERS = {"movement": ("business_date", "account_id", "movement_id")}  # of other datasets: by day and key


class FolderSource:
    """Files in one folder, local or at any address that fsspec knows; `folder_options` says what may be configured."""

    code = "folder"
    home_currency = "CNY"
    continues = True

    def __init__(self, location: str, options: Mapping[str, Any] | None = None) -> None:
        self.folder = Folder(location)
        self.options = folder_options(dict(options or {}))
        self.family: Family = self.options.family

    def organisation(self) -> Organisation:
        """What the folder `organisation` beside the files holds; empty when there is none: people enter it then."""
        return read_organisation(self.folder, self.options.organisation)

    def sales_force(self, day: dt.date) -> SalesForceDay | None:
        """Everybody under contract on a day, where the folder has a file of it."""
        return read_sales_force(self.folder, self.options.sales_force, self.options.teams, day)

    def dates(self) -> tuple[dt.date, dt.date]:
        """The first and last day for which the folder has movements or policies, or what the configuration says."""
        first, last = self.options.first_date, self.options.last_date
        if first is None or last is None:
            pattern = self._files(DATASETS[self.family][0]).pattern
            days = [day for path in self.folder.paths() if (day := day_of(pattern, path)) is not None]
            if not days:
                raise SourceError(
                    Sentence("No file in %(folder)s is named like %(pattern)s.",
                             folder=repr(self.folder.location), pattern=pattern)
                )  # fmt: skip
            first, last = first or min(days), last or max(days)
        return first, last

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        """What happened on each day from that day's file; accounts and customers as the last day's file has them.

        A closed day needs no file: the next open date's file tells of it and knows its accounts.
        """
        check_request(self.family, dataset, first_day, last_day)
        if dataset in TOLD:
            return self._snapshot(dataset, last_day, self._delivering(dataset, calendar).delivered_on(last_day))
        return self._daily(dataset, first_day, last_day, calendar)

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        """What the control files say; empty where none are configured. Each file was held to its own when it was read."""
        held = [name for name in DATASETS[self.family] if self._files(name).control and self._files(name).is_dated]
        found = []
        for dataset in held:
            files, delivering = self._files(dataset), self._delivering(dataset, calendar)
            days = [last_day] if dataset in TOLD else days_between(first_day, last_day)
            for day in filter(delivering.is_open, days):
                first = day if dataset in TOLD else told_by(day, delivering)[0]
                if first >= first_day:
                    said = self._control(dataset, files, day)
                    found.append(replace(said, first_day=first) if first < day else said)
        return tuple(found)

    def _delivering(self, dataset: str, calendar: BusinessCalendar) -> BusinessCalendar:
        """The days that have a file of their own: the open ones, and closed ones for which a file is there."""
        files = self._files(dataset)
        if not calendar.closed or not files.is_dated:
            return calendar if files.is_dated else EVERY_DAY
        return BusinessCalendar(calendar.closed - {day_of(files.pattern, path) for path in self.folder.paths()})

    def _files(self, dataset: str) -> FileOptions:
        return self.options.files[dataset]

    def _daily(self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar) -> pa.Table:
        files = self._files(dataset)
        if not files.is_dated:
            return days_of(self._read(dataset, files, first_day), first_day, last_day)
        delivering = self._delivering(dataset, calendar)
        asked = delivering.open_dates(first_day, delivering.delivered_on(last_day))
        tables = {day: self._read(dataset, files, day) for day in asked}
        for day, table in tables.items():
            refuse_other_days(files, day, told_by(day, delivering), table)
        table = pa.concat_tables(tables.values())
        self._refuse_repeats_across(dataset, tables, table)
        order = ORDERS.get(dataset) or dict.fromkeys(("business_date", *KEYS[dataset]))
        return days_of(table, first_day, last_day).sort_by([(name, "ascending") for name in order])

    def _snapshot(self, dataset: str, day: dt.date, file_day: dt.date) -> pa.Table:
        """Accounts or customers of a day as a day's file has them; a dated file may not know what begins or changes after it."""
        files = self._files(dataset)
        table = self._read(dataset, files, file_day)
        for column in TOLD[dataset] if files.is_dated else ():
            later = pc.greater(table.column(column), file_day)
            if pc.any(later, min_count=0).as_py():
                reason = Sentence("is after the file's day %(day)s.", day=file_day)
                raise misplaced(files, file_day, first_true(later), column, reason)
        return table.filter(pc.less_equal(table.column(TOLD[dataset][0]), day)).sort_by(
            [(key, "ascending") for key in KEYS[dataset]]
        )

    def _read(self, dataset: str, files: FileOptions, day: dt.date) -> pa.Table:
        """One file, with no key twice, held to its control file."""
        path = files.path(day)
        if dataset == "customer" and "name_zh" not in files.columns:
            table = with_chinese_names(read_file(self.folder, path, files, CUSTOMER_AS_SENT))
        else:
            table = read_file(self.folder, path, files, SCHEMAS[dataset])
        check_keys(table, KEYS[dataset], path, FIRST_ROWS[files.kind(path)])
        if files.control:
            hold_to(self._control(dataset, files, day), table, path, files.control_path(day))
        return table

    def _control(self, dataset: str, files: FileOptions, day: dt.date) -> Control:
        path = files.control_path(day)
        style = files.model_copy(update={"columns": {}, "constants": {}, "format": ""})
        table = read_file(self.folder, path, style, CONTROL)
        if table.num_rows != 1:
            raise SourceError(
                Sentence("has %(rows)s rows below its header; a control file has one.", rows=table.num_rows), path
            )
        [said] = table.to_pylist()
        return Control(dataset, day, said["rows"], said["amount"])

    def _refuse_repeats_across(self, dataset: str, tables: dict[dt.date, pa.Table], table: pa.Table) -> None:
        """A row may not come a second time in another day's file."""
        keys = KEYS[dataset]
        row = repeated_row(table, keys)
        if row is None:
            return
        reason = Sentence("%(key)s is in an earlier day's file too.", key=named_key(table, keys, row))
        for day, one in tables.items():
            if row < one.num_rows:
                raise misplaced(self._files(dataset), day, row, keys[0], reason)
            row -= one.num_rows


CUSTOMER_AS_SENT = pa.schema([
    field.with_nullable(True) if field.name == "name_zh" else field for field in SCHEMAS["customer"]
])  # fmt: skip


def days_of(happened: pa.Table, first_day: dt.date, last_day: dt.date) -> pa.Table:
    """What happened on some days."""
    days = happened.column("business_date")
    return happened.filter(pc.and_(pc.greater_equal(days, first_day), pc.less_equal(days, last_day)))


def told_by(day: dt.date, delivering: BusinessCalendar) -> list[dt.date]:
    """The days that a day's file tells of: closed ones before it that have none, and its own."""
    return [*delivering.closed_before(day, dt.date.min), day]


def refuse_other_days(files: FileOptions, day: dt.date, told: list[dt.date], table: pa.Table) -> None:
    """A day's file holds what happened on that day and on closed days before it, and on no other."""
    other = pc.invert(pc.is_in(table.column("business_date"), pa.array(told, pa.date32())))
    if pc.any(other, min_count=0).as_py():
        row = first_true(other)
        found = table.column("business_date")[row].as_py()
        reason = Sentence("%(found)s is not the file's day %(day)s.", found=found, day=day)
        raise misplaced(files, day, row, "business_date", reason)


def misplaced(files: FileOptions, day: dt.date, row: int, column: str, reason: Sentence) -> SourceError:
    """What is wrong with a row that reads well, at the number a person sees beside it."""
    path = files.path(day)
    return SourceError(reason, path, FIRST_ROWS[files.kind(path)] + row, column)


def with_chinese_names(customers: pa.Table) -> pa.Table:
    """A customer without a Chinese name is called by the name there is."""
    names = pc.coalesce(customers.column("name_zh"), customers.column("name"))
    position = customers.column_names.index("name_zh")
    return customers.set_column(position, SCHEMAS["customer"].field("name_zh"), names)


def hold_to(control: Control, table: pa.Table, path: str, control_path: str) -> None:
    """Refuse a file that does not have the rows or the sum that its control file says."""
    if table.num_rows != control.rows:
        raise SourceError(
            Sentence("has %(rows)s rows; %(control)s says %(said)s.",
                     rows=table.num_rows, control=control_path, said=control.rows), path
        )  # fmt: skip
    if control.amount is None:
        return
    column = amount_column(control.dataset)
    if column not in table.column_names:
        reason = Sentence("gives a sum of amounts, but the file has no amounts.")
        raise SourceError(reason, control_path, 2, "amount")
    total = pc.sum(table.column(column), min_count=0).as_py() or Decimal(0)
    if total != control.amount:
        reason = Sentence("sums to %(total)s; %(control)s says %(said)s.",
                          total=f"{total:.2f}", control=control_path, said=control.amount)  # fmt: skip
        raise SourceError(reason, path, None, column)


def days_between(first_day: dt.date, last_day: dt.date) -> list[dt.date]:
    """All days from the first to the last."""
    return [first_day + dt.timedelta(days=number) for number in range((last_day - first_day).days + 1)]
