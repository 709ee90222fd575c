"""A folder of files that are right: every format and style gives the same rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from portal.sources.base import MOVEMENT, SCHEMAS, Control, SourceError
from portal.sources.folder import FolderSource
from portal.sources.folder_options import day_of, folder_options, written
from tests.sources import deliveries
from tests.sources.deliveries import DAY, NEXT_DAY


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_what_is_written_comes_back(tmp_path: Path, kind: str) -> None:
    source = FolderSource(str(tmp_path), deliveries.write_bank(tmp_path, kind))
    both = pa.concat_tables([deliveries.movements(DAY, 1), deliveries.movements(NEXT_DAY, 11)])
    assert source.fetch("movement", DAY, NEXT_DAY).equals(both)
    assert source.fetch("movement", NEXT_DAY, NEXT_DAY).equals(deliveries.movements(NEXT_DAY, 11))
    assert source.fetch("account", DAY, NEXT_DAY).equals(deliveries.accounts())
    assert source.fetch("customer", NEXT_DAY, NEXT_DAY).equals(deliveries.customers())
    assert source.dates() == (DAY, NEXT_DAY)
    assert source.controls(DAY, NEXT_DAY) == ()
    assert source.organisation().institutions == []


STYLES = [
    {"delimiter": ";", "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y", "encoding": "gb18030"},
    {"delimiter": "|", "decimal": ",", "thousands": "", "date_format": "%Y%m%d", "encoding": "utf-8"},
    {"delimiter": "\t", "decimal": ".", "thousands": ",", "date_format": "%m/%d/%Y", "encoding": "gbk"},
    {"delimiter": ";", "decimal": ".", "thousands": " ", "date_format": "%Y年%m月%d日", "encoding": "utf-8"},
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_banks_own_style_is_read_as_configured(tmp_path: Path, style: dict[str, str], line_end: str) -> None:
    written_as = {key: value for key, value in style.items() if key != "encoding"}
    text = deliveries.csv_text(deliveries.movements(), **written_as)
    content = text.replace("\n", line_end).encode(style["encoding"])
    (tmp_path / "movement_20260302.csv").write_bytes(content)
    assert FolderSource(str(tmp_path), style).fetch("movement", DAY, DAY).equals(deliveries.movements())


def test_columns_are_renamed_and_filled(tmp_path: Path) -> None:
    table = deliveries.movements().drop_columns(["kind", "balance_after"]).rename_columns({"amount": "TXN_AMT"})
    (tmp_path / "MOV-2026.03.02.txt").write_text(deliveries.csv_text(table), "utf-8")
    options = {"movement": {
        "pattern": "MOV-{date:%Y.%m.%d}.txt", "columns": {"amount": "TXN_AMT"}, "constants": {"kind": "any"},
    }}  # fmt: skip
    found = FolderSource(str(tmp_path), options).fetch("movement", DAY, DAY)
    assert found["amount"].equals(deliveries.movements()["amount"])
    assert pc.unique(found["kind"]).to_pylist() == ["any"]
    assert found["balance_after"].null_count == 3


def test_quotes_a_byte_order_mark_and_padding_are_understood(tmp_path: Path) -> None:
    text = "\ufeff" + deliveries.csv_text(deliveries.movements()).replace("salary", '"sal, ""ary"""').replace(
        ",7,", ", 7 ,"
    )
    (tmp_path / "movement_20260302.csv").write_text(text, "utf-8")
    found = FolderSource(str(tmp_path), {"trim": True}).fetch("movement", DAY, DAY)
    assert found["kind"][0].as_py() == 'sal, "ary"'
    assert found["account_id"].to_pylist() == [7, 7, 8]


def test_one_file_may_hold_all_days(tmp_path: Path) -> None:
    both = pa.concat_tables([deliveries.movements(DAY, 1), deliveries.movements(NEXT_DAY, 11)])
    deliveries.write(tmp_path, both, "all", "parquet")
    options = {"movement": {"pattern": "all.parquet"}, "first_date": "2026-03-02", "last_date": "2026-03-03"}
    source = FolderSource(str(tmp_path), options)
    assert source.dates() == (DAY, NEXT_DAY)
    assert source.fetch("movement", NEXT_DAY, NEXT_DAY).equals(deliveries.movements(NEXT_DAY, 11))


def test_a_day_without_movements_is_a_header_alone(tmp_path: Path) -> None:
    for kind in ("csv", "parquet", "xlsx"):
        options = {"movement": {"pattern": f"movement_{{date:%Y%m%d}}.{kind}"}}
        deliveries.write(tmp_path, deliveries.movements().slice(0, 0), "movement_20260302", kind)
        found = FolderSource(str(tmp_path), options).fetch("movement", DAY, DAY)
        assert found.num_rows == 0
        assert found.schema.equals(MOVEMENT)


def test_doubles_are_taken_where_they_hold_the_cents(tmp_path: Path) -> None:
    table = deliveries.movements()
    doubles = table.set_column(3, "amount", pc.add(table["amount"].cast(pa.float64()), 0.0000004))
    pq.write_table(doubles, tmp_path / "movement_20260302.parquet")
    options = {"movement": {"pattern": "movement_{date:%Y%m%d}.parquet"}}
    assert FolderSource(str(tmp_path), options).fetch("movement", DAY, DAY).equals(table)


