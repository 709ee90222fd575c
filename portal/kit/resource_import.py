"""Bringing in a file: what to prepare, what it would do, and one button."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.current import current_actor
from portal.kit import numbers, parts
from portal.kit.components import KitComponent
from portal.kit.parts import Cell, Column, Tone
from portal.kit.resource import capitalised, export_href
from portal.permissions import Permission
from portal.query.resource import Field, Resource
from portal.services.import_lines import ImportLine
from portal.services.import_sheet import columns_taken, needed_columns
from portal.services.imports import Preview
from portal.services.spreadsheets import LARGEST_FILE_BYTES, MOST_ROWS

MOST_SHOWN = 200
LOOKS: dict[str, tuple[Any, Tone]] = {
    "wrong": (_l("wrong"), "bad"),
    "changed": (_l("changed"), "accent"),
    "new": (_l("new"), "good"),
    "same": (_l("same"), "neutral"),
}


class FilePick(KitComponent):
    """A file of the person's own disk: its content as base64 in `file`, its name in `name`; `tries` rises with each."""

    PROPERTIES = (
        "id", "className", "label", "hint", "most", "tooLarge", "accept", "tries", "file", "name",
    )  # fmt: skip


def file_pick(id: str) -> Component:
    """Where a file is dropped or chosen."""
    size = LARGEST_FILE_BYTES // 1_000_000
    return FilePick(
        id=id,
        label=_("Choose a file"),
        hint=_("or drop it here: .xlsx or .csv, up to %(size)s MB and %(rows)s lines",
               size=size, rows=numbers.count(MOST_ROWS)),
        most=LARGEST_FILE_BYTES,
        tooLarge=_("The file is larger than %(size)s MB; split it.", size=size),
        accept=".xlsx,.csv,text/csv",
    )  # fmt: skip


def samples(resource: Resource) -> list[Component]:
    """The list as a file with all its columns, for those who may have it."""
    may = current_actor().may(Permission.REPORT_EXPORT)
    return [parts.download(_("The list as Excel"), export_href(resource, "xlsx", {}))] if may else []


def instructions(resource: Resource) -> Component:
    """Which columns a file has."""
    needed = needed_columns(resource)
    lines = []
    for name, title in columns_taken(resource).items():
        known = resource.by_name.get(name)
        need = _("needed") if name in needed else _("for new records") if _has_to_be(known) else _("optional")
        says = _("as exported; a file ends nothing") if name == "valid_to" else _says(known)
        lines.append({"column": Cell(str(title), note=name), "need": need, "says": says})
    columns = [Column("column", _("Heading")), Column("need", _("Needed"), "muted"), Column("says", _("Says"), "muted")]
    return parts.simple_table(columns, lines, caption=_("Columns of the file"))


def _has_to_be(each: Field | None) -> bool:
    """Whether a new record cannot do without it."""
    return each is not None and each.required and each.default is None and not each.derived


def _says(each: Field | None) -> str:
    """What stands in a column; one that is no field holds a day."""
    kind = each.kind if each is not None else "date"
    if each is not None and each.options:
        return ", ".join(value for value, _title in each.options)
    words = {
        "date": _("a date, such as 2026-01-31"),
        "ratio": _("a part, such as 60% or 0.6"),
        "rate": _("a number, such as 7.1234"),
        "interest": _("a year's interest, such as 2.5% or 0.025"),
        "term": _("days, 0 for money on demand"),
        "flag": _("yes or no"),
        "tree": _("the code of an institution"),
        "person": _("a staff number"),
        "choice": _("the code of the list"),
        "set": _("codes, separated by ;"),
        "document": _("an object in JSON"),
        "subject": _("customer or account and its number: customer C000123"),
    }
    return words.get(kind, _("a text"))


def shown(preview: Preview, button: Component | None) -> Component:
    """What the file would do: in numbers, then line by line, what is wrong first."""
    cards = [
        parts.figure_card(capitalised(LOOKS[state][0]), numbers.count(preview.counts[state]))
        for state in ("new", "changed", "same", "wrong")
    ]
    notes: list[Component] = []
    if preview.imported_as is not None:
        sentence = _("This file is already imported as #%(number)s.", number=preview.imported_as)
        notes.append(parts.flag(sentence, "warn"))
    elif preview.wrong:
        notes.append(
            parts.flag(_("Correct the wrong lines in the file and choose it again; nothing is imported before."), "bad")
        )
    elif not preview.writes:
        notes.append(parts.flag(_("The file changes nothing."), "warn"))
    ready = preview.imported_as is None and not preview.wrong and preview.writes
    actions = [button] if button is not None and ready else []
    return parts.stack(
        *notes,
        parts.figure_row(cards),
        parts.section(_("Line by line"), lines(preview), actions=actions, look="records"),
    )


def lines(preview: Preview) -> Component:
    """The lines that do something or are wrong; the same ones are only counted."""
    order = list(LOOKS)
    told = sorted(
        (one for one in preview.lines if one.state != "same"), key=lambda one: (order.index(one.state), one.row)
    )
    columns = [
        Column("row", _("Row")),
        Column("name", _("Record")),
        Column("state", _("State")),
        Column("what", _("What")),
    ]
    rows = [_row(one) for one in told[:MOST_SHOWN]]
    more = _("%(count)s more lines", count=numbers.count(len(told) - MOST_SHOWN)) if len(told) > MOST_SHOWN else ""
    return parts.simple_table(
        columns, rows, _("Lines of the file"), more=more, empty_text=_("No line changes anything.")
    )


def _row(one: ImportLine) -> dict[str, Any]:
    word, tone = LOOKS[one.state]
    if one.state == "wrong":
        what = f"{one.column}: {one.problem}" if one.column else one.problem
    else:
        what = "; ".join(_changed(*change) for change in one.changes)
    note = (
        _("from %(day)s", day=numbers.day(one.first_day, current_actor().language))
        if one.first_day is not None and one.state != "wrong"
        else ""
    )
    return {
        "row": str(one.row),
        "name": one.name,
        "state": Cell("", badge=word, tone=tone),
        "what": Cell(what, note=note),
    }


def _changed(title: str, before: str, after: str) -> str:
    return f"{title}: {before} → {after}" if before else f"{title}: {after}"


def done(resource: Resource, number: int, preview: Preview, href: str) -> Component:
    """What was imported, and the way to the list."""
    new, changed = (numbers.count(preview.counts[state]) for state in ("new", "changed"))
    sentence = _("Imported as #%(number)s: %(new)s new, %(changed)s changed.", number=number, new=new, changed=changed)
    return parts.section("", html.Div([parts.icon("check-circle"), sentence], className="form-said tone-good"),
                         parts.link(_("To the list"), href, "btn btn-outline"))  # fmt: skip
