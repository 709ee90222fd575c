"""The figures of a team home: which elements of the rules each is made of. What they are worth, the rules say.

Elements go by usual names here. A rulebook whose elements are called otherwise names them in text parameters (`team_fyc`: my_fyc);
sums are kept under the usual names, so that agents of several rulebooks add up. A figure is a sum over agents of one element, or
the sum of one over the sum of another (never an average of rates). An element that the rules do not have makes the figure
missing, with a sentence; it never counts as zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from calc.rulebook.known_parameters import TEAM_ELEMENTS
from portal.models.rulebooks import Rulebook
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import elements_of_book

Sums = Mapping[str, Decimal | None]  # an element summed over some agents; None where the month has no such element
RATE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class TeamFigure:
    """A figure by the names of elements: one that is summed, or two of which the first is divided by the second.

    `title` is short, for lists; on its card the figure goes by the title the rules give the element `called`.
    """

    key: str
    title: LazyString
    unit: Literal["money", "count", "rate"]
    elements: tuple[str, ...]
    called: str

    def value(self, sums: Sums) -> Decimal | None:
        """What it comes to; None without its elements, or with nothing to divide by."""
        found = [sums.get(name) for name in self.elements]
        known = [one for one in found if one is not None]
        if len(known) < len(self.elements):
            return None
        if len(known) == 1:
            return known[0]
        whole = known[1]
        return (known[0] / whole).quantize(RATE_STEP, rounding=ROUND_HALF_UP) if whole else None


TEAM_FIGURES: Mapping[str, TeamFigure] = {
    one.key: one
    for one in (
        TeamFigure("fyc", _l("FYC"), "money", ("month_fyc",), "month_fyc"),
        TeamFigure("active", _l("Active heads"), "count", ("active",), "active"),
        TeamFigure("persistency", _l("Persistency"), "rate", ("persistency_kept", "persistency_base"), "persistency"),
        TeamFigure("recruits", _l("Recruits"), "count", ("recruits",), "recruits"),
        TeamFigure("heads", _l("Heads"), "count", ("head",), "head"),
    )
}
ELEMENTS: tuple[str, ...] = tuple(dict.fromkeys(name for one in TEAM_FIGURES.values() for name in one.elements))


def element_named(elements: Mapping[Key, Any], usual: str) -> str:
    """What the rules call an element of the team figures: what their parameter says, else its usual name."""
    said = elements.get(("parameters", TEAM_ELEMENTS[usual]))
    named = str(said.get("value") or "").strip() if isinstance(said, Mapping) else ""
    return named or usual


def parameters_naming(elements: Sequence[str]) -> list[str]:
    """The parameters in which a rulebook says what it calls some elements."""
    return [TEAM_ELEMENTS[usual] for usual in elements]


def elements_named(reader: Reader, month: dt.date) -> dict[str, dict[str, str]]:
    """For every rulebook, what it calls each element in a month; asked once a question."""
    kept: dict[dt.date, dict[str, dict[str, str]]] = reader.__dict__.setdefault("team_elements", {})
    if month not in kept:
        kept[month] = {}
        for book in reader.session.scalars(select(Rulebook).order_by(Rulebook.id)):
            elements = elements_of_book(reader, book.id, month)
            kept[month][book.code] = {usual: element_named(elements, usual) for usual in ELEMENTS}
    return kept[month]


def together(sums: Sequence[Sums]) -> dict[str, Decimal | None]:
    """Sums of several groups of agents as one; no group at all sums to nothing."""
    found: dict[str, Decimal | None] = {}
    for name in ELEMENTS:
        parts = [one.get(name) for one in sums]
        known = [one for one in parts if one is not None]
        found[name] = sum(known, Decimal(0)) if len(known) == len(parts) else None
    return found
