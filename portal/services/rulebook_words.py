"""Elements of a rulebook in words: what they are called, and what they say in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
LONGEST_WORDS = 160
PLAIN_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,10})?")


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
        return _short(_value(content.get("value", "")))
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


def _value(value: Any) -> str:
    """A parameter's value; a number in groups of three, as many decimals as were written."""
    text = str(value)
    return f"{Decimal(text):,f}" if PLAIN_NUMBER.fullmatch(text) else text


def _measure(content: Mapping[str, Any]) -> str:
    kinds = ("sum", "count", "count_distinct", "min", "max")
    how = next((f"{kind}({content[kind]})" for kind in kinds if kind in content), "")
    where = f", {content['where']}" if content.get("where") else ""
    return str(_("%(how)s of %(of)s%(where)s", how=how, of=content.get("of", ""), where=where))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"
