"""Spreadsheets in and out: xlsx and csv, read as hostile, written so that no cell ever runs as a formula.

What comes in is decided by its content, never by its name. A file that cannot be read as a whole raises `BadFile`, with
the row and the column where there is one; cells come out as text, exact numbers, dates, flags or nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import ParseError

import openpyxl
import xlsxwriter
from flask_babel import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

Cell = str | Decimal | dt.date | bool | None

LARGEST_FILE_BYTES = 5_000_000
LARGEST_FILE_IN_BASE64 = LARGEST_FILE_BYTES * 4 // 3 + 4
LARGEST_SHEET_BYTES = 25_000_000  # of the table and of its texts, unpacked
LARGEST_PART_BYTES = 1_000_000  # of anything else in the package, unpacked
MOST_PARTS = 300
MOST_ROWS = 2_000  # some milliseconds each, while a person waits
LAST_ROW, LAST_SHEET_ROW = 4 * MOST_ROWS, 1_048_576  # with empty lines between; what a spreadsheet can have
MOST_COLUMNS = 60
MOST_PLACES = 4_000_000  # cells looked at, the empty ones up to each line's last one among them
LONGEST_CELL = 5_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
PLAIN_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,9})?")
# openpyxl meets a damaged package wherever it is damaged, and says so with the error of that place
DAMAGED = (
    zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException, KeyError, ValueError, TypeError, AttributeError,
    IndexError, EOFError, OSError, RuntimeError, NotImplementedError, OverflowError,
)  # fmt: skip


class BadFile(ValueError):
    """A file that is not taken: a sentence, with the row and the column where there is one."""

    def __init__(self, sentence: str, row: int | None = None, column: str | None = None) -> None:
        self.sentence, self.row, self.column = sentence, row, column
        place = ", ".join(
            each
            for each in (
                _("row %(row)s", row=row) if row else "",
                _("column %(column)s", column=column) if column else "",
            )
            if each
        )
        super().__init__(f"{place}: {sentence}" if place else sentence)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of a file; `number` is the one a person sees in a spreadsheet."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first table of a file: its headings and the lines below them that are not empty."""

    headings: tuple[str, ...]
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column to write; `unit` is one of text, money, number, ratio, date. In xlsx a `note` hangs at its heading."""

    title: str
    unit: str = "text"
    width: int = 16
    note: str = ""


def read_sheet(content: bytes) -> Sheet:
    """The first table of an xlsx or csv file.

    Raises:
        BadFile: too large, damaged, protected, with macros, not a table, or with a cell that cannot be taken.
    """
    if not content:
        raise BadFile(_("The file is empty."))
    if len(content) > LARGEST_FILE_BYTES:
        raise BadFile(_("The file is larger than %(size)s MB; split it.", size=LARGEST_FILE_BYTES // 1_000_000))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(_("This is an old or a protected Excel file. Save it as .xlsx without a password."))
    lines = _xlsx_lines(content) if content.startswith(b"PK") else _csv_lines(content)
    return _as_sheet(lines)


def _as_sheet(lines: Iterator[tuple[int, tuple[Cell, ...]]]) -> Sheet:
    headings: tuple[str, ...] = ()
    rows: list[SheetRow] = []
    for number, cells in lines:
        if not any(cell not in (None, "") for cell in cells):
            continue
        if not headings:
            headings = _headings(number, cells)
            continue
        if any(cell not in (None, "") for cell in cells[len(headings) :]):
            raise BadFile(_("The line has more cells than there are headings."), number)
        if len(rows) == MOST_ROWS:
            raise BadFile(_("The file has more than %(rows)s lines; split it.", rows=MOST_ROWS), number)
        padded = cells[: len(headings)] + (None,) * (len(headings) - len(cells))
        rows.append(SheetRow(number, padded))
    if not headings:
        raise BadFile(_("The file holds no table."))
    return Sheet(headings, tuple(rows))


def _headings(number: int, cells: tuple[Cell, ...]) -> tuple[str, ...]:
    titles = [str(cell).strip() if cell is not None else "" for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    for place, title in enumerate(titles, start=1):
        if not title:
            raise BadFile(_("Heading %(place)s is empty.", place=place), number)
        if titles.count(title) > 1:
            raise BadFile(_("The heading stands twice."), number, title)
    return tuple(titles)


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    _check_package(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says about its size may be less than what stands in it
        places = 0
        for number, cells in enumerate(sheet.iter_rows(max_row=LAST_SHEET_ROW), start=1):
            if not cells:
                continue
            places += len(cells)
            if places > MOST_PLACES:
                raise BadFile(_("The file is not taken: unpacked it is too large."))
            _check_place(number, cells)
            yield number, tuple(_xlsx_cell(cell, number) for cell in cells[: MOST_COLUMNS + 1])
    except BadFile:
        raise
    except DAMAGED as error:
        raise BadFile(
            _("The file is damaged or not a spreadsheet. Open it in Excel and save it again as .xlsx.")
        ) from error


def _check_place(number: int, cells: Sequence[object]) -> None:
    """Refuse what stands where nothing is read: nothing is left out in silence."""
    if number > LAST_ROW and any(getattr(cell, "value", None) is not None for cell in cells):
        raise BadFile(
            _("The file has a line below row %(last)s; put the lines below one another.", last=LAST_ROW), number
        )
    for cell in cells[MOST_COLUMNS:]:
        if getattr(cell, "value", None) not in (None, ""):
            column = str(getattr(cell, "column_letter", ""))
            raise BadFile(_("The line has more than %(most)s cells.", most=MOST_COLUMNS), number, column)


def _check_package(content: bytes) -> None:
    """Refuse a package by its table of contents, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except DAMAGED as error:
        raise BadFile(
            _("The file is damaged or not a spreadsheet. Open it in Excel and save it again as .xlsx.")
        ) from error
    if len(parts) > MOST_PARTS:
        raise BadFile(_("The file is not taken: it consists of too many parts."))
    for part in parts:
        name = part.filename.lower()
        if "vbaproject" in name or "externallinks/" in name or "embeddings/" in name or "activex/" in name:
            raise BadFile(_("The file holds macros, links or embedded objects. Save it as a plain .xlsx."))
        table = name.startswith("xl/worksheets/") or name == "xl/sharedstrings.xml"
        if part.file_size > (LARGEST_SHEET_BYTES if table else LARGEST_PART_BYTES):
            raise BadFile(_("The file is not taken: unpacked it is too large."))