def test_a_customer_without_a_chinese_name_goes_by_the_other(tmp_path: Path) -> None:
    deliveries.write(tmp_path, deliveries.customers().drop_columns(["name_zh"]), "customer_20260302", "csv")
    found = FolderSource(str(tmp_path)).fetch("customer", DAY, DAY)
    assert found["name_zh"].to_pylist() == ["Wang Wei"]
    assert found.schema.equals(SCHEMAS["customer"])


def test_controls_are_what_the_bank_says(tmp_path: Path) -> None:
    deliveries.write_bank(tmp_path)
    (tmp_path / "movement_20260302.ctl").write_text("rows,amount\n3,100000234.55\n")
    (tmp_path / "account_20260302.ctl").write_text("rows\n3\n")
    options = {
        "movement": {"pattern": "movement_{date:%Y%m%d}.csv", "control": "movement_{date:%Y%m%d}.ctl"},
        "account": {"pattern": "account_{date:%Y%m%d}.csv", "control": "account_{date:%Y%m%d}.ctl"},
    }
    source = FolderSource(str(tmp_path), options)
    assert source.fetch("movement", DAY, DAY).num_rows == 3
    said = (Control("movement", DAY, 3, Decimal("100000234.55")), Control("account", DAY, 3))
    assert source.controls(DAY, DAY) == said


ORGANISATION = {
    "levels.csv": "code,name,name_zh,depth\nho,Head office,总行,0\nbr,Branch,,1\n",
    "institutions.csv": "code,name,name_zh,level_code,parent_code,valid_from,valid_to\n"
    "HO,Head office,总行,ho,,2020-01-01,\nB1,East,东,br,HO,2020-01-01,2030-01-01\n",
    "people.csv": "code,name\nM1,Li Na\n",
    "positions.csv": "person_code,institution_code,kind,valid_from\nM1,B1,customer_manager,2020-01-01\n",
    "products.csv": "code,name,kind\nDEP,Deposit,deposit\n",
    "ftp_curves.csv": "code,name,currency,kind\nLENT,Lending,CNY,loan\n",
    "ftp_rates.csv": "curve_code,term_days,ftp_rate,valid_from\n,0,0.0123,2020-01-01\nLENT,365,0.03,2020-01-01\n",
    "shares.csv": "customer_id,account_id,role,person_code,ratio,valid_from,valid_to\n1,,marketer,M1,1,2026-03-02,\n",
    "calendar.csv": "business_date,note\n2026-10-01,National Day\n",
}


def test_the_organisation_is_read_beside_the_files(tmp_path: Path) -> None:
    (tmp_path / "organisation").mkdir()
    for name, text in ORGANISATION.items():
        (tmp_path / "organisation" / name).write_text(text, "utf-8")
    organisation = FolderSource(str(tmp_path)).organisation()
    head, east = organisation.institutions
    assert (head.parent_code, east.parent_code, east.valid_to) == (None, "HO", dt.date(2030, 1, 1))
    assert [level.name_zh for level in organisation.levels] == ["总行", ""]
    assert organisation.products[0].day_basis == 365
    usual, lent = organisation.ftp_rates
    assert (usual.ftp_rate, usual.curve_code, lent.curve_code) == (Decimal("0.0123"), None, "LENT")
    assert (organisation.ftp_curves[0].currency, organisation.ftp_curves[0].kind) == ("CNY", "loan")
    assert organisation.shares.to_pylist()[0]["valid_to"] == dt.date(9999, 12, 31)
    assert organisation.calendar[0].note == "National Day"


def test_an_organisation_that_names_a_missing_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "organisation").mkdir()
    for name, text in ORGANISATION.items():
        (tmp_path / "organisation" / name).write_text(text.replace(",br,HO,", ",br,XX,"), "utf-8")
    with pytest.raises(SourceError, match=r"institutions\.csv, row 3, column parent_code: 'XX' is not a code"):
        FolderSource(str(tmp_path)).organisation()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"movement": {"pattern": "../{date:%Y%m%d}.csv"}}, "movement.pattern.*leads out of the folder"),
        ({"movement": {"pattern": "/etc/passwd"}}, "leads out of the folder"),
        ({"movement": {"pattern": "{date.__class__}"}}, "may only hold places"),
        ({"movement": {"pattern": "{date:%Y%j}"}}, "may only hold %Y, %m and %d"),
        ({"movement": {"pattern": "a.csv", "columns": {"amount": 1}}}, "movement.columns.amount"),
        ({"movement": "a.csv"}, "The options of movement"),
        ({"encoding": "rot13"}, "encoding.*is not read here"),
        ({"encoding": "utf-16"}, "is not read here"),
        ({"delimiter": "||"}, "delimiter"),
        ({"decimal": ",", "thousands": ","}, "must differ"),
        ({"date_format": "%d.%m.%y"}, "must hold %Y, %m and %d"),
        ({"colums": {}}, "colums"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        folder_options(dict(options))


def test_a_files_day_is_read_back_from_its_name() -> None:
    pattern = "out/{date:%Y}/M{date:%m-%d}.csv"
    assert day_of(pattern, written(pattern, DAY)) == DAY
    assert day_of(pattern, "out/2026/M13-40.csv") is None
    assert day_of(pattern, "out/2026/M03-02.csv.bak") is None


def test_a_place_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nope"):
        FolderSource("nope://bucket/x")
    with pytest.raises(SourceError, match=r"movement_20260302\.csv: the file is missing"):
        FolderSource(str(tmp_path / "absent")).fetch("movement", DAY, DAY)
    with pytest.raises(SourceError, match="is named like"):
        FolderSource(str(tmp_path)).dates()
