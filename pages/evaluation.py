"""The evaluation desk: `/evaluation?month=2026-09&kind=promotion`, and one agent's with `&agent=17&ladder=career`."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/evaluation"
ADDRESS, CONTENT, DONE, FILTERS = "evaluation-address", "evaluation-content", "evaluation-done", "evaluation-filters"
ACCEPT, ASIDE, ALL, SURE = "evaluation-accept", "evaluation-aside", "evaluation-all", "evaluation-sure"
OTHER = "evaluation-other"
NAMES = ("month", "kind", "search", "agent", "ladder", "page")


def layout(**query: str) -> Component:
    """Who rises, stays and falls, or one of them; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(420))
    return html.Div([Address(id=ADDRESS, search=search_of(known)), dcc.Store(id=DONE), html.Div(waiting, id=CONTENT)])


PAGE = Page(PATH, _l("Evaluation"), layout, Permission.EVALUATION_VIEW, icon="ladder", group="rules", order=30)
