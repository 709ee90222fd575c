"""Rankings as tables: institutions of a level, managers of a subtree. On a phone each line is two short ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.parts import Text
from portal.query.facts import Row
from portal.query.home import Figure, Standing

Href = Callable[[Standing], str]


def ranking(
    lines: Sequence[Standing],
    first: Text,
    figure: Figure,
    at: dt.date,
    lang: str,
    href: Href,
    last: Sequence[tuple[Standing, Text, str]] = (),
    beside: bool = False,
    empty_text: Text = "",
    more: Text = "",
) -> Component:
    """Lines, largest first, each leading on by `href`; `last` are lines outside the order (line, name, address).

    `first` names the first column. `beside` is for a narrow place: no bars and no averages.
    """
    most = max((abs(line.value) for line in lines), default=Decimal(0)) or Decimal(1)
    rows = [_row(line, lang, line.name, href(line), None if beside else most) for line in lines]
    rows += [_row(line, lang, name, leads, None) for line, name, leads in last]
    columns = _columns(first, figure, at, lang)
    if beside:
        columns = columns[:3]
    table = parts.simple_table(columns, rows, first, empty_text=empty_text, more=more)
    return html.Div(table, className="ranking dense" if beside else "ranking")


def _columns(first: Text, figure: Figure, at: dt.date, lang: str) -> list[parts.Column]:
    """Name, value, change, and the rest where there is room."""
    month = numbers.short_month(at, lang)
    change = parts.Column("change", _("vs last month"), "change")
    if figure == "profit":
        value = parts.Column("value", _("Year so far"), "number")
        return [parts.Column("name", first), value, change, parts.Column("average", month, "number", phone=False)]
    average = _("Daily average, %(month)s", month=month)
    return [
        parts.Column("name", first),
        parts.Column("value", _("Balance"), "number"),
        change,
        parts.Column("average", average, "number", phone=False),
        parts.Column("increment", _("vs base"), "change", phone=False),
    ]


def _row(line: Standing, lang: str, name: Text, href: str, most: Decimal | None) -> Row:
    """One line; with `most`, a bar shows its part of the largest."""
    bar = None if most is None else float(max(line.value, Decimal(0)) / most)
    return {
        "name": parts.Cell(name, note=line.note, bar=bar, href=href),
        "value": numbers.money(line.value, lang),
        "average": numbers.money(line.average, lang),
        "change": numbers.signed(line.change, lang),
        "increment": numbers.signed(line.increment, lang),
    }
