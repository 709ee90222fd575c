"""Larger charts as plain dictionaries in Plotly's form; small ones are drawings (`portal.kit.svg`).

Building a dictionary costs a thousandth of `plotly.express`. No junk: a light horizontal grid, direct labels before
legends, bars from zero, the same colour for the same thing everywhere. Tests validate each with `plotly.graph_objects`.
`theme` is, when not given, the one the browser of the request shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from portal.kit import numbers, parts
from portal.kit.svg import marks, ticks
from portal.kit.theme import FONT, SERIES, TOKENS, Theme, series_color, shown_theme

Figure = dict[str, Any]
Amount = Decimal | int | float

GRAPH_CONFIG: dcc.Graph.Config = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
}


@dataclass(frozen=True, slots=True)
class Line:
    """Values over dates; `color` is the number of the series from 0."""

    name: str
    values: Sequence[Amount | None]
    color: int = 0
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A rectangle of a treemap; `key` names it, `parent` is the key above, empty at the top."""

    key: str
    name: str
    value: Amount
    parent: str = ""


def graph(id: Any, figure: Figure, title: str, height: int = 300, lang: str = "en") -> Component:
    """A figure on the page; `title` says to screen readers what it shows."""
    drawn = dcc.Graph(id=id, figure=figure, config=graph_config(lang), style={"height": f"{height}px"})
    return html.Div(drawn, role="img", **parts.aria(label=title))


def graph_config(lang: str = "en") -> dcc.Graph.Config:
    """The configuration every graph has: no mode bar, nothing sent to anybody's cloud."""
    return {**GRAPH_CONFIG, "locale": "zh-CN"} if lang.startswith("zh") else GRAPH_CONFIG


def line(dates: Sequence[dt.date], lines: Sequence[Line], theme: Theme | None = None, lang: str = "en") -> Figure:
    """Lines over days, each named at its end."""
    theme = theme or shown_theme()
    traces = [_line_trace(dates, one, theme, lang) for one in lines]
    layout = _layout(theme, lang, right=12 + 7 * max((len(one.name) for one in lines), default=0))
    layout["xaxis"] |= {
        "type": "date",
        "range": [date.isoformat() for date in (dates[0], dates[-1])] if dates else None,
        "tickformat": "%Y-%m-%d" if _days(dates) < 62 else "%Y-%m",
        "hoverformat": "%Y-%m-%d",
    }
    known = [value for one in lines for value in one.values if value is not None]
    layout["yaxis"] |= _scale(ticks(min(known, default=0), max(known, default=1)), lang)
    layout |= {"hovermode": "x unified", "annotations": [_end_label(dates, one, theme) for one in lines if _last(one)]}
    return {"data": traces, "layout": layout}


def bars(
    names: Sequence[str],
    values: Sequence[Amount],
    theme: Theme | None = None,
    lang: str = "en",
    horizontal: bool = False,
    color: int = 0,
) -> Figure:
    """Bars from zero with their values written beside them; horizontal ones read from the top."""
    theme = theme or shown_theme()
    texts = [numbers.short_text(_exact(value), lang) for value in values]
    along, across = ("x", "y") if horizontal else ("y", "x")
    trace: dict[str, Any] = {
        "type": "bar",
        "orientation": "h" if horizontal else "v",
        along: [_drawn(value) for value in values],
        across: [_safe(name) for name in names],
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [
            f"{_safe(name)}: {numbers.money(_exact(value), lang)}" for name, value in zip(names, values, strict=True)
        ],
        "hoverinfo": "text",
        "marker": {"color": series_color(color, theme), "cornerradius": 3},
    }
    layout = _layout(theme, lang) | {"bargap": 0.35}
    if horizontal:
        low, high = min([0.0, *trace["x"]]), max([0.0, *trace["x"]])
        room = (high - low or 1) * 0.18  # for the values beside the bars
        layout["xaxis"] |= {"showticklabels": False, "showline": False, "range": [low - room * (low < 0), high + room]}
        layout["yaxis"] |= {
            "autorange": "reversed",
            "showgrid": False,
            "type": "category",
            "automargin": True,
            "dtick": 1,
            "ticks": "outside",  # unseen; they keep the names off the bars
            "ticklen": 6,
            "tickcolor": "rgba(0,0,0,0)",
        }
        layout["margin"]["r"] = 8
    else:
        layout["xaxis"] |= {"type": "category"}
        layout["yaxis"] |= {"rangemode": "tozero", "showticklabels": False}
        layout["margin"] |= {"t": 24, "l": 8}
    return {"data": [trace], "layout": layout}


