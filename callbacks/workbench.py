"""The workbench: a manager's figures, customers, movements and tasks in one answer; others are led to their home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import workbench as page
from portal.kit import address, drill, navigation, numbers, parts, svg, ways, worklists
from portal.kit.callbacks import callback
from portal.kit.pages import PAGES
from portal.kit.report import flagged
from portal.permissions import Permission
from portal.query.key_figures import KeyFigure, Span, Subject, composition, key_figures, look_ahead, trend
from portal.query.reader import Reader
from portal.query.why_way import Spot
from portal.query.workbench import CHOICES, Book, Only, Seat, book, ending_shares, seat
from portal.settings import settings

CUSTOMERS = 12
WORK_PLACES = (
    (Permission.INSTITUTION_HOME_VIEW, "/home"), (Permission.TEAM_HOME_VIEW, "/team"),
    (Permission.COMMISSION_EDIT, "/commissions"), (Permission.RULEBOOK_EDIT, "/rulebooks"),
    (Permission.COMMISSION_APPROVE, "/inbox"), (Permission.RULEBOOK_APPROVE, "/inbox"), (Permission.JOB_RUN, "/jobs"),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One look at a workbench."""

    reader: Reader
    manager_id: int
    book: Book
    seat: Seat | None
    span: Span
    search: str
    only: Only

    @property
    def lang(self) -> str:
        return self.reader.actor.language

    @property
    def at(self) -> dt.date:
        return self.book.at

    @property
    def subject(self) -> Subject:
        return Subject("manager", self.manager_id)

    @property
    def spot(self) -> Spot:
        return Spot("manager", self.manager_id)


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=None)
def show_workbench(search: str) -> Component:
    """Everything on the workbench, or the way to where this person works."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One workbench. Raises NotPublished before the first day with figures."""
    actor = reader.actor
    manager_id = actor.person_id
    if manager_id is None or not actor.may(Permission.WORKBENCH_VIEW):
        return elsewhere(reader)
    at = reader.today
    span = drill.span_of(query, "6M")
    look_ahead(reader, Subject("manager", manager_id), at, span)
    held, where = book(reader, manager_id, at), seat(reader, manager_id, at)
    if not held.holdings and (where is None or where.kind != "customer_manager") and elsewhere_href(reader):
        return elsewhere(reader)
    only = query.get("only", "")
    look = Look(
        reader, manager_id, held, where, span, query.get("search", "")[:80],
        only if only in CHOICES else "",
    )  # fmt: skip
    return parts.stack(
        parts.page_header(greeting(look), subtitle(look)),
        *flagged(reader),
        parts.figure_row(cards(look)),
        *drill.base_note(reader, at),
        parts.columns(trend_section(look), composition_section(look)),
        parts.columns(
            customers_section(look),
            parts.stack(tasks_section(look), movers_section(look), shortcuts_section()),
            look="work-columns",
        ),
    )


def elsewhere_href(reader: Reader) -> str:
    """Where someone without customers of their own works: the institution's home, else the first page they may open."""
    actor = reader.actor
    for needed, href in WORK_PLACES:
        if actor.may(needed):
            return href
    if not actor.permissions:
        return ""
    mine = [one for one in navigation.allowed(actor, navigation.offered(reader, PAGES)) if one.path != page.PATH]
    mine.sort(
        key=lambda one: one.permission is None
    )  # what everyone may open, such as the inbox, only for want of better
    return mine[0].path if mine else ""


def elsewhere(reader: Reader) -> Component:
    """The way there, or a sentence for someone who may open nothing yet."""
    href = elsewhere_href(reader)
    if href:
        return address.Leave(href=href)
    sentence = _("You have no role yet. Ask your administrator for one.")
    return parts.stack(parts.page_header(_("Welcome")), parts.empty(sentence))


def greeting(look: Look) -> str:
    """Good morning, Li Wei."""
    name = drill.person_name(look.reader, look.manager_id)
    hour = dt.datetime.now(ZoneInfo(settings().timezone)).hour
    if hour < 12:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < 18 else _("Good evening, %(name)s", name=name)


def subtitle(look: Look) -> str:
    """Position, institution, how many customers and accounts."""
    told = []
    if look.seat is not None:
        place = look.seat.place.title(look.lang) if look.seat.place else ""
        told = [" · ".join(filter(None, [place, position_title(look.seat.kind)]))]
    customers, accounts = numbers.count(len(look.book.customers)), numbers.count(look.book.accounts)
    told.append(_("%(customers)s customers, %(accounts)s accounts", customers=customers, accounts=accounts))
    return " · ".join(told)


