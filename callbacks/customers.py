"""The list of customers: a manager's own from his book, a leader's by asking the lake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import customers as page
from portal.kit import address, drill, numbers, parts, ways, worklists
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.customers import customers
from portal.query.reader import Reader
from portal.query.report_view import day_of
from portal.query.workbench import CHOICES, Book, Found, Only, book

A_PAGE = 20


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.CUSTOMER_VIEW)
def show_customers(search: str) -> Component:
    """One page of the list an address asks for."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """The list of whoever asks: his own customers, or all below his institutions."""
    reader.allow(Permission.CUSTOMER_VIEW)
    at = day_of(reader, query.get("at", ""), reader.today)
    words, scope = query.get("search", "")[:80], reader.actor.scope
    if scope.all or scope.institutions or scope.person_id is None:
        return everybodys(reader, query, customers(reader, at, words, drill.page_of(query), A_PAGE))
    held = book(reader, scope.person_id, at)
    only = cast(Only, query["only"]) if query.get("only", "") in CHOICES and query.get("only") else ""
    return mine(reader, query, held, only, held.find(words, only, drill.page_of(query), A_PAGE))


def mine(reader: Reader, query: Mapping[str, str], held: Book, only: Only, found: Found) -> Component:
    """A manager's customers."""
    lang = reader.actor.language
    titles = {"": _("All"), "shared": _("Shared"), "outflow": _("Large outflows"), "maturing": _("Maturing")}
    options = [address.Option(choice, titles[choice]) for choice in CHOICES]
    table = worklists.customers_table(found.lines, held.before_date, lang, bool(query.get("search") or only))
    count, day = numbers.count(len(held.customers)), numbers.day(held.at, lang)
    told = _("%(count)s customers as of %(day)s, by deposits and investments", count=count, day=day)
    choice = address.switch(page.ONLY, "only", _("Which customers"), options, only, clears=["page"])
    listed = [table, *drill.pager(found.page, found.pages)]
    return parts.stack(
        parts.page_header(_("My customers"), told),
        parts.section("", *listed, actions=[fields(query), choice], look="mine"),
    )


def everybodys(reader: Reader, query: Mapping[str, str], found: Found) -> Component:
    """All customers inside a leader's scope."""
    lang, at = reader.actor.language, query.get("at", "")
    columns = [
        parts.Column("name", _("Customer")),
        parts.Column("balance", _("Deposits and investments"), "number"),
        parts.Column("change", _("Since the day before"), "change"),
        parts.Column("loans", _("Loans"), "number"),
        parts.Column("accounts", _("Accounts"), "number", phone=False),
    ]
    rows = [
        {
            "name": parts.Cell(
                line.name,
                note=line.number,
                badge=_("shared") if line.shared else "",
                href=ways.customer_href(line.id, at),
            ),
            "balance": numbers.money(line.balance, lang),
            "change": numbers.signed(line.change, lang),
            "loans": numbers.money(line.loans, lang) if line.loans else numbers.NOTHING,
            "accounts": numbers.count(line.accounts),
        }
        for line in found.lines
    ]
    sought = bool(query.get("search"))
    nobody = _("No customer has these words.") if sought else _("There are no customers within what you may see.")
    return parts.stack(
        parts.page_header(
            _("Customers"),
            _("%(count)s customers, by deposits and investments", count=numbers.count(found.total)),
        ),
        parts.section(
            "", parts.simple_table(columns, rows, _("Customers"), empty_text=nobody),
            *drill.pager(found.page, found.pages), actions=[fields(query)], look="mine",
        ),
    )  # fmt: skip


def fields(query: Mapping[str, str]) -> Component:
    """The search, which begins at the first page."""
    field = address.words("search", _("Search customers"), query.get("search", ""), _("Name or number"))
    field["clears"] = ["page"]
    return address.Filters(id=page.FIELDS, label=_("Search customers"), fields=[field])
