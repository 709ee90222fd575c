"""One file of a bank's folder as a checked table: read as a whole, columns named our way, cells in our types."""

from __future__ import annotations

import re
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from portal.sentence import Sentence
from portal.sources.base import SourceError
from portal.sources.conform import conform, first_true, shown
from portal.sources.folder_csv import check_header, read_csv
from portal.sources.folder_options import FileOptions, Style, date_pattern
from portal.sources.folder_xlsx import read_xlsx

LARGEST_FILE, LARGEST_TABLE = 2**30, 2**32  # bytes as they lie there, and unpacked
FIRST_ROWS = {"csv": 2, "xlsx": 2, "parquet": 1}  # the number a person sees beside the first row

# what a store far away may answer with, beside the errors of a disk; fsspec passes on its drivers' own
STORE_ERRORS = (OSError, ValueError, ImportError, RuntimeError)


class Folder:
    """A place that fsspec reaches: a local folder, or an address such as s3://bucket/outgoing."""

    def __init__(self, location: str) -> None:
        self.location = location
        try:
            self.store, self.root = fsspec.core.url_to_fs(location)
        except STORE_ERRORS as error:
            raise SourceError(
                Sentence("The folder %(folder)s cannot be reached: %(error)s.", folder=repr(location), error=str(error))
            ) from error

    def read(self, path: str) -> bytes:
        """A file's whole content. Raises SourceError when it is missing, too large or not readable."""
        place = f"{self.root}/{path}"
        try:
            size = self.store.size(place)
            if size is not None and size > LARGEST_FILE:
                reason = Sentence("has %(size)s bytes; at most %(largest)s are read.",
                                  size=f"{size:,}", largest=f"{LARGEST_FILE:,}")  # fmt: skip
                raise SourceError(reason, path)
            content: bytes = self.store.cat_file(place)
        except FileNotFoundError:
            raise SourceError(Sentence("the file is missing."), path) from None
        except STORE_ERRORS as error:
            raise SourceError(Sentence("cannot be read: %(error)s.", error=str(error)), path) from error
        return content

    def paths(self) -> list[str]:
        """All files in the folder and below it, relative to it."""
        try:
            self.store.invalidate_cache()
            found = self.store.find(self.root)
        except STORE_ERRORS as error:
            reason = Sentence("The folder %(folder)s cannot be listed: %(error)s.",
                              folder=repr(self.location), error=str(error))  # fmt: skip
            raise SourceError(reason) from error
        root = self.root.rstrip("/") + "/"
        return [path.removeprefix(root) for path in found]


def read_file(folder: Folder, path: str, options: FileOptions, schema: pa.Schema) -> pa.Table:
    """A file's rows as the schema says; the same file with a wrong cell anywhere gives nothing. Raises SourceError."""
    kind = options.kind(path)
    content = folder.read(path)
    if kind == "csv":
        table = read_csv(content, options, path)
    elif kind == "xlsx":
        table = read_xlsx(content, options, path)
    else:
        table = read_parquet(content, path)
    table = named(table, options, schema, path)
    first_row = FIRST_ROWS[kind]
    for field in schema:
        if field.name in table.column_names:
            column = plain(table.column(field.name), field, options, path, first_row)
            table = table.set_column(table.column_names.index(field.name), field.name, column)
    return conform(table, schema, path, first_row)


def read_parquet(content: bytes, file: str) -> pa.Table:
    """A parquet file's columns as they are. Raises SourceError."""
    try:
        parquet = pq.ParquetFile(pa.BufferReader(content))
        groups = (parquet.metadata.row_group(number) for number in range(parquet.metadata.num_row_groups))
        if sum(group.total_byte_size for group in groups) > LARGEST_TABLE:
            raise SourceError(
                Sentence("unpacks to more than %(size)s GB; split it.", size=LARGEST_TABLE // 2**30), file
            )
        table = parquet.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(Sentence("is not a readable parquet file (%(error)s).", error=str(error)), file) from error
    check_header(table.column_names, file)
    return table


def named(table: pa.Table, options: FileOptions, schema: pa.Schema, file: str) -> pa.Table:
    """The schema's columns under our names: from the file's, or one value for every row."""
    unknown = (set(options.columns) | set(options.constants)) - set(schema.names)
    if unknown:
        reason = Sentence(
            "The options name the column %(column)s, which this dataset does not have.", column=min(unknown)
        )
        raise SourceError(reason, file)
    columns: dict[str, Any] = {}
    for field in schema:
        theirs = options.columns.get(field.name, field.name)
        if field.name in options.constants:
            columns[field.name] = pa.repeat(pa.scalar(options.constants[field.name], pa.string()), table.num_rows)
        elif theirs in table.column_names:
            columns[field.name] = table.column(theirs)
        elif not field.nullable or field.name in options.columns:
            have = shown(", ".join(table.column_names), 300)
            raise SourceError(Sentence("the column is missing; the file has %(have)s.", have=have), file, 1, theirs)
    return pa.table(columns)


def plain(column: pa.ChunkedArray, field: pa.Field, style: Style, file: str, first_row: int) -> pa.ChunkedArray:
    """Text cells without the bank's own way of writing numbers and dates; typed cells as they are."""
    if not pa.types.is_string(column.type):
        return column
    if style.trim:
        column = pc.utf8_trim(column, " ")
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if pa.types.is_date(field.type) and style.date_format != "%Y-%m-%d":
        form, order = date_pattern(style.date_format)
        rule = Sentence("is not a date written as %(example)s.", example=style.date_format)
        _refuse_others(column, form, rule, field.name, file, first_row)
        return pc.replace_substring_regex(column, form, order)
    if pa.types.is_decimal(field.type) and (style.decimal, style.thousands) != (".", ""):
        group, mark = re.escape(style.thousands), re.escape(style.decimal)
        whole = rf"([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)" if style.thousands else "[0-9]+"
        example = f"1{style.thousands}234{style.decimal}56"
        form = rf"^[+-]?{whole}({mark}[0-9]*)?$"
        rule = Sentence("is not a number written as %(example)s.", example=example)
        _refuse_others(column, form, rule, field.name, file, first_row)
        if style.thousands:
            column = pc.replace_substring(column, style.thousands, "")
        return pc.replace_substring(column, style.decimal, ".")
    return column


def _refuse_others(column: pa.ChunkedArray, form: str, rule: Sentence, name: str, file: str, first_row: int) -> None:
    wrong = pc.fill_null(pc.invert(pc.match_substring_regex(column, form)), False)
    if pc.any(wrong, min_count=0).as_py():
        row = first_true(wrong)
        reason = Sentence("%(value)s %(rule)s%(hint)s", value=shown(column[row].as_py()), rule=rule, hint="")
        raise SourceError(reason, file, first_row + row, name)
