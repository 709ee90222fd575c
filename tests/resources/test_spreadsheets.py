"""Files from outside are taken as hostile, and files for outside never run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.spreadsheets import (
    LARGEST_FILE_BYTES,
    LARGEST_SHEET_BYTES,
    MOST_ROWS,
    BadFile,
    Sheet,
    SheetColumn,
    read_sheet,
    write_csv,
    write_xlsx,
)
from tests.examples import examples

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", " =1",
            "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil","x")']  # fmt: skip
COLUMNS = [SheetColumn("Name"), SheetColumn("Amount", "money")]


def sheet_of(text: str) -> Sheet:
    return read_sheet(text.encode())


def xlsx(**parts: str | bytes) -> bytes:
    """A package with these parts over a plain one's."""
    made = io.BytesIO()
    plain = zipfile.ZipFile(io.BytesIO(write_xlsx("x", COLUMNS, [["a", Decimal(1)]])))
    replaced = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name in plain.namelist():
            if name not in replaced:
                package.writestr(name, plain.read(name))
        for name, content in replaced.items():
            package.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("text", FORMULAS)
def test_no_exported_cell_runs(text: str) -> None:
    rows = list(csv.reader(io.StringIO(write_csv(COLUMNS, [[text, Decimal("-5.10")]]).decode("utf-8-sig"), newline="")))
    assert rows[1][0] == "'" + text
    assert rows[1][1] == "-5.10"
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx("x", COLUMNS, [[text, Decimal("-5.10")]])))
    cells = next(book.active.iter_rows(min_row=2))
    assert cells[0].data_type == "s"
    assert (cells[1].data_type, cells[1].value) == ("n", -5.1)


