"""Text files as tables of text: decoded as a whole or not at all, every row as wide as the header."""

from __future__ import annotations

import csv
import io
import re

import pyarrow as pa
import pyarrow.csv as pacsv

from portal.sentence import Sentence
from portal.sources.base import SourceError
from portal.sources.conform import shown
from portal.sources.folder_options import Style

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_CELL = 100_000
WIDEST_FILE = 500


def read_csv(content: bytes, style: Style, file: str) -> pa.Table:
    """All cells as text under the header's names, empty ones as null; the header is row 1. Raises SourceError."""
    text = decoded(content, style, file)
    if "\0" in text:
        row, column = place_of(text, text.index("\0"), style.delimiter)
        raise SourceError(Sentence("has a NUL character."), file, row, column)
    text = text.rstrip("\r\n")
    if not text.strip():
        raise SourceError(Sentence("is empty; it should have at least a header."), file)
    if '"' in text:
        return _quoted(text, style, file)
    return _plain(text, style, file)


def decoded(content: bytes, style: Style, file: str) -> str:
    """The file's text; the first byte that is not of the encoding is named by row and column."""
    if content.startswith(BYTE_ORDER_MARK):
        if style.encoding != "utf-8":
            raise SourceError(
                Sentence("begins as UTF-8, but its encoding is said to be %(encoding)s.", encoding=style.encoding),
                file,
                1,
            )
        content = content[len(BYTE_ORDER_MARK) :]
    try:
        return content.decode(style.encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(style.encoding)
        row, column = place_of(before, len(before), style.delimiter)
        byte = f"0x{content[error.start]:02x}"
        reason = Sentence("has the byte %(byte)s, which is not %(encoding)s.", byte=byte, encoding=style.encoding)
        raise SourceError(reason, file, row, column) from None


def place_of(text: str, position: int, delimiter: str) -> tuple[int, str]:
    """The row, counted from 1, and the column's name at a position of a text file."""
    lines = lines_of(text[:position])
    header = lines[0].split(delimiter)
    number = lines[-1].count(delimiter)
    named = len(lines) > 1 and number < len(header)
    return len(lines), header[number].strip(' "') if named else str(number + 1)


def lines_of(text: str) -> list[str]:
    """A text's lines by the line ends that files have, not by everything that Unicode calls one."""
    return re.split(r"\r\n|\r|\n", text)


def check_header(names: list[str], file: str) -> None:
    """Refuse an unnamed or repeated column and a file that is too wide to be a table."""
    if len(names) > WIDEST_FILE:
        reason = Sentence("has %(columns)s columns; at most %(widest)s are read. Is the delimiter right?",
                          columns=len(names), widest=WIDEST_FILE)  # fmt: skip
        raise SourceError(reason, file, 1)
    for number, name in enumerate(names, start=1):
        if not name.strip() and len(names) > 1:
            raise SourceError(Sentence("has no name."), file, 1, str(number))
        if name in names[: number - 1]:
            raise SourceError(Sentence("is there a second time."), file, 1, shown(name))


def not_as_wide(cells: int, header: int) -> Sentence:
    """What is wrong with a row of another width than the header's."""
    return Sentence("has %(cells)s cells; the header has %(header)s.", cells=cells, header=header)


def not_split(error: Exception) -> Sentence:
    """What is wrong with a file whose quotes or delimiters do not add up."""
    return Sentence("cannot be split into cells: %(error)s.", error=str(error))


def _plain(text: str, style: Style, file: str) -> pa.Table:
    """A file without quotes: split by Arrow."""
    lines = lines_of(text)
    header = lines[0].split(style.delimiter)
    check_header(header, file)
    if len(lines) == 1:
        return pa.table({name: pa.array([], pa.string()) for name in header})
    content = text.encode()
    try:
        return pacsv.read_csv(
            io.BytesIO(content),
            pacsv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=header, skip_rows=1),
            pacsv.ParseOptions(delimiter=style.delimiter, quote_char=False, ignore_empty_lines=False),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        for number, line in enumerate(lines, start=1):
            width = line.count(style.delimiter) + 1
            if width != len(header):
                raise SourceError(not_as_wide(width, len(header)), file, number) from None
        raise SourceError(not_split(error), file) from error


def _quoted(text: str, style: Style, file: str) -> pa.Table:
    """A file with quotes: read strictly, a quote in the wrong place is an error and not a guess."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=style.delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        header = next(reader)
        check_header(header, file)
        for row in reader:
            if len(row) != len(header):
                raise SourceError(not_as_wide(len(row), len(header)), file, len(rows) + 2)
            rows.append(row)
    except csv.Error as error:
        raise SourceError(not_split(error), file, len(rows) + 2) from None
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pa.table([pa.array((cell or None for cell in column), pa.string()) for column in columns], names=header)
