"""Questions about statements: `/questions`, one of them with `?id=7`, and a new one with `?line=bonus&month=2026-09`."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/questions"
ADDRESS, CONTENT, DONE = "questions-address", "questions-content", "questions-done"
ASK, SAY, CLOSE = "questions-ask", "questions-say", "questions-close"
NAMES = ("id", "line", "month", "for")


def layout(**query: str) -> Component:
    """The list, a question or the form; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(320))
    return html.Div([Address(id=ADDRESS, search=search_of(known)), dcc.Store(id=DONE), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Questions"), layout, Permission.STATEMENT_VIEW, icon="chat-left-text", group="work", order=7, phone=True
)  # fmt: skip
