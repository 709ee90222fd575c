"""A report on screen: what it is about, its totals and its chart; rows and fields stand in files of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.kit import address, numbers, parts, svg
from portal.kit.grid import BLOCK_ROWS
from portal.kit.wording import in_sentence
from portal.query import report_notes
from portal.query.facts import Row
from portal.query.reader import Reader
from portal.query.report import Measure, Period, Report
from portal.query.report_table import ReportTable
from portal.query.report_view import Asked
from portal.settings import settings

ROOT = "/reports"
Point = tuple[dt.date, Decimal | int]
BARS = 15


@dataclass(frozen=True)
class Screen:
    """One look at a report: what was asked, what was found, in whose language."""

    report: Report
    asked: Asked
    table: ReportTable
    query: Mapping[str, str]
    reader: Reader
    cards: int = 20  # rows on a phone

    @property
    def lang(self) -> str:
        return self.reader.actor.language

    @property
    def order(self) -> list[tuple[str, bool]]:
        """The largest first, or the order of the keys where rows have one."""
        return [] if self.table.dimension.in_order else [(self.table.measures[0].key, True)]

    @cached_property
    def largest(self) -> list[Row]:
        """The first rows: those of the chart, of a phone's cards and what a grid begins with."""
        return self.table.page(self.order, 0, max(self.cards, BARS, BLOCK_ROWS))

    def titled(self, measure: Measure) -> str:
        """A measure's name over the view's period."""
        return measure_title(self.report, measure, self.asked.view.period)

    def day(self, day: dt.date) -> str:
        """A day of the report in words: some go by months."""
        return numbers.month(day, self.lang) if self.report.monthly else numbers.day(day, self.lang)

    def short_day(self, day: dt.date) -> str:
        """The same where there is little room."""
        return numbers.month(day, self.lang) if self.report.monthly else numbers.short_day(day, self.lang)

    def href(self, **changes: str | int | None) -> str:
        """This report with some of its address changed."""
        return address.href_with(f"{ROOT}/{self.report.key}", self.query, **changes)


def nothing_here() -> Component:
    """What is said of something that does not exist or may not be seen; the two are answered alike."""
    sentence = _("There is nothing here that you may see. Ask your administrator if you think there should be.")
    return parts.stack(
        parts.page_header(_("Nothing here")), parts.empty(sentence, parts.link(_("To the beginning"), "/", look=""))
    )


def as_of(reader: Reader, dataset: str, day: dt.date, words: str = "") -> list[Any]:
    """The date the figures are of, their version and when it was published; `words` say the date otherwise."""
    pin = next((one for one in reader.pinned() if one.dataset == dataset and one.business_date == day), None)
    words = words or _("as of %(day)s", day=numbers.day(day, reader.actor.language))
    if pin is None:
        return [words]
    instant = pin.published_at.astimezone(ZoneInfo(settings().timezone))
    published = _(
        "published %(day)s %(clock)s",
        day=numbers.day(instant.date(), reader.actor.language),
        clock=numbers.clock(instant),
    )
    return [html.Span([words, " · ", _("version %(number)s", number=pin.version)], title=published)]


def flagged(reader: Reader) -> list[Component]:
    """Warnings while a check of one of the dates shown is open, or a change in the past is not in its figures yet."""
    return [parts.flag(sentence) for sentence in report_notes.warnings(reader)]


def noted(screen: Screen) -> list[Component]:
    """What to know before reading the figures: what is open, what has no value and why, what is only partly known."""
    reader, table = screen.reader, screen.table
    open_ones = report_notes.warnings(reader)
    return [
        parts.flag(sentence, tone="warn" if sentence in open_ones else "neutral")
        for sentence in report_notes.notes(reader, table)
    ]


def known_then(screen: Screen) -> list[Component]:
    """That the figures are those of an earlier day's knowledge, and the way back to what is known now."""
    day = screen.query.get("known_on", "")
    if not day:
        return []
    sentence = _("As known on %(day)s: corrections published later are not in these figures.", day=day)
    return [parts.flag(sentence, tone="neutral", action=parts.link(_("As known now"), screen.href(known_on="")))]