def _xlsx_cell(cell: object, row: int) -> Cell:
    value = getattr(cell, "value", None)
    if value is None:
        return None
    column = str(getattr(cell, "column_letter", ""))
    if getattr(cell, "data_type", "") == "f":
        raise BadFile(_("The cell holds a formula; replace it by its value."), row, column)
    if getattr(cell, "data_type", "") == "e":
        raise BadFile(_("The cell holds an error (%(error)s).", error=str(value)[:20]), row, column)
    if isinstance(value, bool):
        return value
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int | float):
        return _exact(value, row, column)
    return _clean(str(value), row, column)


def _exact(value: float, row: int, column: str) -> Decimal:
    """The number as the spreadsheet shows it: the shortest decimal that gives this cell."""
    number = Decimal(repr(value))
    if not number.is_finite() or number.adjusted() > 17:
        raise BadFile(_("The number is too large."), row, column)
    return number + 0  # a negative zero becomes zero


def _clean(text: str, row: int, column: str) -> str:
    if len(text) > LONGEST_CELL:
        raise BadFile(_("The text is longer than %(longest)s characters.", longest=LONGEST_CELL), row, column)
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise BadFile(_("The text holds characters that cannot be shown."), row, column)
    text = text.strip()
    return text[1:] if text.startswith("'") and text[1:2] in FORMULA_STARTS else text


def _csv_lines(content: bytes) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    text = _decoded(content)
    if text.lstrip()[:1] == "<":
        raise BadFile(_("The file is a web page or XML, not a table. Save it as .xlsx or .csv."))
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise BadFile(_("The line has more than %(most)s cells.", most=MOST_COLUMNS), line)
            yield line, tuple(_clean(cell, line, str(place)) for place, cell in enumerate(cells, start=1))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(_("The line cannot be read; check its quotation marks."), line) from error


def _decoded(content: bytes) -> str:
    """The text of a csv file: UTF-8, UTF-16 with its mark, or the Chinese national encoding."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in content and not marked:
        raise BadFile(_("The file is neither a spreadsheet nor text."))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            row = content[: error.start].count(b"\n") + 1
    raise BadFile(_("The text is in an unknown encoding. Save it as CSV UTF-8."), row)


def safe_text(text: str) -> str:
    """A text for a csv cell that no spreadsheet takes for a formula; plain negative numbers stay as they are."""
    if text.lstrip(" \u3000").startswith(FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def write_csv(columns: Sequence[SheetColumn], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A csv file with headings, in UTF-8 with the mark that makes Excel read Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_text(column.title) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return safe_text(str(cell))


NUMBER_FORMATS = {
    "money": "#,##0.00",
    "number": "#,##0",
    "rate": "0.0000####",
    "ratio": "0.00####%",
    "date": "yyyy-mm-dd",
}


def write_xlsx(
    name: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Cell]], notes: Sequence[str] = ()
) -> bytes:
    """An xlsx file with one table, and a second sheet for sentences to know before reading it.

    Texts are texts, whatever they begin with.
    """
    out = io.BytesIO()
    safe = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, safe) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31] or "Sheet1")
        head = book.add_format({"bold": True, "bottom": 1})
        formats = {unit: book.add_format({"num_format": pattern}) for unit, pattern in NUMBER_FORMATS.items()}
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.title, head)
            if column.note:
                sheet.write_comment(0, place, column.note, {"x_scale": 2})
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, bool):
                    sheet.write_boolean(number, place, cell)
                elif isinstance(cell, Decimal | int):
                    sheet.write_number(number, place, cell, formats.get(columns[place].unit))
                elif isinstance(cell, dt.date):
                    sheet.write_datetime(number, place, cell, formats["date"])
                elif cell not in (None, ""):
                    sheet.write_string(number, place, str(cell))
        if notes:
            beside = book.add_worksheet(_("Notes"))
            beside.set_column(0, 0, 110)
            for number, sentence in enumerate(notes):
                beside.write_string(number, 0, sentence)
    return out.getvalue()
