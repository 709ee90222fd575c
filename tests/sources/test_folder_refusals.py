"""Everything that can be wrong with a file: one sentence with its place, and no rows at all."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import example, given
from hypothesis import strategies as st

from portal.kit.catalogue import PO
from portal.sentence import told
from portal.sources.base import KEYS, MOVEMENT, SCHEMAS, SourceError
from portal.sources.conform import conform
from portal.sources.folder import FolderSource
from portal.sources.folder_csv import read_csv
from portal.sources.folder_options import Style
from tests.examples import examples
from tests.sources import deliveries
from tests.sources.deliveries import DAY, NEXT_DAY

GOOD = deliveries.csv_text(deliveries.movements())
HEADER, FIRST, SECOND, THIRD = GOOD.splitlines()
NAME = "movement_20260302.csv"


def refusal(folder: Path, content: str | bytes, **options: Any) -> SourceError:
    """The error that a day's file gives."""
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / NAME).write_bytes(raw)
    with pytest.raises(SourceError) as caught:
        FolderSource(str(folder), options).fetch("movement", DAY, DAY)
    return caught.value


# what is wrong: (the file, row, column, a part of the sentence)
BAD_FILES: dict[str, tuple[str | bytes, int | None, str, str]] = {
    "missing column": (GOOD.replace("amount", "betrag"), 1, "amount", "missing"),
    "text in an amount": (GOOD.replace("1234.56,1234.56", "many,1234.56"), 2, "amount", "“many” is not a number"),
    "duplicate key": (GOOD + FIRST + "\n", 5, "movement_id", "second time"),
    "wrong encoding": (GOOD.encode("gb18030"), 4, "kind", "not utf-8"),
    "half a character": (GOOD.encode()[:-2], 4, "kind", "not utf-8"),
    "UTF-16": (GOOD.encode("utf-16"), 1, "1", "not utf-8"),
    "NUL": (GOOD.replace("salary", "sal\0ary"), 2, "kind", "NUL"),
    "NaN": (GOOD.replace("1234.56,1234.56", "NaN,1234.56"), 2, "amount", "“NaN”"),
    "infinite": (GOOD.replace("1234.56,1234.56", "1e400,1234.56"), 2, "amount", "“1e400”"),
    "exponent": (GOOD.replace("1234.56,1234.56", "1e2,1234.56"), 2, "amount", "“1e2”"),
    "full-width digits": (GOOD.replace("-1000.00", "-１000.00"), 3, "amount", "full-width"),
    "other digits": (GOOD.replace("-1000.00", "-١000.00"), 3, "amount", "not a number"),
    "three decimals": (GOOD.replace("-1000.00", "-1000.001"), 3, "amount", "2 decimals"),
    "too many digits": (GOOD.replace("-1000.00", "1" + "0" * 16), 3, "amount", "16 digits"),
    "thousands": (GOOD.replace("-1000.00", '"1,000.00"'), 3, "amount", "has a comma"),
    "space": (GOOD.replace("-1000.00", " -1000.00"), 3, "amount", "spaces"),
    "empty amount": (GOOD.replace("-1000.00", ""), 3, "amount", "is empty"),
    "empty kind": (GOOD.replace("salary", ""), 2, "kind", "is empty"),
    "fraction of an id": (GOOD.replace("\n1,", "\n1.5,"), 2, "movement_id", "whole number"),
    "huge id": (GOOD.replace("\n1,", "\n99999999999999999999,"), 2, "movement_id", "whole number"),
    "another day": (GOOD.replace(FIRST, FIRST.replace("-02,", "-03,")), 2, "business_date", "not the file's day"),
    "no such day": (GOOD.replace(FIRST, FIRST.replace("-03-02,", "-02-30,")), 2, "business_date", "not a date"),
    "a year long ago": (GOOD.replace("2026-03-02", "0026-03-02"), 2, "business_date", "not a date"),
    "another date style": (GOOD.replace("2026-03-02", "02.03.2026"), 2, "business_date", "not a date"),
    "huge cell": (GOOD.replace("salary", "s" * 5_000), 2, "kind", "at most 1000 characters"),
    "huge quoted cell": (GOOD.replace("salary", '"' + "s" * 200_000 + '"'), 2, "", "field larger"),
    "line break in a cell": (GOOD.replace("salary", '"sal\nary"'), 2, "kind", "on one line"),
    "terminal escape": (GOOD.replace("salary", "\x1b[31m"), 2, "kind", "on one line"),
    "a cell more": (GOOD.replace("salary", "salary,x"), 2, "", "7 cells; the header has 6"),
    "a cell less": (GOOD.replace(",transfer_out", ""), 3, "", "5 cells; the header has 6"),
    "an empty line": (GOOD.replace(SECOND, "\n" + SECOND), 3, "movement_id", "is empty"),
    "quote left open": (GOOD.replace("salary", '"salary'), 2, "", "cannot be split"),
    "quote in the middle": (GOOD.replace("salary", '"sal"ary'), 2, "", "cannot be split"),
    "repeated column": (GOOD.replace("balance_after", "amount"), 1, "“amount”", "second time"),
    "unnamed column": (GOOD.replace("balance_after", ""), 1, "5", "no name"),
    "another delimiter": (GOOD.replace(",", ";"), 1, "movement_id", "missing"),
    "empty": ("", None, "", "is empty"),
    "only line ends": ("\r\n\n", None, "", "is empty"),
    "a page of the web": ("<html><body>Log in</body></html>", 1, "movement_id", "missing"),
    "too wide": (",".join(map(str, range(900))) + "\n", 1, "", "900 columns"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, what: str) -> None:
    content, row, column, sentence = BAD_FILES[what]
    error = refusal(tmp_path, content)
    assert (error.file, error.row, error.column) == (NAME, row, column), str(error)
    assert sentence in str(error)
    assert str(error).startswith(NAME)
    assert str(error).isprintable()


def test_a_missing_day_gives_nothing_of_the_others(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(GOOD, "utf-8")
    with pytest.raises(SourceError, match=r"movement_20260303\.csv: the file is missing"):
        FolderSource(str(tmp_path)).fetch("movement", DAY, NEXT_DAY)


def test_a_movement_may_not_come_again_on_another_day(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(GOOD, "utf-8")
    (tmp_path / "movement_20260303.csv").write_text(
        GOOD.replace("2026-03-02", "2026-03-03").replace("\n1,", "\n9,"), "utf-8"
    )
    with pytest.raises(SourceError, match=r"movement_20260303\.csv, row 3, column movement_id: movement_id “2”"):
        FolderSource(str(tmp_path)).fetch("movement", DAY, NEXT_DAY)


@pytest.mark.parametrize(
    ("control", "sentence"),
    [
        ("rows,amount\n4,100000234.55\n", f"{NAME}: has 3 rows; movement.ctl says 4"),
        (
            "rows,amount\n3,100000234.54\n",
            f"{NAME}, column amount: sums to 100000234.55; movement.ctl says 100000234.54",
        ),
        ("rows,amount\n3,lots\n", "movement.ctl, row 2, column amount: “lots”"),
        ("rows,amount\n", "movement.ctl: has 0 rows below its header"),
        ("amount\n3\n", "movement.ctl, row 1, column rows: the column is missing"),
        (None, "movement.ctl: the file is missing"),
    ],
)
def test_a_file_that_does_not_tie_is_refused(tmp_path: Path, control: str | None, sentence: str) -> None:
    if control is not None:
        (tmp_path / "movement.ctl").write_text(control)
    options = {"pattern": "movement_{date:%Y%m%d}.csv", "control": "movement.ctl"}
    assert sentence in str(refusal(tmp_path, GOOD, movement=options))


def test_a_snapshot_may_not_know_the_future(tmp_path: Path) -> None:
    deliveries.write_bank(tmp_path)
    path = tmp_path / "account_20260302.csv"
    path.write_text(path.read_text().replace("2026-03-02", "2026-03-09"))
    with pytest.raises(SourceError, match=r"account_20260302\.csv, row 2, column opened_on: is after the file's day"):
        FolderSource(str(tmp_path)).fetch("account", DAY, DAY)
    deliveries.write_bank(tmp_path)
    with pytest.raises(SourceError, match=r"account_20260302\.csv, row 3, column valid_from: is after the file's day"):
        FolderSource(str(tmp_path)).fetch("account", DAY, DAY)


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("amount", pa.array([0.1, 0.125, 1.0]), "row 2, column amount: “0.125”"),
        ("amount", pa.array([0.1, float("nan"), 1.0]), "row 2, column amount: “nan”"),
        ("amount", pa.array([0.1, 1e17, 1.0]), "row 2, column amount"),
        ("amount", pa.array([1, 2, 10**17]), "row 3, column amount"),
        ("amount", pa.array([Decimal("1.001"), Decimal(2), Decimal(3)]), "row 1, column amount: “1.001”"),
        ("amount", pa.array([True, False, True]), "row 1, column amount"),
        ("amount", pa.array([[1], [2], [3]]), "row 1, column amount"),
        ("account_id", pa.array([1.0, 2.5, 3.0]), "row 2, column account_id: “2.5”"),
        ("account_id", pa.array([1, 2, -(2**63)]), "row 3, column account_id: “-9223372036854775808” is not a whole"),
        ("business_date", pa.array([0, 3_600, 7_200], pa.timestamp("s")), "row 2, column business_date"),
        ("business_date", pa.array([0, 1, 2], pa.timestamp("s", "UTC")), "row 1, column business_date"),
        ("kind", pa.array([b"a", b"b", b"c"]), "row 1, column kind"),
        ("kind", pa.array([None, None, None], pa.string()), "row 1, column kind: is empty"),
    ],
)
def test_typed_cells_that_do_not_fit_are_refused(tmp_path: Path, column: str, values: pa.Array, sentence: str) -> None:
    table = deliveries.movements()
    pq.write_table(table.set_column(table.column_names.index(column), column, values), tmp_path / "m.parquet")
    with pytest.raises(SourceError) as caught:
        FolderSource(str(tmp_path), {"movement": {"pattern": "m.parquet"}}).fetch("movement", DAY, DAY)
    assert f"m.parquet, {sentence}" in str(caught.value)


def spreadsheet(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refused_sheet(folder: Path, content: bytes, **options: Any) -> str:
    """The sentence that a spreadsheet gives, within five seconds of work, however busy the machine is."""
    (folder / "m.xlsx").write_bytes(content)
    began = time.process_time()
    with pytest.raises(SourceError) as caught:
        FolderSource(str(folder), {"movement": {"pattern": "m.xlsx", **options}}).fetch("movement", DAY, DAY)
    assert time.process_time() - began < 5
    return str(caught.value)


NAMES = MOVEMENT.names
ROW = [1, 7, DAY, 10.25, None, "salary"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([NAMES, [1, 7, DAY, "ten", None, "x"]], "row 2, column amount: “ten”"),
        ([NAMES, ROW, [2, 7, DAY, 0.125, None, "x"]], "row 3, column amount: “0.125”"),
        ([NAMES, [1, 7, 46083, 1, None, "x"]], "row 2, column business_date: “46083”"),
        ([NAMES, [1, 7, DAY, True, None, "x"]], "row 2, column amount: “TRUE”"),
        ([NAMES, [1.5, 7, DAY, 1, None, "x"]], "row 2, column movement_id"),
        ([NAMES, [1, 7, DAY, 12345678901234.56, None, "x"], [2, 7, DAY, 1e300, None, "x"]], "row 3, column amount"),
        ([NAMES, ROW, [], [3, 7, DAY, 1, None, "x"]], "row 3, column movement_id: is empty"),
        ([NAMES, [*ROW, "beyond"]], "row 2: has a cell beyond"),
        ([NAMES, ROW, [*ROW, None, None, "further"]], "row 3: has a cell beyond"),
        ([NAMES, ROW, [*[None] * 600, "far"]], "row 3: has a cell beyond"),
        ([NAMES, ROW, ROW], "row 3, column movement_id: movement_id “1” is there a second time"),
        ([[], ROW], "row 1: its first row is empty"),
        ([["movement_id", "movement_id"]], "row 1, column “movement_id”"),
        ([NAMES, [1, 7, DAY, "=1+1", None, "x"]], "row 2, column amount: is empty"),
    ],
)
def test_a_sheet_with_a_wrong_cell_is_refused(tmp_path: Path, rows: list[list[Any]], sentence: str) -> None:
    assert sentence in refused_sheet(tmp_path, spreadsheet(rows))


def test_noise_of_computed_cells_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "m.xlsx").write_bytes(spreadsheet([NAMES, [1, 7, DAY, 0.1 + 0.2, 123456789012.23, "x"]]))
    [row] = FolderSource(str(tmp_path), {"movement": {"pattern": "m.xlsx"}}).fetch("movement", DAY, DAY).to_pylist()
    assert (row["amount"], row["balance_after"]) == (Decimal("0.30"), Decimal("123456789012.23"))


