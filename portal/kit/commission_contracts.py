"""Who changed the rulebook within a month, on the commission desk: which one prices whom."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.address import search_of
from portal.models.commission import CommissionMonth
from portal.models.rulebooks import Rulebook
from portal.query.contract_changes import ContractChange

LISTED = 40


def contract_changes_section(
    found: Sequence[ContractChange], book: Rulebook, row: CommissionMonth, statement_path: str, lang: str
) -> list[Component]:
    """Whom this rulebook prices of those who changed it within the month, and whom another one does."""
    if not found:
        return []
    columns = [
        parts.Column("agent", _("Agent")),
        parts.Column("way", _("Rulebooks in the month")),
        parts.Column("since", _("Last one since"), "muted"),
        parts.Column("prices", _("Priced by")),
    ]
    rows = [
        {
            "agent": parts.Cell(one.name, note=one.agent_no, href=_href(one, row, statement_path)),
            "way": " → ".join(one.titles),
            "since": numbers.day(one.since, lang),
            "prices": _prices(one, book),
        }
        for one in found[:LISTED]
    ]
    title = _("Changed the rulebook within the month")
    note = _(
        "An agent's last contract in the month says by which rulebook all of it is paid; so no premium is paid twice."
    )
    more = _("%(shown)s of %(count)s", shown=len(rows), count=numbers.count(len(found), lang))
    table = parts.simple_table(columns, rows, title, more=more if len(found) > len(rows) else "")
    return [parts.section(title, table, subtitle=note)]


def _prices(one: ContractChange, book: Rulebook) -> parts.Cell:
    if one.prices == book.code:
        return parts.Cell("", badge=one.titles[-1], tone="good", note=_("this rulebook"))
    return parts.Cell("", badge=one.titles[-1], tone="neutral", note=_("this rulebook pays nothing of the month"))


def _href(one: ContractChange, row: CommissionMonth, statement_path: str) -> str:
    search = search_of({"agent": str(one.agent_id), "month": f"{row.month:%Y-%m}"})
    return statement_path + search if statement_path else ""
