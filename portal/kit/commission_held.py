"""What the rules themselves hold of statement lines, on the commission desk: by line, by agent, down to the policies of a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import pgettext

from portal.kit import drill, numbers, parts
from portal.kit.address import href_with, search_of
from portal.models.commission import CommissionMonth
from portal.query.reader import Reader
from portal.query.reconciliation import LISTED, HeldLine, HeldPay
from portal.query.statement import NOTHING, elements_of_book, title_of

RULES = "rules"  # the part of an address


def line_name(reader: Reader, row: CommissionMonth, line: str) -> str:
    """What the rules of the month call a line."""
    elements = elements_of_book(reader, row.rulebook_id, row.month)
    return title_of(elements, "lines", line, reader.actor.language)


def held_lines_section(
    reader: Reader, row: CommissionMonth, found: Sequence[HeldLine], query: Mapping[str, str], path: str
) -> list[Component]:
    """Each line of which something is held until its condition is met; it leads to whose it is."""
    if not found:
        return []
    lang = reader.actor.language
    rows = [
        {
            "line": parts.Cell(line_name(reader, row, one.line), href=href_with(path, query, part=RULES, line=one.line, page="")),
            "agents": numbers.count(one.agents, lang),
        }
        | _written(one.held, one.released, lang)
        for one in found
    ]  # fmt: skip
    if len(rows) > 1:
        rows.append({"line": _("Together"), "agents": "", "sum": True} | _written(
            sum((one.held for one in found), NOTHING), sum((one.released for one in found), NOTHING), lang
        ))  # fmt: skip
    columns = [
        parts.Column("line", pgettext("statement", "Line")),
        parts.Column("agents", _("Agents"), "number"),
        *_columns(),
    ]
    title = _("Held by the rules until their conditions are met")
    note = _("Their policies count as paid above: the rules pay the line, and keep a part of it.")
    return [parts.section(title, parts.simple_table(columns, rows, title), subtitle=note)]


def held_agents_section(
    reader: Reader, row: CommissionMonth, line: str, found: Sequence[HeldPay], count: int, page: int, why_path: str
) -> Component:  # fmt: skip
    """Whose line is held; each leads to the line with its formula and, where it is a sum of premiums, to the policies."""
    lang = reader.actor.language
    rows = []
    for one in found:
        late = one.for_month != row.month
        search = search_of({
            "line": line, "month": f"{row.month:%Y-%m}", "for": f"{one.for_month:%Y-%m}" if late else "",
            "agent": str(one.agent_id),
        })  # fmt: skip
        note = _("for %(month)s", month=numbers.month(one.for_month, lang)) if late else ""
        name = parts.Cell(
            drill.person_name(reader, one.agent_id), note=note, href=why_path + search if why_path else ""
        )
        rows.append({"agent": name} | _written(one.held, one.released, lang))
    columns = [parts.Column("agent", _("Agent")), *_columns()]
    more = _("%(shown)s of %(count)s", shown=len(rows), count=numbers.count(count, lang))
    note = _(
        "An agent leads to the line: its formula and, where it is the sum of the month's premiums, each policy with its amount."
    )
    table = parts.simple_table(columns, rows, _("Agents"), empty_text=_("Nothing is held of this line."), more=more)
    return parts.section(_("Agents"), table, *drill.pager(page, -(-count // LISTED)), subtitle=note)


def _columns() -> list[parts.Column]:
    return [parts.Column("held", _("Held"), "number"), parts.Column("released", _("Released"), "number")]


def _written(held: Decimal, released: Decimal, lang: str) -> dict[str, Any]:
    return {"held": numbers.money(held, lang), "released": numbers.money(released, lang)}
