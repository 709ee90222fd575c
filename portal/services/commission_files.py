"""A commission month as a spreadsheet: an agent a row, a line of the rules a column. A new line is another column."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from portal.permissions import Actor, Permission
from portal.query.commissions import agent_lines, line_order, month_row
from portal.query.names import names_of
from portal.query.reader import Reader
from portal.query.statement import elements_of_book, own_title, title_of
from portal.services.exports import ExportedFile, FileKind
from portal.services.spreadsheets import Cell, SheetColumn, write_csv, write_xlsx
from portal.services.writer import writing

NOTHING = Decimal(0)


def month_file(actor: Actor, month_id: int, kind: FileKind) -> ExportedFile:
    """What each line pays each agent, those for closed months in columns of their own, and what it comes to.

    Raises:
        Forbidden: the actor may not see commission months, or take figures away.
        OutOfScope: there is no such month.
    """
    with writing(actor) as writer:
        writer.allow(Permission.REPORT_EXPORT)
        reader = Reader(actor, writer.session)
        row, book = month_row(reader, month_id)
        agents = agent_lines(reader, book.code, row.month)
        elements, lang = elements_of_book(reader, book.id, row.month), actor.language
        names = names_of(reader, (one.agent_id for one in agents))
        found = {key for one in agents for key in one.paid}
        keys = sorted(found, key=lambda key: (key[1], line_order(elements, key[0]), key[0]))
        rows: list[list[Cell]] = [
            [
                one.agent_no,
                names[one.agent_id],
                *(one.paid.get(key, NOTHING) for key in keys),
                one.together,
            ]
            for one in agents
        ]
        writer.record("export", "commission_month", row.id, {"kind": kind, "rows": len(rows)})
    titles = []
    for line, earlier in keys:
        title = own_title(line) or title_of(elements, "lines", line, lang)
        titles.append(str(_("%(line)s, for earlier months", line=title)) if earlier else title)
    columns = [
        SheetColumn(_("Agent number")), SheetColumn(_("Name"), width=22), *(SheetColumn(title, "money") for title in titles),
        SheetColumn(_("To be paid"), "money"),
    ]  # fmt: skip
    name = f"{book.code}-{row.month:%Y-%m}"
    content = write_xlsx(name, columns, rows) if kind == "xlsx" else write_csv(columns, rows)
    return ExportedFile(f"{name}.{kind}", content, len(rows))
