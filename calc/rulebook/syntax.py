"""What a formula is once it is read: a tree whose every node knows where it stood in the text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a formula's text, from 0, half-open."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Number:
    """`3000`, `0.05`, `35%` (then value is 0.35). Literals are never binary floating point."""

    value: Decimal
    percent: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """`'TL10'`."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Date:
    """`2026-01-31`."""

    value: dt.date
    span: Span


@dataclass(frozen=True, slots=True)
class Flag:
    """`TRUE`, `FALSE`."""

    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """`month_fyc`, or with an owner: `p.quarter_target`, `premium.amount`, `agent.rank`, `edge.year`, `my.team_rate`."""

    owner: str  # empty for a plain name
    name: str
    span: Span

    @property
    def written(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` and `NOT x`; `sign` is `-` or `NOT`."""

    sign: str
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`a + b`; `sign` is one of `+ - * / = <> < <= > >= AND OR`, whatever signs it was written with."""

    sign: str
    left: Expression
    right: Expression
    span: Span
    at: Span  # of the sign itself


@dataclass(frozen=True, slots=True)
class Call:
    """`ROUND(x, 2)`; `function` is in capitals."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span
    at: Span  # of the function's name


Expression = Number | Text | Date | Flag | Name | Unary | Binary | Call


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside one, in the order they are written."""
    match expression:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """An expression and everything inside it, outermost first."""
    yield expression
    for child in children(expression):
        yield from walk(child)
