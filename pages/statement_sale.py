"""If I sell this, I earn that: `/statement/sale?product=WL01&term=10&premium=12000`, for another person with `agent`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/statement/sale"
ADDRESS, CONTENT, RESULT = "statement-sale-address", "statement-sale-content", "statement-sale-result"
FORM, LEAVE = "statement-sale-form", "statement-sale-leave"
NAMES = ("agent", "product", "term", "premium")


def layout(**query: str) -> Component:
    """The form and what a sale would bring; callbacks fill in both."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(220))
    result = parts.skeleton(260) if known["product"] else ""
    shown = parts.stack(html.Div(waiting, id=CONTENT), html.Div(result, id=RESULT))
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(id=LEAVE), shown])


PAGE = Page(
    PATH, _l("If I sell this"), layout, Permission.STATEMENT_VIEW, icon="calculator", group="work", menu=False
)  # fmt: skip
