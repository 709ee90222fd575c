"""Small pictures drawn on the server: shapes and labels as plain values, coloured by the page's own variables.

Positions are floats: they are places on a picture, not amounts. Every text arrives as text; nothing is markup.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from portal.kit import numbers
from portal.kit.components import Bars, Drawing

Amount = Decimal | int | float
Shape = list[Any]
Label = list[Any]  # left percent, top percent, text, look

SPARK_BOX = (96, 28)
TREND_BOX = (1000, 200)
DONUT_SIZE, DONUT_RING = 150, 18  # the ring's width stands in `assets/basis.css`, too
FEW_COLUMNS = 6  # there is room for an amount over each
MOST_LABELS = 7
BARS_PART = 78  # percent of the room that the longest bar takes; the rest is for what is written at its end
MOST_IN_RING = 60  # how wide the words in a ring may be, in the pixels of a small label


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a trend. `color` is the number of the series, 1 to 7; missing values leave a gap."""

    name: str
    values: Sequence[Amount | None]
    color: int = 1
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a whole."""

    name: str
    value: Amount
    color: int = 1


def sparkline(values: Sequence[Amount], title: str = "") -> Drawing | None:
    """The way a figure went, without axes; nothing when there are fewer than two values."""
    if len(values) < 2:
        return None
    width, height = SPARK_BOX
    low, high = min(values), max(values)
    places = [
        (share * width, height - 3 - _share(value, low, high) * (height - 6))
        for share, value in zip(_even(len(values)), values, strict=True)
    ]
    last = places[-1]
    shapes = [
        ["polyline", {"points": _points(places), "className": "accent stroke thin"}],
        ["circle", {"cx": last[0], "cy": round(last[1], 1), "r": 2.6, "className": "accent fill"}],
    ]
    return Drawing(title=title or _("Trend"), box=list(SPARK_BOX), width=width, height=height, shapes=shapes)


def trend(
    dates: Sequence[dt.date],
    series: Sequence[Series],
    title: str,
    lang: str = "en",
    height: int = 210,
    id: str | None = None,
) -> Drawing:
    """Lines over days with a light horizontal grid; pointing at it reads the values of a day.

    The scale need not begin at zero: lines show change. `title` says in words what is drawn.
    """
    known = [value for line in series for value in line.values if value is not None]
    scale = ticks(min(known, default=0), max(known, default=1))
    written = marks(scale, lang)
    shapes: list[Shape] = [_level(tick, scale) for tick in scale]
    for line in series:
        shapes += _line(line, scale)
    labels = [[0, _top(tick, scale), mark, "axis-y"] for tick, mark in zip(scale, written, strict=True)]
    return Drawing(
        id=id,
        title=title,
        description=_spoken(dates, series, lang),
        box=list(TREND_BOX),
        height=height,
        stretch=True,
        inset=[8, 8, 30, _label_width(written)],
        shapes=shapes,
        labels=labels + _date_labels(dates, lang),
        points=_readings(dates, series, lang),
    )


def donut(slices: Sequence[Slice], middle: str, below: str, title: str, id: str | None = None) -> Drawing:
    """Parts of a whole as a ring; what they sum to stands in the middle. Negative parts are left out."""
    shown = [part for part in slices if part.value > 0]
    total = sum(_place(part.value) for part in shown) or 1.0
    middle_point, radius = DONUT_SIZE / 2, (DONUT_SIZE - DONUT_RING) / 2 - 12
    around, gap = 2 * math.pi * radius, 2.0 if len(shown) > 1 else 0.0
    shapes: list[Shape] = [["circle", _ring(middle_point, radius, "line")]] if not shown else []
    turned = 0.0
    for part in shown:
        length = _place(part.value) / total * around
        arc = _ring(middle_point, radius, f"c{part.color} stroke arc") | {
            "strokeDasharray": f"{max(length - gap, 0.5):.1f} {around:.1f}",
            "strokeDashoffset": f"{-turned:.1f}",
            "transform": f"rotate(-90 {middle_point:g} {middle_point:g})",
        }
        shapes.append(["circle", arc])
        turned += length
    size = "big" if _label_width([middle]) <= MOST_IN_RING else "fair"
    shapes.append(["text", _word(middle_point, middle_point - 3, f"{size} ink"), middle])
    shapes.append(["text", _word(middle_point, middle_point + 15, "small quiet"), below])
    spoken = ", ".join(
        f"{part.name} {numbers.percent(Decimal(str(_place(part.value) / total)), places=0)}" for part in shown
    )
    box = [DONUT_SIZE, DONUT_SIZE]
    return Drawing(id=id, title=title, description=spoken, box=box, width=DONUT_SIZE, height=DONUT_SIZE, shapes=shapes)


def columns(
    values: Sequence[Amount],
    names: Sequence[str],
    texts: Sequence[str],
    title: str,
    looks: Sequence[str] = (),
    height: int = 180,
    id: str | None = None,
    above: Sequence[str] = (),
) -> Drawing:
    """Columns from zero. `names` stand below (some left out when there are many), `texts` are read when pointed at.

    `above` are short words on top of the columns. `looks` colours each column: c1 to c7, rise, fall or same; without it,
    the first colour.
    """
    low, high = min([*values, 0]), max([*values, 0])
    zero, width = _share(0, low, high), TREND_BOX[0] / max(len(values), 1)
    shapes: list[Shape] = [
        ["line", {"x1": 0, "x2": TREND_BOX[0], "y1": _down(zero), "y2": _down(zero), "className": "axis"}]
    ]
    for number, value in enumerate(values):
        top, bottom = sorted((_share(value, low, high), zero), reverse=True)
        look = looks[number] if looks else "c1"
        shapes.append(["rect", {
            "x": round(width * (number + 0.12), 1), "width": round(width * 0.76, 1), "y": _down(top),
            "height": round(max((top - bottom) * TREND_BOX[1], 0.6), 1), "className": f"{look} fill",
        }])  # fmt: skip
    middles = [(number + 0.5) / max(len(values), 1) for number in range(len(values))]
    step = max(1, math.ceil(len(names) / MOST_LABELS))
    labels = [[round(middles[at] * 100, 2), 0, name, "axis-x"] for at, name in enumerate(names) if at % step == 0]
    for at, word in enumerate(above):
        if not word:
            continue
        top = max(_share(values[at], low, high), zero)
        labels.append([round(middles[at] * 100, 2), round((1 - top) * 100, 2), word, "on-top"])
    readings = [[round(middle, 4), text] for middle, text in zip(middles, texts, strict=True)]
    spoken = "; ".join(texts[:24])
    return Drawing(
        id=id, title=title, description=spoken, box=list(TREND_BOX), height=height, stretch=True,
        inset=[22 if above else 8, 0, 26, 0], shapes=shapes, labels=labels, points=readings,
    )  # fmt: skip


def landmarks(values: Sequence[Amount], words: Sequence[str]) -> list[str]:
    """Words for the columns that are read first: the highest and the last of many, all of a few. The others when pointed at."""
    if len(values) <= FEW_COLUMNS:
        return list(words)
    marked = {len(values) - 1, max(range(len(values)), key=values.__getitem__, default=0)}
    return [word if at in marked else "" for at, word in enumerate(words)]


@dataclass(frozen=True, slots=True)
class Bar:
    """One amount of several compared; `href` is where it leads."""

    name: str
    value: Decimal | int
    href: str = ""


def bars(shown: Sequence[Bar], title: str, lang: str = "en", id: str | None = None) -> Bars:
    """Amounts as bars from zero, each named and written out; those below zero stand on the other side of it."""
    low, high = min([0, *(bar.value for bar in shown)]), max([0, *(bar.value for bar in shown)])
    room = (high - low) or 1
    rows = []
    for bar in shown:
        left, right = sorted((_place(bar.value - low), _place(0 - low)))
        rows.append({
            "name": bar.name, "href": bar.href, "text": _written(bar.value, lang), "look": "below" if bar.value < 0 else "",
            "full": f"{bar.name}: {numbers.plain(bar.value, 2 if isinstance(bar.value, Decimal) else 0)}",
            "start": round(left / float(room) * BARS_PART, 2), "length": round((right - left) / float(room) * BARS_PART, 2),
        })  # fmt: skip
    return Bars(id=id, label=title, rows=rows)


def ticks(low: Amount, high: Amount, wanted: int = 4) -> list[float]:
    """Round values that cover a range, about as many as wanted."""
    least, most = _place(low), _place(high)
    if most - least < 1e-9:  # levels have ten decimals: what differs by less is one value
        least, most = least - (abs(least) * 0.05 or 1), most + (abs(most) * 0.05 or 1)
    rough = (most - least) / max(wanted - 1, 1)
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * part for part in (1, 2, 2.5, 5, 10) if size * part >= rough * 0.999)
    first = math.floor(least / step + 1e-9)
    last = math.ceil(most / step - 1e-9)
    return [round(step * number, 10) for number in range(first, last + 1)]


def marks(scale: Sequence[float], lang: str) -> list[str]:
    """What stands beside the levels of a scale: the short form with no more decimals than they need."""
    pairs = [numbers.short(Decimal(str(tick)), lang) for tick in scale]
    places = max((len(text.partition(".")[2].rstrip("0")) for text, _unit in pairs), default=0)
    return [_mark(tick, text, unit, places) for tick, (text, unit) in zip(scale, pairs, strict=True)]


def _line(line: Series, scale: Sequence[float]) -> list[Shape]:
    """The pieces of a line between gaps, with the light area below when it is filled."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for share, value in zip(_even(len(line.values)), line.values, strict=True):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((share * TREND_BOX[0], _down(_share(value, scale[0], scale[-1]))))
    shapes: list[Shape] = []
    for piece in (piece for piece in pieces if piece):
        if line.filled:
            area = [(piece[0][0], TREND_BOX[1]), *piece, (piece[-1][0], TREND_BOX[1])]
            shapes.append(["polygon", {"points": _points(area), "className": f"c{line.color} fill wash"}])
        look = f"c{line.color} stroke{' dashed' if line.dashed else ''}"
        shapes.append(["polyline", {"points": _points(piece), "className": look}])
    return shapes


