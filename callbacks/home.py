"""The home of an institution: what its address asks for, read once and drawn as one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import home as page
from portal.kit import address, numbers, parts, svg
from portal.kit.callbacks import callback
from portal.kit.report import as_of, flagged, nothing_here
from portal.permissions import Permission
from portal.query import home
from portal.query.facts import Row
from portal.query.home import Figure, League, Ranking, Standing
from portal.query.key_figures import KeyFigure, Span, key_figures, trend
from portal.query.outside import OutOfScope
from portal.query.pins import NotPublished
from portal.query.places import Place
from portal.query.reader import Reader, reading
from portal.query.record import is_number
from portal.query.report import ReportError
from portal.query.report_view import day_of

SPANS: tuple[Span, ...] = ("1M", "6M", "1Y")
LONGEST_LIST = 15
SLICES = 5


@dataclass(frozen=True)
class Look:
    """What one look at a home is about."""

    reader: Reader
    place: Place
    at: dt.date
    view: str
    figure: Figure
    span: Span
    search: str
    query: Mapping[str, str]

    @property
    def lang(self) -> str:
        return self.reader.actor.language

    def href(self, **changes: str | int | None) -> str:
        """This home with some of its address changed."""
        return address.href_with(page.PATH, self.query, **changes)

    def report(self, **narrowed: str | int | None) -> str:
        """The report of the figure, about this institution."""
        known = {"at": self.query.get("at"), "institution": str(self.place.id)}
        return address.href_with(f"/reports/{REPORT_OF[self.figure]}", known, **narrowed)


REPORT_OF: Mapping[Figure, str] = {"deposits": "deposits", "loans": "loans", "profit": "profit", "aum": "deposits"}


@callback(
    Output(page.CONTENT, "children"),
    Input(page.ADDRESS, "search"),
    permission=Permission.INSTITUTION_HOME_VIEW,
)
def show_home(search: str) -> Component:
    """The home an address names, or a sentence."""
    query = address.query_of(search)
    try:
        with reading() as reader:
            return draw(reader, query)
    except OutOfScope:
        return nothing_here()
    except (NotPublished, ReportError) as error:
        return parts.stack(parts.page_header(_("Institution home")), parts.empty(str(error)))


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One home. Raises OutOfScope for an institution the actor may not see as a whole."""
    reader.allow(Permission.INSTITUTION_HOME_VIEW)
    at = day_of(reader, query.get("at", ""), reader.today)
    asked = query.get("institution", "")
    place = home.home_place(reader, int(asked) if is_number(asked) else home.NOWHERE if asked else None, at)
    if place is None:
        return parts.stack(
            parts.page_header(_("Institution home")),
            parts.empty(_("You lead no institution. Your own figures are in the reports.")),
        )
    look = Look(
        reader, place, at,
        view="booking" if query.get("view") == "booking" else "managing",
        figure=home.known_figure(query.get("figure", "")),
        span=cast(Span, query.get("span")) if query.get("span") in SPANS else "6M",
        search=query.get("search", "")[:80],
        query=query,
    )  # fmt: skip
    standings = home.ranking(reader, place, at, look.view, look.figure)
    people = league_section(look, beside=bool(standings.lines))
    below = [ranking_section(look, standings)] if standings.lines else [people]
    return parts.stack(
        header(look),
        *flagged(reader),
        parts.figure_row(cards(look)),
        toolbar(look),
        parts.columns(
            parts.stack(trend_section(look), *below),
            parts.stack(composition_section(look), *([people] if standings.lines else [])),
        ),
    )


def header(look: Look) -> Component:
    """Name, level and what stands below; both totals, named."""
    totals = home.both_totals(look.reader, look.place, look.at, look.figure)
    named = {"managing": _("As managed"), "booking": _("As booked")}
    hints = {
        "managing": _("Where the credited managers sit"), "booking": _("Where the accounts are kept"),
    }  # fmt: skip
    options = [
        address.Option(view, named[view], note=numbers.short_text(totals[view], look.lang), hint=hints[view])
        for view in ("managing", "booking")
    ]
    below = len(look.reader.places(look.at).below(look.place.id)) - 1
    level = look.place.level_title(look.lang)
    told = [level] if level != look.place.title(look.lang) else []
    if below:
        told.append(_("%(count)s institutions below", count=numbers.count(below)))
    way = [
        (place.title(look.lang), look.href(institution=place.id, search=""))
        for place in home.way_to(look.reader, look.place, look.at)
    ]
    return parts.page_header(
        look.place.title(look.lang),
        [*(f"{one} · " for one in told), *as_of(look.reader, "institution_day", look.at)],
        actions=[address.switch(page.VIEW, "view", _("Which total"), options, look.view)],
        crumbs=way if len(way) > 1 else (),
    )


