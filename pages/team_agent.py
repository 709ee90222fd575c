"""One agent as the leader sees him: `/team/agent?agent=17&month=2026-10&search=P04&status=ended`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.team_words import AGENT
from portal.permissions import Permission

PATH = AGENT
ADDRESS, CONTENT = "team-agent-address", "team-agent-content"
MONTH, FILTERS = "team-agent-month", "team-agent-filters"
NAMES = ("agent", "month", "search", "status", "page")


def layout(**query: str) -> Component:
    """Figures, months and policies; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.figure_row([parts.skeleton(116) for _card in range(4)]),
        parts.skeleton(420),
    )
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Agent"), layout, Permission.TEAM_HOME_VIEW, icon="person-badge", group="institution", menu=False
)  # fmt: skip
