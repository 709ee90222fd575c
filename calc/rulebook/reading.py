"""Reads a formula's text into its tree, and writes a tree as text again. The grammar stands in docs/rulebook-language.md."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from calc.rulebook.problems import _
from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Span, Text, Unary
from calc.rulebook.tokens import Token, Unreadable, refuse, tokens

__all__ = ["FUNCTIONS", "Unreadable", "parse", "printed"]

FUNCTIONS = frozenset({
    "IF", "MIN", "MAX", "ABS", "ROUND", "TRUNC", "FLOOR", "COALESCE", "MONTHS", "ADD_MONTHS", "YEAR", "MONTH", "LOOKUP",
    "BAND", "TIER", "TIER_AMOUNT", "PRIOR", "ROLLING_SUM", "QTD", "YTD", "TEAM", "DIRECT", "DOWNLINE", "GENERATION",
    "SPREAD",
})  # fmt: skip
RESERVED = FUNCTIONS | {"AND", "OR", "NOT", "TRUE", "FALSE"}
DEEPEST = 100
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
STRENGTH = {"OR": 1, "AND": 2, "NOT": 3, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "sign": 7}


def parse(text: str) -> Expression:
    """The tree of a formula. Raises Unreadable with the place and what to write instead."""
    reader = _Reader(tokens(text))
    found = reader.expression(0)
    reader.expect_end()
    return found


class _Reader:
    def __init__(self, found: list[Token]) -> None:
        self._tokens, self._at, self._depth = found, 0, 0

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _word(self) -> str:
        """The word AND, OR, NOT ... here, in capitals; a sign as it is."""
        here = self._here
        return here.text.upper() if here.kind == "name" and here.text.upper() in RESERVED else here.text

    def _take(self) -> Token:
        here = self._here
        self._at += here.kind != "end"
        return here

    def expect_end(self) -> None:
        here = self._here
        if here.kind == "end":
            return
        if here.text == ")":
            raise refuse(_("This parenthesis closes nothing."), here.span)
        raise refuse(_("A sign is missing before %(word)s."), here.span, word=here.text)

    def expression(self, strength: int) -> Expression:
        """Everything that binds more strongly than `strength`."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise refuse(_("The formula is nested more than %(most)s deep: split it."), self._here.span,
                         most=f"{DEEPEST}")  # fmt: skip
        start = self._here.span.start
        left = self._first()
        while True:
            sign = self._word()
            if self._here.kind not in ("sign", "name") or sign not in STRENGTH or sign == "NOT":
                break
            if STRENGTH[sign] <= strength:
                break
            at = self._take().span
            right = self.expression(STRENGTH[sign])
            if sign in COMPARISONS and self._word() in COMPARISONS:
                raise refuse(_("Two comparisons in a row: join them with AND."), self._here.span)
            left = Binary(sign, left, right, Span(start, self._tokens[self._at - 1].span.end), at)
        self._depth -= 1
        return left

    def _first(self) -> Expression:
        here = self._take()
        word = here.text.upper() if here.kind == "name" else here.text
        if here.kind == "sign" and here.text == "-":
            if self._here.text == "-":
                raise refuse(_("Two minus signs in a row: put the second one in parentheses."), self._here.span)
            operand = self.expression(STRENGTH["sign"] - 1)
            return Unary("-", operand, Span(here.span.start, self._tokens[self._at - 1].span.end))
        if word == "NOT":
            operand = self.expression(STRENGTH["NOT"] - 1)
            return Unary("NOT", operand, Span(here.span.start, self._tokens[self._at - 1].span.end))
        if here.text == "(":
            inner = self.expression(0)
            self._close(here)
            return inner
        if here.kind == "number":
            return self._number(here)
        if here.kind == "text":
            return Text(here.text[1:-1].replace("''", "'"), here.span)
        if here.kind == "date":
            return self._date(here)
        if word in ("TRUE", "FALSE"):
            return Flag(word == "TRUE", here.span)
        if here.kind == "name":
            return self._call(here) if self._here.text == "(" else self._name(here)
        if here.kind == "end":
            raise refuse(_("Something is missing at the end."), here.span)
        raise refuse(_("A value is missing before %(sign)s."), here.span, sign=here.text)

    def _close(self, opening: Token) -> Token:
        if self._here.text != ")":
            if self._here.kind == "end":
                raise refuse(_("This parenthesis is not closed."), opening.span)
            raise refuse(_("A sign is missing before %(word)s."), self._here.span, word=self._here.text)
        return self._take()

    def _number(self, here: Token) -> Number:
        value, span = Decimal(here.text), here.span
        if self._here.text == "%":
            span = Span(span.start, self._take().span.end)
            return Number(value / 100, True, span)
        return Number(value, False, span)

    def _date(self, here: Token) -> Date:
        try:
            return Date(dt.date.fromisoformat(here.text), here.span)
        except ValueError:
            raise refuse(_("There is no day %(day)s."), here.span, day=here.text) from None

    def _call(self, name: Token) -> Call:
        function = name.text.upper()
        if function not in FUNCTIONS:
            raise refuse(_("There is no function %(name)s."), name.span, name=name.text)
        opening = self._take()
        arguments: list[Expression] = []
        if self._here.text != ")":
            arguments.append(self.expression(0))
            while self._here.text == ",":
                self._take()
                arguments.append(self.expression(0))
        closing = self._close(opening)
        return Call(function, tuple(arguments), Span(name.span.start, closing.span.end), name.span)

    def _name(self, here: Token) -> Name:
        word = here.text.upper()
        if word in FUNCTIONS:
            raise refuse(_("%(name)s is a function: write its arguments in parentheses."), here.span, name=word)
        if word in RESERVED:
            raise refuse(_("A value is missing before %(sign)s."), here.span, sign=word)
        if self._here.text != ".":
            return Name("", here.text, here.span)
        self._take()
        if self._here.kind != "name":
            raise refuse(_("A name is missing after %(owner)s and the point."), self._here.span, owner=here.text)
        name = self._take()
        return Name(here.text, name.text, Span(here.span.start, name.span.end))


def printed(expression: Expression) -> str:
    """The canonical text of a tree: one blank around signs, no more parentheses than needed."""
    return _print(expression, 0)


def _print(found: Expression, around: int) -> str:
    match found:
        case Number(value=value, percent=percent):
            return f"{(value * 100).normalize():f}%" if percent else f"{value:f}"
        case Text(value=value):
            return "'" + value.replace("'", "''") + "'"
        case Date(value=day):
            return day.isoformat()
        case Flag(value=flag):
            return "TRUE" if flag else "FALSE"
        case Name():
            return found.written
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(_print(one, 0) for one in arguments)})"
        case Unary(sign="NOT", operand=operand):
            return _wrapped(f"NOT {_print(operand, STRENGTH['NOT'] - 1)}", STRENGTH["NOT"], around)
        case Unary(operand=operand):
            inner = _print(operand, STRENGTH["sign"])
            return _wrapped(f"-{inner}", STRENGTH["sign"], around)
        case Binary(sign=sign, left=left, right=right):
            strength = STRENGTH[sign]
            comparison = sign in COMPARISONS
            text = f"{_print(left, strength if comparison else strength - 1)} {sign} {_print(right, strength)}"
            return _wrapped(text, strength, around)


def _wrapped(text: str, strength: int, around: int) -> str:
    return f"({text})" if strength <= around else text
