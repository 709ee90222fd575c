"""The home of an institution: what its address asks for, read once and drawn as one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import home as page
from portal.kit import address, drill, numbers, parts, rankings, svg, ways
from portal.kit.callbacks import callback
from portal.kit.report import as_of, flagged
from portal.kit.wording import in_sentence
from portal.permissions import Permission
from portal.query import home
from portal.query.home import Figure, League, Ranking
from portal.query.key_figures import KeyFigure, Span, key_figures, look_ahead, trend
from portal.query.places import Place
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.report_table import report_table
from portal.query.report_view import day_of, view_of
from portal.query.why_way import Spot
from portal.reports import REPORTS

LONGEST_LIST = 15
SLICES = 5
CUSTOMERS = 12
MOST_NAMED = 3  # of those that keep no accounts
FEWEST, MOST_BESIDE = 6, 12  # managers beside a ranking: so many that both end about level


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
    return drill.shown(draw, search)


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
        span=drill.span_of(query, "6M"),
        search=query.get("search", "")[:80],
        query=query,
    )  # fmt: skip
    if not home.with_accounts(reader, [place], at):
        told = _(
            "There are no accounts here on this day, so there is nothing to rank. A bank's branches have this page."
        )
        return parts.stack(header(look), parts.empty(told))
    look_ahead(reader, home.figure_subject(place, look.view), at, look.span)
    standings = home.ranking(reader, place, at, look.view, look.figure)
    people = league_section(look, beside=len(standings.lines))
    below, beside = (ranking_section(look, standings), people) if standings.lines else (people, customers_section(look))
    return parts.stack(
        header(look),
        *flagged(reader),
        parts.figure_row(cards(look)),
        *drill.base_note(reader, at),
        toolbar(look),
        parts.columns(
            parts.stack(trend_section(look), below),
            parts.stack(composition_section(look), beside),
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
        "aum": _("Assets managed"),
    }
    return [card(look, figures[key], title, key == "deposits") for key, title in titles.items()]


def card(look: Look, figure: KeyFigure, title: str, hero: bool) -> Component:
    """One figure with its changes."""
    value, unit = numbers.short(figure.value, look.lang)
    subject = home.figure_subject(look.place, look.view)
    spot = Spot("institution", look.place.id, subject.view)
    return parts.figure_card(
        title, value, unit, numbers.money(figure.value, look.lang),
        delta=drill.change(figure.change, drill.versus(figure, look.lang), look.lang),
        also=drill.figures_since(figure.since, look.lang)
        or drill.change(figure.increment, drill.against(figure.key, look.at), look.lang),
        sparkline=svg.sparkline([amount for _day, amount in figure.trend], title),
        why_href=ways.why_href(figure.key, spot, look.query.get("at", "")),
        hero=hero,
    )  # fmt: skip


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
    lines = [svg.Series(_("End of day"), [row[look.figure] for row in rows], 1, filled=True)]
    said: Any = _("Year so far") if look.figure == "profit" else _("End of day")
    if look.figure == "deposits":
        lines.append(svg.Series(_("Month average"), [row["deposits_average"] for row in rows], 3, dashed=True))
        said = [_("End of day"), " · ", parts.colored(_("Month average"), 3)]
    drawing = svg.trend([row["business_date"] for row in rows], lines, title, look.lang, height=240)
    return parts.section(
        title, parts.picture(drawing), subtitle=said,
        actions=[drill.span_switch(page.SPAN, look.span)],
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
            parts.Share(part.color, part.name, drill.part_of(Decimal(part.value), total, look.lang), href)
            for part, href in zip(slices, [*links, ""], strict=False)
        ]
    )
    middle = numbers.short_text(total, look.lang)
    drawing = svg.donut(slices, middle, figure_titles()[look.figure], title)
    return parts.section(title, parts.picture(drawing, legend=legend, beside=True), subtitle=composition_note(look))


def composition_note(look: Look) -> str:
    """What the ring shows."""
    return str(_("Margin of the year so far") if look.figure == "profit" else _("Balances at the end of the day"))


def ranking_section(look: Look, standings: Ranking) -> Component:
    """The level below, largest first."""
    title = _("By %(level)s", level=in_sentence(standings.level))
    left = len(standings.lines) - LONGEST_LIST
    table = rankings.ranking(
        standings.lines[:LONGEST_LIST], standings.level, look.figure, look.at, look.lang,
        href=lambda line: look.href(institution=line.key, search=""),
        last=[(standings.own, _("Here, at none of them"), look.report(institution="", place=look.place.id))]
        if standings.own else [],
    )  # fmt: skip
    return parts.section(
        title,
        table,
        *([html.P(without_accounts(look, standings), className="muted section-note")] if standings.without else []),
        subtitle=_(
            "Largest %(figure)s first; a name leads one level down", figure=in_sentence(figure_titles()[look.figure])
        ),
        actions=[parts.link(_("See all %(count)s", count=len(standings.lines)), look.report())] if left > 0 else [],
    )


def without_accounts(look: Look, standings: Ranking) -> str:
    """Who stands below but not in the ranking."""
    names = [place.title(look.lang) for place in standings.without]
    left = len(names) - MOST_NAMED
    if left > 0:
        names = [*names[:MOST_NAMED], str(_("%(count)s more", count=left))]
    return str(_("Without accounts, so not ranked: %(names)s", names=numbers.listed(names, look.lang)))


def league_section(look: Look, beside: int) -> Component:
    """The managers of the subtree; narrow `beside` a ranking of so many lines, with all columns beside none."""
    size = home.LEAGUE_SIZE if look.search or not beside else min(max(beside + 1, FEWEST), MOST_BESIDE)
    found: League = home.league(look.reader, look.place, look.at, look.figure, look.search, size)
    nobody = _("No manager has these words.") if look.search else _("No manager is credited with anything here.")
    said = _("As managed, whatever the view above") if look.view == "booking" else _("A name leads to the customers")
    left = [parts.link(_("See all %(count)s", count=numbers.count(found.found)), look.report(by="manager"))]
    unassigned = found.unassigned if not look.search else None
    table = rankings.ranking(
        found.lines, _("Customer manager"), look.figure, look.at, look.lang,
        href=lambda line: look.report(by="customer", manager=line.key),
        last=[(unassigned, _("Unassigned"), look.report(by="customer", manager=0))] if unassigned else [],
        beside=beside > 0, empty_text=nobody,
    )  # fmt: skip
    field = address.words("search", _("Search managers"), look.search, _("Name or number"))
    return parts.section(
        _("Managers' league"),
        table,
        subtitle=said,
        actions=[
            address.Filters(id=page.SEARCH, label=_("Search managers"), fields=[field]),
            *(left if found.found > len(found.lines) else []),
        ],
    )


def customers_section(look: Look) -> Component:
    """Where no institution stands below: the largest customers of this one."""
    report = REPORTS[REPORT_OF[look.figure]]
    measure = report.standard[0]
    asked = view_of(
        look.reader, report, {"institution": str(look.place.id), "at": look.at.isoformat(), "by": "customer"}
    )
    found = report_table(look.reader, report, asked.view)
    rows = [
        {
            "name": parts.Cell(row["name"], href=look.report(by="account", customer=row["key"])),
            "value": numbers.money(row[measure], look.lang),
        }
        for row in found.page([(measure, True)], 0, CUSTOMERS)
    ]
    columns = [parts.Column("name", _("Customer")), parts.Column("value", str(report.measure(measure).title), "number")]
    return parts.section(
        _("Largest customers"),
        html.Div(parts.simple_table(columns, rows, _("Largest customers")), className="ranking dense"),
        subtitle=_("As managed; a name leads to the accounts"),
        actions=[parts.link(_("See all %(count)s", count=numbers.count(found.count)), look.report(by="customer"))],
    )