def read_otherwise(screen: Screen) -> list[Component]:
    """That nothing stands below at the level the address asks for; who narrowed a wider view expects no such level."""
    asked = screen.asked
    if not asked.instead_of or any(
        screen.query.get(key) for key in ("institution", "place", *screen.report.narrowings)
    ):
        return []
    level = level_title(screen, asked.instead_of) or asked.instead_of
    sentence = _("Below what you see there is nothing to read by “%(level)s”; this is by %(dimension)s.",
                 level=level, dimension=in_sentence(dimension_title(screen)))  # fmt: skip
    return [parts.flag(sentence, tone="neutral")]


def defined(screen: Screen) -> list[Component]:
    """What the figure means that the address asks about: the rows below are its parts."""
    asked = next((one for one in screen.table.measures if one.key == screen.query.get("why")), None)
    if asked is None:
        return []
    sentence = _("%(measure)s: %(meaning)s The rows below are what it is made of.",
                 measure=asked.title, meaning=asked.meaning)  # fmt: skip
    return [parts.flag(sentence, tone="neutral", action=parts.link(_("Close"), screen.href(why="")))]


# ---- what the page is about ----


def title(screen: Screen) -> str:
    """Deposits by branch."""
    return _("%(report)s by %(dimension)s", report=screen.report.title, dimension=in_sentence(dimension_title(screen)))


def dimension_title(screen: Screen) -> str:
    return level_title(screen, screen.table.dimension.key) or str(screen.table.dimension.title)


def level_title(screen: Screen, level: str) -> str:
    """What the bank calls a level; empty for what is none."""
    place = next((one for one in screen.asked.tree.by_id.values() if one.level == level), None)
    return place.level_title(screen.lang) if place else ""


def subtitle(screen: Screen) -> list[Any]:
    """For whom, how many, as of when."""
    view, names = screen.asked.view, screen.asked.names
    told = [screen.asked.place.title(screen.lang)] if screen.asked.place else []
    told += [names[key] for key in ("place", *screen.report.narrowings) if key in names]
    told.append(rows_counted(screen.table.count))
    dataset = screen.report.dataset(view, screen.table.dimension)
    words = screen.day(view.at) if screen.report.monthly else ""
    compared = [" · ", _("compared with %(day)s", day=screen.day(view.compare))] if view.compare else []
    return [
        " · ".join(told),
        " · ",
        *as_of(screen.reader, dataset, view.at, words),
        *compared,
    ]


def rows_counted(count: int) -> str:
    """How many rows there are."""
    return str(ngettext("%(count)s row", "%(count)s rows", count, count=numbers.count(count)))


def crumbs(screen: Screen) -> list[tuple[str, str]]:
    """Reports, the report, and the way down to what it is narrowed to."""
    view, names = screen.asked.view, screen.asked.names
    kept = {key: screen.query.get(key) for key in ("at", "compare", "period", "measure", *screen.report.filters)}

    def way(**narrowed: str | int | None) -> str:
        return address.href_with(
            f"{ROOT}/{screen.report.key}", {**kept, **{k: str(v) for k, v in narrowed.items() if v is not None}}
        )

    found = [(_("Reports"), ROOT), (str(screen.report.title), way())]
    found += [(place.title(screen.lang), way(institution=place.id)) for place in screen.asked.crumbs]
    narrowed: dict[str, int | None] = {"institution": view.institution}
    for key in ("place", *screen.report.steps):
        if key in names:
            narrowed[key] = getattr(view, key)
            found.append((names[key], way(**narrowed)))
    return found


def cards(screen: Screen, why: Callable[[Screen, Measure], str]) -> list[Component]:
    """The total of each measure, with how it came about."""
    return [
        _card(screen, measure, why(screen, measure), number == 0)
        for number, measure in enumerate(screen.table.measures)
    ]


