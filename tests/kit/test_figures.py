"""Figures are what Plotly takes, and show names as they are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal

import plotly.graph_objects as go
import pytest

from portal.kit import figures
from portal.kit.figures import Figure, Line, Node
from portal.kit.theme import TOKENS

DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=at) for at in range(90)]
EVIL = "<b>Nord & Süd</b>"
VALUES = [Decimal(at) * 1000 for at in range(90)]
ALL: dict[str, Callable[..., Figure]] = {
    "line": lambda **of: figures.line(
        DAYS, [Line(EVIL, VALUES, filled=True), Line("b", [None, *VALUES[1:]], 1, True)], **of
    ),
    "empty line": lambda **of: figures.line([], [], **of),
    "line of nothing": lambda **of: figures.line(DAYS, [Line("a", [None] * 90)], **of),
    "bars": lambda **of: figures.bars([EVIL, "b"], [Decimal("3.5"), Decimal(-2)], **of),
    "horizontal bars": lambda **of: figures.bars([EVIL, "b"], [Decimal("3.5"), Decimal(-2)], horizontal=True, **of),
    "no bars": lambda **of: figures.bars([], [], horizontal=True, **of),
    "stacked": lambda **of: figures.stacked(["Jan", "Feb"], [(EVIL, [1, 2]), ("b", [3, 4])], **of),
    "waterfall": lambda **of: figures.waterfall([EVIL, "new", "now"], [100, 20, 120], [True, False, True], **of),
    "donut": lambda **of: figures.donut([EVIL, "b"], [Decimal(3), Decimal(1)], "61.2 m", **of),
    "treemap": lambda **of: figures.treemap([Node("", "", 0), Node("a", EVIL, 2), Node("b", "b", 1, "a")], **of),
    "heatmap": lambda **of: figures.heatmap(["Jan", "Feb"], [EVIL], [[Decimal(1), None]], **of),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ALL)
def test_plotly_takes_it(name: str, theme: str, lang: str) -> None:
    figure = ALL[name](theme=theme, lang=lang)
    go.Figure(figure)
    json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize("name", ALL)
def test_names_are_text(name: str) -> None:
    assert "<b>" not in json.dumps(ALL[name](), ensure_ascii=False)


@pytest.mark.parametrize("name", ALL)
def test_colours_are_tokens_so_that_the_browser_can_swap_them(name: str) -> None:
    """`assets/shell.js` swaps the colours of one theme for those of the other when the reader switches."""
    dark = json.dumps(ALL[name](theme="dark"))
    only_light = set(TOKENS["light"].values()) - set(TOKENS["dark"].values()) - {TOKENS["light"]["ink"]}
    assert not [color for color in only_light if color in dark]


def test_bars_begin_at_zero() -> None:
    low, high = figures.bars(["a"], [Decimal(5)], horizontal=True)["layout"]["xaxis"]["range"]
    assert low == 0 < high
    assert figures.bars(["a"], [Decimal(5)])["layout"]["yaxis"]["rangemode"] == "tozero"


def test_nothing_goes_to_a_cloud() -> None:
    for lang in ("en", "zh"):
        config = figures.graph_config(lang)
        assert config["showSendToCloud"] is False and config["displayModeBar"] is False


def test_a_branch_has_one_colour() -> None:
    nodes = [Node("all", "All", 3), Node("a", "A", 2, "all"), Node("a1", "A1", 2, "a"), Node("b", "B", 1, "all")]
    colors = figures.treemap(nodes, theme="light")["data"][0]["marker"]["colors"]
    assert colors[1] == colors[2] != colors[3] and colors[0] == TOKENS["light"]["surface"]