def stacked(
    names: Sequence[str], parts: Sequence[tuple[str, Sequence[Amount]]], theme: Theme | None = None, lang: str = "en"
) -> Figure:
    """Bars from zero made of parts; the parts are named in one line above."""
    theme = theme or shown_theme()
    traces = [
        {
            "type": "bar",
            "name": _safe(name),
            "x": [_safe(one) for one in names],
            "y": [_drawn(value) for value in values],
            "hovertext": [f"{_safe(name)}: {numbers.money(_exact(value), lang)}" for value in values],
            "hoverinfo": "text",
            "marker": {"color": series_color(at, theme), "line": {"width": 1, "color": TOKENS[theme]["surface"]}},
        }
        for at, (name, values) in enumerate(parts)
    ]
    layout = _layout(theme, lang) | {"barmode": "relative", "bargap": 0.35, "showlegend": True, "legend": _legend()}
    layout["xaxis"] |= {"type": "category"}
    layout["margin"] |= {"t": 30}
    return {"data": traces, "layout": layout}


def waterfall(
    names: Sequence[str], values: Sequence[Amount], totals: Sequence[bool], theme: Theme | None = None, lang: str = "en"
) -> Figure:
    """How one amount becomes another: steps up and down between totals."""
    theme = theme or shown_theme()
    tokens = TOKENS[theme]
    trace = {
        "type": "waterfall",
        "x": [_safe(name) for name in names],
        "y": [_drawn(value) for value in values],
        "measure": [
            "absolute" if total and not at else "total" if total else "relative" for at, total in enumerate(totals)
        ],
        "text": [
            numbers.short_text(_exact(value), lang) if total else numbers.short_change(_exact(value), lang)
            for value, total in zip(values, totals, strict=True)
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "x+text",
        "increasing": {"marker": {"color": tokens["good"]}},
        "decreasing": {"marker": {"color": tokens["bad"]}},
        "totals": {"marker": {"color": tokens["c7"]}},
        "connector": {"line": {"color": tokens["line"], "width": 1}},
    }
    layout = _layout(theme, lang)
    layout["xaxis"] |= {"type": "category"}
    layout["margin"] |= {"t": 24}
    return {"data": [trace], "layout": layout}


def donut(
    names: Sequence[str], values: Sequence[Amount], middle: str, theme: Theme | None = None, lang: str = "en"
) -> Figure:
    """Parts of a whole, named directly; the whole stands in the middle."""
    theme = theme or shown_theme()
    tokens = TOKENS[theme]
    trace = {
        "type": "pie",
        "hole": 0.68,
        "sort": False,
        "direction": "clockwise",
        "labels": [_safe(name) for name in names],
        "values": [_drawn(value) for value in values],
        "textinfo": "label+percent",
        "textposition": "outside",
        "texttemplate": "%{label} %{percent:.0%}",
        "hovertext": [numbers.money(_exact(value), lang) for value in values],
        "hoverinfo": "label+text",
        "automargin": True,
        "marker": {
            "colors": [series_color(at, theme) for at in range(len(names))],
            "line": {"color": tokens["surface"], "width": 2},
        },
    }
    words = {
        "text": _safe(middle),
        "showarrow": False,
        "x": 0.5,
        "y": 0.5,
        "font": {"size": 18, "color": tokens["ink"]},
    }
    return {"data": [trace], "layout": _layout(theme, lang) | {"annotations": [words]}}


def treemap(nodes: Sequence[Node], theme: Theme | None = None, lang: str = "en") -> Figure:
    """A whole in nested rectangles; a parent's value is the sum of its children."""
    theme = theme or shown_theme()
    tokens = TOKENS[theme]
    shades = _branch_colors(nodes)
    fills = [tokens["surface"] if shade is None else tokens[shade] for shade in shades]
    inks = [tokens["muted"] if shade is None else _ink_on(shade, theme) for shade in shades]
    trace = {
        "type": "treemap",
        "ids": [node.key for node in nodes],
        "labels": [_safe(node.name) for node in nodes],
        "parents": [node.parent for node in nodes],
        "values": [_drawn(node.value) for node in nodes],
        "text": [numbers.short_text(_exact(node.value), lang) for node in nodes],
        "textinfo": "label+text",
        "hoverinfo": "label+text",
        "branchvalues": "total",
        "marker": {"colors": fills, "line": {"color": tokens["surface"], "width": 2}, "cornerradius": 4},
        "textfont": {"color": inks},
        "tiling": {"pad": 2},
        "pathbar": {"visible": False},
    }
    layout = _layout(theme, lang)
    layout["margin"] = {"l": 0, "r": 0, "t": 0, "b": 0}
    return {"data": [trace], "layout": layout}


def heatmap(
    columns: Sequence[str],
    rows: Sequence[str],
    values: Sequence[Sequence[Amount | None]],
    theme: Theme | None = None,
    lang: str = "en",
) -> Figure:
    """A table of shades, darker for more."""
    theme = theme or shown_theme()
    tokens = TOKENS[theme]
    trace = {
        "type": "heatmap",
        "x": [_safe(name) for name in columns],
        "y": [_safe(name) for name in rows],
        "z": [[None if value is None else _drawn(value) for value in row] for row in values],
        "text": [
            [numbers.short_text(None if value is None else _exact(value), lang) for value in row] for row in values
        ],
        "texttemplate": "%{text}",
        "hoverinfo": "x+y+text",
        "colorscale": [[0, tokens["soft"]], [1, tokens["accent"]]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    layout = _layout(theme, lang)
    layout["xaxis"] |= {"type": "category", "side": "top"}
    layout["yaxis"] |= {"type": "category", "autorange": "reversed", "showgrid": False, "automargin": True}
    return {"data": [trace], "layout": layout}


def dressed(chart: Mapping[str, Any], theme: Theme | None = None, lang: str = "en") -> Figure:
    """A plain chart of a calculation (traces without looks) in the portal's colours; of two the first is the quiet one."""
    theme = theme or shown_theme()
    traces = chart["data"]
    colors = [6, 0] if len(traces) == 2 else range(len(traces))
    data = [
        {**trace, "marker": {"color": series_color(color, theme), "cornerradius": 3}, "hoverinfo": "name+y"}
        for trace, color in zip(traces, colors, strict=True)
    ]
    layout = _layout(theme, lang) | ({"showlegend": True, "legend": _legend()} if len(traces) > 1 else {})
    heights = [value for trace in traces for value in trace.get("y", ()) if isinstance(value, int | float)]
    layout["yaxis"] |= _scale(ticks(min(heights, default=0), max(heights, default=1)), lang)
    return {"data": data, "layout": layout | dict(chart.get("layout", {}))}


def _branch_colors(nodes: Sequence[Node]) -> list[str | None]:
    """The colour of each node: that of its branch below the top; the top itself has none."""
    parents = {node.key: node.parent for node in nodes}
    tops = {node.key for node in nodes if not node.parent}
    branches = [node.key for node in nodes if node.parent in tops or (not node.parent and len(tops) > 1)]
    found: list[str | None] = []
    for node in nodes:
        key = node.key
        while key and key not in branches:
            key = parents.get(key, "")
        found.append(SERIES[branches.index(key) % len(SERIES)] if key else None)
    return found


def _ink_on(shade: str, theme: Theme) -> str:
    """Words that read well on a colour: dark on the light ones."""
    return TOKENS["light"]["ink"] if theme == "dark" or shade in ("c2", "c3", "c6") else "#ffffff"


def _line_trace(dates: Sequence[dt.date], one: Line, theme: Theme, lang: str) -> Figure:
    color = series_color(one.color, theme)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _safe(one.name),
        "x": [date.isoformat() for date in dates],
        "y": [None if value is None else _drawn(value) for value in one.values],
        "text": [numbers.money(None if value is None else _exact(value), lang) for value in one.values],
        "hovertemplate": "%{text}",
        "connectgaps": False,
        "line": {"color": color, "width": 2, "dash": "dash" if one.dashed else "solid"},
        **({"fill": "tozeroy", "fillcolor": f"{color}17"} if one.filled else {}),
    }


def _end_label(dates: Sequence[dt.date], one: Line, theme: Theme) -> dict[str, Any]:
    """The name of a line where it ends."""
    at = _last(one) - 1
    return {
        "x": dates[at].isoformat(), "y": _drawn(one.values[at] or 0), "text": _safe(one.name), "showarrow": False,
        "xanchor": "left", "xshift": 6, "font": {"color": series_color(one.color, theme), "size": 12},
    }  # fmt: skip


def _last(one: Line) -> int:
    """Behind which place the last known value stands; 0 when there is none."""
    return max((at + 1 for at, value in enumerate(one.values) if value is not None), default=0)


def _layout(theme: Theme, lang: str, right: int = 8) -> dict[str, Any]:
    """What all figures share."""
    tokens = TOKENS[theme]
    axis = {
        "gridcolor": tokens["line"],
        "linecolor": tokens["line"],
        "zerolinecolor": tokens["line"],
        "fixedrange": True,
    }
    hover = {"bgcolor": tokens["surface"], "bordercolor": tokens["line"], "font": {"color": tokens["ink"], "size": 12}}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": tokens["muted"]},
        "margin": {"l": 48, "r": right, "t": 8, "b": 28},
        "xaxis": {**axis, "showgrid": False, "automargin": True},
        "yaxis": {**axis, "showline": False, "zeroline": True, "automargin": True, "nticks": 5, "tickformat": "~s"},
        "showlegend": False,
        "dragmode": False,
        "separators": ".,",
        "hoverlabel": hover,
    }


def _legend() -> dict[str, Any]:
    return {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "traceorder": "normal"}


def _scale(levels: Sequence[float], lang: str) -> dict[str, Any]:
    """An axis with these levels, written as everywhere else."""
    top = levels[-1] + (levels[-1] - levels[0]) * 0.01  # a level right at the edge would not be drawn
    return {"range": [levels[0], top], "tickvals": levels, "ticktext": marks(levels, lang)}


def _days(dates: Sequence[dt.date]) -> int:
    return (dates[-1] - dates[0]).days if dates else 0


def _safe(text: str) -> str:
    """Plotly reads a few HTML tags in texts; names are shown as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _exact(value: Amount) -> Decimal:
    return Decimal(str(value))


def _drawn(value: Amount) -> float:
    """An amount as a place on a picture; what is read stands in the texts, exact."""
    return float(value)
