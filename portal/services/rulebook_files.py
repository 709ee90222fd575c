"""Rulebooks as files: one table as a spreadsheet, a whole version as the text `basis rulebook` reads; an audit row for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from calc.rulebook.elements import Unit
from portal.access.identity import today
from portal.permissions import Actor
from portal.query import rulebooks as query
from portal.query.reader import Reader
from portal.query.rulebook_rules import mapping_of
from portal.services.exports import ExportedFile, FileKind
from portal.services.rulebook_grids import head_of, units_of
from portal.services.rulebook_text import dumped
from portal.services.spreadsheets import Cell, SheetColumn, write_csv, write_xlsx
from portal.services.writer import writing

SHEET_UNITS = {Unit.MONEY: "money", Unit.RATE: "rate", Unit.COUNT: "number", Unit.DAYS: "number", Unit.DATE: "date"}


def table_file(actor: Actor, code: str, number: int, name: str, kind: FileKind) -> ExportedFile:
    """The rows of a table as a version says them, with their head: pasted back they are the same rows.

    Raises:
        NoRulebook: there is no such version, or it has no such table.
        Forbidden: the actor may not see rulebooks.
    """
    with writing(actor) as writer:
        reader = Reader(actor, writer.session)
        version = query.version(reader, query.rulebook(reader, code), number, today())
        row = query.contents(reader, version).get(("tables", name))
        if row is None or not isinstance(row.content, Mapping):
            raise query.NoRulebook(f"Version {number} of {code} has no table {name!r} of its own.")
        head, units = head_of(row.content), units_of(row.content)
        rows = [
            [_cell(cell, unit) for cell, unit in zip(line, units, strict=True)]
            for line in row.content.get("rows") or ()
        ]
        writer.record("export", "rulebook_version", version.id, {"table": name, "kind": kind, "rows": len(rows)})
    columns = [SheetColumn(title, SHEET_UNITS.get(unit, "text")) for title, unit in zip(head, units, strict=True)]
    content = write_xlsx(name, columns, rows) if kind == "xlsx" else write_csv(columns, rows)
    return ExportedFile(f"{code}-{number}-{name}.{kind}", content, len(rows))


def text_file(actor: Actor, code: str, number: int) -> ExportedFile:
    """A whole version as text; `basis rulebook import` makes a draft of it. Raises NoRulebook, Forbidden."""
    with writing(actor) as writer:
        reader = Reader(actor, writer.session)
        version = query.version(reader, query.rulebook(reader, code), number, today())
        content = version_text(reader, code, version)
        writer.record("export", "rulebook_version", version.id, {"kind": "yaml"})
    return ExportedFile(f"{code}-{number}.yaml", content.encode(), content.count("\n"))


def version_text(reader: Reader, code: str, version: query.Version) -> str:
    """What a version says itself, in the text form."""
    place = reader.places(version.valid_from).get(version.institution_id)
    head: dict[str, Any] = {
        "rulebook": code, "title": version.title,
        **({"title_zh": version.title_zh} if version.title_zh else {}), "node": place.code if place else "",
        "valid_from": f"{version.valid_from}",
    }  # fmt: skip
    elements = {key: row.content for key, row in query.contents(reader, version).items() if row.content is not None}
    return dumped({**head, **mapping_of(elements)})


def _cell(value: Any, unit: Unit) -> Cell:
    """A cell typed by its column; what is not written plainly stays the text it is."""
    if value is None:
        return None
    text = str(value).strip()
    try:
        if unit is Unit.DATE:
            return dt.date.fromisoformat(text)
        if unit in SHEET_UNITS:
            return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)
    except (ValueError, InvalidOperation):
        return text
    return text
