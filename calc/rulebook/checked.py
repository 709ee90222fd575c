"""A rulebook that was found right: read expressions with the type of every node, and the order to compute them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from calc.rulebook.elements import Book, Unit
from calc.rulebook.syntax import Expression, Span


@dataclass(frozen=True, slots=True)
class Type:
    """What a node gives. Numeric ones have bounds and decimals; `unit` None is plain: a literal that takes the unit it meets."""

    unit: Unit | None
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    decimals: int = 0
    can_miss: bool = False  # a row may have no value here

    @property
    def digits(self) -> int:
        """Digits of the largest value, decimals included: the precision of an exact decimal column."""
        largest = max(abs(self.low), abs(self.high))
        return max(1, len(str(int(largest)))) + self.decimals


@dataclass(frozen=True, slots=True)
class Text:
    """One expression of an element: `place` is the element and the part, as in a Problem."""

    element: str
    part: str
    grain: str  # at whose rows it is worked out
    expression: Expression
    types: Mapping[Span, Type]  # of every node; no two nodes of an expression share a span

    @property
    def result(self) -> Type:
        return self.types[self.expression.span]


@dataclass(frozen=True, slots=True)
class Checked:
    """A book without problems.

    `texts` by (element, part); parts are `expression`, `where` (measures), `cap`,
    `hold`, `release` (lines), `move 1`, `move 2` ... (ladders).
    `results` are the types of measures and formulas as others see them (declared bounds where they are declared).
    `levels`: measures and formulas in an order to compute them, each level needing only earlier ones and earlier months.
    `uses`: element to the elements it names, parameters as `p.name`, tables and facts by their names; of lines and ladders
    under `line NAME` and `ladder NAME`, because a line is often called like the formula it pays.
    """

    book: Book
    texts: Mapping[tuple[str, str], Text]
    results: Mapping[str, Type]
    levels: tuple[tuple[str, ...], ...]
    uses: Mapping[str, frozenset[str]]
