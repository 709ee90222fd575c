"""Charts of Plotly as plain dictionaries in its form; what our own drawings show (`portal.kit.svg`) needs no Plotly.

Building a dictionary costs a thousandth of `plotly.express`. No junk: a light horizontal grid, bars from zero, the same
colour for the same thing everywhere. Tests validate them with `plotly.graph_objects`. `theme` is, when not given, the
one the browser of the request shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from portal.kit import parts
from portal.kit.svg import marks, ticks
from portal.kit.theme import FONT, TOKENS, Theme, series_color, shown_theme

Figure = dict[str, Any]

GRAPH_CONFIG: dcc.Graph.Config = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
}


def graph(id: Any, figure: Figure, title: str, height: int = 300, lang: str = "en") -> Component:
    """A figure on the page; `title` says to screen readers what it shows."""
    drawn = dcc.Graph(id=id, figure=figure, config=graph_config(lang), style={"height": f"{height}px"})
    return html.Div(drawn, role="img", **parts.aria(label=title))


def graph_config(lang: str = "en") -> dcc.Graph.Config:
    """The configuration every graph has: no mode bar, nothing sent to anybody's cloud."""
    return {**GRAPH_CONFIG, "locale": "zh-CN"} if lang.startswith("zh") else GRAPH_CONFIG


def dressed(chart: Mapping[str, Any], theme: Theme | None = None, lang: str = "en") -> Figure:
    """Bars of a calculation (traces without looks) in the portal's colours; of two the first is the quiet one."""
    theme = theme or shown_theme()
    traces = [{**trace, "name": _safe(trace["name"]), "x": list(map(_safe, trace["x"]))} for trace in chart["data"]]
    colors = [6, 0] if len(traces) == 2 else range(len(traces))
    data = [
        {**trace, "marker": {"color": series_color(color, theme), "cornerradius": 3}, "hoverinfo": "name+y"}
        for trace, color in zip(traces, colors, strict=True)
    ]
    layout = _layout(theme) | ({"showlegend": True, "legend": _legend()} if len(traces) > 1 else {})
    heights = [0.0, *(value for trace in traces for value in trace["y"])]
    low, high = min(heights), max(heights)
    layout["yaxis"] |= _scale(ticks(low, high if high > low else 1.0), lang)
    return {"data": data, "layout": layout | dict(chart.get("layout", {}))}


def _layout(theme: Theme) -> dict[str, Any]:
    """What all charts share."""
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
        "margin": {"l": 48, "r": 8, "t": 8, "b": 28},
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


def _safe(text: str) -> str:
    """Plotly reads a few HTML tags in texts; names are shown as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
