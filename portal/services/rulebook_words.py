"""Elements of a rulebook in words: what they are called, and what they say in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

SECTION_TITLES = {
    "agent": _l("Columns of an agent"),
    "facts": _l("Facts"),
    "parameters": _l("Parameters"),
    "tables": _l("Tables"),
    "measures": _l("Measures"),
    "formulas": _l("Formulas"),
    "ladders": _l("Ladders"),
    "lines": _l("Statement lines"),
}
WORDS: Mapping[str, Any] = {
    "money": _l("money"), "rate": _l("rate"), "count": _l("count"), "days": _l("days"), "number": _l("number"),
    "date": _l("date"), "flag": _l("flag"), "text": _l("text"), "key": _l("key"),
    "agent": _l("agent"), "team": _l("team"), "institution": _l("institution"),
    "sum": _l("sum"), "count_distinct": _l("count of different ones"), "min": _l("smallest"), "max": _l("largest"),
    "month": _l("month"), "quarter": _l("quarter"), "year": _l("year"), "all": _l("all time"),
    "earning": _l("earning"), "deduction": _l("deduction"),
    "lower": _l("the band that begins there"), "upper": _l("the band that ends there"),
    "whole": _l("whole: one rate for all of it"), "step": _l("step: each part by its own rate"),
    "interpolated": _l("interpolated between the bands"),
}  # fmt: skip
LONGEST_WORDS = 160
PLAIN_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,10})?")


def labels() -> dict[str, str]:
    """What the parts of an element are called."""
    return {
        "value": _("Value"), "unit": _("Unit"), "low": _("Lowest"), "high": _("Highest"), "decimals": _("Decimals"),
        "grain": _("For each"), "of": _("Of"), "where": _("Where"), "window": _("Window"), "ago": _("Months ago"),
        "pays": _("Pays"), "group": _("Group"), "order": _("Order"), "kind": _("Kind"), "cap": _("Cap"), "hold": _("Held"),
        "release": _("Released"), "boundary": _("A boundary belongs to"), "mode": _("Mode"), "rank": _("Column of the rank"),
        "title": _("Title"), "title_zh": _("Chinese title"), "note": _("Note"), "formula": _("Formula"), "expression": _("Formula"),
    }  # fmt: skip


def element_title(section: str, name: str, content: Any, language: str) -> str:
    """What people call an element; its name where nobody gave it a title."""
    titled = content if isinstance(content, Mapping) else {}
    title = titled.get("title_zh") if language == "zh" else titled.get("title")
    return str(title or titled.get("title") or name)


def said(section: str, content: Any) -> str:
    """What an element says, in one line; empty for one that is not there."""
    if content is None:
        return ""
    if not isinstance(content, Mapping):
        return _short(str(content))
    if section == "parameters":
        return _short(written_value(content.get("value", "")))
    if section == "formulas":
        return _short(str(content.get("formula", "")))
    if section == "tables":
        rows = len(content.get("rows") or ())
        return str(ngettext("%(num)s row", "%(num)s rows", rows))
    if section == "measures":
        return _short(_measure(content))
    if section == "ladders":
        return _short(" → ".join(map(str, content.get("ranks") or ())))
    if section == "lines":
        return _short(str(content.get("pays", "")))
    return _short(", ".join(map(str, content)))


def said_beside(section: str, was: Any, becomes: Any) -> tuple[str, str]:
    """What an element said and says; where the line is the same, what else is different: rows of a table, a title, a note."""
    before, after = said(section, was), said(section, becomes)
    if before != after or not isinstance(was, Mapping) or not isinstance(becomes, Mapping):
        return before, after
    old, new = list(was.get("rows") or ()), list(becomes.get("rows") or ())
    gone, come = [row for row in old if row not in new], [row for row in new if row not in old]
    if gone or come:
        return _rows_said(gone), _rows_said(come)
    named = [name for name in dict.fromkeys([*was, *becomes]) if was.get(name) != becomes.get(name)]
    plain = [name for name in named if not isinstance(becomes.get(name, was.get(name)), Mapping | list)]
    if not plain:
        return before, after
    told = [
        _short("; ".join(f"{labels().get(name, name)}: {one.get(name) or '–'}" for name in plain))
        for one in (was, becomes)
    ]
    return told[0], told[1]


def _rows_said(rows: Sequence[Any]) -> str:
    """Rows of a table in one line, the first ones of many."""
    told = [
        " · ".join("–" if cell is None else str(cell) for cell in row) if isinstance(row, list) else str(row)
        for row in rows
    ]
    return _short("; ".join(told))


def written_value(value: Any) -> str:
    """A value; a number in groups of three, as many decimals as were written."""
    text = str(value)
    return f"{Decimal(text):,f}" if PLAIN_NUMBER.fullmatch(text) else text


def _measure(content: Mapping[str, Any]) -> str:
    kinds = ("sum", "count", "count_distinct", "min", "max")
    how = next((f"{kind}({content[kind]})" for kind in kinds if kind in content), "")
    where = f", {content['where']}" if content.get("where") else ""
    return str(_("%(how)s of %(of)s%(where)s", how=how, of=content.get("of", ""), where=where))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"