def _readings(dates: Sequence[dt.date], series: Sequence[Series], lang: str) -> list[list[Any]]:
    """What is shown when a day is pointed at."""
    readings = []
    for number, (share, date) in enumerate(zip(_even(len(dates)), dates, strict=True)):
        values = [
            f"{line.name} {_written(line.values[number], lang)}" for line in series if line.values[number] is not None
        ]
        readings.append([round(share, 4), "\n".join([numbers.day(date, lang), *values])])
    return readings


def _date_labels(dates: Sequence[dt.date], lang: str) -> list[Label]:
    """The first day shown of each month, or a few days when there are less than two months."""
    firsts = [at for at, date in enumerate(dates) if at and date.month != dates[at - 1].month]
    if len(firsts) < 2:
        step = max(1, math.ceil(len(dates) / 5))
        firsts, written = list(range(0, len(dates), step)), numbers.short_day
    else:
        firsts, written = firsts[:: max(1, math.ceil(len(firsts) / MOST_LABELS))], numbers.short_month
    shares = _even(len(dates))
    return [[round(shares[at] * 100, 2), 0, written(dates[at], lang), "axis-x"] for at in firsts if shares[at] <= 0.98]


def _spoken(dates: Sequence[dt.date], series: Sequence[Series], lang: str) -> str:
    """What a screen reader says: each line's first and last value."""
    said = []
    for line in series:
        values = [value for value in line.values if value is not None]
        if values:
            said.append(f"{line.name}: {_written(values[0], lang)} – {_written(values[-1], lang)}")
    period = f"{numbers.day(dates[0], lang)} – {numbers.day(dates[-1], lang)}. " if dates else ""
    return period + "; ".join(said)


