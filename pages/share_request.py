"""Asking for other shares of a customer: `/share-request?customer=12`. A leader decides."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.resource_form import Form
from portal.kit.ways import SHARE_REQUEST
from portal.permissions import Permission

PATH = SHARE_REQUEST
ADDRESS, HEAD, FORM, GO = "share-request-address", "share-request-head", "share-request-form", "share-request-go"


def layout(customer: str = "") -> Component:
    """Who gets which part, from which day on, and why."""
    form = Form(id=FORM, fields=[], values={}, problems={}, label=_("Ask for it"), className="waiting")
    return html.Div(
        [
            Address(id=ADDRESS, search=search_of({"customer": customer})),
            dcc.Location(id=GO, refresh="callback-nav"),
            html.Div(parts.page_header("\N{NO-BREAK SPACE}"), id=HEAD),
            html.Section(form, className="surface record-box"),
        ]
    )


PAGE = Page(
    PATH, _l("Change of shares"), layout, Permission.SHARE_REQUEST, icon="pie-chart", group="work", menu=False
)  # fmt: skip
