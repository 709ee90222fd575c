"""Why a line of a statement is what it is: `/statement/why?line=commission&month=2026-09`.

`for` names the closed month a difference is paid for, `entry` an adjustment or hold, `element` what is opened of the formula,
`premium` one row of it, `of` a formula of that row.
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/statement/why"
ADDRESS, CONTENT = "statement-why-address", "statement-why-content"
NAMES = ("line", "month", "for", "agent", "element", "premium", "of", "entry")


def layout(**query: str) -> Component:
    """Formula, values and rows; its callback fills in everything."""
    known = {name: query.get(name, "") for name in NAMES}
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(220), parts.skeleton(400))
    return html.Div([Address(id=ADDRESS, search=search_of(known)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Why this number?"), layout, Permission.STATEMENT_VIEW, icon="question-circle", group="work", menu=False
)  # fmt: skip
