"""One account on one day: opening, movements in the order they were posted, closing, and each person's cents."""

from __future__ import annotations

from collections.abc import Mapping

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import account_day as page
from portal.kit import drill, numbers, parts, ways
from portal.kit.callbacks import callback
from portal.kit.report import as_of, flagged
from portal.permissions import Permission
from portal.query.accounts import AccountDay, account_day
from portal.query.credits import Credit
from portal.query.reader import Reader
from portal.query.report_view import day_of
from portal.query.why_way import Spot


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.CUSTOMER_VIEW)
def show_day(search: str) -> Component:
    """The account and day an address names, or that there is nothing to see."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One account on one day."""
    found = account_day(reader, drill.number_of(query, "id"), day_of(reader, query.get("day", ""), reader.today))
    return parts.stack(
        header(reader, found),
        *flagged(reader),
        parts.columns(statement_section(reader, found), shares_section(reader, found)),
    )


def header(reader: Reader, found: AccountDay) -> Component:
    """The day, the account, and the days beside it."""
    lang, facts = reader.actor.language, found.facts
    at = found.day.isoformat()
    product = drill.product_name(reader, facts.product_id)
    whose = [(facts.customer, ways.customer_href(facts.customer_id))] if facts.customer else []
    crumbs = [
        (_("Customers"), ways.CUSTOMERS), *whose, (product, ways.account_href(facts.id, at)),
        (numbers.day(found.day, lang), ""),
    ]  # fmt: skip
    beside = [
        parts.link(words, ways.account_day_href(facts.id, day), look="btn btn-outline")
        for words, day in ((_("Day before"), found.before_date), (_("Day after"), found.after_date))
        if day is not None
    ]
    subtitle = [f"{product} · {facts.number} · ", *as_of(reader, "credit_day", found.day)]
    return parts.page_header(numbers.day(found.day, lang), subtitle, actions=beside, crumbs=crumbs)


def statement_section(reader: Reader, found: AccountDay) -> Component:
    """Opening balance, what moved it, closing balance: the lines sum."""
    lang = reader.actor.language
    columns = [
        parts.Column("what", _("Movement")),
        parts.Column("amount", _("Amount"), "change"),
        parts.Column("balance", _("Balance"), "number"),
    ]
    rows = [{"what": _("Opening balance"), "amount": "", "balance": numbers.money(found.opening, lang), "sum": True}]
    balance = found.opening
    for one in found.movements:
        balance = one.balance_after if one.balance_after is not None else balance + one.amount
        rows.append(
            {
                "what": parts.Cell(drill.movement_title(one.kind), note=_("No. %(number)s", number=one.id)),
                "amount": numbers.signed(one.amount, lang),
                "balance": numbers.money(balance, lang),
            }
        )
    if found.unexplained:
        rounded = numbers.signed(found.unexplained, lang)
        rows.append({"what": _("Rounding in the bank's own books"), "amount": rounded, "balance": ""})
    closing = numbers.money(found.closing, lang)
    rows.append({"what": _("Closing balance"), "amount": "", "balance": closing, "sum": True})
    if found.foreign is not None:
        rate = numbers.exchange_rate(found.foreign.exchange_rate)
        what = _("In the reporting currency, 1 %(currency)s = %(rate)s", currency=found.foreign.currency, rate=rate)
        rows.append({"what": what, "amount": "", "balance": numbers.money(found.worth, lang), "sum": True})
    note = _("In the order in which their balances follow from one another")
    quiet = _("Nothing moved: the balance of the day before stands")
    return parts.section(
        _("What moved"), parts.simple_table(columns, rows, _("What moved")), subtitle=note if found.movements else quiet
    )


def shares_section(reader: Reader, found: AccountDay) -> Component:
    """Who is credited with the closing balance; the cents of a role sum to it."""
    mine = Spot("account", found.facts.id, manager=reader.actor.person_id)
    table = drill.credits_table(reader, found.credits, found.worth, mine, "balance", found.day.isoformat())
    whole = Spot("account", found.facts.id, whole=True)
    why = parts.link(_("Why this number?"), ways.why_href("balance", whole, found.day.isoformat()), look="see-all")
    return parts.section(_("Who is credited"), table, subtitle=split_note(found.credits), actions=[why])


def split_note(credited: list[Credit]) -> str:
    """How the cents were dealt."""
    if len([one for one in credited if one.role == "marketer"]) > 1:
        return _("Each share is rounded down to the cent; what is left goes to the largest remainders")
    return _("To the cent")