def repacked(change: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A good spreadsheet with parts replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(spreadsheet([NAMES, ROW]))) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in {**dict.fromkeys(old.namelist()), **change}:
            new.writestr(name, change.get(name) or old.read(name))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    ) + b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
)  # fmt: skip
EXTERNAL = LAUGHS.split(b"<!DOCTYPE")[0] + (
    b'<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]><worksheet xmlns="http://schemas.openxmlformats.org/'
    b'spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'
    b"</sheetData></worksheet>"
)
FAR_DOWN = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c r="A1" t="inlineStr"><is><t>movement_id</t></is></c></row><row r="900000"><c r="A900000"><v>1</v></c></row>'
    b"</sheetData></worksheet>"
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: repacked({SHEET: b" " * 200 * 2**20}), "unpacks to more than 64 MB"),
        (lambda: repacked({SHEET: b" " * 40 * 2**20}), "over 100 times its size"),
        (lambda: repacked({f"x{n}": b"x" for n in range(1_100)}), "parts"),
        (lambda: repacked({SHEET: LAUGHS}), "forbidden"),
        (lambda: repacked({"xl/styles.xml": LAUGHS}), "forbidden"),
        (lambda: repacked({SHEET: EXTERNAL}), "forbidden"),
        (lambda: repacked({SHEET: FAR_DOWN}), "row 900000: follows 899,998 empty rows"),
        (lambda: repacked({"xl/vbaProject.bin": b"x"}), "macros"),
        (lambda: repacked({"xl/externalLinks/externalLink1.xml": b"x"}), "links"),
        (lambda: repacked({SHEET: b"<worksheet"}), "not a readable spreadsheet"),
        (lambda: repacked({"xl/workbook.xml": b"<x/>"}), "not a readable spreadsheet"),
        (lambda: b"PK\x03\x04 and no more", "not a spreadsheet"),
        (lambda: GOOD.encode(), "not a spreadsheet"),
    ],
)  # fmt: skip
def test_a_hostile_spreadsheet_is_refused(tmp_path: Path, content: Any, sentence: str) -> None:
    assert sentence in refused_sheet(tmp_path, content())


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "has no sheet 'March'; it has Sheet." in refused_sheet(tmp_path, spreadsheet([NAMES]), sheet="March")


