"""One account: `/account?id=42&at=2026-11-20&span=1M&page=2`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts, ways
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = ways.ACCOUNT
ADDRESS, CONTENT, SPAN = "account-address", "account-content", "account-span"


def layout(id: str = "", at: str = "", span: str = "", page: str = "") -> Component:
    """Facts, figures, the line of balances and what moved it; its callback fills in everything."""
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.figure_row([parts.skeleton(110) for _card in range(4)]),
        parts.columns(parts.skeleton(300), parts.skeleton(300)),
        parts.skeleton(400),
    )
    query = {"id": id, "at": at, "span": span, "page": page}
    return html.Div([Address(id=ADDRESS, search=search_of(query)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Account"), layout, Permission.CUSTOMER_VIEW, icon="wallet2", group="work", order=7, menu=False
)  # fmt: skip
