"""What a figure of a team home is made of: the elements it sums, as the rules write them, place by place or agent by agent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.rulebooks import Rulebook
from portal.query.places import Place
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import elements_on, title_of
from portal.query.team_figures import TeamFigure, element_named

AGGREGATES = ("sum", "count", "count_distinct", "min", "max")


@dataclass(frozen=True, slots=True)
class Summed:
    """One element of a figure: its usual name, what the rules call it, and how they write it; empty where they have none such."""

    usual: str
    name: str
    title: str
    text: str


def rules_of(reader: Reader, place: Place, month: dt.date) -> Mapping[Key, Any]:
    """What the rules say at a place at a month's end; of several rulebooks the first that holds there."""
    for book in reader.session.scalars(select(Rulebook.id).order_by(Rulebook.id)):
        found = elements_on(reader, book, place.id, month, None)
        if found:
            return found
    return {}


def summed(elements: Mapping[Key, Any], figure: TeamFigure, language: str) -> list[Summed]:
    """The elements a figure is made of."""
    found = []
    for usual in figure.elements:
        name = element_named(elements, usual)
        section = "formulas" if ("formulas", name) in elements else "measures"
        content = elements.get((section, name))
        told = content if isinstance(content, Mapping) else {}
        text = str(told.get("formula", "")) or measured(told)
        found.append(Summed(usual, name, title_of(elements, section, name, language), text))
    return found


def measured(content: Mapping[str, Any]) -> str:
    """A measure in one line: what it sums of which fact, under which condition, how many months ago."""
    if "of" not in content:
        return ""
    how = next((f"{kind}({content[kind]})" for kind in AGGREGATES if kind in content), "")
    words = {"where": _("where"), "window": _("window"), "ago": _("months ago")}
    told = [_("%(how)s of %(of)s%(where)s", how=how, of=content["of"], where="")]
    return ", ".join([*told, *(f"{word}: {content[part]}" for part, word in words.items() if part in content)])


def line_of(elements: Mapping[Key, Any], element: str) -> str:
    """The statement line below which an element of an agent is explained: the one that pays it, else the first."""
    lines = {name: content for (section, name), content in elements.items() if section == "lines"}
    paying = [
        name for name, content in lines.items() if isinstance(content, Mapping) and content.get("pays") == element
    ]
    first = sorted(lines, key=lambda name: (int((lines[name] or {}).get("order", 0)), name))
    return next(iter([*paying, *first]), "")
