"""The figures of a team home: which elements of the rules each is made of. A declaration; what they are worth, the rules say.

A figure is a sum over agents of one element, or the sum of one over the sum of another (never an average of rates). An element
that the rules do not have makes the figure missing, with a sentence; it never counts as zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

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


def together(sums: Sequence[Sums]) -> dict[str, Decimal | None]:
    """Sums of several groups of agents as one; no group at all sums to nothing."""
    found: dict[str, Decimal | None] = {}
    for name in ELEMENTS:
        parts = [one.get(name) for one in sums]
        known = [one for one in parts if one is not None]
        found[name] = sum(known, Decimal(0)) if len(known) == len(parts) else None
    return found