def _card(screen: Screen, measure: Measure, why_href: str, hero: bool) -> Component:
    total, lang, view = screen.table.total, screen.lang, screen.asked.view
    value = total.get(measure.key)
    text, unit = (numbers.count(value, lang), "") if measure.unit == "count" else numbers.short(value, lang)
    delta = None
    change = total.get(f"{measure.key}_change")
    if view.compare and change is not None:
        written = numbers.short_change(change, lang) if measure.unit == "money" else numbers.signed(change, lang, 0)
        delta = parts.Delta(written, (change > 0) - (change < 0), _("vs %(day)s", day=screen.short_day(view.compare)))
    full = numbers.money(value, lang) if measure.unit == "money" else ""
    since = screen.report.since(screen.reader, view) if measure.periodic else ""
    return parts.figure_card(
        screen.titled(measure),
        text,
        unit,
        full,
        delta=delta,
        why_href=why_href,
        hero=hero,
        also=parts.Delta(since, 0) if since else None,
    )


def measure_title(report: Report, measure: Measure, period: Period) -> str:
    """A measure's name; one that sums over a period names it, but for the month where the report goes by months."""
    if not measure.periodic or (report.monthly and period is Period.MONTH):
        return str(measure.title)
    named = {Period.MONTH: _("month"), Period.QUARTER: _("quarter"), Period.YEAR: _("year")}[period]
    return _("%(measure)s, %(period)s", measure=measure.title, period=named)


def trend_section(report: Report, measure: Measure, period: Period, points: Sequence[Point], lang: str) -> Component:
    """How a total went: a line over the ends of months, or a column for each where the report goes by months."""
    title = measure_title(report, measure, period)
    days, values = [day for day, _value in points], [value for _day, value in points]
    if not report.monthly:
        drawing = svg.trend(days, [svg.Series(title, values, 1, filled=True)], title, lang, height=260)
        return parts.section(title, parts.picture(drawing), subtitle=_("The total at each month's end"))
    short = [numbers.count(one) if measure.unit == "count" else numbers.short_text(one, lang) for one in values]
    told = [f"{numbers.month(day, lang)}: {text}" for day, text in zip(days, short, strict=True)]
    names = [numbers.short_month(day, lang) for day in days]
    told_of = {
        Period.MONTH: _("What each month came to"), Period.QUARTER: _("From the beginning of the quarter to each month's end"),
        Period.YEAR: _("From the beginning of the year to each month's end"),
    }  # fmt: skip
    columns = svg.columns(values, names, told, title, above=svg.landmarks(values, short))
    return parts.section(title, parts.picture(columns), subtitle=told_of[period])


def chart(screen: Screen, href: Callable[[Screen, Row], str]) -> Component | None:
    """The largest rows by the first measure, each leading on, the others summed up in words; nothing for a single row."""
    measure = screen.table.measures[0]
    shown = screen.largest[:BARS]
    if len(shown) < 2 or all(row[measure.key] is None for row in shown):
        return None
    others = screen.table.left(shown, measure.key)
    drawn = svg.bars(
        [svg.Bar(row["name"], row[measure.key] or 0, href(screen, row)) for row in shown],
        chart_title(screen),
        screen.lang,
    )
    told = ""
    if others:
        rest = others[measure.key] or 0
        amount = numbers.count(rest) if measure.unit == "count" else numbers.short_text(rest, screen.lang)
        told = _("%(count)s others together: %(amount)s", count=numbers.count(others["rows"]), amount=amount)
    return parts.section(chart_title(screen), drawn, subtitle=told)


def chart_title(screen: Screen) -> str:
    """What the chart shows."""
    measure, dimension = screen.table.measures[0], in_sentence(dimension_title(screen))
    if screen.table.count > BARS:
        return _("The largest %(bars)s by %(measure)s", bars=BARS, measure=in_sentence(measure.title))
    return _("%(measure)s by %(dimension)s", measure=measure.title, dimension=dimension)


def rows_title(screen: Screen) -> str:
    """What the rows are."""
    return _("By %(dimension)s, all %(count)s", dimension=in_sentence(dimension_title(screen)),
             count=numbers.count(screen.table.count))  # fmt: skip
