"""Asking to move an agent or a team from a day on: `/teams/move?agent=17` or `?team=43`. A second person decides."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.resource_form import Form
from portal.kit.team_words import MOVE
from portal.permissions import Permission

PATH = MOVE
ADDRESS, HEAD, FORM, GO = "team-move-address", "team-move-head", "team-move-form", "team-move-go"
EFFECT = "team-move-effect"
WATCHED = ("to", "superior", "valid_from")


def layout(agent: str = "", team: str = "") -> Component:
    """Where to, under whom, from which day on, and why; below it what that would move."""
    form = Form(
        id=FORM, fields=[], values={}, problems={}, label=_("Ask for it"), className="waiting", watched=list(WATCHED)
    )
    return html.Div(
        [
            Address(id=ADDRESS, search=search_of({"agent": agent, "team": team})),
            dcc.Location(id=GO, refresh="callback-nav"),
            html.Div(parts.page_header("\N{NO-BREAK SPACE}"), id=HEAD),
            html.Section(form, className="surface record-box"),
            html.Div(id=EFFECT, className="stack", **parts.aria(live="polite")),
        ]
    )


PAGE = Page(
    PATH, _l("Move of a team or agent"), layout, Permission.TEAM_MOVE_REQUEST, icon="diagram-3", group="institution", menu=False
)  # fmt: skip
