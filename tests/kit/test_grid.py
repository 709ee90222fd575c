"""Grids: what they ask for, what they get, how the browser writes it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from decimal import Decimal

import pytest

from portal.kit import grid, numbers
from portal.kit.grid import BLOCK_ROWS, GridColumn, RowsWanted
from portal.kit.static import ASSETS

AMOUNTS = [
    "4812300.00",
    "-420000.00",
    "0.00",
    "-0.001",
    "0.005",
    "2.675",
    "-2.675",
    "999999999999.99",
    "-0.5",
    "1e0",
    "12",
]
NODE = shutil.which("node")


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (
            {"startRow": 100, "endRow": 200, "sortModel": [{"colId": "name", "sort": "desc"}]},
            RowsWanted(100, 200, (("name", True),)),
        ),
        ({"startRow": 0, "endRow": 10**9}, RowsWanted(0, 1000)),
        ({"startRow": -5, "endRow": "x"}, RowsWanted(0, BLOCK_ROWS)),
        ({"startRow": 50, "endRow": 20}, RowsWanted(50, 50)),
        ({"sortModel": [{"colId": "name; drop table", "sort": "asc"}, "x", 3]}, RowsWanted(0, BLOCK_ROWS)),
        ({"sortModel": {"a": 1}}, RowsWanted(0, BLOCK_ROWS)),
        (None, RowsWanted(0, BLOCK_ROWS)),
    ],
)  # fmt: skip
def test_what_a_grid_asks_for(request_: dict[str, object] | None, wanted: RowsWanted) -> None:
    assert RowsWanted.of(request_, keys=["name", "balance"]) == wanted


def test_amounts_travel_as_text() -> None:
    answer = grid.rows_answer([{"balance": Decimal("0.10"), "name": "a"}], 7)
    assert answer == {"rowData": [{"balance": "0.10", "name": "a"}], "rowCount": 7}


def test_columns_of_another_name_are_the_same_columns() -> None:
    one = grid.column_definition(GridColumn("balance", "Balance, month", "money", more=grid.RENAMED))
    named = grid.column_definition(GridColumn("balance", "Balance, year", "money", more=grid.RENAMED))
    other = grid.column_definition(GridColumn("balance", "Balance, month", "count", more=grid.RENAMED))
    assert grid.same_columns([one], [named])
    assert not grid.same_columns([one], [other]) and not grid.same_columns([one], [one, one])
    assert not any(grid.same_columns(shown, [one]) for shown in (None, 7, "x", {"headerName": ""}, [7], [None], [{}]))


def test_a_column_is_written_by_its_unit() -> None:
    money = grid.column_definition(GridColumn("balance", "Balance", "money"))
    assert money["valueFormatter"] == {"function": "basisNumber(params.value, 2)"} and money["type"] == "rightAligned"
    percent = grid.column_definition(GridColumn("share", "Share", "percent"), "zh")
    assert percent["valueFormatter"]["function"].endswith("true)")
    assert "valueFormatter" not in grid.column_definition(GridColumn("name", "Name"))


def test_a_grid_asks_piece_by_piece_and_loads_no_package() -> None:
    made = grid.grid("g", [GridColumn("a", "A")])
    assert made.rowModelType == "infinite" and made._namespace == "dash_ag_grid"
    assert made.to_plotly_json()["type"] == "AgGrid"
    code = "import sys, portal.kit.grid; sys.exit('dash_ag_grid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(NODE is None, reason="needs Node")
def test_the_browser_writes_amounts_as_the_server_does() -> None:
    amounts = [amount for amount in AMOUNTS if "e" not in amount]
    script = f"""
    globalThis.window = globalThis; globalThis.React = {{}}; globalThis.basis = {{ addresses: {{}} }};
    globalThis.document = {{ querySelectorAll: () => [] }}; // nothing is fetched ahead
    {(ASSETS / "lazy.js").read_text(encoding="utf-8")}
    const f = dashAgGridFunctions;
    const write = (a) => [f.basisNumber(a, 2), f.basisChange(a, 2), f.basisPercent(a, 1, false)];
    console.log(JSON.stringify({json.dumps(amounts)}.map(write)));
    """
    ran = subprocess.run([NODE or "", "-e", script], capture_output=True, text=True, check=True)
    expected = [[numbers.money(Decimal(a)), numbers.signed(Decimal(a)), numbers.percent(Decimal(a))] for a in amounts]
    assert json.loads(ran.stdout) == expected
