"""A report on screen: what it is about, its totals and its chart; rows and fields stand in files of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import address, numbers, parts, svg, ways
from portal.kit.grid import BLOCK_ROWS
from portal.kit.wording import in_sentence
from portal.query import report_notes
from portal.query.facts import Row
from portal.query.known_base import since_words
from portal.query.reader import Reader
from portal.query.report import Measure, Period, Report
from portal.query.report_table import ReportTable
from portal.query.report_view import Asked
from portal.query.why_way import Spot, Step
from portal.settings import settings

ROOT = "/reports"
BARS = 15
NARROWED = ("place", "manager", "customer", "account", "product")


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

    @cached_property
    def largest(self) -> list[Row]:
        """The first rows by the first measure: those of the chart, of a phone's cards and what a grid begins with."""
        return self.table.page([(self.table.measures[0].key, True)], 0, max(self.cards, BARS, BLOCK_ROWS))

    def href(self, **changes: str | int | None) -> str:
        """This report with some of its address changed."""
        return address.href_with(f"{ROOT}/{self.report.key}", self.query, **changes)


def nothing_here() -> Component:
    """What is said of something that does not exist or may not be seen; the two are answered alike."""
    sentence = _("There is nothing here that you may see. Ask your administrator if you think there should be.")
    return parts.stack(
        parts.page_header(_("Nothing here")), parts.empty(sentence, parts.link(_("To the beginning"), "/", look=""))
    )


def as_of(reader: Reader, dataset: str, day: dt.date) -> list[Any]:
    """The date the figures are of, their version and when it was published."""
    pin = next((one for one in reader.pinned() if one.dataset == dataset and one.business_date == day), None)
    words = _("as of %(day)s", day=numbers.day(day, reader.actor.language))
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
    if not asked.instead_of or any(screen.query.get(key) for key in ("institution", *NARROWED)):
        return []
    level = level_title(screen, asked.instead_of) or asked.instead_of
    sentence = _("Below what you see there is nothing to read by “%(level)s”; this is by %(dimension)s.",
                 level=level, dimension=in_sentence(dimension_title(screen)))  # fmt: skip
    return [parts.flag(sentence, tone="neutral")]


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
    told += [names[key] for key in NARROWED if key in names]
    told.append(_("%(count)s rows", count=numbers.count(screen.table.count)))
    dataset = (
        "credit_day"
        if screen.table.dimension.dataset == "credit_day" or view.customer or view.account
        else "manager_day"
    )
    compared = [" · ", _("compared with %(day)s", day=numbers.day(view.compare, screen.lang))] if view.compare else []
    return [" · ".join(told), " · ", *as_of(screen.reader, dataset, view.at), *compared]


def crumbs(screen: Screen) -> list[tuple[str, str]]:
    """Reports, the report, and the way down to what it is narrowed to."""
    view, names = screen.asked.view, screen.asked.names
    kept = {key: screen.query.get(key) for key in ("at", "compare", "period", "measure", "product")}

    def way(**narrowed: str | int | None) -> str:
        return address.href_with(
            f"{ROOT}/{screen.report.key}", {**kept, **{k: str(v) for k, v in narrowed.items() if v is not None}}
        )

    found = [(_("Reports"), ROOT), (str(screen.report.title), way())]
    found += [(place.title(screen.lang), way(institution=place.id)) for place in screen.asked.crumbs]
    narrowed: dict[str, int | None] = {"institution": view.institution}
    for key in ("place", "manager", "customer", "account"):
        if key in names:
            narrowed[key] = getattr(view, key)
            found.append((names[key], way(**narrowed)))
    return found


def cards(screen: Screen) -> list[Component]:
    """The total of each measure, with how it came about."""
    return [_card(screen, measure, number == 0) for number, measure in enumerate(screen.table.measures)]


def _card(screen: Screen, measure: Measure, hero: bool) -> Component:
    total, lang, view = screen.table.total, screen.lang, screen.asked.view
    value = total.get(measure.key)
    text, unit = (numbers.count(value, lang), "") if measure.unit == "count" else numbers.short(value, lang)
    delta = None
    change = total.get(f"{measure.key}_change")
    if view.compare and change is not None:
        written = numbers.short_change(change, lang) if measure.unit == "money" else numbers.signed(change, lang, 0)
        delta = parts.Delta(
            written, (change > 0) - (change < 0), _("vs %(day)s", day=numbers.short_day(view.compare, lang))
        )
    full = numbers.money(value, lang) if measure.unit == "money" else ""
    since = since_words(screen.reader, view.at, view.period) if measure.periodic else ""
    return parts.figure_card(
        measure_title(measure, view.period),
        text,
        unit,
        full,
        delta=delta,
        why_href=why_href(screen, measure),
        hero=hero,
        also=parts.Delta(since, 0) if since else None,
    )


def measure_title(measure: Measure, period: Period) -> str:
    """A measure's name; one that sums over a period names it."""
    if not measure.periodic:
        return str(measure.title)
    named = {Period.MONTH: _("month"), Period.QUARTER: _("quarter"), Period.YEAR: _("year")}[period]
    return _("%(measure)s, %(period)s", measure=measure.title, period=named)


def why_href(screen: Screen, measure: Measure) -> str:
    """Where a total is taken apart; empty when it is about several institutions side by side."""
    view, place = screen.asked.view, screen.asked.place
    subject, key = next(
        ((key, getattr(view, key)) for key in ("account", "customer", "manager") if getattr(view, key) is not None),
        ("institution", place.id if place else None),
    )
    scope = screen.reader.actor.scope
    if key is None and not scope.all and not scope.institutions:  # all one sees is one's own
        subject, key = "manager", scope.person_id
    if key is None or (subject == "institution" and view.place is not None):
        return ""
    spot = Spot(
        cast(Step, subject), key,
        manager=view.manager if subject != "manager" else None,
        place=view.place,
        within=view.institution if subject != "institution" else None,
        product=view.product,
    )  # fmt: skip
    period = view.period if measure.periodic else None
    return ways.why_href(f"{screen.report.key}.{measure.key}", spot, screen.query.get("at", ""), period)


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
    measure = screen.table.measures[0]
    if screen.table.count > BARS:
        return _("The largest %(bars)s by %(measure)s", bars=BARS, measure=in_sentence(measure.title))
    return _("By %(measure)s", measure=in_sentence(measure.title))


def rows_title(screen: Screen) -> str:
    """What the rows are."""
    return _("By %(dimension)s, all %(count)s", dimension=in_sentence(dimension_title(screen)),
             count=numbers.count(screen.table.count))  # fmt: skip