def position_title(kind: str) -> str:
    """What a person is."""
    titles = {
        "customer_manager": _("Customer manager"), "leader": _("Leader"), "operator": _("Operator"),
        "administrator": _("Administrator"),
    }  # fmt: skip
    return titles.get(kind, kind)


def cards(look: Look) -> list[Component]:
    """Five figures, each against last month and, where it has one, against the base."""
    figures = key_figures(look.reader, look.subject, look.at)
    titles = {
        "deposits": _("Deposits today"),
        "deposits_average": _("Daily average, %(month)s", month=numbers.short_month(look.at, look.lang)),
        "loans": _("Loans"),
        "profit": _("Simulated profit, YTD"),
        "aum": _("Assets managed"),
    }
    return [card(look, figures[key], title, hero=key == "deposits") for key, title in titles.items()]


def card(look: Look, figure: KeyFigure, title: str, hero: bool) -> Component:
    """One figure with its changes, its way and the link to why."""
    value, unit = numbers.short(figure.value, look.lang)
    versus = drill.versus(figure, look.lang)
    return parts.figure_card(
        title, value, unit, numbers.money(figure.value, look.lang),
        delta=drill.change(figure.change, versus, look.lang),
        also=drill.figures_since(figure.since, look.lang)
        or drill.change(figure.increment, drill.against(figure.key, look.at), look.lang),
        sparkline=svg.sparkline([amount for _day, amount in figure.trend], title),
        why_href=ways.why_href(figure.key, look.spot),
        hero=hero,
    )  # fmt: skip


def trend_section(look: Look) -> Component:
    """Where my deposits went."""
    rows = trend(look.reader, look.subject, look.at, look.span, ("deposits", "deposits_average"))
    lines = [
        svg.Series(_("End of day"), [row["deposits"] for row in rows], 1, filled=True),
        svg.Series(_("Month average"), [row["deposits_average"] for row in rows], 3, dashed=True),
    ]
    average = parts.colored(_("month average"), 3)
    said: list[Any] = [_("End of day and"), " ", average, " · ", drill.span_words(look.span)]
    drawing = svg.trend([row["business_date"] for row in rows], lines, _("Deposits"), look.lang)
    return parts.section(
        _("Deposits"), parts.picture(drawing), subtitle=said, actions=[drill.span_switch(page.SPAN, look.span)]
    )


def composition_section(look: Look) -> Component:
    """What it is held in."""
    rows = [(row["product_id"], row["balance"]) for row in composition(look.reader, look.subject, look.at)]
    title, note = _("Where it is"), _("Assets under management by product")
    if not any(amount > 0 for _key, amount in rows):
        return parts.section(title, parts.empty(_("Nothing is credited to you yet.")), subtitle=note)
    return parts.section(title, drill.composition(look.reader, rows, _("AUM"), note), subtitle=note)


def customers_section(look: Look) -> Component:
    """My customers, largest first."""
    found = look.book.find(look.search, look.only, size=CUSTOMERS)
    field = address.words("search", _("Search my customers"), look.search, _("Name or number"))
    rest = {"search": look.search, "only": look.only}
    left = _("%(shown)s of %(count)s", shown=len(found.lines), count=numbers.count(found.total))
    see_all = [parts.link(_("%(left)s · see all", left=left), ways.CUSTOMERS + address.search_of(rest), look="see-all")]
    return parts.section(
        _("My customers"),
        worklists.customers_table(found.lines, look.book.before_date, look.lang, bool(look.search or look.only)),
        subtitle=_("Deposits and investments as a whole, and my share"),
        actions=[address.Filters(id=page.SEARCH, label=_("Search my customers"), fields=[field]), *see_all],
        look="mine",
    )


def tasks_section(look: Look) -> Component:
    """What to look at today."""
    ending = ending_shares(look.reader, look.manager_id, look.at)
    tasks = worklists.tasks(look.book, ending, look.lang)
    return parts.section(_("To do"), parts.task_list(tasks, _("Nothing to do today.")), look="tasks-card")


def movers_section(look: Look) -> Component:
    """The accounts that moved most since the business date before."""
    return parts.section(_("Biggest movements"), worklists.movers_table(look.reader, look.book), look="movers")


def shortcuts_section() -> Component:
    """Where a manager goes most."""
    links = [
        (_("Deposits by customer"), "/reports/deposits?by=customer"),
        (_("Simulated profit by product"), "/reports/profit?by=product"),
        (_("Loans by customer"), "/reports/loans?by=customer"),
        (_("Shared customers"), f"{ways.CUSTOMERS}?only=shared"),
    ]
    row = html.Div([parts.link(text, href, look="pill") for text, href in links], className="shortcuts")
    return parts.section(_("Often used"), row)
