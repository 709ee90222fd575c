"""Reports: an address becomes figures, a chart and rows; a grid's request becomes the rows it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Input, Output, State, clientside_callback, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import report as page
from portal.access.current import current_actor
from portal.kit import address, numbers, parts, report, report_fields, report_rows, svg
from portal.kit.address import Screen as OnScreen
from portal.kit.callbacks import callback
from portal.kit.components import still
from portal.kit.grid import BLOCK_ROWS, RowsWanted, column_definition, rows_answer, same_columns
from portal.kit.report import Screen
from portal.kit.report_ways import row_href, why_href
from portal.permissions import Permission
from portal.query.outside import OutOfScope
from portal.query.pins import NotPublished
from portal.query.reader import Reader, reading
from portal.query.report import Measure, Report, ReportError
from portal.query.report_table import report_table
from portal.query.report_trend import report_trend
from portal.query.report_view import Asked, known_on_of, view_of
from portal.reports import REPORTS

FAULTS = (ReportError, NotPublished)
NOTHING = {"rowData": [], "rowCount": 0}


def known(key: Any) -> Report | None:
    """The report a browser names; what it sends may be anything."""
    return REPORTS.get(key) if isinstance(key, str) else None


def ask(reader: Reader, key: str, query: Mapping[str, str]) -> tuple[Report, Asked]:
    """Which report, and what of it. Raises ReportError, NotPublished or OutOfScope for what cannot be shown."""
    found = known(key)
    if found is None:
        raise ReportError(_("There is no such report."))
    reader.allow(found.permission)
    return found, view_of(reader, found, query)


def look(reader: Reader, key: str, query: Mapping[str, str]) -> Screen:
    """One look at a report. Raises what `ask` raises."""
    found, asked = ask(reader, key, query)
    return Screen(found, asked, report_table(reader, found, asked.view), query, reader, cards_asked(query))


@callback(
    Output(page.HEAD, "content"),
    Output(page.FILTERS, "fields"),
    Output(page.FILTERS, "summary"),
    Output(page.BODY, "hidden"),
    Output(page.FIGURES, "content"),
    Output(page.CHART, "content"),
    Output(page.ROWS_TITLE, "children"),
    Output(page.GRID, "columnDefs"),
    Output(page.GRID, "style"),
    Output(page.CARDS, "content"),
    Output(page.FIRST, "data"),
    Input(page.ADDRESS, "search"),
    State(page.KEY, "data"),
    State(page.GRID, "columnDefs"),
    State(page.GRID, "style"),
    permission=page.SEES,
)
def show_report(search: str, key: str, columns: Any = None, style: Any = None) -> tuple[Any, ...]:
    """Everything but the trend and the further rows of the grid, which come by themselves."""
    query = address.query_of(search)
    try:
        with reading(known_on=known_on_of(query)) as reader:
            screen = look(reader, key, query)
            head = [
                header(screen),
                *report.known_then(screen),
                *report.read_otherwise(screen),
                *report.defined(screen),
                *report.noted(screen),
            ]
            first = {"search": search, **first_rows(screen)}
            head += [nothing(screen)] * (not screen.table.count)
            return still(head), *shown(screen, columns, style), first
    except OutOfScope:
        return still(report.nothing_here()), [], "", True, *[no_update] * 7
    except FAULTS as error:
        found = known(key)
        title = found.title if found else _("Reports")
        way = parts.link(
            _("Show the report as it begins"), f"{report.ROOT}/{found.key}" if found else report.ROOT, look=""
        )
        head = [
            parts.page_header(title, crumbs=[(_("Reports"), report.ROOT), (title, "")]),
            parts.empty(str(error), way),
        ]
        return still(head), no_update, no_update, True, *[no_update] * 7


def shown(screen: Screen, columns: Any, style: Any) -> tuple[Any, ...]:
    """Fields, figures, chart, columns of the grid, cards of a phone. A grid builds itself anew for columns and draws itself
    again for a height, so it is given none that it has."""
    wanted = [column_definition(column, screen.lang) for column in report_rows.grid_columns(screen)]
    height = {"height": f"{report_rows.grid_height(screen.table.count)}px"}
    chart = report.chart(screen, row_href)
    drawn = OnScreen(chart, kind="desk") if chart else None
    return (
        report_fields.fields(screen),
        report_fields.summary(screen),
        screen.table.count == 0,
        still(parts.figure_row(report.cards(screen, why_href))),
        still(drawn),
        report.rows_title(screen),
        no_update if same_columns(columns, wanted) else wanted,
        no_update if style == height else height,
        still(report_rows.phone_cards(screen, screen.largest[: screen.cards])),
    )


def first_rows(screen: Screen) -> dict[str, Any]:
    """The rows a grid begins with: they come along, so that a choice takes one answer and not two in a row."""
    rows = [report_rows.grid_row(screen, row) for row in screen.largest[:BLOCK_ROWS]]
    headings = {column.key: str(column.title) for column in report_rows.grid_columns(screen)}
    return rows_answer(rows, screen.table.count) | {"headings": headings}


def cards_asked(query: Mapping[str, str]) -> int:
    """How many cards a phone shows."""
    asked = query.get("rows", "")
    return (
        min(int(asked), report_rows.MOST_CARDS)
        if asked.isascii() and asked.isdigit() and len(asked) < 5
        else report_rows.CARDS
    )


def header(screen: Screen) -> Component:
    """What the report is about, and the same rows as a file."""
    files = [("xlsx", _("Excel")), ("csv", _("CSV"))] if current_actor().may(Permission.REPORT_EXPORT) else []
    kept = {name: value for name, value in screen.query.items() if name != "rows"}
    if screen.asked.instead_of:
        kept["by"] = screen.asked.view.by
    links = [
        parts.download(name, f"/export/report/{screen.report.key}.{kind}{address.search_of(kept)}")
        for kind, name in files
    ]
    return parts.page_header(report.title(screen), report.subtitle(screen), actions=links, crumbs=report.crumbs(screen))


def nothing(screen: Screen) -> Component:
    """Nothing fits: what to change."""
    sentence = _("There is nothing of this on %(day)s. Choose another day, institution or product.",
                 day=screen.day(screen.asked.view.at))  # fmt: skip
    return parts.empty(
        sentence, parts.link(_("Show the report as it begins"), f"{report.ROOT}/{screen.report.key}", look="")
    )


@callback(
    Output(page.GRID, "getRowsResponse"),
    Input(page.FURTHER, "data"),
    State(page.ADDRESS, "search"),
    State(page.KEY, "data"),
    permission=page.SEES,
    prevent_initial_call=True,
)
def show_rows(request: Any, search: str, key: str) -> dict[str, Any]:
    """The rows a grid shows now, in the order it asks for; the largest first unless it asks."""
    query = address.query_of(search)
    try:
        with reading(known_on=known_on_of(query)) as reader:
            screen = look(reader, key, query)
            wanted = RowsWanted.of(request, ["name", *screen.table.figures])
            order = wanted.sort or screen.order
            rows = screen.table.page(order, wanted.first, wanted.last - wanted.first)
            return rows_answer([report_rows.grid_row(screen, row) for row in rows], screen.table.count)
    except (OutOfScope, *FAULTS):
        return NOTHING


@callback(
    Output(page.TREND, "content"),
    Input(page.ADDRESS, "search"),
    State(page.KEY, "data"),
    permission=page.SEES,
)
def show_trend(search: str, key: str) -> Any:
    """How the total of the first measure went over a year of month ends."""
    query = address.query_of(search)
    try:
        with reading(known_on=known_on_of(query)) as reader:
            found, asked = ask(reader, key, query)
            measure = found.measure((asked.view.measures or found.standard)[0], found.offered(reader))
            points = report_trend(reader, found, asked.view, measure)
            lang = reader.actor.language
    except (OutOfScope, *FAULTS):
        return None
    if len(points) < 2:
        return None
    return still(report.trend_section(found, measure, asked.view.period, points, lang))


@callback(Output(page.LIST, "children"), Input(page.LIST, "id"), permission=page.SEES)
def show_list(_id: str) -> Component:
    """The reports the reader may open, each with where its first figure stands and how it went."""
    with reading() as reader:
        mine = [one for one in REPORTS.values() if reader.actor.may(one.permission) and one.published(reader)]
        cards = [list_card(reader, one) for one in mine]
    if not cards:
        return parts.empty(_("Nothing is published yet: reports stand here after the first run."))
    return html.Div(cards, className="report-cards")


def list_card(reader: Reader, one: Report) -> Component:
    """One report: the card leads to it as it begins, the words below to one reading of it."""
    lang = reader.actor.language
    href, measures = f"{report.ROOT}/{one.key}", numbers.listed([str(measure.title) for measure in one.measures], lang)
    title = html.H2([parts.icon(one.icon), parts.link(one.title, href, "report-link")])
    ways: list[Component] = [html.Span(_("By"), className="muted")]
    ways += [parts.link(by.title, address.href_with(href, {}, by=by.key), "pill") for by in one.dimensions]
    inside = [title, *standing(reader, one), html.P(measures), html.Div(ways, className="shortcuts")]
    return html.Div(inside, className="surface report-card")


def standing_measure(one: Report) -> Measure:
    """The first figure of a report that is a sum; things are counted only where nothing is summed, it takes longer."""
    measures = [one.measure(key) for key in one.standard]
    return next((measure for measure in measures if not measure.counts), measures[0])


def standing(reader: Reader, one: Report) -> list[Component]:
    """The total of a report's first sum with its way over a year; nothing before the first day with figures."""
    try:
        view = view_of(reader, one, {}).view
        measure = standing_measure(one)
        points = report_trend(reader, one, view, measure)
    except (OutOfScope, *FAULTS):
        return []
    if not points:
        return []
    lang, (day, value) = reader.actor.language, points[-1]
    figure, unit = (numbers.count(value), "") if measure.unit == "count" else numbers.short(value, lang)
    title = report.measure_title(one, measure, view.period)
    said = numbers.month(day, lang) if one.monthly else numbers.short_day(day, lang)
    told: list[Any] = [html.Span(title), " · ", said]
    drawing = svg.sparkline([amount for _day, amount in points], title)
    return [
        html.Div(
            [html.Span([figure, html.Span(unit, className="unit")], className="figure-value"), drawing],
            className="report-standing",
        ),
        html.P(told, className="report-measure"),
    ]


clientside_callback(
    ClientsideFunction("report", "rows"),
    Output(page.GRID, "getRowsResponse", allow_duplicate=True),
    Output(page.FURTHER, "data"),
    Input(page.GRID, "getRowsRequest"),
    State(page.FIRST, "data"),
    State(page.ADDRESS, "search"),
    prevent_initial_call=True,
)
