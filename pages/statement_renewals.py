"""Renewals that are awaited: `/statement/renewals`. Whoever sees a person's statement may name the person with `agent`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/statement/renewals"
ADDRESS, CONTENT = "statement-renewals-address", "statement-renewals-content"


def layout(agent: str = "") -> Component:
    """What is overdue and what falls due; its callback fills in everything."""
    cards = parts.figure_row([parts.skeleton(110) for _card in range(3)])
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), cards, parts.skeleton(320))
    return html.Div([Address(id=ADDRESS, search=search_of({"agent": agent})), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Renewals"), layout, Permission.STATEMENT_VIEW, icon="calendar-check", group="work", menu=False
)  # fmt: skip
