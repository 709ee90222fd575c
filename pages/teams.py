"""The organisation of teams on a day: `/teams?institution=30&at=2026-11-20`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.team_words import TEAMS
from portal.permissions import Permission

PATH = TEAMS
ADDRESS, CONTENT, DAY = "teams-address", "teams-content", "teams-day"
NAMES = ("institution", "at")


def layout(**query: str) -> Component:
    """The tree, and what stands at one place of it; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.columns(parts.skeleton(420), parts.skeleton(420), wide_first=False),
    )
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(waiting, id=CONTENT)], className="teams")


PAGE = Page(
    PATH, _l("Organisation of teams"), layout, Permission.AGENT_VIEW, icon="diagram-3", group="institution", order=6,
    short=_l("Teams"),
)  # fmt: skip
