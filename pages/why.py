"""Why this number: `/why?figure=deposits_average&subject=manager&id=7&at=2026-11-20&period=month&view=booking`.

`manager`, `place`, `within` and `product` say what of the subject counts, `whole` that everybody's credits do.
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts, ways
from portal.kit.address import Address, search_of
from portal.kit.pages import Page

PATH = ways.WHY
ADDRESS, CONTENT = "why-address", "why-content"


def layout(
    figure: str = "", subject: str = "", id: str = "", at: str = "", period: str = "", view: str = "",
    manager: str = "", place: str = "", within: str = "", product: str = "", whole: str = "", page: str = "",
) -> Component:  # fmt: skip
    """Definition, formula with its values, run and version, and the parts; its callback fills in everything."""
    query = {
        "figure": figure, "subject": subject, "id": id, "at": at, "period": period, "view": view, "manager": manager,
        "place": place, "within": within, "product": product, "whole": whole, "page": page,
    }  # fmt: skip
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"),
        parts.columns(parts.skeleton(220), parts.skeleton(220)),
        parts.skeleton(400),
    )
    return html.Div([Address(id=ADDRESS, search=search_of(query)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Why this number?"), layout, permission=None, icon="question-circle", group="work", order=9, menu=False
)  # fmt: skip
