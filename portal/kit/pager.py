"""Which rows of a long list these are, and the way to the others."""

from __future__ import annotations

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts


def pager(page: int, size: int, shown: int, total: int, href: Callable[[int], str], back: str, on: str) -> Component:
    """`20 to 40 of 93` for a page of `size` rows of which `shown` are there, and links to the pages before and after."""
    first = (page - 1) * size + 1
    said = _("%(first)s to %(last)s of %(total)s", first=numbers.count(first), last=numbers.count(first + shown - 1),
             total=numbers.count(total))  # fmt: skip
    ways = [(back, page - 1)] if page > 1 else []
    ways += [(on, page + 1)] if page * size < total else []
    links = [parts.link(text, href(number), "btn btn-outline") for text, number in ways]
    return html.Div([html.Span(said), html.Div(links, className="actions")], className="pager")
