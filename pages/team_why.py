"""Of which agents a figure of a team home is the sum: `/team/why?figure=fyc&institution=30&month=2026-10&by=agent`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.team_words import WHY
from portal.permissions import Permission

PATH = WHY
ADDRESS, CONTENT, BY = "team-why-address", "team-why-content", "team-why-by"
NAMES = ("figure", "institution", "month", "by", "page")


def layout(**query: str) -> Component:
    """The elements, and the parts they sum; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(160), parts.skeleton(420))
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Why this number?"), layout, Permission.TEAM_HOME_VIEW, icon="question-circle", group="institution", menu=False
)  # fmt: skip
