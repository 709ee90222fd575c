"""A customer manager's workbench: `/?span=6M&search=chen&only=shared`. All land here; leaders go on to their home."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/"
ADDRESS, CONTENT = "workbench-address", "workbench-content"
SPAN, SEARCH, ONLY = "workbench-span", "workbench-search", "workbench-only"


def layout(span: str = "", search: str = "", only: str = "") -> Component:
    """Figures of mine, where they go, my customers, what moved, what to do; its callback fills in everything."""
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.figure_row([parts.skeleton(126) for _card in range(5)]),
        parts.columns(parts.skeleton(300), parts.skeleton(300)),
        parts.columns(parts.skeleton(460), parts.skeleton(460)),
    )
    query = {"span": span, "search": search, "only": only}
    return html.Div(
        [Address(id=ADDRESS, search=search_of(query)), html.Div(waiting, id=CONTENT)], className="workbench"
    )


PAGE = Page(
    PATH, _l("My workbench"), layout, permission=None, icon="grid-1x2", group="work", order=1,
    menu=Permission.WORKBENCH_VIEW, phone=True, short=_l("Workbench"),
)  # fmt: skip
