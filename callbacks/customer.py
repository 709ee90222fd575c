"""One customer: the whole, one's own part beside it, the accounts, and who is credited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import customer as page
from portal.kit import drill, numbers, parts, svg, ways
from portal.kit.approval_list import request_href
from portal.kit.callbacks import callback
from portal.kit.report import as_of, flagged
from portal.kit.resource import record_href
from portal.permissions import Permission
from portal.query.approvals import current_request
from portal.query.credits import Both
from portal.query.customers import AccountLine, Customer, customer
from portal.query.key_figures import Span
from portal.query.known_base import known_since
from portal.query.reader import Reader
from portal.query.report import Period
from portal.query.report_view import day_of
from portal.query.subjects import key_of
from portal.query.why_way import Spot
from portal.resources import RESOURCES


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.CUSTOMER_VIEW)
def show_customer(search: str) -> Component:
    """The customer an address names, or that there is nothing to see."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One customer as a whole."""
    at, span = query.get("at", ""), drill.span_of(query, "1M")
    found = customer(reader, drill.number_of(query, "id"), day_of(reader, at, reader.today), span)
    return parts.stack(
        header(reader, found),
        *flagged(reader),
        parts.figure_row(cards(reader, found, at)),
        parts.columns(trend_section(reader, found, span), credits_section(reader, found, at)),
        accounts_section(reader, found, at),
    )


def header(reader: Reader, found: Customer) -> Component:
    """Who it is, since when, as of when."""
    lang = reader.actor.language
    told = [
        found.number,
        drill.segment_title(found.segment),
        _("customer since %(day)s", day=numbers.day(found.since, lang)),
    ]
    crumbs = [(_("Customers"), ways.CUSTOMERS), (found.name, "")]
    return parts.page_header(
        found.name, [" · ".join(told), " · ", *as_of(reader, "credit_day", found.at)], crumbs=crumbs
    )


def cards(reader: Reader, found: Customer, at: str) -> list[Component]:
    """Five figures as a whole, against last month, with one's own part."""
    lang = reader.actor.language
    titles = {
        "deposits": _("Deposits"),
        "deposits_average": _("Daily average, %(month)s", month=numbers.short_month(found.at, lang)),
        "loans": _("Loans"),
        "profit": _("Simulated profit, YTD"),
        "aum": _("Assets managed"),
    }
    spot = Spot("customer", found.id, whole=True)
    before = numbers.short_month(found.at.replace(day=1) - dt.timedelta(days=1), lang)
    cards = []
    for key, title in titles.items():
        figure = found.figures[key]
        value, unit = numbers.short(figure.whole, lang)
        change = None
        if figure.whole is not None and figure.before is not None and key != "profit":
            change = figure.whole - figure.before
        way = [amount for _day, amount, _average in found.trend] if key == "deposits" else []
        cards.append(
            parts.figure_card(
                title, value, unit, numbers.money(figure.whole, lang),
                delta=drill.change(change, _("vs %(month)s", month=before), lang)
                or drill.figures_since(known_since(reader, found.at, PERIODS[key]) if key in PERIODS else None, lang),
                also=own_part(figure, lang),
                sparkline=svg.sparkline(way, title),
                why_href=ways.why_href(key, spot, at),
                hero=key == "deposits",
            )
        )  # fmt: skip
    return cards


PERIODS = {"deposits_average": Period.MONTH, "profit": Period.YEAR}  # what figures sum over


def own_part(figure: Both, lang: str) -> parts.Delta | None:
    """One's own part, where it is not the whole."""
    if figure.part is None or figure.part == figure.whole:
        return None
    return parts.Delta(numbers.short_text(figure.part, lang), 0, _("mine"))


def trend_section(reader: Reader, found: Customer, span: Span) -> Component:
    """Where the deposits went."""
    lines = [
        svg.Series(_("End of day"), [balance for _day, balance, _average in found.trend], 1, filled=True),
        svg.Series(_("Month average"), [average for _day, _balance, average in found.trend], 3, dashed=True),
    ]
    average = parts.colored(_("month average"), 3)
    drawing = svg.trend([day for day, _balance, _average in found.trend], lines, _("Deposits"), reader.actor.language)
    return parts.section(
        _("Deposits"), parts.picture(drawing),
        subtitle=[_("End of day and"), " ", average, " · ", drill.span_words(span)],
        actions=[drill.span_switch(page.SPAN, span)],
    )  # fmt: skip


def credits_section(reader: Reader, found: Customer, at: str) -> Component:
    """Who is credited with the deposits and investments."""
    mine = Spot("customer", found.id, manager=reader.actor.person_id)
    table = drill.credits_table(reader, found.credits, found.figures["aum"].whole, mine, "aum", at)
    subtitle = _("With deposits and investments, to the cent")
    return parts.section(_("Who is credited"), table, subtitle=subtitle, actions=share_ways(reader, found))


def share_ways(reader: Reader, found: Customer) -> list[Component]:
    """Where shares are changed, or asked for, or waited for."""
    if reader.actor.may(Permission.SHARE_EDIT):
        key = key_of(found.id, None, "marketer")
        return (
            [parts.link(_("Change shares"), record_href(RESOURCES["shares"], key), "see-all")] if found.credits else []
        )
    if not reader.actor.may(Permission.SHARE_REQUEST):
        return []
    asked = current_request(reader, "share_change", key_of(found.id, None, "marketer"))
    if asked is not None and asked.ended_at is None:
        return [parts.link(_("A change waits for a decision"), request_href(asked.id), "see-all")]
    return [parts.link(_("Ask for other shares"), ways.share_request_href(found.id), "see-all")]


def accounts_section(reader: Reader, found: Customer, at: str) -> Component:
    """All accounts."""
    lang = reader.actor.language
    shared = any(line.share is not None and line.share < 1 for line in found.accounts)
    columns = [
        parts.Column("account", _("Account")),
        parts.Column("balance", _("Balance"), "number"),
        parts.Column("change", drill.since(found.before_date, lang), "change"),
        parts.Column("share", _("My share"), "number"),
        *([parts.Column("part", _("My part"), "number")] if shared else []),
    ]
    if reader.actor.person_id is None or not any(line.share for line in found.accounts):
        columns = columns[:3]
    rows = [account_row(reader, line, at) for line in found.accounts]
    return parts.section(
        _("Accounts"), parts.simple_table(columns, rows, _("Accounts")), look="mine" if len(columns) == 4 else ""
    )


def account_row(reader: Reader, line: AccountLine, at: str) -> dict[str, object]:
    """One account."""
    lang = reader.actor.language
    return {
        "account": parts.Cell(
            drill.product_name(reader, line.product_id), note=line.number,
            badge="" if line.is_open else _("closed"), tone="neutral", href=ways.account_href(line.id, at),
        ),
        "balance": numbers.money(line.balance, lang),
        "change": numbers.signed(line.change, lang),
        "share": drill.share_text(line.share, lang) if line.share is not None else numbers.NOTHING,
        "part": numbers.money(line.part, lang),
    }  # fmt: skip
