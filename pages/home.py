"""The home of an institution; leaders land here. `/home?institution=7&at=2026-11-20&view=booking&figure=loans`"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/home"
ADDRESS, CONTENT = "home-address", "home-content"
VIEW, FIGURE, SPAN, DAY, SEARCH = "home-view", "home-figure", "home-span", "home-day", "home-search"


def layout(
    institution: str = "", at: str = "", view: str = "", figure: str = "", span: str = "", search: str = ""
) -> Component:
    """Where the institution and all below it stand; its callback fills in everything."""
    query = {"institution": institution, "at": at, "view": view, "figure": figure, "span": span, "search": search}
    return html.Div(
        [
            Address(id=ADDRESS, search=search_of(query)),
            html.Div(
                parts.stack(
                    parts.page_header("\N{NO-BREAK SPACE}"),
                    parts.figure_row([parts.skeleton(116) for _card in range(5)]),
                    parts.columns(parts.skeleton(300), parts.skeleton(300)),
                    parts.columns(parts.skeleton(420), parts.skeleton(420)),
                ),
                id=CONTENT,
            ),
        ]
    )


PAGE = Page(
    PATH,
    _l("Home"),
    layout,
    Permission.INSTITUTION_HOME_VIEW,
    icon="building",
    group="institution",
    order=10,
    phone=True,
)
