"""Bars over time: what ran when, and for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.kit.components import Drawing
from portal.kit.numbers import THIN
from portal.kit.svg import Shape, ticks

WIDTH, ROW_HEIGHT, BAR_HEIGHT = 1000, 30, 14
NARROWEST = 3.0
LETTER, WIDE_LETTER = 6.3, 12.0  # pixels of a label's letter
SHORT_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a row; `text` stands beside it. `color` is 1 to 7, `look` overrides it."""

    row: int
    begins: float  # seconds after the picture's start
    seconds: float
    color: int = 1
    text: str = ""
    look: str = ""


def gantt(rows: Sequence[str], bars: Sequence[Bar], start: dt.datetime, title: str, id: str | None = None) -> Drawing:
    """Rows with bars on one scale of clock time; `start` is where the scale begins."""
    span = max([bar.begins + bar.seconds for bar in bars] + [1.0])
    scale = [tick for tick in ticks(0, span, 5) if tick <= span]
    shapes: list[Shape] = [_upright(tick / span * WIDTH, len(rows)) for tick in scale]
    shapes += [_bar(bar, span) for bar in bars]
    labels = [[0, _middle(at, len(rows)), name, "axis-y"] for at, name in enumerate(rows)]
    labels += [
        [round(tick / span * 100, 2), 0, _clock(start, tick, span), "axis-x"] for tick in scale if tick < span * 0.95
    ]
    labels += [_beside(bar, span, len(rows)) for bar in bars if bar.text]
    spoken = "; ".join(f"{rows[bar.row]} {duration(bar.seconds)}" for bar in bars)
    height = ROW_HEIGHT * len(rows) + 34
    return Drawing(
        id=id, title=title, description=spoken, box=[WIDTH, ROW_HEIGHT * len(rows)], height=height, stretch=True,
        inset=[4, 8, 30, _widest(rows)], shapes=shapes, labels=labels,
    )  # fmt: skip


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 20 s, 2 h 05 min: as exact as one cares, on one line."""
    whole = round(seconds)
    if whole < 60:
        text = _("%(seconds)s s", seconds=f"{seconds:.1f}" if seconds < 9.95 else whole)
    elif whole < 3600:
        text = _("%(minutes)s min %(seconds)s s", minutes=whole // 60, seconds=f"{whole % 60:02}")
    else:
        text = _("%(hours)s h %(minutes)s min", hours=whole // 3600, minutes=f"{whole % 3600 // 60:02}")
    return text.replace(" ", THIN)


def _bar(bar: Bar, span: float) -> Shape:
    return ["rect", {
        "x": round(bar.begins / span * WIDTH, 1), "width": round(max(bar.seconds / span * WIDTH, NARROWEST), 1),
        "y": bar.row * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2, "height": BAR_HEIGHT,
        "className": f"{bar.look or f'c{bar.color}'} fill",
    }]  # fmt: skip


def _beside(bar: Bar, span: float, rows: int) -> list[object]:
    """The bar's text right of it, or left of it when it ends near the edge."""
    begins, ends = bar.begins / span * 100, (bar.begins + bar.seconds) / span * 100
    if ends < 82:
        return [round(ends + 0.8, 2), _middle(bar.row, rows), bar.text, "after"]
    if begins > 18:
        return [round(begins - 0.8, 2), _middle(bar.row, rows), bar.text, "end"]
    return [round((begins + ends) / 2, 2), _middle(bar.row, rows), bar.text, "middle inside"]


def _upright(x: float, rows: int) -> Shape:
    return ["line", {"x1": round(x, 1), "x2": round(x, 1), "y1": 0, "y2": ROW_HEIGHT * rows, "className": "line"}]


def _middle(row: int, rows: int) -> float:
    return round((row + 0.5) / rows * 100, 2)


def _clock(start: dt.datetime, tick: float, span: float) -> str:
    instant = start + dt.timedelta(seconds=tick)
    if span < SHORT_SECONDS:  # two marks may lie within one second
        return f"{instant:%H:%M:%S}.{instant.microsecond // 100_000}"
    return f"{instant:%H:%M}" if span > 600 else f"{instant:%H:%M:%S}"


def _widest(rows: Sequence[str]) -> int:
    widths = [sum(WIDE_LETTER if ord(letter) > 0x2E80 else LETTER for letter in name) for name in rows]
    return round(max(widths, default=0)) + 10
