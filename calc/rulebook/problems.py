"""What is wrong with a rulebook or a row of a run: one sentence with its place. A check gives these back, it never raises.

The sentences are English patterns; the portal shows them in the reader's language (`_` only marks them for the catalogue).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calc.rulebook.syntax import Span


def _(text: str) -> str:
    """Marks a pattern for the catalogue of translations."""
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an element, where in its text, and what to do about it."""

    element: str  # its name, as a person finds it in the page; empty for the book as a whole
    part: str  # which of its texts: expression, where, cap, hold, release, move 2, row 3, ...
    pattern: str  # an English sentence with %(name)s places
    values: Mapping[str, str] = field(default_factory=dict)
    span: Span | None = None
    override: int = 0  # in which override of a text it stands, from 1; 0: in the version itself

    @property
    def sentence(self) -> str:
        """In English."""
        return self.pattern % self.values
