"""What a file wants: its headings as fields, its rows as records. What its values mean is decided later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.access.language import LANGUAGES
from portal.query.resource import Field, Resource
from portal.services.spreadsheets import BadFile, Cell, Sheet, SheetRow
from portal.services.values import day_from

IN_PARTS = ("person", "ratio")  # the columns whose lines together make the parts of one record


@dataclass(slots=True)
class Wanted:
    """One record a file wants: the row it stands in, what it says, and from which day."""

    row: int
    given: dict[str, Any]
    first_day: dt.date
    last: Any = None
    identity: tuple[str, ...] = ()
    problem: tuple[str, str] | None = None  # the column and what is wrong there


def places_of(resource: Resource, sheet: Sheet) -> dict[str, int]:
    """Which column holds which field. Headings are names or titles of fields; names beside codes are passed over."""
    fields = columns_taken(resource)
    by_heading = {name.casefold(): name for name in fields}
    passed_over: set[str] = set()
    for titled, beside_them in _titles(resource):
        by_heading |= titled
        passed_over |= beside_them
    places: dict[str, int] = {}
    for place, heading in enumerate(sheet.headings):
        folded = heading.casefold()
        if folded in passed_over:
            continue
        name = by_heading.get(folded)
        if name is None or name in places:
            known = ", ".join(fields)
            raise BadFile(_("This heading is not known here. Known are: %(known)s.", known=known), 1, heading)
        places[name] = place
    for name in needed_columns(resource):
        if name not in places:
            raise BadFile(_('The column "%(column)s" is missing.', column=str(resource.by_name[name].title)), 1)
    return places


def _titles(resource: Resource) -> Iterator[tuple[dict[str, str], set[str]]]:
    """What the fields are called in each language, and the names beside them: whoever exported a file may read another."""
    for language in LANGUAGES:
        with force_locale(language):
            titles = {name: str(title) for name, title in columns_taken(resource).items()}
            yield (
                {said.casefold(): name for name, said in titles.items()},
                {beside(said).casefold() for said in titles.values()},
            )


def beside(title: str) -> str:
    """The heading of the column that shows the name beside a code; an import passes it over."""
    name = _("name")
    return f"{title} ({name})"


def needed_columns(resource: Resource) -> tuple[str, ...]:
    """The columns a file must have."""
    needed = resource.identified_by + (IN_PARTS if resource.parted else ())
    return tuple(name for name in needed if resource.by_name[name].default is None)


def columns_taken(resource: Resource) -> dict[str, Any]:
    """The columns a file may have, by name, with their titles."""
    taken: dict[str, Any] = {each.name: each.title for each in resource.given if each.kind not in ("password", "parts")}
    if resource.parted:
        taken |= {name: resource.by_name[name].title for name in (*IN_PARTS, "institution")}
    if resource.dated:
        taken |= {"valid_from": _("Valid from"), "valid_to": _("Valid to")}
    return taken


def wanted_of(resource: Resource, sheet: Sheet, places: Mapping[str, int], today: dt.date) -> list[Wanted]:
    """The records a file wants, each once; of a parted resource the lines that belong together are one."""
    found: dict[tuple[Any, ...], Wanted] = {}
    for row in sheet.rows:
        each = _read(resource, row, places, today)
        key = (each.identity, each.first_day)
        if each.problem is None and key in found:
            if resource.parted:
                found[key].given["parts"] += each.given["parts"]
                continue
            sentence = _("This stands in row %(row)s already.", row=found[key].row)
            each.problem = ("", sentence)
        found[key if each.problem is None else ("row", row.number)] = each
    return list(found.values())


def _read(resource: Resource, row: SheetRow, places: Mapping[str, int], today: dt.date) -> Wanted:
    cells: dict[str, Cell] = {name: row.cells[place] for name, place in places.items()}
    first = cells.pop("valid_from", None)
    each = Wanted(row.number, {}, today, cells.pop("valid_to", None))
    if first not in (None, ""):
        day = day_from(first)
        if day is None:
            each.problem = (_("Valid from"), _("a date is expected, such as 2026-01-31."))
        else:
            each.first_day = day
    if resource.parted:
        part = {name: cells.pop(name, None) for name in IN_PARTS}
        cells.pop("institution", None)
        cells["parts"] = [part]  # type: ignore[assignment]
    each.given = {name: cell for name, cell in cells.items() if not _left_out(resource.by_name[name], cell)}
    each.identity = tuple(_identifying(resource.by_name[name], cells.get(name)) for name in resource.identified_by)
    return each


def _left_out(each: Field, cell: Any) -> bool:
    """An empty cell of a field with a default says nothing."""
    return cell in (None, "") and each.default is not None


def _identifying(each: Field, cell: Any) -> str:
    if each.kind == "date":
        return str(day_from(cell) or cell or "")
    if cell in (None, ""):
        return str(each.default or "")
    return f"{cell:f}".split(".")[0] if isinstance(cell, Decimal) else " ".join(str(cell).split())
