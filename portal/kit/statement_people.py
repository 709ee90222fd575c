"""The people and months a figure of a statement sums, as tables: each with what it adds, and the way to its own figure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.address import search_of
from portal.query.statement_earlier import LookedBack
from portal.query.statement_people import PersonRow, Summed
from portal.query.statement_why import Opened

PATH = "/statement/why"
LISTED = 50


def other_sections(found: Opened, query: Mapping[str, str], lang: str) -> list[Component]:
    """One table for each sum the formula takes, or the sentence that says why there is none."""
    if found.others is None:
        sentence = _(
            "Not everything behind this figure can be seen here, so nothing is listed. Ask about it: the commission desk answers."
        )
        return [parts.section(_("People and months"), parts.empty(sentence))]
    people = [_section(one, found, query) for one in found.others.people]
    return [*people, *(_months_section(one, found, query, lang) for one in found.others.months)]


def _months_section(one: LookedBack, found: Opened, query: Mapping[str, str], lang: str) -> Component:
    """The months a formula looks back at, oldest first."""
    places, own = 0 if found.unit == "count" else 2, query.get("for") or query.get("month")
    rows: list[dict[str, Any]] = []
    for row in one.rows:
        asked = {**query, "element": one.element, "premium": "", "of": ""}
        if row.line and row.known_in is not None:
            asked |= {"line": row.line, "month": f"{row.known_in:%Y-%m}", "for": f"{row.month:%Y-%m}", "entry": ""}
        elif f"{row.month:%Y-%m}" != own:
            asked |= {"month": f"{row.month:%Y-%m}", "for": "", "entry": ""}
        note = _("as known in %(month)s", month=numbers.month(row.known_in, lang)) if row.known_in else ""
        month = parts.Cell(numbers.month(row.month, lang), note=note, href=PATH + search_of(asked))
        rows.append({"who": month, **_amounts(row.before, row.amount, places)})
    if len(rows) > 1:
        rows.append({"who": _("Together"), **_amounts(one.before, one.total, places), "sum": True})
    table = parts.simple_table(_columns(_("Months"), found), rows, one.text, empty_text=_("Nothing counts here."))
    return parts.section(_("Months"), table, subtitle=one.text)


def _section(one: Summed, found: Opened, query: Mapping[str, str]) -> Component:
    places = 0 if found.unit == "count" else 2
    rows: list[dict[str, Any]] = [_row(row, one, query, places) for row in one.rows[:LISTED]]
    rest = one.rows[LISTED:]
    if rest:
        more = Summed(one.text, one.element, rest)
        rows.append({"who": _("%(count)s more", count=len(rest)), **_amounts(more.before, more.total, places)})
    if rows:
        rows.append({"who": _("Together"), **_amounts(one.before, one.total, places), "sum": True})
    table = parts.simple_table(_columns(_("Person"), found), rows, one.text, empty_text=_("Nobody counts here."))
    return parts.section(_("People"), table, subtitle=one.text)


def _columns(what: str, found: Opened) -> list[parts.Column]:
    compared = found.rows_compared
    return [
        parts.Column("who", what),
        *([parts.Column("before", _("Stated before"), "number")] if compared else []),
        parts.Column("amount", _("Counts now") if compared else _("Counts"), "number"),
        *([parts.Column("moved", _("Difference"), "number")] if compared else []),
    ]


def _row(row: PersonRow, one: Summed, query: Mapping[str, str], places: int) -> dict[str, Any]:
    """A person; his own figure opens: of a closed month as it is known now, where he is paid a difference for it, too."""
    asked = {"line": query.get("line"), "month": query.get("for") or query.get("month")}
    if row.line:
        asked = {"line": row.line, "month": query.get("month"), "for": query.get("for")}
    href = PATH + search_of({**asked, "agent": str(row.person_id), "element": one.element}) if one.element else ""
    return {
        "who": parts.Cell(row.name or row.agent_no, note=row.agent_no, href=href),
        **_amounts(row.before, row.amount, places),
    }


def _amounts(before: Decimal, now: Decimal, places: int) -> dict[str, str]:
    shown = {"before": before, "amount": now, "moved": now - before}
    return {name: numbers.plain(value, places) for name, value in shown.items()}