CHARACTERS = st.sampled_from(
    [*"0123456789.,-+;\"'eE \t\r\n\0", "\ufeff", "１", "，", "é", "王", "\u2028", "\x85", "NaN", GOOD, FIRST, HEADER]
)
NEARLY_GOOD = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.lists(CHARACTERS, max_size=6)).map(
    lambda cut: GOOD[: cut[0]] + "".join(cut[2]) + GOOD[cut[0] + cut[1] :]
)


@examples(250)
@given(
    content=st.one_of(
        st.binary(max_size=300), NEARLY_GOOD.map(str.encode), NEARLY_GOOD.map(lambda text: text.encode("gb18030")),
    ),
    style=st.builds(
        Style, encoding=st.sampled_from(["utf-8", "gb18030", "iso8859-1"]), delimiter=st.sampled_from([",", ";", "\t"]),
        trim=st.booleans(),
    ),
)  # fmt: skip
def test_any_bytes_give_a_table_or_a_sentence(content: bytes, style: Style) -> None:
    began = time.process_time()
    try:
        table = conform(read_csv(content, style, "f.csv"), MOVEMENT, "f.csv", first_row=2)
    except SourceError as error:
        assert str(error).startswith("f.csv")
        return
    finally:
        assert time.process_time() - began < 2
    assert table.schema.equals(MOVEMENT)
    table.validate(full=True)
    assert table.num_rows <= content.count(b"\n") + content.count(b"\r")


