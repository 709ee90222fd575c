"""A formula's text, read into a tree. Nothing is looked up here: whether names exist and units fit is the check's to say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TypeVar

from calc.rulebook.names import FUNCTIONS, WORDS, is_reserved
from calc.rulebook.printing import BINDING, COMPARED, COMPARISONS, MINUS, NEGATED, printed
from calc.rulebook.problems import _
from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Span, Text, Unary
from calc.rulebook.tokens import Kind, Token, Unreadable, refuse, tokens

__all__ = ["DEEPEST", "FUNCTIONS", "Unreadable", "parse", "printed"]

DEEPEST = 100  # steps from the outermost operation to the innermost; keeps every walk over a tree within Python's stack

Made = TypeVar("Made", Unary, Binary, Call)


def parse(text: str) -> Expression:
    """Read a formula.

    Raises:
        Unreadable: with a problem that says where and why; its element and part are empty.
    """
    reader = _Reader(tokens(text))
    if reader.next.kind is Kind.END:
        refuse(Span(0, len(text)), _("There is no formula here: write an expression."))
    expression = reader.expression(0)
    reader.expect_end()
    return expression


class _Reader:
    """Precedence climbing over the tokens. `deep` is how deep the tree of each node made is, by its span."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._inside = 0  # brackets, signs and calls that are open here
        self._deep: dict[Span, int] = {}

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def expression(self, above: int) -> Expression:
        """What binds more tightly than `above`, from here on."""
        self._inside += 1
        if self._inside > DEEPEST:
            self._too_deep(self.next.span)
        start = self.next.span.start
        left = self._operand(above)
        while (sign := self._operator()) and (binding := BINDING[sign]) > above:
            at = self.take().span
            if binding == COMPARED and self._is_not():
                refuse(self.next.span, _("NOT behind %(sign)s stands in brackets, as in a = (NOT b)."), sign=sign)
            right = self.expression(binding)
            left = self._made(Binary(sign, left, right, Span(start, self._end), at), left, right)
            if binding == COMPARED and (second := self._operator()) in COMPARISONS:
                refuse(
                    self.next.span,
                    _("Only two values are compared at a time: write a %(first)s b AND b %(second)s c."),
                    first=sign, second=second,
                )  # fmt: skip
        self._inside -= 1
        return left

    @property
    def _end(self) -> int:
        return self._tokens[self._at - 1].span.end

    def _made(self, node: Made, *parts: Expression) -> Made:
        deep = 1 + max((self._deep.get(part.span, 0) for part in parts), default=0)
        if deep > DEEPEST:
            self._too_deep(node.span)
        self._deep[node.span] = deep
        return node

    def _too_deep(self, span: Span) -> None:
        refuse(
            span,
            _("This formula is nested more than %(most)s steps deep. Give parts of it names of their own."),
            most=str(DEEPEST),
        )

    def _operator(self) -> str:
        token = self.next
        word = token.text.upper() if token.kind is Kind.NAME else token.text if token.kind is Kind.SIGN else ""
        return word if word in BINDING else ""

    def _is_not(self) -> bool:
        return self.next.kind is Kind.NAME and self.next.text.upper() == "NOT"

    def _operand(self, above: int) -> Expression:
        token = self.take()
        match token.kind:
            case Kind.NUMBER:
                return self._number(token)
            case Kind.TEXT:
                return Text(token.text, token.span)
            case Kind.DATE:
                assert isinstance(token.value, dt.date)
                return Date(token.value, token.span)
            case Kind.NAME:
                return self._word(token, above)
            case Kind.END:
                refuse(token.span, _("The formula stops too early: a value is missing at its end."))
        return self._signed(token)

    def _signed(self, token: Token) -> Expression:
        """What follows a minus or an opening bracket; no other sign begins a value."""
        if token.text == "-":
            operand = self.expression(MINUS)
            return self._made(Unary("-", operand, Span(token.span.start, self._end)), operand)
        if token.text == "(":
            inside = self.expression(0)
            self._close(token)
            return inside
        if token.text == ")":
            refuse(token.span, _("A value is missing before this closing bracket."))
        if token.text == ",":
            refuse(token.span, _("A value is missing before this comma."))
        return refuse(token.span, _("A value is missing before %(sign)s."), sign=token.text)

    def _number(self, token: Token) -> Number:
        assert isinstance(token.value, Decimal)
        if self.next.text != "%" or self.next.kind is not Kind.SIGN:
            return Number(token.value, False, token.span)
        self.take()
        _sign, digits, exponent = token.value.as_tuple()
        assert isinstance(exponent, int)
        return Number(Decimal((0, digits, exponent - 2)), True, Span(token.span.start, self._end))

    def _word(self, token: Token, above: int) -> Expression:
        """A name, a function, TRUE, FALSE or NOT."""
        word, following = token.text.upper(), self.next
        if word == "NOT":
            if above > NEGATED:
                refuse(token.span, _("NOT inside a calculation stands in brackets, as in (NOT x)."))
            operand = self.expression(NEGATED)
            return self._made(Unary("NOT", operand, Span(token.span.start, self._end)), operand)
        if word in ("TRUE", "FALSE"):
            return Flag(word == "TRUE", token.span)
        if word in WORDS:
            refuse(token.span, _("A condition is missing before %(word)s."), word=word)
        if following.kind is Kind.SIGN and following.text == "(":
            return self._call(token)
        if following.kind is Kind.SIGN and following.text == ".":
            return self._column(token)
        if is_reserved(word):
            refuse(
                token.span, _("%(word)s is a function: its arguments follow in brackets, as %(word)s(...)."), word=word
            )
        return Name("", token.text, token.span)

    def _column(self, owner: Token) -> Name:
        point, column = self.take(), self.take()
        adjacent = point.span.start == owner.span.end and column.span.start == point.span.end
        if column.kind is not Kind.NAME or not adjacent:
            refuse(
                Span(owner.span.start, point.span.end),
                _("A name follows the point directly, as in %(owner)s.amount."),
                owner=owner.text,
            )
        return Name(owner.text, column.text, Span(owner.span.start, column.span.end))

    def _call(self, function: Token) -> Call:
        opening = self.take()
        arguments: list[Expression] = []
        if self.next.text == ")" and self.next.kind is Kind.SIGN:
            self.take()
        else:
            arguments.append(self.expression(0))
            while self.next.kind is Kind.SIGN and self.next.text == ",":
                self.take()
                arguments.append(self.expression(0))
            self._close(opening)
        name = function.text.upper() if function.text.upper() in FUNCTIONS else function.text
        call = Call(name, tuple(arguments), Span(function.span.start, self._end), function.span)
        return self._made(call, *arguments)

    def _close(self, opening: Token) -> None:
        if self.next.kind is Kind.SIGN and self.next.text == ")":
            self.take()
        elif self.next.kind is Kind.END:
            refuse(opening.span, _("This bracket is not closed."))
        else:
            self._unexpected()

    def expect_end(self) -> None:
        """Nothing may follow a whole expression."""
        if self.next.kind is not Kind.END:
            self._unexpected()

    def _unexpected(self) -> None:
        token = self.next
        if token.kind is Kind.SIGN and token.text == ")":
            refuse(token.span, _("This closing bracket was never opened."))
        if token.kind is Kind.SIGN and token.text == ",":
            refuse(
                token.span,
                _("A comma stands only between the arguments of a function; numbers are written without it."),
            )
        if token.kind is Kind.SIGN and token.text == "%":
            refuse(token.span, _("A percent sign stands only behind a number, as 35%%."))
        if token.kind is Kind.SIGN and token.text == ".":
            refuse(
                token.span,
                _("A point stands only inside a number or between an owner and a name, as p.quarter_target."),
            )
        if token.kind is Kind.SIGN and token.text == "(":
            refuse(token.span, _("An operator is missing before this bracket."))
        if self._is_not():
            refuse(token.span, _("AND or OR is missing before NOT."))
        refuse(token.span, _("An operator is missing before %(text)s."), text=token.text)
