"""The rows of a report: a grid on a desk, cards on a phone. Every row leads one step further down by its address."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import address, numbers, parts
from portal.kit.grid import RENAMED, GridColumn, Unit
from portal.kit.report import Screen, dimension_title, title
from portal.kit.report_ways import row_href
from portal.query.facts import Row

CARDS, MOST_CARDS = 20, 100  # on a phone
HEAD_PIXELS, ROW_PIXELS, MOST_PIXELS = 40, 38, 640  # of a grid, as in `assets/basis.css`


def grid_columns(screen: Screen) -> list[GridColumn]:
    """The columns of the grid: the name that leads on, then each measure, with before and change when compared."""
    columns = [GridColumn("name", dimension_title(screen), "link", width=220, pinned=True, more=RENAMED)]
    for measure in screen.table.measures:
        unit: Unit = "count" if measure.unit == "count" else "money"
        columns.append(GridColumn(measure.key, screen.titled(measure), unit, width=130, more=RENAMED))
        if screen.asked.view.compare:
            before = screen.short_day(screen.asked.view.compare)
            columns.append(GridColumn(f"{measure.key}_before", before, unit, width=130, more=RENAMED))
            columns.append(GridColumn(f"{measure.key}_change", _("Change"), "change", width=130))
    return columns


def grid_height(rows: int) -> int:
    """Pixels of a grid: its rows, up to a screenful."""
    return min(HEAD_PIXELS + ROW_PIXELS * max(rows, 1), MOST_PIXELS)


def grid_row(screen: Screen, row: Row) -> Row:
    """One row of the grid, its name a link one step further down."""
    return {
        **{column: row[column] for column in screen.table.figures},
        "key": row["key"],
        "name": {"text": row["name"], "href": href} if (href := row_href(screen, row)) else row["name"],
    }


def phone_cards(screen: Screen, rows: Sequence[Row]) -> Component:
    """The first rows as cards; each further tap shows more of them."""
    first = screen.table.measures[0].key
    most = max((abs(row[first] or 0) for row in rows), default=0) or 1
    columns = [parts.Column("name", dimension_title(screen))]
    for measure in screen.table.measures:
        columns.append(parts.Column(measure.key, screen.titled(measure), "number"))
        if screen.asked.view.compare and measure.key == first:  # the others' changes would make the card too long
            columns.append(parts.Column(f"{first}_change", _("Change"), "change"))
    shown = [_phone_row(screen, row, first, most) for row in rows]
    left = screen.table.count - len(rows)
    more = []
    if left > 0 and len(rows) < MOST_CARDS:
        more = [
            address.more(
                "rows",
                str(min(len(rows) + CARDS, MOST_CARDS)),
                _("Show more (%(count)s left)", count=numbers.count(left)),
            )
        ]
    return html.Div([parts.simple_table(columns, shown, title(screen)), *more])


def _phone_row(screen: Screen, row: Row, first: str, most: Decimal | int) -> Row:
    bar = float(max(row[first] or 0, 0) / most)
    shown: Row = {"name": parts.Cell(row["name"], href=row_href(screen, row), bar=bar)}
    for measure in screen.table.measures:
        places = 0 if measure.unit == "count" else 2
        shown[measure.key] = numbers.plain(row[measure.key], places)
        if screen.asked.view.compare:
            shown[f"{measure.key}_change"] = numbers.signed(row[f"{measure.key}_change"], screen.lang, places)
    return shown