@examples(60)
@example(position=228, byte=45, kind="parquet")  # a date beyond the years that Python has
@given(position=st.integers(0, 10_000), byte=st.integers(0, 255), kind=st.sampled_from(["xlsx", "parquet"]))
def test_a_flipped_byte_gives_a_table_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, position: int, byte: int, kind: str
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    deliveries.write(folder, deliveries.movements(), "m", kind)
    content = bytearray((folder / f"m.{kind}").read_bytes())
    content[position % len(content)] = byte
    (folder / f"m.{kind}").write_bytes(bytes(content))
    try:
        table = FolderSource(str(folder), {"movement": {"pattern": f"m.{kind}"}}).fetch("movement", DAY, DAY)
    except SourceError as error:
        assert f"m.{kind}" in str(error)
        return
    assert table.schema.equals(SCHEMAS["movement"])
    assert len(set(table[KEYS["movement"][0]].to_pylist())) == table.num_rows


@pytest.fixture
def chinese() -> Iterator[None]:
    """A request of somebody who reads Chinese."""
    server = Flask("test", root_path=str(PO.parents[3]))
    Babel(server, locale_selector=lambda: "zh", default_translation_directories=str(PO.parents[2]))
    with server.test_request_context():
        yield


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_refusal_is_kept_and_read_in_chinese(tmp_path: Path, what: str, chinese: None) -> None:
    """The sentence that a run keeps comes back in the reader's language, with the same file, row and column in it."""
    content, row, column, _sentence = BAD_FILES[what]
    error = refusal(tmp_path, content)
    kept = json.loads(json.dumps(error.sentence.kept()))
    said = told(kept)
    assert re.search("[\u4e00-\u9fff]", said.removeprefix(NAME)), said
    assert NAME in said and column in said and (row is None or f"第 {row} 行" in said)
    assert told(kept, "otherwise") == said != str(error)


def test_a_sentence_whose_text_has_changed_is_read_as_it_was_kept() -> None:
    assert told(["%(gone)s", {}], "as it was") == "as it was"
    assert told(None, "as it was") == told("no sentence", "as it was") == "as it was"
