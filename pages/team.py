"""A sales leader's home: `/team?institution=30&month=2026-10&figure=active&search=chen`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/team"
ADDRESS, CONTENT = "team-address", "team-content"
MONTH, FIGURE, SEARCH = "team-month", "team-figure", "team-search"
NAMES = ("institution", "month", "figure", "search", "page")


def layout(**query: str) -> Component:
    """What a subtree came to in a month, who brought it in, who stands where; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.figure_row([parts.skeleton(116) for _card in range(5)]),
        parts.columns(parts.skeleton(420), parts.skeleton(420)),
    )
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(waiting, id=CONTENT)], className="team")


PAGE = Page(
    PATH, _l("Team home"), layout, Permission.TEAM_HOME_VIEW, icon="people-fill", group="institution", order=3, phone=True,
    short=_l("Team"),
)  # fmt: skip
