"""One agent's relations on a day, as a picture and as a table: `/teams/agent?agent=17&at=2026-11-20`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.team_words import RELATIONS
from portal.permissions import Permission

PATH = RELATIONS
ADDRESS, CONTENT, DAY = "team-relations-address", "team-relations-content", "team-relations-day"
NAMES = ("agent", "at")


def layout(**query: str) -> Component:
    """Superiors, recruiter, nurturers, trainer, and those below; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(360), parts.skeleton(300))
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(waiting, id=CONTENT)], className="teams")


PAGE = Page(
    PATH, _l("Relations of an agent"), layout, Permission.RELATION_VIEW, icon="share", group="institution", menu=False
)  # fmt: skip
