"""Cells copied from and pasted into a spreadsheet: lines of cells between tabs, typed by what the columns declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from calc.rulebook.book import value_of, visible
from calc.rulebook.elements import NUMERIC, Unit
from portal.services.refusal import Refusal

MOST_ROWS = 5_000
FROM, TO = "from", "to"
COLUMN_HEAD = ("role", "name", "unit", "low", "high", "decimals")
MOVE_HEAD = ("from", "to", "kind", "when", "otherwise", "title", "title_zh", "note")
RANK_HEAD = ("rank", "title", "title_zh")
ROLES = ("keys", "band", "values")


def written_rows(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A head and rows as a spreadsheet takes them."""
    lines = [head, *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("\t".join(line) for line in lines)


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def read_rows(text: str, head: Sequence[str], field: str) -> list[list[str | None]]:
    """The rows of what was pasted; a first line with the names of the columns is their head, and is left out.

    Raises:
        Refusal: a row has more cells than there are columns, or there are too many rows.
    """
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    rows = [[cell.strip() for cell in line.split("\t")] for line in lines]
    if rows and [cell.casefold() for cell in rows[0]] == [name.casefold() for name in head]:
        rows = rows[1:]
    if len(rows) > MOST_ROWS:
        raise Refusal(_("A table has at most %(most)s rows.", most=MOST_ROWS), field)
    for number, row in enumerate(rows, 1):
        if len(row) > len(head):
            raise Refusal(
                _("Row %(row)s has %(found)s cells, and there are %(wanted)s columns: %(columns)s.", row=number,
                  found=len(row), wanted=len(head), columns=", ".join(head)), field,
            )  # fmt: skip
    return [[cell or None for cell in [*row, *[""] * (len(head) - len(row))]] for row in rows]


def head_of(content: Mapping[str, Any]) -> list[str]:
    """The columns of a table's rows, in their order."""
    band = [FROM, TO] if content.get("band") else []
    return [*(content.get("keys") or {}), *band, *(content.get("values") or {})]


def units_of(content: Mapping[str, Any]) -> list[Unit]:
    """What each cell of a row is. Raises Refusal for a unit there is none of."""
    bands = list((content.get("band") or {}).values())[:1] * 2
    found = [*(content.get("keys") or {}).values(), *bands, *(content.get("values") or {}).values()]
    named = [one.get("unit") if isinstance(one, Mapping) else one for one in found]
    try:
        return [Unit(str(one)) for one in named]
    except ValueError as strange:
        raise Refusal(_("There is no such unit: %(unit)s.", unit=str(strange).split("'")[1]), "columns") from strange


def table_rows(content: Mapping[str, Any], text: str, was: Sequence[str] = ()) -> list[list[str | None]]:
    """The rows of a table, every cell looked at; rows under the head the table had are brought under its new one by name.

    Raises:
        Refusal: with the row and the column.
    """
    head, units = head_of(content), units_of(content)
    if was and was != head and text.split("\n", 1)[0].split("\t") == list(was):
        places = [was.index(name) if name in was else None for name in head]
        old = read_rows(text, was, "rows")
        rows = [[None if place is None else row[place] for place in places] for row in old]
    else:
        rows = read_rows(text, head, "rows")
    for number, row in enumerate(rows, 1):
        for name, unit, cell in zip(head, units, row, strict=True):
            try:
                value_of(cell, unit)
            except (ValueError, KeyError, ArithmeticError) as strange:
                raise Refusal(_not_of(unit, row=number, column=name, cell=visible(cell or "")), "rows") from strange
    return rows


def _not_of(unit: Unit, **place: Any) -> str:
    """Why a cell is none of its unit, and how one is written."""
    if unit in NUMERIC:
        return _("Row %(row)s, column %(column)s: %(cell)s is no %(unit)s. Write it without separators, as 1000, 0.35 or 35%%.",
                 unit=unit.value, **place)  # fmt: skip
    if unit == Unit.DATE:
        return _("Row %(row)s, column %(column)s: %(cell)s is no date. Write it as 2026-01-31.", **place)
    if unit == Unit.FLAG:
        return _("Row %(row)s, column %(column)s: %(cell)s is neither true nor false.", **place)
    return _("Row %(row)s, column %(column)s: %(cell)s holds characters that nobody sees. Type it anew.", **place)


def written_columns(content: Mapping[str, Any]) -> str:
    """The columns of a table, one a line."""
    rows = []
    for role in ROLES:
        for name, told in (content.get(role) or {}).items():
            quantity = told if isinstance(told, Mapping) else {"unit": told}
            rows.append([role, name, *(quantity.get(part) for part in COLUMN_HEAD[2:])])
    return written_rows(COLUMN_HEAD, rows)


def read_columns(text: str) -> dict[str, dict[str, Any]]:
    """Keys, band and values as they were written. Raises Refusal."""
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(read_rows(text, COLUMN_HEAD, "columns"), 1):
        role, name, unit, *bounds = row
        if role not in ROLES or not name or not unit:
            raise Refusal(
                _("Line %(line)s: a column is keys, band or values, and has a name and a unit.", line=number), "columns"
            )
        if any(name in columns for columns in found.values()):
            raise Refusal(_("Line %(line)s: the column %(column)s stands twice.", line=number, column=name), "columns")
        told = {part: bound for part, bound in zip(COLUMN_HEAD[3:], bounds, strict=True) if bound}
        found.setdefault(role, {})[name] = {"unit": unit, **told} if told else unit
    return found


def written_rank_titles(content: Mapping[str, Any]) -> str:
    """What people call the ranks of a ladder, one rank a line."""
    titles = content.get("rank_titles")
    told = titles if isinstance(titles, Mapping) else {}
    rows = [
        [rank, *((told.get(rank) or {}).get(part) for part in RANK_HEAD[1:])] for rank in content.get("ranks") or ()
    ]
    return written_rows(RANK_HEAD, rows)


def read_rank_titles(text: str) -> dict[str, dict[str, str]]:
    """Titles of ranks as they were written; a rank without one is left out. Raises Refusal."""
    found: dict[str, dict[str, str]] = {}
    for rank, *titles in read_rows(text, RANK_HEAD, "rank_titles"):
        called = {part: cell for part, cell in zip(RANK_HEAD[1:], titles, strict=True) if cell}
        if rank and called:
            found[rank] = called
    return found


def written_moves(content: Mapping[str, Any]) -> str:
    """The moves of a ladder, one a line."""
    moves = [one for one in content.get("moves") or () if isinstance(one, Mapping)]
    return written_rows(MOVE_HEAD, [[one.get(part) for part in MOVE_HEAD] for one in moves])


def read_moves(text: str) -> list[dict[str, str]]:
    """Moves as they were written. Raises Refusal."""
    rows = read_rows(text, MOVE_HEAD, "moves")
    return [{part: cell for part, cell in zip(MOVE_HEAD, row, strict=True) if cell} for row in rows]
