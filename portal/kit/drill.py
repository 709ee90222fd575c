"""What the pages from a workbench down to an account-day share: how they write shares, changes and credits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import address, numbers, parts, svg, ways
from portal.kit.report import nothing_here
from portal.query import names
from portal.query.credits import Credit
from portal.query.key_figures import KeyFigure, Span
from portal.query.known_base import no_base
from portal.query.outside import OutOfScope
from portal.query.pins import NotPublished
from portal.query.places import products
from portal.query.reader import Reader, reading
from portal.query.record import is_number
from portal.query.report import ReportError
from portal.query.report_account_rows import UNASSIGNED
from portal.query.why_way import Spot

SPANS: tuple[Span, ...] = ("1M", "6M", "1Y")
FIRST_SLICES = 5


def shown(draw: Callable[[Reader, Mapping[str, str]], Component], search: object) -> Component:
    """What a page draws for its address, or the sentence that says why there is nothing."""
    query = address.query_of(search)
    try:
        with reading() as reader:
            return draw(reader, query)
    except OutOfScope:
        return nothing_here()
    except (NotPublished, ReportError) as error:
        return parts.stack(parts.page_header(_("Nothing to show")), parts.empty(str(error)))


def number_of(query: Mapping[str, str], name: str) -> int:
    """The number of a thing in an address; −1, which nothing has, when there is none."""
    return int(query[name]) if is_number(query.get(name, "")) else -1


def page_of(query: Mapping[str, str]) -> int:
    """The page of a list, from 1."""
    text = query.get("page", "")
    return max(1, int(text)) if is_number(text) and len(text) < 7 else 1


def span_of(query: Mapping[str, str], otherwise: Span) -> Span:
    """How far back a line goes."""
    return cast(Span, query["span"]) if query.get("span") in SPANS else otherwise


def span_switch(id: str, value: Span) -> Component:
    """A month, half a year or a year back, kept in the address."""
    titles = {"1M": _("1M"), "6M": _("6M"), "1Y": _("1Y")}
    options = [address.Option(span, titles[span]) for span in SPANS]
    return address.switch(id, "span", _("How far back"), options, value, clears=["page"])


def span_words(span: Span) -> str:
    """The last six months."""
    return {"1M": _("the last month"), "6M": _("the last six months"), "1Y": _("the last year")}[span]


def change(amount: Decimal | None, versus: str, lang: str) -> parts.Delta | None:
    """A change on a card."""
    if amount is None:
        return None
    return parts.Delta(numbers.short_change(amount, lang), (amount > 0) - (amount < 0), versus)


def versus(figure: KeyFigure, lang: str) -> str:
    """What a key figure's first change is measured against: the end of last month, a sum of the year the same day of it."""
    if figure.before_date is None:
        return ""
    month = numbers.short_month(figure.before_date, lang)
    return _("vs %(month)s, same day", month=month) if figure.key == "profit" else _("vs %(month)s", month=month)


def against(figure: str, at: dt.date) -> str:
    """What a key figure's second change is measured against: an average against that of the year before."""
    return _("vs average of %(year)s", year=at.year - 1) if figure == "deposits_average" else _("vs base")


def figures_since(first: dt.date | None, lang: str) -> parts.Delta | None:
    """On a card of a sum or an average: since when it has figures, where its period began earlier."""
    return parts.Delta(_("figures since %(day)s", day=numbers.day(first, lang)), 0) if first else None


def base_note(reader: Reader, at: dt.date) -> list[Component]:
    """A line that says why figures stand against no base, where they do not."""
    sentence = no_base(reader, at, "day") or no_base(reader, at, "year")
    return [parts.flag(sentence, tone="neutral")] if sentence else []


def share_text(share: Decimal | None, lang: str, places: int | None = None) -> str:
    """60 %, 33.33 %; "varies" where it differs from account to account."""
    if share is None:
        return _("varies")
    exact = (share * 100).normalize()
    exponent = exact.as_tuple().exponent
    digits = min(max(-exponent if isinstance(exponent, int) else 0, 0), 4)
    return numbers.percent(share, lang, digits if places is None else places)


def part_of(part: Decimal, whole: Decimal, lang: str) -> str:
    """What a part is of a whole, in percent; finer when it is small."""
    if not whole:
        return numbers.NOTHING
    return numbers.percent(part / whole, lang, 0 if abs(part / whole) >= Decimal("0.1") else 1)


def person_name(reader: Reader, manager_id: int) -> str:
    """A manager's name in the reader's language; nobody is "unassigned"."""
    return names.person_name(reader, manager_id) or UNASSIGNED.get(reader.actor.language, UNASSIGNED["en"])


def product_name(reader: Reader, product_id: int) -> str:
    """A product's name in the reader's language."""
    product = products(reader.session).get(product_id)
    return str(product_id) if product is None else names.named(product, reader.actor.language)


