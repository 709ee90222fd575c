"""Drawings: what the browser is told to draw, and only that."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.kit import svg
from portal.kit.static import ASSETS

DAYS = [dt.date(2026, 5, 21) + dt.timedelta(days=at) for at in range(184)]
EVIL = "<script>alert(1)</script>"


def drawings() -> list[Any]:
    values = [Decimal(40_000_000 + at * 10_000) for at in range(184)]
    gaps = [None, *values[1:90], None, *values[91:]]
    return [
        svg.sparkline(values),
        svg.trend(DAYS, [svg.Series(EVIL, values, 1, filled=True), svg.Series("b", gaps, 3, dashed=True)], EVIL),
        svg.trend([], [], "empty"),
        svg.trend(DAYS[:1], [svg.Series("one", [Decimal(5)])], "one day", "zh"),
        svg.donut([svg.Slice(EVIL, 46), svg.Slice("b", 27, 2), svg.Slice("minus", -3, 3)], EVIL, EVIL, "parts"),
        svg.donut([], "0", "", "nothing"),
        svg.columns([-3, 0, 8], ["a", EVIL, "c"], ["x", "y", "z"], "bars", ["fall", "same", "rise"]),
        svg.columns([], [], [], "no bars"),
    ]


def shapes_of(drawing: Any) -> list[list[Any]]:
    return list(drawing.to_plotly_json()["props"]["shapes"])


def closed_list(name: str) -> set[str]:
    """What `assets/kit.js` lets through."""
    found = re.search(rf"const {name} = new Set\(\[(.*?)\]\)", (ASSETS / "kit.js").read_text(encoding="utf-8"))
    assert found
    return set(re.findall(r'"(\w+)"', found.group(1)))


def test_every_shape_is_one_the_browser_draws() -> None:
    tags, attributes = closed_list("TAGS"), closed_list("ATTRIBUTES")
    for drawing in drawings():
        for tag, given_attributes, *inside in shapes_of(drawing):
            assert tag in tags and attributes.issuperset(given_attributes)
            assert not inside or isinstance(inside[0], str)
    assert not attributes & {"href", "style", "onClick", "dangerouslySetInnerHTML"} and "script" not in tags


def test_every_drawing_says_what_it_is() -> None:
    assert all(drawing.title for drawing in drawings())


def test_fewer_than_two_values_make_no_line() -> None:
    assert svg.sparkline([Decimal(1)]) is None


def test_a_ring_is_whole() -> None:
    parts = [svg.Slice("a", 46, 1), svg.Slice("b", 54, 2)]
    arcs = [attributes for tag, attributes, *_ in shapes_of(svg.donut(parts, "", "", "t")) if tag == "circle"]
    around = {arc["strokeDasharray"].split()[1] for arc in arcs}
    drawn = sum(float(arc["strokeDasharray"].split()[0]) for arc in arcs)
    assert len(around) == 1 and drawn + 2 * len(arcs) == pytest.approx(float(around.pop()), abs=0.2)


def test_a_gap_parts_the_line() -> None:
    values = [Decimal(1), Decimal(2), None, Decimal(3), Decimal(4)]
    lines = [
        shape for shape in shapes_of(svg.trend(DAYS[:5], [svg.Series("a", values)], "t")) if shape[0] == "polyline"
    ]
    assert len(lines) == 2


def test_pointing_reads_the_day() -> None:
    trend = svg.trend(DAYS[:3], [svg.Series("Balance", [Decimal(1_000_000)] * 3)], "t")
    assert trend.points[1] == [0.5, "22 May 2026\nBalance 1.00\u202fm"]


def test_columns_stand_on_zero() -> None:
    axis, down, up = shapes_of(svg.columns([-1, 3], ["a", "b"], ["", ""], "t"))
    assert up[1]["y"] + up[1]["height"] == pytest.approx(axis[1]["y1"], abs=0.2)
    assert down[1]["y"] == pytest.approx(axis[1]["y1"], abs=0.2)


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
@example(0.0, 5e-324)
def test_levels_cover_what_is_drawn(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    levels = svg.ticks(low, high)
    slack = max(abs(low), abs(high), 1) * 1e-6
    assert 2 <= len(levels) <= 12
    assert levels[0] <= low + slack and levels[-1] >= high - slack


@pytest.mark.parametrize(("low", "high", "marks"), [
    (37.4e6, 42.4e6, ["36\u202fm", "38\u202fm", "40\u202fm", "42\u202fm", "44\u202fm"]),
    (0, 2, ["0", "1", "2"]),
])  # fmt: skip
def test_levels_are_written_short(low: float, high: float, marks: list[str]) -> None:
    assert svg.marks(svg.ticks(low, high), "en") == marks


def test_the_highest_of_many_columns_and_the_last_one_are_told_and_all_of_a_few() -> None:
    many = [3, 9, 9, 4, 2, 2, 1]
    assert svg.landmarks(many, list("abcdefg")) == ["", "b", "", "", "", "", "g"]
    assert svg.landmarks([1, 2], ["a", "b"]) == ["a", "b"] and svg.landmarks([], []) == []
    drawn = svg.columns([3, 9, 4], ["x", "y", "z"], ["x", "y", "z"], "bars", above=["", "b", ""])
    assert [label[2] for label in drawn.labels if label[3] == "on-top"] == ["b"]
