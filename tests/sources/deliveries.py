"""A small bank's files, written in the formats banks send."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from portal.sources.base import ACCOUNT, CUSTOMER, MOVEMENT

DAY, NEXT_DAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


def movements(day: dt.date = DAY, first_id: int = 1) -> pa.Table:
    """Three movements of a day: a Chinese kind, a negative amount, an empty balance."""
    rows: list[dict[str, Any]] = [
        {"account_id": 7, "amount": Decimal("1234.56"), "balance_after": Decimal("1234.56"), "kind": "salary"},
        {"account_id": 7, "amount": Decimal("-1000.00"), "balance_after": Decimal("234.56"), "kind": "transfer_out"},
        {"account_id": 8, "amount": Decimal("99999999.99"), "balance_after": None, "kind": "开户"},
    ]
    return pa.Table.from_pylist(
        [{"movement_id": first_id + number, "business_date": day, **row} for number, row in enumerate(rows)], MOVEMENT
    )


def accounts() -> pa.Table:
    """Two accounts, one of them with a second row from the next day on."""
    common = {
        "customer_id": 1, "product_code": "DEP", "institution_code": "S01", "currency": "CNY", "term_days": 0,
        "opened_on": DAY,
    }  # fmt: skip
    rows = [
        {"account_id": 7, "account_no": "007", "customer_rate": Decimal("0.001"), "valid_from": DAY},
        {"account_id": 7, "account_no": "007", "customer_rate": Decimal("0.002"), "valid_from": NEXT_DAY},
        {"account_id": 8, "account_no": "008", "customer_rate": None, "valid_from": DAY},
    ]
    return pa.Table.from_pylist([{**common, **row} for row in rows], ACCOUNT)


def customers() -> pa.Table:
    """One customer."""
    row = {
        "customer_id": 1,
        "customer_no": "C1",
        "name": "Wang Wei",
        "name_zh": "王伟",
        "segment": "personal",
        "since": DAY,
    }
    return pa.Table.from_pylist([row], CUSTOMER)


def cell(value: Any, *, decimal: str = ".", thousands: str = "", date_format: str = "%Y-%m-%d") -> str:
    """A value as a bank's text file has it."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.strftime(date_format)
    if isinstance(value, Decimal):
        return f"{value:,}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    return str(value)


def csv_text(table: pa.Table, delimiter: str = ",", **style: str) -> str:
    """A table as a text file without quotes."""
    lines = [table.column_names, *([cell(value, **style) for value in row.values()] for row in table.to_pylist())]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def xlsx_bytes(table: pa.Table) -> bytes:
    """A table as a spreadsheet with typed cells; amounts are numbers as spreadsheets hold them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(table.column_names)
    for row in table.to_pylist():
        sheet.append([float(value) if isinstance(value, Decimal) else value for value in row.values()])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write(folder: Path, table: pa.Table, name: str, kind: str) -> None:
    """A table as a file of a kind, named without its ending."""
    path = folder / f"{name}.{kind}"
    if kind == "csv":
        path.write_text(csv_text(table), "utf-8")
    elif kind == "xlsx":
        path.write_bytes(xlsx_bytes(table))
    else:
        pq.write_table(table, path)


def write_bank(folder: Path, kind: str = "csv") -> dict[str, Any]:
    """Two days of a bank as files of a kind; the options to read them."""
    for day, first_id in ((DAY, 1), (NEXT_DAY, 11)):
        write(folder, movements(day, first_id), f"movement_{day:%Y%m%d}", kind)
        write(folder, accounts().slice(0, 3), f"account_{day:%Y%m%d}", kind)
        write(folder, customers(), f"customer_{day:%Y%m%d}", kind)
    names = ("movement", "account", "customer")
    return {name: {"pattern": f"{name}_{{date:%Y%m%d}}.{kind}"} for name in names}