def cards(look: Look) -> list[Component]:
    """Five figures, each against last month and, where it has one, against the base."""
    figures = key_figures(look.reader, home.figure_subject(look.place, look.view), look.at)
    month = numbers.short_month(look.at, look.lang)
    titles = {
        "deposits": _("Deposits"),
        "deposits_average": _("Daily average, %(month)s", month=month),
        "loans": _("Loans"),
        "profit": _("Simulated profit, %(year)s", year=look.at.year),
        "aum": _("AUM"),
    }
    return [card(look, figures[key], title, key == "deposits") for key, title in titles.items()]


def card(look: Look, figure: KeyFigure, title: str, hero: bool) -> Component:
    """One figure with its changes."""
    value, unit = numbers.short(figure.value, look.lang)
    before = ""
    if figure.before_date:
        month = numbers.short_month(figure.before_date, look.lang)
        before = _("vs %(month)s, same day", month=month) if figure.key == "profit" else _("vs %(month)s", month=month)
    why = {"figure": figure.key, "subject": "institution", "id": str(look.place.id), "at": look.query.get("at"),
           "view": look.view if look.view == "booking" else ""}  # fmt: skip
    return parts.figure_card(
        title, value, unit, numbers.money(figure.value, look.lang),
        delta=change(figure.change, before, look.lang),
        also=change(figure.increment, _("vs base"), look.lang),
        sparkline=svg.sparkline([amount for _day, amount in figure.trend], title),
        why_href="/why" + address.search_of(why),
        hero=hero,
    )  # fmt: skip


def change(amount: Decimal | None, versus: str, lang: str) -> parts.Delta | None:
    """A change as shown."""
    if amount is None:
        return None
    return parts.Delta(numbers.short_change(amount, lang), (amount > 0) - (amount < 0), versus)


def toolbar(look: Look) -> Component:
    """Which figure the rest of the page is about, and of which day."""
    options = [address.Option(key, title) for key, title in figure_titles().items()]
    day = address.day(
        "at",
        _("Business date"),
        look.at.isoformat(),
        str(look.reader.first or ""),
        str(look.reader.newest or ""),
        bare=True,
    )
    return html.Div(
        [
            address.switch(page.FIGURE, "figure", _("Figure"), options, look.figure),
            address.Filters(id=page.DAY, label=_("Business date"), fields=[day]),
        ],
        className="toolbar",
    )


def figure_titles() -> dict[Figure, str]:
    return {"deposits": _("Deposits"), "loans": _("Loans"), "profit": _("Simulated profit"), "aum": _("AUM")}


def trend_section(look: Look) -> Component:
    """The way of the figure."""
    rows = trend(look.reader, home.figure_subject(look.place, look.view), look.at, look.span)
    title = figure_titles()[look.figure]
    spans = [address.Option("1M", _("1M")), address.Option("6M", _("6M")), address.Option("1Y", _("1Y"))]
    lines = [svg.Series(_("End of day"), [row[look.figure] for row in rows], 1, filled=True)]
    said: Any = _("Year so far") if look.figure == "profit" else _("End of day")
    if look.figure == "deposits":
        lines.append(svg.Series(_("Month average"), [row["deposits_average"] for row in rows], 3, dashed=True))
        said = [_("End of day"), " · ", parts.colored(_("Month average"), 3)]
    drawing = svg.trend([row["business_date"] for row in rows], lines, title, look.lang)
    return parts.section(
        title, parts.picture(drawing), subtitle=said,
        actions=[address.switch(page.SPAN, "span", _("How far back"), spans, look.span)],
    )  # fmt: skip


def composition_section(look: Look) -> Component:
    """What the figure is made of, by product."""
    rows = home.by_product(look.reader, look.place, look.at, look.view, look.figure)
    title = _("By product")
    if not rows:
        return parts.section(title, parts.empty(_("Nothing of this on that day.")))
    shown, others = rows[:SLICES], rows[SLICES:]
    slices = [svg.Slice(row["name"], row["value"], number) for number, row in enumerate(shown, start=1)]
    if others:
        slices.append(svg.Slice(_("Others"), sum((row["value"] for row in others), Decimal(0)), SLICES + 1))
    total = sum((row["value"] for row in rows), Decimal(0))
    links = [look.report(product=row["product_id"]) for row in shown]
    legend = parts.legend(
        [
            parts.Share(part.color, part.name, share_text(Decimal(part.value), total, look.lang), href)
            for part, href in zip(slices, [*links, ""], strict=False)
        ]
    )
    middle = numbers.short_text(total, look.lang)
    drawing = svg.donut(slices, middle, figure_titles()[look.figure], title)
    return parts.section(title, parts.picture(drawing, legend=legend, beside=True), subtitle=composition_note(look))


