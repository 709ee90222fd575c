"""Lists as files: the rows the actor may see under the filters of the address, and an audit row for each file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from flask_babel import gettext as _

from portal.permissions import Actor
from portal.query.reader import Reader
from portal.query.record import Record, View
from portal.query.records import exported
from portal.query.resource import Field, Resource
from portal.services.import_sheet import beside
from portal.services.spreadsheets import Cell, SheetColumn, write_csv, write_xlsx
from portal.services.writer import writing

FileKind = Literal["xlsx", "csv"]
UNITS = {"date": "date", "ratio": "ratio", "number": "number", "rate": "rate", "interest": "ratio", "term": "number"}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file for a browser to keep."""

    name: str
    content: bytes
    rows: int


def export(actor: Actor, resource: Resource, view: View, kind: FileKind) -> ExportedFile:
    """A list as a file that an import takes back.

    Raises:
        Forbidden: the actor may not see the resource, or may not export.
    """
    with writing(actor) as writer:
        records = exported(Reader(actor, writer.session), resource, view)
        fields = [each for each in resource.fields if each.kind not in ("password", "parts")]
        columns = list(_columns(resource, fields))
        rows = [_row(resource, fields, record) for record in records]
        asked = {"search": view.search, "shown": view.shown, "on": view.on, **view.filters}
        writer.record("export", resource.key, "", {"kind": kind, "rows": len(rows), **asked})
    title = str(resource.title)
    content = write_xlsx(title, columns, rows) if kind == "xlsx" else write_csv(columns, rows)
    return ExportedFile(f"{resource.key}-{view.on}.{kind}", content, len(rows))


def _columns(resource: Resource, fields: Sequence[Field]) -> list[SheetColumn]:
    columns = []
    for each in fields:
        title = str(each.title)
        columns.append(SheetColumn(title, UNITS.get(each.kind, "text"), 18))
        if _has_name(each):
            columns.append(SheetColumn(beside(title), "text", 28))
    if resource.dated:
        columns += [SheetColumn(_("Valid from"), "date", 12), SheetColumn(_("Valid to"), "date", 12)]
    return columns


def _row(resource: Resource, fields: Sequence[Field], record: Record) -> list[Cell]:
    cells: list[Cell] = []
    for each in fields:
        value = record.values.get(each.name)
        cells.append(record.codes[each.name] if each.name in record.codes else _cell(each, value))
        if _has_name(each):
            cells.append(record.labels.get(each.name, ""))
    return [*cells, record.valid_from, record.valid_to] if resource.dated else cells


def _has_name(each: Field) -> bool:
    """Whether a column of names stands beside the one of codes."""
    return bool(each.reference) or each.kind == "subject"


def _cell(each: Field, value: Any) -> Cell:
    if each.kind == "document":
        return json.dumps(value, ensure_ascii=False) if value else ""
    if each.kind == "flag":
        return "yes" if value else "no"
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
