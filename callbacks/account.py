"""One account: what it is, where it stands, how it moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import account as page
from portal.kit import drill, numbers, parts, svg, ways
from portal.kit.callbacks import callback
from portal.kit.report import as_of, flagged
from portal.permissions import Permission
from portal.query.accounts import Account, Facts, account
from portal.query.key_figures import Span
from portal.query.known_base import has_base, known_since
from portal.query.reader import Reader
from portal.query.report import Period
from portal.query.report_view import day_of
from portal.query.why_way import Spot


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.CUSTOMER_VIEW)
def show_account(search: str) -> Component:
    """The account an address names, or that there is nothing to see."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One account as a whole."""
    at, span = query.get("at", ""), drill.span_of(query, "1M")
    found = account(reader, drill.number_of(query, "id"), day_of(reader, at, reader.today), span, drill.page_of(query))
    return parts.stack(
        header(reader, found, at),
        *flagged(reader),
        parts.figure_row(cards(reader, found, at)),
        parts.columns(
            parts.stack(line_section(reader, found, span), movements_section(reader, found, span)),
            parts.stack(facts_section(reader, found.facts), credits_section(reader, found, at)),
            look="work-columns",
        ),
    )


def header(reader: Reader, found: Account, at: str) -> Component:
    """Which account, whose, as of when."""
    facts = found.facts
    product = drill.product_name(reader, facts.product_id)
    told = [facts.number, *([] if found.is_open else [_("closed")])]
    return parts.page_header(
        product,
        [" · ".join(told), " · ", *as_of(reader, "credit_day", found.at)],
        crumbs=crumbs(facts, at, product),
    )


def crumbs(facts: Facts, at: str, here: str) -> list[tuple[str, str]]:
    """Customers, the customer, the account."""
    whose = [(facts.customer, ways.customer_href(facts.customer_id, at))] if facts.customer else []
    return [(_("Customers"), ways.CUSTOMERS), *whose, (here, "")]


def cards(reader: Reader, found: Account, at: str) -> list[Component]:
    """Four figures as a whole, with one's own part."""
    lang, spot = reader.actor.language, Spot("account", found.facts.id, whole=True)
    titles = {
        "balance": _("Balance"),
        "daily_average": _("Daily average, %(month)s", month=numbers.short_month(found.at, lang)),
        "increment": _("Increment over base"),
        "profit": _("Simulated profit, YTD"),
    }
    cards = []
    for key, title in titles.items():
        figure = found.figures[key]
        if key == "increment" and not has_base(reader, found.at, "day"):
            figure = replace(figure, whole=None, part=None)
        value, unit = numbers.short(figure.whole, lang)
        own = None
        if figure.part is not None and figure.part != figure.whole:
            own = parts.Delta(numbers.short_text(figure.part, lang), 0, _("mine"))
        line = svg.sparkline([balance for _day, balance in found.line], title) if key == "balance" else None
        cards.append(
            parts.figure_card(
                title, value, unit, numbers.money(figure.whole, lang), delta=own, sparkline=line,
                why_href=ways.why_href(key, spot, at), hero=key == "balance",
                also=drill.figures_since(known_since(reader, found.at, PERIODS[key]) if key in PERIODS else None, lang),
            )
        )  # fmt: skip
    return cards


PERIODS = {"daily_average": Period.MONTH, "profit": Period.YEAR}  # what figures sum over


def line_section(reader: Reader, found: Account, span: Span) -> Component:
    """The end-of-day balances."""
    series = [svg.Series(_("End of day"), [balance for _day, balance in found.line], 1, filled=True)]
    drawing = svg.trend([day for day, _balance in found.line], series, _("Balance"), reader.actor.language)
    return parts.section(
        _("Balance"), parts.picture(drawing), subtitle=f"{_('End of day')} · {drill.span_words(span)}",
        actions=[drill.span_switch(page.SPAN, span)],
    )  # fmt: skip


def facts_section(reader: Reader, facts: Facts) -> Component:
    """What holds for the account."""
    lang = reader.actor.language
    place = reader.places().get(facts.institution_id)
    known = [
        (_("Customer"), parts.link(facts.customer, ways.customer_href(facts.customer_id)) if facts.customer else ""),
        (_("Kept at"), place.title(lang) if place else ""),
        (_("Opened"), numbers.day(facts.opened_on, lang)),
        (_("Closed"), numbers.day(facts.closed_on, lang) if facts.closed_on else ""),
        (_("Rate"), numbers.rate(facts.customer_rate, lang) if facts.customer_rate is not None else ""),
        (_("Term"), _("%(days)s days", days=facts.term_days) if facts.term_days else _("on demand")),
        (_("Matures"), numbers.day(facts.matures_on, lang) if facts.matures_on and facts.kind == "deposit" else ""),
        (_("Granted"), numbers.money(facts.granted_amount, lang) if facts.granted_amount else ""),
        (_("Currency"), facts.currency),
    ]
    return parts.section(_("What it is"), parts.facts([(name, value) for name, value in known if value]))


def credits_section(reader: Reader, found: Account, at: str) -> Component:
    """Who is credited with the balance."""
    mine = Spot("account", found.facts.id, manager=reader.actor.person_id)
    whole = found.figures["balance"].whole
    return parts.section(_("Who is credited"), drill.credits_table(reader, found.credits, whole, mine, "balance", at))


def movements_section(reader: Reader, found: Account, span: Span) -> Component:
    """What moved it, the newest first."""
    lang = reader.actor.language
    columns = [
        parts.Column("day", _("Day")),
        parts.Column("kind", _("Movement")),
        parts.Column("amount", _("Amount"), "change"),
        parts.Column("after", _("Balance after"), "number"),
    ]
    rows = [
        {
            "day": numbers.day(one.business_date, lang),
            "kind": drill.movement_title(one.kind),
            "amount": numbers.signed(one.amount, lang),
            "after": numbers.money(one.balance_after, lang),
            "href": ways.account_day_href(found.facts.id, one.business_date),
        }
        for one in found.movements
    ]
    nothing = _("Nothing moved in %(span)s.", span=drill.span_words(span))
    table = parts.simple_table(columns, rows, _("Movements"), empty_text=nothing)
    note = _("%(count)s in %(span)s", count=numbers.count(found.moved), span=drill.span_words(span))
    return parts.section(_("Movements"), table, *drill.pager(found.page, found.pages), subtitle=note)