def role_title(role: str) -> str:
    """What a person does about a customer or an account."""
    titles = {
        "marketer": _("Marketer"), "carer": _("Carer"), "guarantor": _("Guarantor of collection"),
        "approver": _("Approver"), "investigator": _("Investigator"),
    }  # fmt: skip
    return titles.get(role, role.replace("_", " ").capitalize())


def segment_title(segment: str) -> str:
    """What kind of customer."""
    return {"personal": _("Personal"), "corporate": _("Corporate")}.get(segment, segment)


def movement_title(kind: str) -> str:
    """What a movement was."""
    titles = {
        "cash_deposit": _("Cash deposit"), "cash_withdrawal": _("Cash withdrawal"), "transfer_in": _("Transfer in"),
        "transfer_out": _("Transfer out"), "interest": _("Interest"), "penalty_interest": _("Penalty interest"),
        "fee": _("Fee"), "salary": _("Salary"), "payment": _("Payment"), "collection": _("Collection"),
        "card_purchase": _("Card purchase"), "card_withdrawal": _("Card withdrawal"),
        "card_repayment": _("Card repayment"), "loan_drawdown": _("Loan drawdown"),
        "loan_principal": _("Loan principal repaid"), "loan_payment": _("Loan payment"),
        "loan_repayment": _("Loan repayment"), "supplier_payment": _("Supplier payment"),
        "opening_deposit": _("Opening deposit"), "closing_withdrawal": _("Closing withdrawal"),
        "valuation": _("Valuation"), "purchase": _("Purchase"), "premium": _("Premium"),
        "redemption": _("Redemption"), "brought_forward": _("Brought forward"),
        "payroll": _("Payroll"), "tax": _("Tax payment"), "pension": _("Pension"),
        "insurance_payment": _("Insurance payment"), "household": _("Household"),
    }  # fmt: skip
    return titles.get(kind, kind.replace("_", " ").capitalize())


def composition(reader: Reader, amounts: Sequence[tuple[int, Decimal]], below: str, title: str) -> Component:
    """A ring of products with their shares beside it; the smallest stand together. `amounts` are largest first."""
    lang = reader.actor.language
    kept = [one for one in amounts if one[1] > 0]
    first, others = kept[:FIRST_SLICES], kept[FIRST_SLICES:]
    slices = [svg.Slice(product_name(reader, key), value, at) for at, (key, value) in enumerate(first, start=1)]
    if others:
        slices.append(svg.Slice(_("Others"), sum((value for _key, value in others), Decimal(0)), FIRST_SLICES + 1))
    total = sum((value for _key, value in kept), Decimal(0))
    named = [parts.Share(one.color, one.name, part_of(Decimal(one.value), total, lang)) for one in slices]
    drawing = svg.donut(slices, numbers.short_text(total, lang), below, title)
    return parts.picture(drawing, legend=parts.legend(named), beside=True)


def credits_table(
    reader: Reader, credited: Sequence[Credit], whole: Decimal | None, mine: Spot, figure: str, at: str
) -> Component:
    """Who is credited with how much; one's own line leads to why. `mine` is the spot of one's own part."""
    lang, tree = reader.actor.language, reader.places()
    rows = []
    for one in credited:
        place = tree.get(one.institution_id)
        own = one.manager_id == reader.actor.person_id and one.role == "marketer"
        rows.append(
            {
                "who": parts.Cell(
                    person_name(reader, one.manager_id),
                    note=" · ".join(filter(None, [role_title(one.role), place.title(lang) if place else ""])),
                    badge=_("me") if own else "",
                    href=ways.why_href(figure, mine, at) if own else "",
                ),
                "share": share_text(one.share, lang),
                "balance": numbers.money(one.balance, lang),
            }
        )
    if len([one for one in credited if one.role == "marketer"]) > 1:
        rows.append({"who": _("Together, as marketers"), "share": share_text(Decimal(1), lang),
                     "balance": numbers.money(whole, lang), "sum": True})  # fmt: skip
    columns = [
        parts.Column("who", _("Credited to")),
        parts.Column("share", _("Share"), "number"),
        parts.Column("balance", _("Balance credited"), "number"),
    ]
    return parts.simple_table(columns, rows, _("Who is credited"), empty_text=_("Nobody was credited that day."))


def pager(page: int, pages: int) -> list[Component]:
    """The pages before and after, kept in the address; nothing when all stands on one page."""
    if pages < 2:
        return []
    steps: list[Component] = []
    if page > 1:
        steps.append(address.more("page", str(page - 1) if page > 2 else "", _("Previous")))
    steps.append(html.Span(_("Page %(page)s of %(pages)s", page=page, pages=pages), className="muted"))
    if page < pages:
        steps.append(address.more("page", str(page + 1), _("Next")))
    return [html.Div(steps, className="pager")]


def since(day: dt.date | None, lang: str) -> str:
    """The heading of changes since the business date before."""
    return _("Since %(day)s", day=numbers.short_day(day, lang)) if day else _("Change")
