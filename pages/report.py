"""Reports: one page each, all of one shape, and a page that lists them. `/reports/deposits?by=branch&at=2026-11-20`."""

from __future__ import annotations

from collections.abc import Callable

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, Filters, Screen, search_of
from portal.kit.components import Still
from portal.kit.grid import Rows, grid
from portal.kit.pages import Page
from portal.kit.report import ROOT
from portal.query.report import Report
from portal.reports import REPORTS

SEES = tuple(dict.fromkeys(report.permission for report in REPORTS.values()))  # who sees any of them opens their list

ADDRESS, KEY, HEAD, FILTERS, BODY, FIGURES = (
    "report-address",
    "report-key",
    "report-head",
    "report-filters",
    "report-body",
    "report-figures",
)
CHART, TREND, ROWS_TITLE, GRID, CARDS = (
    "report-chart",
    "report-trend",
    "report-rows-title",
    "report-grid",
    "report-cards",
)
FIRST, FURTHER = "report-first", "report-further"  # rows that come along, and those that are asked for
LIST = "report-list"


def report_layout(key: str) -> Callable[..., Component]:
    """The layout of one report; all that the address says goes into `Address`, and from there to the callbacks."""

    def layout(**query: str) -> Component:
        return html.Div(
            [
                Address(id=ADDRESS, search=search_of(query)),
                dcc.Store(id=KEY, data=key),
                Rows(id=FIRST, grid=GRID),
                dcc.Store(id=FURTHER),
                Still(id=HEAD, content=parts.page_header("\N{NO-BREAK SPACE}")),
                Filters(id=FILTERS, label=_("Filters"), closeLabel=_("Close"), sheet=True, fields=[]),
                html.Div(
                    [
                        Still(id=FIGURES, content=parts.figure_row([parts.skeleton(96) for _card in range(4)])),
                        html.Div(
                            [Still(id=one, content=parts.skeleton(320)) for one in (CHART, TREND)],
                            className="columns wide-first report-pictures",
                        ),
                        parts.section("", html.H2(id=ROWS_TITLE, className="rows-title"), *rows()),
                    ],
                    id=BODY,
                    className="stack",
                ),
            ]
        )

    return layout


def rows() -> list[Component]:
    """A grid that asks for the rows it shows; a phone has cards instead and never loads the grid."""
    return [
        Screen(grid(GRID, [], height=360), kind="desk"),
        Screen(Still(id=CARDS, content=parts.skeleton(400)), kind="phone"),
    ]


def list_layout() -> Component:
    """All reports the reader may open."""
    return html.Div(
        [
            parts.page_header(_("Reports"), _("Any measure by any dimension, on any published day")),
            html.Div(html.Div([parts.skeleton(190) for _card in REPORTS], className="report-cards"), id=LIST),
        ]
    )


def page_of(report: Report, order: int) -> Page:
    """The page of a report."""
    return Page(
        f"{ROOT}/{report.key}",
        report.title,
        report_layout(report.key),
        report.permission,
        icon=report.icon,
        group="reports",
        order=order,
        offered=report.published,
    )


PAGES = [
    Page(
        ROOT,
        _l("Reports"),
        list_layout,
        SEES,
        icon="bar-chart",
        group="reports",
        order=20,
        phone=True,
    ),
    *[page_of(report, 21 + number) for number, report in enumerate(REPORTS.values())],
]
