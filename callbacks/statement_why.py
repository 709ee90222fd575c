"""Why a line of a statement is what it is: parse the address, ask, show the formula with its values and its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.statement import asked_person
from pages import questions as questions_page
from pages import statement as statement_page
from pages import statement_why as page
from portal.kit import address, drill, numbers, parts
from portal.kit.callbacks import callback
from portal.kit.report import nothing_here
from portal.kit.statement_people import other_sections
from portal.kit.statement_words import decided_note, line_title
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.statement import ADJUSTMENT, HELD_OR_CARRIED, NOTHING, Line, Statement, month_of, statement
from portal.query.statement_names import Named
from portal.query.statement_rows import FactRow, Unlisted
from portal.query.statement_why import Opened, element_of_line, opened, row_opened, stated_before


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.STATEMENT_VIEW)
def show_statement_why(search: str) -> Component:
    """The line an address names, taken apart."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One line, explained."""
    person, month = asked_person(reader, query), month_of(query.get("month", ""))
    one = statement(reader, person, month) if person is not None and month is not None else None
    for_month = month_of(query.get("for", "")) or month
    line = find_line(one, query.get("line", ""), for_month, query.get("entry", ""))
    if one is None or line is None:
        return nothing_here()
    asked = query.get("element", "")
    element = asked or element_of_line(reader, one, line.name, line.for_month)
    if is_number(query.get("premium", "")):
        found = row_opened(reader, one, element, int(query["premium"]), line.for_month, query.get("of", ""))
    else:
        found = opened(reader, one, element, line.for_month)
    if asked and found is None:
        return nothing_here()
    return parts.stack(
        header(reader, one, line, query, found),
        *([] if asked else [line_section(reader, one, line)]),
        *(explained(reader, found, query) if found is not None else [parts.empty(without_rule(line, element))]),
    )


def find_line(one: Statement | None, name: str, for_month: dt.date | None, entry: str = "") -> Line | None:
    """The line an address names; of several the one with the number of what was decided, or the first."""
    lines = [
        line for line in (one.lines if one is not None else ()) if line.name == name and line.for_month == for_month
    ]
    return next((line for line in lines if not entry or (line.decided and str(line.decided.number) == entry)), None)


def without_rule(line: Line, element: str) -> str:
    """Why there is no formula."""
    if element:
        return _("This was worked out for another team or institution, whose figures you may not see.")
    if line.name == ADJUSTMENT:
        sentence = _("An adjustment by hand, decided by two people; it follows no formula.")
        return " ".join(filter(None, [sentence, decided_note(line)]))
    if line.decided is not None:
        return decided_note(line)
    if line.name in HELD_OR_CARRIED:
        return _("A month that comes to less than nothing is not paid: what it lacks is taken from the next one.")
    return _("The rules in force then do not price this line any more.")


def header(
    reader: Reader, one: Statement, line: Line, query: Mapping[str, str], found: Opened | None
) -> Component:  # fmt: skip
    """Whose number of which month, and the way back."""
    lang = reader.actor.language
    back = statement_page.PATH + address.search_of({"month": query.get("month"), "agent": query.get("agent")})
    crumbs = [
        (_("Statement"), back),
        (line_title(line), address.href_with(page.PATH, query, element="", premium="", of="")),
    ]
    if query.get("element") and found is not None:
        crumbs.append((found.title, address.href_with(page.PATH, query, premium="", of="")))
    told = " · ".join(filter(None, [one.name, one.agent_no, numbers.month(line.for_month, lang)]))
    asking = questions_page.PATH + address.search_of({name: query.get(name, "") for name in ("line", "month", "for")})
    own = one.person_id == reader.actor.person_id
    actions = [parts.link(_("Ask about it"), asking, look="btn btn-outline")] if own else []
    return parts.page_header(_("Why this number?"), told, crumbs=crumbs, actions=actions)


def line_section(reader: Reader, one: Statement, line: Line) -> Component:
    """What the line pays, from what it earned; of a closed month, from what is right now and what was stated."""
    lang = reader.actor.language
    rows = [(_("Earned"), line.earned, ""), (_("Cut"), -line.cut, "x"), (_("Held back"), -line.held, "x"),
            (_("Released"), line.released, "x")]  # fmt: skip
    if line.is_difference and line.name not in (ADJUSTMENT, *HELD_OR_CARRIED):
        before = stated_before(reader, one, line.name, line.for_month)
        moved = rows if any((line.cut, line.held, line.released)) else []
        rows = [(_("As it is known now"), line.paid + before, ""), (_("Stated before"), -before, ""),
                *((_("Of the difference: %(part)s", part=part), amount, "x") for part, amount, _optional in moved)]  # fmt: skip
    pairs = [(title, numbers.money(amount, lang)) for title, amount, optional in rows if amount or not optional]
    return parts.section(
        line_title(line), html.Div(numbers.money(line.paid, lang), className="why-value"),
        parts.facts([*pairs, (_("Paid"), numbers.money(line.paid, lang))]),
    )  # fmt: skip


