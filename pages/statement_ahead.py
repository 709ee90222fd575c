"""What is ahead of an agent: `/statement/ahead`. Whoever sees a person's statement may name the person with `agent`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/statement/ahead"
ADDRESS, CONTENT = "statement-ahead-address", "statement-ahead-content"


def layout(agent: str = "") -> Component:
    """The next tiers and what the next rank asks; its callback fills in everything."""
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(320), parts.skeleton(260))
    return html.Div([Address(id=ADDRESS, search=search_of({"agent": agent})), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("What is ahead"), layout, Permission.STATEMENT_VIEW, icon="signpost", group="work", menu=False
)  # fmt: skip
