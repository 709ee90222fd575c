"""The people a figure of a statement sums over, as a table: each with what he adds, and the way to his own figure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.address import search_of
from portal.query.statement_people import PersonRow, Summed
from portal.query.statement_why import Opened

PATH = "/statement/why"
LISTED = 50


def people_sections(found: Opened, query: Mapping[str, str]) -> list[Component]:
    """One table for each sum the formula takes, or the sentence that says why there is none."""
    if found.people is None:
        sentence = _(
            "Not everybody behind this figure can be seen here, so nobody is listed. Ask about it, and the commission desk answers."
        )
        return [parts.section(_("People"), parts.empty(sentence))]
    return [_section(one, found, query) for one in found.people]


def _section(one: Summed, found: Opened, query: Mapping[str, str]) -> Component:
    compared, places = found.rows_compared, 0 if found.unit == "count" else 2
    rows: list[dict[str, Any]] = [_row(row, one, query, places) for row in one.rows[:LISTED]]
    rest = one.rows[LISTED:]
    if rest:
        more = Summed(one.text, one.element, rest)
        rows.append({"who": _("%(count)s more", count=len(rest)), **_amounts(more.before, more.total, places)})
    if rows:
        rows.append({"who": _("Together"), **_amounts(one.before, one.total, places), "sum": True})
    columns = [
        parts.Column("who", _("Person")),
        *([parts.Column("before", _("Stated before"), "number")] if compared else []),
        parts.Column("amount", _("Counts now") if compared else _("Counts"), "number"),
        *([parts.Column("moved", _("Difference"), "number")] if compared else []),
    ]
    table = parts.simple_table(columns, rows, one.text, empty_text=_("Nobody counts here."))
    return parts.section(_("People"), table, subtitle=one.text)


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
