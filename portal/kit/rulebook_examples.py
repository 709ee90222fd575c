"""Example people on a version's page: what each must get and gets, the facts of one, and how another one is taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.kit import numbers, parts, rulebook_view
from portal.kit.resource_form import Form, agent_field
from portal.kit.rulebook_shown import Shown
from portal.kit.rulebook_view import order_of
from portal.models.rulebooks import RulebookExample
from portal.query import rulebooks as query
from portal.query.record import is_number
from portal.services.rulebook_cells import BadExample
from portal.services.rulebook_checks import checked_book, variants_of
from portal.services.rulebook_examples import ABOUT, Outcome, outcomes

MOST_FACTS = 50
AMOUNT = "amount:"  # how the fields of the expected amounts begin


def examples(look: Shown, months: Sequence[dt.date], forms: Mapping[str, str]) -> list[Component]:
    """All examples a version must fulfil; one of them opened when the address names it."""
    bound = query.examples_of(look.reader, look.book_id, look.version.valid_from)
    found, note = worked_out(look, bound)
    note_flag = [parts.flag(note)] if note else []
    binds = _("A draft that misses one cannot be submitted.")
    listed = parts.section(_("Example people"), outcome_table(look, bound, found), subtitle=binds)
    asked = look.asked.get("example", "")
    chosen = next((one for one in bound if is_number(asked) and one.id == int(asked)), None)
    body = [*note_flag, listed]
    if chosen is not None:
        body += opened(look, chosen, found, forms)
    if look.edits:
        body.append(take_form(look, months, forms["take"]))
    return body


def worked_out(look: Shown, bound: Sequence[RulebookExample]) -> tuple[list[Outcome], str]:
    """What the version gives on the examples' facts; a sentence when it cannot be worked out."""
    draft = query.version_of(look.reader, look.code, look.version.number)
    own = variants_of(look.reader, draft).at(draft.institution_id, draft.valid_from)
    checked, problems = checked_book(own.mapping())
    if checked is None or problems:
        return [], str(_("The check finds problems; what examples get is known when it finds none."))
    try:
        return outcomes(checked, bound, own.hash), ""
    except BadExample as problem:
        return [], str(problem)


def outcome_table(look: Shown, bound: Sequence[RulebookExample], found: Sequence[Outcome]) -> Component:
    """Each example with what it must get beside what it gets, all lines together."""
    columns = [
        parts.Column("title", _("Example")), parts.Column("lines", _("Lines"), "number", phone=False),
        parts.Column("must", _("Must be"), "number"), parts.Column("is", _("Is"), "number"),
        parts.Column("change", _("Difference"), "change"),
    ]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for example in bound:
        of_it = [one for one in found if one.example is example]
        missed = sum(one.missed for one in of_it)
        must = sum((one.expected for one in of_it), Decimal(0))
        gets = sum((one.found or Decimal(0) for one in of_it), Decimal(0))
        badge = ngettext("%(num)s line missed", "%(num)s lines missed", missed) if missed else _("met")
        href = rulebook_view.version_href(look.code, look.version.number, tab="examples", example=str(example.id))
        rows.append({
            "title": parts.Cell(example.title, note=numbers.month(example.month, look.lang), href=href,
                                badge=badge if of_it else "", tone="bad" if missed else "good"),
            "lines": numbers.count(len(example.expected)),
            "must": numbers.money(must, look.lang) if of_it else "–", "is": numbers.money(gets, look.lang) if of_it else "–",
            "change": numbers.signed(gets - must, look.lang) if of_it and gets != must else "",
        })  # fmt: skip
    return parts.simple_table(
        columns, rows, _("Example people"),
        empty_text=_("Nobody yet: take an agent's month below, and say what the rules must pay on it."),
    )  # fmt: skip


def line_rows(look: Shown, example: RulebookExample, found: Sequence[Outcome]) -> Component:
    """The lines of one example: what each must be, and is."""
    titles = look.titles()
    columns = [
        parts.Column("line", pgettext("statement", "Line")),
        parts.Column("must", _("Must be"), "number"), parts.Column("is", _("Is"), "number"),
    ]  # fmt: skip
    of_it = {one.name: one for one in found if one.example is example}
    rows = []
    for name in in_order(look, example):
        one = of_it.get(name)
        missed = one is not None and one.missed
        rows.append({
            "line": parts.Cell(titles(name), badge=_("missed") if missed else "", tone="bad"),
            "must": amount(example.expected[name], look.lang),
            "is": "–" if one is None or one.found is None else amount(one.found, look.lang),
        })  # fmt: skip
    return parts.simple_table(columns, rows, _("Lines"))


