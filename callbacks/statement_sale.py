"""If I sell this, I earn that: parse the address, ask for the month with and without the policy, show what it adds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import pgettext

from callbacks.statement import asked_person, nothing, views
from pages import statement_sale as page
from portal.kit import address, drill, numbers, parts
from portal.kit.callbacks import callback
from portal.kit.resource_form import Form, typed
from portal.permissions import Permission
from portal.query.products_on_sale import OnSale, products_on_sale
from portal.query.reader import Reader, reading
from portal.query.sale_estimate import Estimate, LineEffect, NoEstimate, Sale, estimate
from portal.query.statement import must_be_seen

LARGEST = Decimal(10) ** 8


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.STATEMENT_VIEW)
def show_sale_form(search: str) -> Component:
    """The form, filled in with what the address says."""
    return drill.shown(draw, search)


@callback(Output(page.RESULT, "children"), Input(page.ADDRESS, "search"), permission=Permission.STATEMENT_VIEW)
def show_sale_effect(search: str) -> Component:
    """What the sale of an address adds."""
    return drill.shown(draw_effect, search)


@callback(
    Output(page.FORM, "problems"),
    Output(page.FORM, "answered"),
    Output(page.LEAVE, "children"),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.STATEMENT_VIEW,
    prevent_initial_call=True,
)
def ask_for(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Put what was typed into the address; what cannot be meant is said beside its field."""
    if not submits:
        return (no_update,) * 3
    with reading() as reader:
        sale, problems = sale_of(reader, typed(values, "sold"), typed(values, "premium"))
    if sale is None:
        return problems, submits, no_update
    query = address.query_of(search) | {
        "product": sale.product_code, "term": str(sale.payment_term), "premium": f"{sale.premium_amount:f}",
    }  # fmt: skip
    return {}, submits, address.Leave(href=page.PATH + address.search_of(query))


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """The form, or the sentence that says why there is none."""
    person = asked_person(reader, query)
    if person is None:
        return nothing(reader)
    must_be_seen(reader, person, [])
    form = Form(
        id=page.FORM, fields=fields(reader), problems={}, label=_("Work it out"),
        values={"sold": f"{query['product']} {query.get('term', '')}" if query.get("product") else "",
                "premium": query.get("premium", "")},
    )  # fmt: skip
    told = drill.person_name(reader, person)
    return parts.stack(
        parts.page_header(_("If I sell this"), told), views(page.PATH, query), parts.section(_("A policy"), form)
    )


def fields(reader: Reader) -> list[dict[str, Any]]:
    """Product with term, and the premium of a year."""
    options = [
        {"value": f"{one.code} {term}", "label": sold_title(one, term)}
        for one in products_on_sale(reader)
        for term in one.terms
    ]
    return [
        {"name": "sold", "label": _("Product and payment term"), "kind": "choice", "options": options, "required": True,
         "none": _("Nothing fits."), "find": _("Find")},
        {"name": "premium", "label": _("Premium of a year"), "kind": "text", "required": True,
         "placeholder": "12,000.00"},
    ]  # fmt: skip


def sold_title(one: OnSale, term: int) -> str:
    """A product with how long is paid for it."""
    if term == 1:
        return str(_("%(product)s, paid once", product=one.title))
    return str(_("%(product)s, %(years)s years", product=one.title, years=term))


def sale_of(reader: Reader, sold: str, premium: str) -> tuple[Sale | None, dict[str, str]]:
    """The sale that was typed, or what is wrong with it by field."""
    code, _blank, term = sold.partition(" ")
    offered = {(one.code, str(years)) for one in products_on_sale(reader) for years in one.terms}
    problems = {}
    if (code, term) not in offered:
        problems["sold"] = _("Choose a product that is on sale.")
    amount = amount_of(premium)
    if amount is None:
        problems["premium"] = _("A premium is an amount above 0 with at most two decimals, as 12,000.00.")
    return (None, problems) if problems or amount is None else (Sale(code, int(term), amount), {})


def amount_of(text: str) -> Decimal | None:
    """A typed premium."""
    try:
        amount = Decimal(text.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount <= LARGEST or amount != round(amount, 2):
        return None
    return amount


def draw_effect(reader: Reader, query: Mapping[str, str]) -> Component:
    """What a sale adds, or the sentence that says why that cannot be told."""
    person = asked_person(reader, query)
    if person is None:
        return html.Div()
    if not query.get("product"):
        return parts.section("", parts.empty(
            _("Say what you could sell: the running month is worked out with it and without it, line by line.")
        ))  # fmt: skip
    sale, problems = sale_of(reader, f"{query['product']} {query.get('term', '')}", query.get("premium", ""))
    if sale is None:
        return parts.section("", parts.empty(" ".join(problems.values())))
    try:
        found = estimate(reader, person, sale)
    except NoEstimate as why:
        return parts.section("", parts.empty(sentence(why)))
    return effect(found, reader.actor.language)


def sentence(why: NoEstimate) -> str:
    """Why there is no answer, and what to do."""
    told: dict[str, str] = {
        "facts": _("No premiums were delivered yet."),
        "agent": _("There is no contract in the running month, so nothing is paid in it."),
        "rules": _("The rules in force cannot be computed: %(detail)s", detail=why.detail),
        "people": _("So many people count for this month that it is computed by the month's run only."),
        "problem": _("A line of the running month has a problem: the commission desk sees it in the run."),
    }
    return told[why.reason]


def effect(found: Estimate, lang: str) -> Component:
    """What is added in one figure, and line by line before and after."""
    change = found.after - found.before
    month = numbers.month(found.month, lang)
    note = _("Estimate on what was known on %(day)s. The premium of a year is paid and the receipt confirmed.",
             day=numbers.day(found.known_until, lang))  # fmt: skip
    full = numbers.signed(change, lang)
    hero = parts.figure_card(_("More in %(month)s", month=month), full, full_text=full, hero=True)
    return parts.stack(
        parts.figure_row([
            hero,
            parts.figure_card(_("Without it"), numbers.money(found.before, lang)),
            parts.figure_card(_("With it"), numbers.money(found.after, lang)),
        ]),
        parts.section(_("What it changes"), changed_table(found, lang), subtitle=note),
    )  # fmt: skip


def changed_table(found: Estimate, lang: str) -> Component:
    """The lines that change, the others together, and all."""
    changed = [line for line in found.lines if line.change]
    same = [line for line in found.lines if not line.change]
    rows = [row_of(line.title, [line], lang) for line in changed]
    if same:
        rows.append(row_of(_("Lines that stay"), same, lang))
    rows.append(row_of(_("Together"), found.lines, lang) | {"sum": True})
    columns = [
        parts.Column("line", pgettext("statement", "Line")), parts.Column("before", _("Before"), "number", phone=False),
        parts.Column("after", _("After"), "number"), parts.Column("change", _("Difference"), "number", beside=True),
    ]  # fmt: skip
    return parts.simple_table(columns, rows, _("What it changes"))


def row_of(title: str, lines: Any, lang: str) -> dict[str, Any]:
    """Lines together: before, after and the difference."""
    listed: list[LineEffect] = list(lines)
    before = sum((line.before for line in listed), Decimal(0))
    after = sum((line.after for line in listed), Decimal(0))
    return {
        "line": title, "before": numbers.money(before, lang), "after": numbers.money(after, lang),
        "change": numbers.signed(after - before, lang),
    }  # fmt: skip
