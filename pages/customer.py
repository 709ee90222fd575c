"""One customer as a whole: `/customer?id=42&at=2026-11-20&span=6M`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts, ways
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = ways.CUSTOMER
ADDRESS, CONTENT, SPAN = "customer-address", "customer-content", "customer-span"


def layout(id: str = "", at: str = "", span: str = "") -> Component:
    """Figures, accounts and who is credited; its callback fills in everything."""
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.figure_row([parts.skeleton(126) for _card in range(5)]),
        parts.columns(parts.skeleton(300), parts.skeleton(300)),
        parts.skeleton(260),
    )
    query = {"id": id, "at": at, "span": span}
    return html.Div([Address(id=ADDRESS, search=search_of(query)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Customer"), layout, Permission.CUSTOMER_VIEW, icon="person", group="work", order=6, menu=False
)  # fmt: skip
