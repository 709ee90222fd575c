"""The lists of a manager's work: customers, what moved, what to do. Texts and links only; a book holds the facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import drill, numbers, parts, ways
from portal.kit.address import search_of
from portal.query.reader import Reader
from portal.query.workbench import Book, CustomerLine, EndingShare

MOVERS, MOST_TASKS = 6, 3


def customers_table(lines: list[CustomerLine], before: dt.date | None, lang: str, sought: bool) -> Component:
    """A row for each customer."""
    columns = [
        parts.Column("name", _("Customer")),
        parts.Column("balance", _("Balance"), "number"),
        parts.Column("change", drill.since(before, lang), "change"),
        parts.Column("share", _("My share"), "number"),
    ]
    rows = [
        {
            "name": parts.Cell(
                line.name,
                badge=_("shared") if line.shared else "",
                note=_("Loans %(amount)s", amount=numbers.money(line.loans, lang)) if line.loans else "",
                href=ways.customer_href(line.id),
            ),
            "balance": numbers.money(line.balance, lang),
            "change": numbers.signed(line.change, lang) if before else numbers.NOTHING,
            "share": parts.Cell(drill.share_text(line.share, lang), title=numbers.money(line.part, lang)),
        }
        for line in lines
    ]
    nobody = _("No customer has these words.") if sought else _("No customer is credited to you yet.")
    return parts.simple_table(columns, rows, _("My customers"), empty_text=nobody)


def tasks(book: Book, ending: Sequence[EndingShare], lang: str) -> list[parts.Task]:
    """What to look at, most urgent first."""
    return [*_outflows(book, lang), *_maturities(book, lang), *_shares(book, ending, lang)]


def _outflows(book: Book, lang: str) -> list[parts.Task]:
    """Customers who took much out."""
    lines = book.outflows
    tasks = [
        parts.Task(
            _("%(name)s moved %(amount)s out", name=line.name, amount=numbers.money(-line.change, lang)),
            _("since %(day)s · call today", day=numbers.short_day(book.before_date, lang)),
            _("outflow"), ways.customer_href(line.id), "warn",
        )
        for line in lines[:MOST_TASKS]
    ]  # fmt: skip
    if len(lines) > MOST_TASKS:
        title = _("%(count)s more large outflows", count=len(lines) - MOST_TASKS)
        href = ways.CUSTOMERS + search_of({"only": "outflow"})
        tasks.append(parts.Task(title, _("from a hundredth of what you manage"), _("outflow"), href, "warn"))
    return tasks


def _maturities(book: Book, lang: str) -> list[parts.Task]:
    """Time deposits that end soon: one by one, or together when there are many."""
    maturing = book.maturing
    if len(maturing) > MOST_TASKS:
        total = numbers.short_text(sum((holding.balance for holding in maturing), Decimal(0)), lang)
        title = _("%(count)s time deposits mature within 7 days", count=len(maturing))
        href = ways.CUSTOMERS + search_of({"only": "maturing"})
        return [parts.Task(title, _("%(amount)s in total", amount=total), _("maturity"), href)]
    found = []
    for one in maturing:
        day = numbers.short_day(one.matures_on, lang)
        title = _("Time deposit of %(name)s matures %(day)s", name=one.name, day=day)
        href = ways.account_href(one.account_id)
        found.append(parts.Task(title, numbers.money(one.balance, lang), _("maturity"), href))
    return found


def _shares(book: Book, ending: Sequence[EndingShare], lang: str) -> list[parts.Task]:
    """Shares of mine that end soon."""
    names = {holding.customer_id: holding.name for holding in book.holdings}
    accounts = {holding.account_id: holding for holding in book.holdings}

    def task(one: EndingShare) -> parts.Task:
        held = accounts.get(one.account_id or -1)
        named = names.get(one.customer_id or -1) or (f"{held.name}, {held.account_no}" if held else "")
        href = ways.customer_href(one.customer_id) if one.customer_id else ways.account_href(one.account_id or -1)
        title = _("Your share of %(name)s ends %(day)s", name=named, day=numbers.short_day(one.last_day, lang))
        note = f"{drill.role_title(one.role)}, {drill.share_text(one.ratio, lang)}"
        return parts.Task(title, note, _("share"), href)

    known = [one for one in ending if one.customer_id in names or one.account_id in accounts]
    found = [task(one) for one in known[:MOST_TASKS]]
    if len(known) > MOST_TASKS:
        title = _("%(count)s more shares end within 30 days", count=len(known) - MOST_TASKS)
        found.append(parts.Task(title, "", _("share"), ways.CUSTOMERS + search_of({"only": "shared"})))
    return found


def movers_table(reader: Reader, book: Book) -> Component:
    """The accounts that moved most since the business date before."""
    lang = reader.actor.language
    changed = parts.Column("change", drill.since(book.before_date, lang), "change")
    columns = [parts.Column("name", _("Account")), changed]
    rows = [
        {
            "name": parts.Cell(
                one.name, note=f"{drill.product_name(reader, one.product_id)} · {one.account_no}",
                href=ways.account_day_href(one.account_id, book.at),
            ),
            "change": parts.Cell(numbers.signed(one.change, lang), note=numbers.money(one.balance, lang)),
        }
        for one in book.movers[:MOVERS]
    ]  # fmt: skip
    return parts.simple_table(columns, rows, _("Biggest movements"), empty_text=_("No account of yours moved."))
