"""Spreadsheets as tables of text. Before one is opened its parts are measured: no bomb, macro or link gets in."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from portal.sentence import Sentence
from portal.sources.base import SourceError
from portal.sources.conform import shown
from portal.sources.folder_csv import WIDEST_FILE, check_header
from portal.sources.folder_options import Style

MOST_PARTS, LARGEST_CONTENT, LARGEST_RATIO = 1_000, 64 * 2**20, 100
SMALL_PART = 2**20  # below it any ratio is harmless
FORBIDDEN_PARTS = ("vbaproject", "externallinks/", "embeddings/", "activex/")
DIGITS_OF_A_DOUBLE = 15
LONGEST_GAP = 1_000

# openpyxl answers a malformed part with whatever its parsing trips over
UNREADABLE = (
    InvalidFileException, ParseError, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, AttributeError,
    IndexError, ArithmeticError, EOFError, RuntimeError, zlib.error,
)  # fmt: skip

if not openpyxl.DEFUSEDXML:  # without it a spreadsheet could expand entities
    raise ImportError("openpyxl does not use defusedxml; install the locked requirements again.")


def read_xlsx(content: bytes, style: Style, file: str) -> pa.Table:
    """All cells of a sheet as text under its first row's names, empty ones as null. Raises SourceError."""
    check_parts(content, file)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        if style.sheet and style.sheet not in book.sheetnames:
            sheets = ", ".join(book.sheetnames)
            raise SourceError(
                Sentence("has no sheet %(sheet)s; it has %(sheets)s.", sheet=repr(style.sheet), sheets=sheets), file
            )
        sheet = book[style.sheet or book.sheetnames[0]]
        sheet.reset_dimensions()
        header = header_of(next(sheet.iter_rows(max_row=1, values_only=True), ()), file)
        cells = sheet.iter_rows(min_row=2, values_only=True)
        columns = zip(*text_rows(cells, len(header), style, file), strict=True)
        texts = list(columns) or [()] * len(header)
    except UNREADABLE as error:
        if isinstance(error, DefusedXmlException) or isinstance(error.__context__, DefusedXmlException):
            raise SourceError(Sentence("declares entities in its XML, which is forbidden."), file) from error
        raise SourceError(
            Sentence("is not a readable spreadsheet: %(error)s", error=shown(error, 200)), file
        ) from error
    return pa.table([pa.array(column, pa.string()) for column in texts], names=header)


def check_parts(content: bytes, file: str) -> None:
    """Refuse an archive with too many, too large or too dense parts, macros, links to other files or embedded ones."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise SourceError(
            Sentence("is not a spreadsheet of the xlsx kind (%(error)s).", error=str(error)), file
        ) from None
    if len(parts) > MOST_PARTS:
        reason = Sentence("has %(parts)s parts; a spreadsheet has at most %(most)s.",
                          parts=f"{len(parts):,}", most=f"{MOST_PARTS:,}")  # fmt: skip
        raise SourceError(reason, file)
    if sum(part.file_size for part in parts) > LARGEST_CONTENT:
        reason = Sentence("unpacks to more than %(size)s MB; send it as CSV or Parquet.", size=LARGEST_CONTENT // 2**20)
        raise SourceError(reason, file)
    for part in parts:
        if part.file_size > SMALL_PART and part.file_size > LARGEST_RATIO * part.compress_size:
            reason = Sentence("its part %(part)s unpacks to over %(ratio)s times its size.",
                              part=part.filename, ratio=LARGEST_RATIO)  # fmt: skip
            raise SourceError(reason, file)
        if any(name in part.filename.lower() for name in FORBIDDEN_PARTS):
            reason = Sentence("holds %(part)s: macros, links and embedded files are refused.", part=part.filename)
            raise SourceError(reason, file)


def header_of(cells: Iterable[object], file: str) -> list[str]:
    """The names in the first row, without the empty cells after the last one."""
    names = ["" if cell is None else str(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SourceError(Sentence("its first row is empty; it should hold the columns' names."), file, 1)
    check_header(names, file)
    return names


def text_rows(rows: Iterable[tuple[object, ...]], width: int, style: Style, file: str) -> Iterator[list[str | None]]:
    """The rows below the header as text, without empty ones at the end; each of `rows` is as wide as its last cell."""
    waiting = 0
    for number, cells in enumerate(rows, start=2):
        if len(cells) <= WIDEST_FILE and all(cell is None or cell == "" for cell in cells):
            waiting += 1
            continue
        if waiting > LONGEST_GAP:
            raise SourceError(Sentence("follows %(rows)s empty rows.", rows=f"{waiting:,}"), file, number)
        if len(cells) > WIDEST_FILE or any(cell is not None and cell != "" for cell in cells[width:]):
            raise SourceError(Sentence("has a cell beyond the last named column."), file, number)
        for _ in range(waiting):
            yield [None] * width
        waiting = 0
        texts = [cell_text(cell, style) for cell in cells[:width]]
        yield texts + [None] * (width - len(texts))


def cell_text(cell: object, style: Style) -> str | None:
    """A cell as a text file in this style would write it; a date with a time of day keeps it and will be refused."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return number_text(cell).replace(".", style.decimal)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.strftime(style.date_format)
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return cell.strftime(style.date_format)
    return str(cell)


def number_text(number: float) -> str:
    """A spreadsheet's number in decimal: what was typed, where the double still holds it.

    Computed cells carry noise behind their fifteenth digit (0.1 + 0.2): it is dropped when six decimals tie within a
    billionth. Everything else is shown as it is and refused by the column's form.
    """
    exact = repr(number)
    if number.is_integer() and abs(number) < 10**DIGITS_OF_A_DOUBLE:
        return str(int(number))
    if "e" in exact or "n" in exact or len(Decimal(exact).as_tuple().digits) <= DIGITS_OF_A_DOUBLE:
        return exact
    shorter = Decimal(f"{number:.6f}")
    return str(shorter) if abs(Decimal(number) - shorter) <= Decimal("0.000000001") else exact
