"""Charts are what Plotly takes, and show names as they are."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from portal.kit import figures
from portal.kit.theme import TOKENS, Theme

EVIL = "<b>Nord & Süd</b>"
BEFORE = {"type": "bar", "name": EVIL, "x": [EVIL, "b"], "y": [3.5, -2.0]}
CHARTS = {
    "one": {"data": [BEFORE]},
    "two": {"data": [BEFORE, {**BEFORE, "name": "then"}], "layout": {"barmode": "group"}},
    "none": {"data": [{**BEFORE, "x": [], "y": []}]},
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", CHARTS)
def test_plotly_takes_it(name: str, theme: Theme, lang: str) -> None:
    figure = figures.dressed(CHARTS[name], theme, lang)
    go.Figure(figure)
    json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize("name", CHARTS)
def test_names_are_text(name: str) -> None:
    assert "<b>" not in json.dumps(figures.dressed(CHARTS[name]), ensure_ascii=False)


@pytest.mark.parametrize("name", CHARTS)
def test_colours_are_tokens_so_that_the_browser_can_swap_them(name: str) -> None:
    """`assets/theme.js` swaps the colours of one theme for those of the other when the reader switches."""
    dark = json.dumps(figures.dressed(CHARTS[name], "dark"))
    only_light = set(TOKENS["light"].values()) - set(TOKENS["dark"].values()) - {TOKENS["light"]["ink"]}
    assert not [color for color in only_light if color in dark]


def test_bars_begin_at_zero() -> None:
    low, high = figures.dressed({"data": [{**BEFORE, "y": [2.0, 5.0]}]})["layout"]["yaxis"]["range"]
    assert low == 0 < 5 <= high


def test_nothing_goes_to_a_cloud() -> None:
    for lang in ("en", "zh"):
        config = figures.graph_config(lang)
        assert config["showSendToCloud"] is False and config["displayModeBar"] is False
