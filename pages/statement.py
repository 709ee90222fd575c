"""My statement: `/statement?month=2026-09`. Whoever sees a person's statement may name the person with `agent`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission
from portal.query.statement import is_agent

PATH = "/statement"
ADDRESS, CONTENT, MONTH = "statement-address", "statement-content", "statement-month"


def layout(month: str = "", agent: str = "") -> Component:
    """What the month pays, line by line; its callback fills in everything."""
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.figure_row([parts.skeleton(126) for _card in range(3)]),
        parts.columns(parts.skeleton(420), parts.skeleton(300)),
    )
    return html.Div(
        [Address(id=ADDRESS, search=search_of({"month": month, "agent": agent})), html.Div(waiting, id=CONTENT)],
        className="statement",
    )


PAGE = Page(
    PATH, _l("My statement"), layout, Permission.STATEMENT_VIEW, icon="receipt", group="work", order=5, phone=True,
    short=_l("Statement"), offered=is_agent,
)  # fmt: skip
