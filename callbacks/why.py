"""Why this number: what it means, the formula with its values, where it comes from, and the parts it is the sum of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import why as page
from portal.kit import drill, numbers, parts, ways, why_price, why_rows
from portal.kit.callbacks import callback
from portal.kit.report import as_of, flagged
from portal.permissions import Permission
from portal.query.known_base import no_base, partly_known, since_words
from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.report import Period, ReportError
from portal.query.report_view import day_of
from portal.query.why import Figure, Why, why
from portal.query.why_way import STEPS, Spot, way_of
from portal.reports.figures import FIGURES


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=None)
def show_why(search: str) -> Component:
    """The figure an address names, taken apart; the question itself asks for the permission it needs."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One figure, explained."""
    figure = figure_of(query)
    period = period_of(query, figure)
    at = query.get("at", "")
    spot, day = spot_of(query), day_of(reader, at, reader.today)
    try:
        found = why(reader, figure, spot, day, period, drill.page_of(query))
    except NotPublished:
        if sentence := no_base(reader, day, figure.measure.base):
            return without_value(reader, figure, spot, day, sentence)
        raise
    price = why_price.price_section(reader, found)
    return parts.stack(
        header(reader, found, at),
        *flagged(reader),
        *partly(reader, found),
        parts.columns(value_section(reader, found), source_section(reader, found)),
        *([price] if price is not None else []),
        why_rows.parts_section(reader, found, at),
    )


def without_value(reader: Reader, figure: Figure, spot: Spot, at: dt.date, sentence: str) -> Component:
    """Why a figure has no value: what it means, and what is not known of it."""
    lang = reader.actor.language
    way = way_of(reader, spot, at)
    crumbs = [(name, ways.why_href(figure.key, one, at.isoformat())) for name, one in way]
    told = [*([way[-1][0]] if way else []), _("as of %(day)s", day=numbers.day(at, lang))]
    return parts.stack(
        parts.page_header(_("Why is there no number?"), " · ".join(told), crumbs=crumbs if len(crumbs) > 1 else ()),
        parts.flag(sentence, tone="neutral"),
        parts.section(
            figure.title,
            html.Div(numbers.NOTHING, className="why-value"),
            html.P(str(figure.measure.meaning)),
        ),
    )


def figure_of(query: Mapping[str, str]) -> Figure:
    """The figure an address names. Raises ReportError."""
    key = query.get("figure", "")
    if key not in FIGURES:
        raise ReportError(_("There is no figure “%(key)s”.", key=key[:40]))
    return FIGURES[key]


def period_of(query: Mapping[str, str], figure: Figure) -> Period:
    """The period sums run over: the one asked for, else the figure's own."""
    return Period(query["period"]) if query.get("period") in list(Period) else figure.period


def spot_of(query: Mapping[str, str]) -> Spot:
    """What an address asks about. Raises ReportError for a subject there is none of."""
    subject = query.get("subject", "")
    if subject not in STEPS:
        raise ReportError(_("There is no subject “%(subject)s”.", subject=subject[:40]))

    def number(name: str) -> int | None:
        text = query.get(name, "")
        return int(text) if is_number(text) else (-1 if text else None)

    return Spot(
        subject, drill.number_of(query, "id"), "booking" if query.get("view") == "booking" else "managing",
        manager=number("manager"), place=number("place"), within=number("within"), product=number("product"),
        whole=query.get("whole") == "1",
    )  # fmt: skip


def header(reader: Reader, found: Why, at: str) -> Component:
    """What is explained, of whom, as of when, and the way here."""
    named = [name for name, _spot in found.way]
    crumbs = [(name, ways.why_href(found.figure.key, spot, at, found.asked_period)) for name, spot in found.way]
    if found.way and found.way[0][1] == Spot("manager", reader.actor.person_id or 0):
        crumbs.insert(0, (_("My workbench"), "/"))
    dataset = {"institution": "institution_day", "manager": "manager_day"}.get(found.spot.subject, "credit_day")
    told = [*([" · ".join(named[-1:])] if named else [])]
    if found.spot.product is not None:
        told.append(drill.product_name(reader, found.spot.product))
    if found.spot.subject == "institution":
        told.append(_("as booked") if found.spot.view == "booking" else _("as managed"))
    subtitle = [" · ".join(told), " · ", *as_of(reader, dataset, found.at)]
    return parts.page_header(_("Why this number?"), subtitle, crumbs=crumbs if len(crumbs) > 1 else ())


def partly(reader: Reader, found: Why) -> list[Component]:
    """That the figures begin within the period the figure sums over."""
    sentence = partly_known(reader, found.at, found.period) if found.figure.measure.periodic else ""
    return [parts.flag(sentence, tone="neutral")] if sentence else []


def value_section(reader: Reader, found: Why) -> Component:
    """The figure, what it means, and how it follows from its terms."""
    lang = reader.actor.language
    value = why_rows.written(found.figure.measure, found.value, lang)
    steps = [html.Div(line, className="formula") for line in why_rows.formula(found, lang)]
    return parts.section(
        why_rows.figure_title(found, lang),
        html.Div(value, className="why-value"),
        html.P(str(found.figure.measure.meaning)),
        html.Div(steps, className="formulas"),
    )


def source_section(reader: Reader, found: Why) -> Component:
    """Which published versions were read, and the runs that made them."""
    lang = reader.actor.language
    rows: list[tuple[Any, Any]] = [(_("Business date"), numbers.day(found.at, lang))]
    if found.figure.measure.periodic:
        span = f"{numbers.day(found.calendar.first_day, lang)} – {numbers.day(found.at, lang)}"
        since = since_words(reader, found.at, found.period)
        told = [span, _("%(days)s days", days=found.calendar.days), *([since] if since else [])]
        rows.append((_("Period"), " · ".join(told)))
    for source in why_rows.sources(found):
        single = source.first_run == source.last_run
        runs = _("run %(run)s", run=source.runs) if single else _("runs %(run)s", run=source.runs)
        may_look = reader.actor.may(Permission.JOB_VIEW) and single
        where = parts.link(runs, f"/jobs/run?id={source.first_run}") if may_look else runs
        words = [source.days(lang), " · ", _("version %(number)s", number=source.version), " · ", where]
        rows.append((why_rows.dataset_title(source.dataset), html.Span(words)))
    return parts.section(_("Where it comes from"), parts.facts(rows))
