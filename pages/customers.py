"""Customers: a manager's own, a leader's all below: `/customers?search=chen&only=shared&page=2&at=2026-11-20`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts, ways
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = ways.CUSTOMERS
ADDRESS, CONTENT = "customers-address", "customers-content"
FIELDS, ONLY = "customers-fields", "customers-only"


def layout(search: str = "", only: str = "", page: str = "", at: str = "") -> Component:
    """The list; its callback fills it."""
    query = {"search": search, "only": only, "page": page, "at": at}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(720))
    return html.Div([Address(id=ADDRESS, search=search_of(query)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Customers"), layout, Permission.CUSTOMER_VIEW, icon="people", group="work", order=5, phone=True
)  # fmt: skip
