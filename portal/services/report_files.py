"""A report as a file: the rows, filters and scope of its page, and an audit row for each file."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from portal.permissions import Actor, Permission
from portal.query.reader import Reader
from portal.query.report import Report
from portal.query.report_notes import notes
from portal.query.report_table import ReportTable, report_table
from portal.query.report_view import exactly, known_on_of, view_of
from portal.services.exports import ExportedFile, FileKind
from portal.services.spreadsheets import SheetColumn, write_csv, write_xlsx
from portal.services.writer import writing


def report_file(actor: Actor, report: Report, address: Mapping[str, str], kind: FileKind) -> ExportedFile:
    """The rows of a report as an address asks for them, the largest first; a csv file holds nothing but its rows.

    Raises:
        Forbidden: the actor may not export, or not read the report.
        ReportError, OutOfScope, NotPublished: as for the page.
    """
    with writing(actor) as writer:
        writer.allow(Permission.REPORT_EXPORT)
        reader = Reader(actor, writer.session, known_on_of(address))
        asked = view_of(reader, report, address)
        table = report_table(reader, report, exactly(report, asked))
        told = notes(reader, table)
        if day := address.get("known_on", ""):
            told.insert(0, _("As known on %(day)s: corrections published later are not in these figures.", day=day))
        columns = sheet_columns(reader, table)
        kept = {name: text for name, text in address.items() if text}
        writer.record("export", "report", report.key, {"kind": kind, "rows": table.count, **kept})
    order = [] if table.dimension.in_order else [(table.measures[0].key, True)]
    rows = [line[1:] for line in table.lines(order)]
    content = write_xlsx(str(report.title), columns, rows, told) if kind == "xlsx" else write_csv(columns, rows)
    return ExportedFile(f"{report.key}-{asked.view.by}-{asked.view.at}.{kind}", content, table.count)


def sheet_columns(reader: Reader, table: ReportTable) -> list[SheetColumn]:
    """Code and name, then each measure with its notes; before and change where two dates are compared."""
    columns = [SheetColumn(_("Code"), "text", 14), SheetColumn(_("Name"), "text", 32)]
    for measure in table.measures:
        unit = "number" if measure.unit == "count" else "money"
        note, titles = "\n".join(table.report.measure_notes(reader, measure, table.view)), [str(measure.title)]
        if table.view.compare:
            named = {"measure": measure.title, "day": table.view.compare}
            titles += [_("%(measure)s on %(day)s", **named), _("%(measure)s, change", measure=measure.title)]
        columns += [SheetColumn(title, unit, 18, note) for title in titles]
    return columns