def explained(reader: Reader, found: Opened, query: Mapping[str, str]) -> list[Component]:
    """The formula, what it names with the values, and the rows it is the sum of."""
    lang = reader.actor.language
    value = html.Div(written(found.value, found.unit, lang), className="why-value")
    texts: list[Component] = [html.Div(html.Code(found.text), className="formula")]
    if found.before_text:
        texts += [
            html.P(_("Stated before"), className="muted"),
            html.Div(html.Code(found.before_text), className="formula"),
        ]
    formula = html.Div(texts, className="formulas")
    told = [parts.facts([(_("Stated before"), written(found.before, found.unit, lang))])] if found.compared else []
    if found.no_contract:
        told.append(
            parts.flag(_("As it is known now there was no contract in this month, so nothing counts."), "neutral")
        )
    sections = [parts.section(found.title, value, *told, *([formula] if found.text else []))]
    if found.named and not found.fact:
        columns = [
            parts.Column("what", _("In the formula")),
            *([parts.Column("before", _("Stated before"), "number")] if found.compared else []),
            parts.Column("value", _("As it is known now") if found.compared else _("Value"), "number", beside=True),
        ]
        rows = [named_row(one, query, lang) for one in found.named]
        sections.append(parts.section(_("Values"), parts.simple_table(columns, rows, _("Values"))))
    if found.fact:
        sections.append(rows_section(found, query, lang))
    if found.asks_others:
        sections += other_sections(found, query, lang)
    return sections


def named_row(one: Named, query: Mapping[str, str], lang: str) -> dict[str, Any]:
    """A name of the formula with its value; one's own element can be opened."""
    ways = {"element": {"element": one.name, "premium": "", "of": ""}, "row": {"of": one.name}}
    href = address.href_with(page.PATH, query, **ways[one.kind]) if one.kind in ways else ""
    note = one.name if one.name != one.title else ""
    value = _("table of the rules") if one.kind == "table" else written(one.value, one.unit, lang)
    before = "" if one.kind == "table" else written(one.before, one.unit, lang)
    return {"what": parts.Cell(one.title, note=note, href=href), "value": value, "before": before}


def rows_section(found: Opened, query: Mapping[str, str], lang: str) -> Component:
    """The rows that come to the figure: the largest first, or those that moved; the rest together."""
    title = found.fact_title
    if found.unlisted is not None:
        return parts.section(title, parts.empty(why_unlisted(found.unlisted)))
    rows = [fact_row(row, found, query, lang) for row in found.rows]
    if found.more:
        rows.append({
            "what": _("%(count)s more", count=found.more), "amount": numbers.money(found.more_amount, lang),
            **differing(found.more_before, found.more_amount, lang),
        })  # fmt: skip
    if rows:
        together = {"what": _("Together"), "amount": written(found.value or NOTHING, found.unit, lang), "sum": True}
        rows.append(together | differing(_amount(found.before), _amount(found.value), lang))
    compared = [parts.Column("before", _("Stated before"), "number")] if found.rows_compared else []
    moved = [parts.Column("moved", _("Difference"), "number")] if found.rows_compared else []
    columns = [
        parts.Column("what", _("Policy")), parts.Column("day", _("Day"), "muted", phone=not found.rows_compared),
        parts.Column("basis", _("Premium"), "number", phone=not found.rows_compared), *compared,
        parts.Column("amount", _("Counts now") if found.rows_compared else _("Counts"), "number"), *moved,
    ]  # fmt: skip
    table = parts.simple_table(columns, rows, title, empty_text=_("Nothing counts here."))
    removed = _("Deliveries behind these rows were removed since by retention: only what they came to is known.")
    told = [] if found.whole else [parts.flag(removed)]
    return parts.section(title, *told, table, subtitle=subtitle(found))


def subtitle(found: Opened) -> str:
    """What the rows are."""
    if found.rows_compared:
        return _("What each came to when it was stated before, and as it is known now; what moved comes first")
    if found.by_formula:
        return _("What each comes to by its own formula")
    return _("Each row that counts, and what it adds")


def fact_row(row: FactRow, found: Opened, query: Mapping[str, str], lang: str) -> dict[str, Any]:
    """One row; it opens where it has a formula of its own."""
    number = _("No. %(number)s", number=row.key)
    opens = found.by_formula and not found.no_contract
    return {
        "what": parts.Cell(
            row.policy_no or number, note=number if row.policy_no and row.key != row.policy_id else "",
            href=address.href_with(page.PATH, query, element=found.name, premium=row.key, of="") if opens else "",
        ),
        "day": numbers.day(row.day, lang), "basis": numbers.money(row.basis, lang),
        "amount": written(row.amount, found.unit, lang), **differing(row.before, row.amount, lang),
    }  # fmt: skip


def differing(before: Decimal, now: Decimal, lang: str) -> dict[str, str]:
    """What was stated before, and by how much it moved."""
    return {"before": numbers.money(before, lang), "moved": numbers.money(now - before, lang)}


def _amount(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value or 0)


def why_unlisted(why: Unlisted) -> str:
    """Why the rows are not listed one by one, and what helps."""
    match why:
        case Unlisted.NOT_KEPT:
            return _(
                "The run that worked this month out again did not keep its rows; a new run of the open month does."
            )
        case Unlisted.REMOVED:
            return _(
                "Deliveries that this was worked out from were removed since by retention; its rows cannot be listed."
            )
    return _("Not every row behind this figure can be seen here, so none is listed.")


def written(value: Any, unit: str, lang: str) -> str:
    """A value of the rules as people write it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.date):
        return numbers.day(value, lang)
    if isinstance(value, Decimal) and unit == "rate":
        return numbers.percent(value, lang, places=2)
    if isinstance(value, Decimal):
        return numbers.plain(value, 0 if unit == "count" else 2)
    return numbers.NOTHING if value is None else str(value)