def composition_note(look: Look) -> str:
    """What the ring shows."""
    return _("Margin of the year so far") if look.figure == "profit" else _("Balances at the end of the day")


def share_text(part: Decimal, whole: Decimal, lang: str) -> str:
    return numbers.percent(part / whole if whole else None, lang, 0 if whole and part / whole > Decimal("0.1") else 1)


def ranking_section(look: Look, standings: Ranking) -> Component:
    """The level below, largest first."""
    most = largest(standings.lines)
    rows = [
        standing_row(line, look, most, look.href(institution=line.key, search=""))
        for line in standings.lines[:LONGEST_LIST]
    ]
    if standings.own:
        rows.append(standing_row(standings.own, look, None, "", _("Here, at none of them")))
    title = _("By %(level)s", level=standings.level.lower())
    left = len(standings.lines) - LONGEST_LIST
    more = [parts.link(_("See all %(count)s", count=len(standings.lines)), look.report())] if left > 0 else []
    return parts.section(
        title,
        parts.simple_table(standing_columns(look, standings.level), rows, title),
        subtitle=_(
            "Largest %(figure)s first; a name leads one level down", figure=figure_titles()[look.figure].lower()
        ),
        actions=more,
    )


def league_section(look: Look, beside: bool) -> Component:
    """The managers of the subtree; narrow `beside` a ranking, else with all columns."""
    found: League = home.league(look.reader, look.place, look.at, look.figure, look.search)
    most = largest(found.lines)
    rows = [
        standing_row(line, look, None if beside else most, look.report(by="customer", manager=line.key))
        for line in found.lines
    ]
    if found.unassigned and not look.search:
        rows.append(standing_row(found.unassigned, look, None, look.report(by="customer", manager=0), _("Unassigned")))
    columns = standing_columns(look, _("Customer manager"))
    if beside:
        columns = [columns[0], parts.Column("seat", _("Institution"), "muted"), *columns[1:3]]
    field = address.words("search", _("Search managers"), look.search, _("Name or number"))
    nobody = _("No manager has these words.") if look.search else _("No manager is credited with anything here.")
    said = _("As managed, whatever the view above") if look.view == "booking" else _("A name leads to the customers")
    more = ""
    if found.found > len(found.lines):
        more = _("%(shown)s of %(count)s", shown=len(found.lines), count=numbers.count(found.found))
    return parts.section(
        _("Managers' league"),
        parts.simple_table(columns, rows, _("Managers' league"), more=more, empty_text=nobody),
        subtitle=said,
        actions=[address.Filters(id=page.SEARCH, label=_("Search managers"), fields=[field])],
    )


def largest(lines: Sequence[Standing]) -> Decimal:
    """What a full bar stands for."""
    return max((abs(line.value) for line in lines), default=Decimal(0)) or Decimal(1)


def standing_columns(look: Look, first: str) -> list[parts.Column]:
    """Name, value, change, and the rest where there is room."""
    month = numbers.short_month(look.at, look.lang)
    if look.figure == "profit":
        return [
            parts.Column("name", first), parts.Column("value", _("Year so far"), "number"),
            parts.Column("change", _("vs last month"), "change"), parts.Column("average", month, "number"),
        ]  # fmt: skip
    return [
        parts.Column("name", first), parts.Column("value", _("Balance"), "number"),
        parts.Column("change", _("vs last month"), "change"),
        parts.Column("average", _("Daily average, %(month)s", month=month), "number"),
        parts.Column("increment", _("vs base"), "change"),
    ]  # fmt: skip


def standing_row(line: Standing, look: Look, most: Decimal | None, href: str, name: str = "") -> Row:
    """One line of a ranking; with `most`, a bar shows its part of the largest."""
    bar = None if most is None else float(max(line.value, Decimal(0)) / most)
    return {
        "name": parts.Cell(name or line.name, bar=bar, href=href),
        "seat": line.note,
        "value": numbers.money(line.value, look.lang),
        "average": numbers.money(line.average, look.lang),
        "change": numbers.signed(line.change, look.lang),
        "increment": numbers.signed(line.increment, look.lang),
    }