def in_order(look: Shown, example: RulebookExample) -> list[str]:
    """The expected lines in the order of a statement; other elements after them."""
    return sorted(example.expected, key=lambda name: (order_of(look.elements.get(("lines", name)), 10_000), name))


def amount(value: Any, lang: str) -> str:
    """An amount with two decimals; what is none stays as it is written."""
    try:
        return numbers.money(Decimal(str(value)), lang)
    except ArithmeticError:
        return str(value)


def opened(
    look: Shown, example: RulebookExample, found: Sequence[Outcome], forms: Mapping[str, str]
) -> list[Component]:
    """One example: the amounts it must get, to be changed, and the facts it is computed on."""
    titles = look.titles()
    tables = [(name, rows) for name, rows in example.given.items() if isinstance(rows, list) and rows]
    facts = [fact_table(name, rows) for name, rows in tables]
    about = _(
        "About agent %(agent)s; every other row is somebody the rules ask for.", agent=example.given.get(ABOUT, "–")
    )
    section = parts.section(_("Facts of %(title)s", title=example.title), *facts, subtitle=about)
    lines = parts.section(
        example.title, line_rows(look, example, found), subtitle=numbers.month(example.month, look.lang)
    )
    if not look.edits:
        return [lines, section]
    fields = [
        {"name": f"{AMOUNT}{name}", "label": titles(name), "kind": "text", "longest": 30}
        for name in in_order(look, example)
    ]
    values = {"example": str(example.id), **{f"{AMOUNT}{name}": str(must) for name, must in example.expected.items()}}
    reason = {"name": "reason", "label": _("Reason"), "kind": "reason", "longest": 500, "wide": True}
    must = parts.section(
        _("What %(title)s must get", title=example.title),
        Form(id=forms["expected"], fields=fields, values=values, problems={}, label=_("Save"), tone="quiet"),
    )
    ends = parts.section(
        _("No longer binding"),
        Form(id=forms["end"], fields=[reason], values={"example": str(example.id)}, problems={}, label=_("End the example"),
             tone="danger"),
    )  # fmt: skip
    return [parts.columns(lines, parts.stack(must, ends)), section]


def fact_table(name: str, rows: Sequence[Mapping[str, Any]]) -> Component:
    """The rows of one table, folded."""
    head = list(dict.fromkeys(column for row in rows[:MOST_FACTS] for column in row))
    columns = [parts.Column(column, column) for column in head]
    more = _("%(shown)s of %(all)s", shown=MOST_FACTS, all=len(rows)) if len(rows) > MOST_FACTS else ""
    table = parts.simple_table(columns, [dict(row) for row in rows[:MOST_FACTS]], name, more=more)
    return html.Details([html.Summary(f"{name} · {ngettext('%(num)s row', '%(num)s rows', len(rows))}"),
                         html.Div(table, className="rows-wide")], className="folded")  # fmt: skip


def take_form(look: Shown, months: Sequence[dt.date], id: str) -> Component:
    """Whose month becomes an example."""
    options = [{"value": f"{month:%Y-%m}", "label": numbers.month(month, look.lang)} for month in months]
    fields = [
        agent_field("agent"),
        {"name": "month", "label": _("Month"), "kind": "choice", "options": options, "required": True},
        {"name": "title", "label": _("Title"), "kind": "text", "longest": 200, "optional": _("optional")},
    ]  # fmt: skip
    form = Form(id=id, fields=fields, values={"month": options[0]["value"]} if options else {}, problems={},
                label=_("Take as an example"), busyLabel=_("Computing …"), tone="quiet")  # fmt: skip
    note = _("The agent's facts of a month are kept, with the pay this version gives on them; change what it must be.")
    return parts.section(_("Another example"), form, subtitle=note)


def expected_of(values: Mapping[Any, Any]) -> dict[str, str]:
    """The amounts of the form, by line."""
    return {
        str(name).removeprefix(AMOUNT): str(value).replace(",", "").replace("，", "").strip()
        for name, value in values.items()
        if str(name).startswith(AMOUNT) and str(value or "").strip()
    }
