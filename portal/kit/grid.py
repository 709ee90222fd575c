"""Long lists: an AG Grid that asks for its rows piece by piece. Its code is loaded when a grid is first shown.

The page names columns; a callback answers `getRowsRequest`:

    @callback(Output(GRID, "getRowsResponse"), Input(GRID, "getRowsRequest"), permission=...)
    def rows(request):
        wanted = RowsWanted.of(request)
        return rows_answer(found, total)

Amounts travel as text (`str(Decimal)`), so no cent is lost; the browser writes them with separators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from dash.development.base_component import Component
from flask_babel import LazyString
from flask_babel import gettext as _

from portal.kit.components import KitComponent

Unit = Literal["text", "money", "change", "count", "percent", "rate", "date", "link", "tag"]
BLOCK_ROWS = 50
RENAMED = {"headerValueGetter": {"function": "basisHeading(params)"}}  # further settings of a column, see `Rows`


class AgGrid(KitComponent):
    """The component of dash-ag-grid without its package: importing it would put 359 KB on every page.

    `assets/lazy.js` draws a skeleton until the real one is there.
    """

    _namespace = "dash_ag_grid"
    PROPERTIES = (
        "id", "cellClicked", "cellRendererData", "cellValueChanged", "className", "columnDefs", "columnSize",
        "columnState", "dashGridOptions", "defaultColDef", "filterModel", "getRowId", "getRowsRequest",
        "getRowsResponse", "paginationInfo", "resetColumnState", "rowData", "rowModelType", "scrollTo",
        "selectedRows", "style",
    )  # fmt: skip


class Rows(KitComponent):
    """Shows nothing; `data` are the first rows of the grid of this name, which it shows at once: they come along with the
    rest of an answer, as `rows_answer` makes them. With `headings` they say what the columns with `RENAMED` are called."""

    PROPERTIES = ("id", "grid", "data")


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column. `unit` decides how values are written and aligned; `link` is {text, href}, `tag` {text, tone}."""

    key: str
    title: str | LazyString
    unit: Unit = "text"
    width: int | None = None
    pinned: bool = False
    sortable: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)  # further AG Grid settings of the column


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """What a grid asks for: rows from `first` to before `last`, in the order of `sort` (column, descending)."""

    first: int
    last: int
    sort: tuple[tuple[str, bool], ...] = ()

    @classmethod
    def of(cls, request: Mapping[str, Any] | None, keys: Sequence[str] = ()) -> RowsWanted:
        """Read a request of the browser; with `keys`, an order by any other column is left out. At most 1,000 rows."""
        asked = request if isinstance(request, Mapping) else {}
        first = _whole(asked.get("startRow"), 0)
        last = min(_whole(asked.get("endRow"), first + BLOCK_ROWS), first + 1000)
        model = asked.get("sortModel")
        orders = [order for order in model if isinstance(order, dict)] if isinstance(model, list) else []
        sort = tuple((str(order.get("colId")), order.get("sort") == "desc") for order in orders)
        return cls(first, max(last, first), tuple(one for one in sort if not keys or one[0] in keys))


def rows_answer(rows: Sequence[Mapping[str, Any]], total: int) -> dict[str, Any]:
    """What a callback gives back to a grid: the rows asked for and how many there are in all."""
    return {"rowData": [{key: _plain(value) for key, value in row.items()} for row in rows], "rowCount": total}


def grid(
    id: Any,
    columns: Sequence[GridColumn],
    lang: str = "en",
    height: int = 560,
    key: str = "",
    rows: Sequence[Any] | None = None,
) -> Component:
    """A grid of these columns. Without `rows` it asks for them; with them it shows just those.

    `key` is the column that names a row. On a phone use cards (`parts.simple_table`) instead.
    """
    given: dict[str, Any] = {} if rows is None else {"rowData": rows_answer(rows, len(rows))["rowData"]}
    options = {
        **({"cacheBlockSize": BLOCK_ROWS, "maxBlocksInCache": 40} if rows is None else {}),
        "enableCellTextSelection": True,
        "animateRows": False,
        "rowBuffer": 4,
        "localeText": locale_texts(),
    }
    return AgGrid(
        id=id,
        className="grid ag-theme-quartz",
        columnDefs=[column_definition(column, lang) for column in columns],
        defaultColDef={
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "suppressMovable": True,
            "cellDataType": False,
        },
        columnSize="responsiveSizeToFit",
        rowModelType="infinite" if rows is None else "clientSide",
        dashGridOptions=options,
        style={"height": f"{height}px"},
        **given,
        **({"getRowId": f"params.data.{key}"} if key else {}),
    )


def column_definition(column: GridColumn, lang: str = "en") -> dict[str, Any]:
    """A column in AG Grid's words."""
    definition: dict[str, Any] = {"field": column.key, "headerName": str(column.title), "sortable": column.sortable}
    formats = _FORMATS.get(column.unit)
    if formats is not None:
        tight = "true" if lang.startswith("zh") else "false"
        definition["valueFormatter"] = {"function": formats.replace("TIGHT", tight)}
        definition |= {"type": "rightAligned", "cellClass": "number"}
    if column.unit == "change":
        definition["cellClassRules"] = {"rise": "Number(params.value) > 0", "fall": "Number(params.value) < 0"}
    if column.unit == "link":
        definition["cellRenderer"] = "BasisLink"
    if column.unit == "tag":
        definition["cellRenderer"] = "BasisTag"
    if column.width is not None:
        definition |= {"width": column.width, "minWidth": column.width}
    if column.pinned:
        definition["pinned"] = "left"
    return definition | dict(column.more)


def same_columns(shown: Any, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a grid has these columns, whatever they are called; what it has comes from a browser."""
    if not isinstance(shown, list) or not all(isinstance(one, Mapping) for one in shown):
        return False
    return [{**one, "headerName": ""} for one in shown] == [{**one, "headerName": ""} for one in wanted]


def locale_texts() -> dict[str, str]:
    """The words of the grid itself, in the reader's language."""
    return {
        "loadingOoo": _("Loading"),
        "noRowsToShow": _("No rows."),
        "sortAscending": _("Ascending"),
        "sortDescending": _("Descending"),
        "ariaSortableColumn": _("Press Enter to sort"),
        "ariaLabelCell": _("Cell"),
        "ariaRowSelect": _("Press Space to choose the row"),
        "copy": _("Copy"),
    }


_FORMATS = {
    "money": "basisNumber(params.value, 2)",
    "change": "basisChange(params.value, 2)",
    "count": "basisNumber(params.value, 0)",
    "percent": "basisPercent(params.value, 1, TIGHT)",
    "rate": "basisPercent(params.value, 3, TIGHT)",
}


def _plain(value: Any) -> Any:
    """A value as it travels: decimals as text."""
    return str(value) if isinstance(value, Decimal) else value


def _whole(value: Any, otherwise: int) -> int:
    """A row number not below zero."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