def test_headings_do_not_run_either() -> None:
    assert write_csv([SheetColumn("=1+1")], []).decode("utf-8-sig") == "'=1+1\r\n"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_comes_back(kind: str) -> None:
    columns = [SheetColumn("Name"), SheetColumn("Part", "ratio"), SheetColumn("Day", "date")]
    rows = [["=1+1", Decimal("0.333333"), dt.date(2026, 1, 31)], ["客户", None, None], ["-5", Decimal(-3), None]]
    content = write_csv(columns, rows) if kind == "csv" else write_xlsx("机构/[x]", columns, rows)
    sheet = read_sheet(content)
    assert sheet.headings == ("Name", "Part", "Day")
    assert [row.cells[0] for row in sheet.rows] == ["=1+1", "客户", "-5"]
    assert Decimal(sheet.rows[0].cells[1]) == Decimal("0.333333")  # type: ignore[arg-type]
    assert str(sheet.rows[0].cells[2]) == "2026-01-31"
    assert [row.number for row in sheet.rows] == [2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_the_usual_encodings(encoding: str, line_end: str, delimiter: str) -> None:
    lines = [delimiter.join(("代码", "名称")), delimiter.join(("1001", "北京分行"))]
    sheet = read_sheet(line_end.join(lines).encode(encoding))
    assert sheet.headings == ("代码", "名称")
    assert sheet.rows[0].cells == ("1001", "北京分行")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n\n", "no table"),
        (b"a,b\n1\x00,2", "neither a spreadsheet nor text"),
        (b"a,b\n\xff\xff\xff,2", "row 2.*unknown encoding"),
        (b"a,a\n1,2", "row 1, column a.*twice"),
        (b"a,,c\n1,2,3", "Heading 2 is empty"),
        (b"a,b\n1,2,3", "row 2.*more cells"),
        (b'a,b\n"1,2', "row 2"),
        (b"a,b\n\x01,2", "row 2, column 1.*cannot be shown"),
        (b"a\n" + b"x" * 6_000, "row 2, column 1.*longer"),
        (b",".join(b"%d" % n for n in range(100)), "row 1.*more than"),
        (b"<html><script>alert(1)</script>", "web page"),
        (b"  <?xml version='1.0'?><svg/>", "web page"),
        (b"MZ\x90\x00\x03", "neither"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or a protected"),
        (b"PK\x03\x04garbage", "damaged"),
        (b"x" * (LARGEST_FILE_BYTES + 1), "larger than"),
        (("a\n" + "1\n" * (MOST_ROWS + 1)).encode(), f"more than {MOST_ROWS}"),
    ],
)
def test_a_bad_file_says_where(content: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        read_sheet(content)


def workbook(*rows: list[object]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("=1+1", "row 2, column B.*formula"), (1e300, "row 2, column B.*too large"), ("#REF!", "row 2, column B.*error")],
)
def test_a_bad_cell_says_where(value: object, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        read_sheet(workbook(["a", "b"], ["x", value]))


def test_numbers_are_as_shown_and_exact() -> None:
    sheet = read_sheet(workbook(["a"], [0.1], [-0.0], [1001], [1234567890123.45]))
    assert [row.cells[0] for row in sheet.rows] == [
        Decimal("0.1"), Decimal(0), Decimal(1001), Decimal("1234567890123.45"),
    ]  # fmt: skip
    assert str(sheet.rows[1].cells[0]) in ("0", "0.0")


def test_a_line_far_below_is_never_lost() -> None:
    far = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        '<row r="9000"><c r="A9000"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(BadFile, match="below row 8000"):
        read_sheet(xlsx(xl__worksheets__sheet1_dot_xml=far))


def test_a_cell_right_of_the_widest_table_is_refused_and_not_left_out() -> None:
    def wide(*cells: str) -> bytes:
        return xlsx(
            xl__worksheets__sheet1_dot_xml='<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<dimension ref="A1:B2"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
            f'<row r="2"><c r="A2"><v>1</v></c>{"".join(cells)}</row></sheetData></worksheet>'
        )

    for column in ("BI", "BJ", "CA", "XFD"):
        with pytest.raises(BadFile, match=f"row 2, column {column}: .* more than 60 cells"):
            read_sheet(wide(f'<c r="{column}2"><v>2</v></c>'))
    with pytest.raises(BadFile, match="more cells than there are headings"):
        read_sheet(wide('<c r="BH2"><v>2</v></c>'))
    assert read_sheet(wide('<c r="CA2" s="1"/>')).rows[0].cells == (Decimal(1),)  # only its colour


def test_bombs_are_refused_quickly() -> None:
    zeros = b"0" * (LARGEST_SHEET_BYTES + 1)
    laughs = (
        '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet>&c;</worksheet>'
    )
    outside = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet>&f;</worksheet>'
    sparse = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    far_right = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + "".join(f'<row r="{row}"><c r="XFD{row}"/></row>' for row in range(1, 7_000))
        + "</sheetData></worksheet>"
    )
    begun = time.process_time()
    for content, sentence in (
        (xlsx(xl__worksheets__sheet1_dot_xml=zeros), "too large"),
        (xlsx(xl__styles_dot_xml=zeros), "too large"),
        (xlsx(xl__worksheets__sheet1_dot_xml=laughs), "damaged"),
        (xlsx(xl__worksheets__sheet1_dot_xml=outside), "damaged"),
        (xlsx(xl__vbaProject_dot_bin=b"macro"), "macros"),
        (xlsx(xl__externalLinks__externalLink1_dot_xml=b"<x/>"), "links"),
        (xlsx(**{f"part{n}": b"" for n in range(400)}), "too many parts"),
        (xlsx(xl__worksheets__sheet1_dot_xml=far_right), "too large"),
    ):
        with pytest.raises(BadFile, match=sentence):
            read_sheet(content)
    with pytest.raises(BadFile, match="below row 8000"):
        read_sheet(xlsx(xl__worksheets__sheet1_dot_xml=sparse))
    assert time.process_time() - begun < 5


@examples(150)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for file in (content, b"a,b\n" + content, b"PK\x03\x04" + content):
        try:
            read_sheet(file)
        except BadFile as refusal:
            assert refusal.sentence


@examples(60)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 10_000))
def test_a_damaged_workbook_is_read_or_refused(noise: bytes, place: int) -> None:
    whole = bytearray(write_xlsx("x", COLUMNS, [["a", Decimal(1)]]))
    place %= len(whole)
    whole[place : place + len(noise)] = noise
    try:
        read_sheet(bytes(whole))
    except BadFile as refusal:
        assert refusal.sentence