def _written(value: Amount | None, lang: str) -> str:
    return numbers.NOTHING if value is None else numbers.short_text(Decimal(str(value)), lang)


def _mark(tick: float, text: str, unit: str, places: int) -> str:
    whole, _point, part = text.partition(".")
    number = f"{whole}.{part[:places]}" if part and places else whole
    return "0" if tick == 0 else f"{number}{numbers.THIN}{unit}" if unit else number


def _level(tick: float, scale: Sequence[float]) -> Shape:
    down = _down(_share(tick, scale[0], scale[-1]))
    return ["line", {"x1": 0, "x2": TREND_BOX[0], "y1": down, "y2": down, "className": "line"}]


def _top(tick: float, scale: Sequence[float]) -> float:
    return round((1 - _share(tick, scale[0], scale[-1])) * 100, 2)


def _down(share: float) -> float:
    return round((1 - share) * TREND_BOX[1], 1)


def _ring(middle: float, radius: float, look: str) -> dict[str, Any]:
    return {"cx": middle, "cy": middle, "r": radius, "className": look}


def _word(x: float, y: float, look: str) -> dict[str, Any]:
    return {"x": x, "y": y, "textAnchor": "middle", "className": look}


def _label_width(written: Sequence[str]) -> int:
    """Pixels the longest label takes; a Chinese letter is as wide as two digits."""
    return (
        max((sum(12.0 if ord(letter) > 0x2E80 else 6.3 for letter in mark) for mark in written), default=0).__ceil__()
        + 10
    )


def _even(count: int) -> list[float]:
    return [number / (count - 1) for number in range(count)] if count > 1 else [0.5] * count


def _share(value: Amount, low: Amount, high: Amount) -> float:
    """Where a value stands between two others, 0 to 1."""
    least, most = _place(low), _place(high)
    return (_place(value) - least) / (most - least) if most > least else 0.5


def _place(value: Amount) -> float:
    """An amount as a place on a picture."""
    return float(value)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
