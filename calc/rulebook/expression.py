"""Expressions to SQL, node by node: exact decimals, strict about what is missing, only the branch taken counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from typing import Protocol

from sqlglot import exp

from calc.rulebook import days, sql
from calc.rulebook.checked import Type
from calc.rulebook.elements import Unit
from calc.rulebook.piece import Piece, Trouble, at_scale, branch, first_of, met, settled
from calc.rulebook.problems import Problem, _
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import (
    Binary,
    Call,
    Date,
    Expression,
    Flag,
    Name,
    Number,
    Span,
    Text,
    Unary,
    children,
)  # fmt: skip

OVER = frozenset(
    {"PRIOR", "ROLLING_SUM", "QTD", "YTD", "TEAM", "DIRECT", "DOWNLINE", "GENERATION", "SPREAD", "RUNNING"}
)
FROM_TABLES = frozenset({"LOOKUP", "BAND", "TIER", "TIER_AMOUNT"})
COMPARISONS: Mapping[str, type[exp.Binary]] = {
    "=": exp.EQ, "<>": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
}  # fmt: skip


class PlanError(ValueError):
    """A rulebook that passed its check and still cannot be computed exactly; the problem names the element."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.element}: {problem.sentence}" if problem.element else problem.sentence)

    def at(self, element: str, part: str) -> PlanError:
        """The same with its place, where it has none yet."""
        return self if self.problem.element else PlanError(replace(self.problem, element=element, part=part))


def cannot(pattern: str, element: str = "", **values: str) -> PlanError:
    """What keeps a book from being computed."""
    return PlanError(Problem(element, "", pattern, values))


class Scope(Protocol):
    """Where an expression is worked out: how its names, its tables and its functions over time and people are found."""

    @property
    def already(self) -> Mapping[Span, Piece]: ...

    def name(self, node: Name, kind: Type) -> Piece: ...

    def over(self, call: Call, kind: Type) -> Piece: ...

    def from_table(self, call: Call, arguments: list[Piece], kind: Type) -> Piece: ...


def same(one: Expression, other: Expression) -> bool:
    """Whether two expressions are written alike, wherever they stand."""
    if type(one) is not type(other):
        return False
    mine, theirs = children(one), children(other)
    plain = ("value", "percent", "owner", "name", "sign", "function")
    return (
        all(getattr(one, field, None) == getattr(other, field, None) for field in plain)
        and len(mine) == len(theirs)
        and all(map(same, mine, theirs))
    )


def tier_of_product(node: Expression) -> Call | None:
    """The TIER of `x * TIER(t, ..., x)`, either way round."""
    if isinstance(node, Binary) and node.sign == "*":
        for x, tier in ((node.left, node.right), (node.right, node.left)):
            if isinstance(tier, Call) and tier.function == "TIER" and same(x, tier.arguments[-1]):
                return tier
    return None


def compiled(node: Expression, types: Mapping[Span, Type], scope: Scope) -> Piece:
    """The SQL of an expression in a scope."""
    if node.span in scope.already:
        return scope.already[node.span]
    kind = types[node.span]
    match node:
        case Number(value=value):
            shown = sql.type_of_number(value)
            return settled(Piece(sql.literal(value), shown, shown.digits), replace(shown, unit=kind.unit))
        case Text(value=value) | Date(value=value) | Flag(value=value):
            return Piece(sql.literal(value), kind)
        case Name():
            return scope.name(node, kind)
        case Unary():
            return _unary(node, compiled(node.operand, types, scope), kind)
        case Binary():
            if tier := tier_of_product(node):
                earned = replace(tier, function="TIER_AMOUNT", span=node.span)
                return _strict(compiled(earned, types, scope))
            if node.sign in ("AND", "OR"):
                terms = [compiled(term, types, scope) for term in _terms(node.sign, node)]
                return reduce(lambda right, left: _logic(node.sign, left, right, kind), reversed(terms))
            left, right = compiled(node.left, types, scope), compiled(node.right, types, scope)
            return _binary(node, left, right, types)
        case Call(function=function):
            if function in OVER:
                return scope.over(node, kind)
            if function in FROM_TABLES:
                arguments = [compiled(argument, types, scope) for argument in node.arguments[1:]]
                return scope.from_table(node, arguments, kind)
            return _call(node, types, scope, kind)
    raise AssertionError(node)


def _strict(piece: Piece) -> Piece:
    return replace(piece, troubles=met(piece), missing=())


def _unary(node: Unary, operand: Piece, kind: Type) -> Piece:
    if node.sign == "NOT":
        return Piece(sql.negated(operand.sql), kind, troubles=met(operand))
    return settled(Piece(exp.Neg(this=sql.paren(operand.sql)), operand.type, operand.width, met(operand)), kind)


def _binary(node: Binary, left: Piece, right: Piece, types: Mapping[Span, Type]) -> Piece:
    kind = types[node.span]
    if node.sign in COMPARISONS:
        return _comparison(node.sign, left, right, kind)
    troubles = met(left, right)
    if Unit.DATE in (left.type.unit, right.type.unit):
        return replace(_of_dates(node.sign, left, right, kind), troubles=troubles)
    if node.sign in "+-":
        return replace(_sum(node.sign, left, right, kind), troubles=troubles)
    if node.sign == "*":
        return replace(product(left, right, kind), troubles=troubles)
    zero = _zero_divisor(right, node.span.start)
    return replace(divided(left, right, kind), troubles=(*troubles, *zero))


def _zero_divisor(right: Piece, start: int) -> tuple[Trouble, ...]:
    if right.type.low > 0 or right.type.high < 0:
        return ()
    return (Trouble(sql.equal(sql.paren(right.sql), sql.number(0)), "division by zero", start),)


def _terms(sign: str, node: Expression) -> list[Expression]:
    """What a chain of ANDs, or of ORs, joins. Put together from its end each of them is written at most twice."""
    if isinstance(node, Binary) and node.sign == sign:
        return [*_terms(sign, node.left), *_terms(sign, node.right)]
    return [node]


def _logic(sign: str, left: Piece, right: Piece, kind: Type) -> Piece:
    """`a AND b` looks at b only where a is true, `a OR b` only where it is not."""
    going_on = left.sql if sign == "AND" else sql.negated(left.sql)
    troubles = (*met(left), *(t.under(going_on) for t in met(right)))
    if not troubles:
        joined = exp.And if sign == "AND" else exp.Or
        return Piece(sql.paren(joined(this=sql.paren(left.sql), expression=sql.paren(right.sql))), kind)
    return Piece(sql.case([(going_on, right.sql)], left.sql), kind, troubles=troubles)


def _comparison(sign: str, left: Piece, right: Piece, kind: Type) -> Piece:
    a, b = comparable(left, right)
    compared = COMPARISONS[sign](this=sql.paren(a), expression=sql.paren(b))
    return Piece(sql.paren(compared), kind, troubles=met(left, right))


def comparable(left: Piece, right: Piece) -> tuple[Sql, Sql]:
    """Two values brought to one type."""
    if sql.is_numeric(left.type) and sql.is_numeric(right.type) and left.width and right.width:
        decimals = max(left.type.decimals, right.type.decimals)
        return at_scale(left, decimals).sql, at_scale(right, decimals).sql
    if Unit.KEY in (left.type.unit, right.type.unit) and left.type.unit != right.type.unit:
        return sql.as_text(left.sql), sql.as_text(right.sql)
    return left.sql, right.sql


def _sum(sign: str, left: Piece, right: Piece, kind: Type) -> Piece:
    decimals = max(left.type.decimals, right.type.decimals)
    a, b = (
        side if side.type.decimals == decimals and side.width < sql.FAST_DIGITS else at_scale(side, decimals)
        for side in (left, right)
    )
    operator = exp.Add if sign == "+" else exp.Sub
    whole = sql.paren(operator(this=sql.paren(a.sql), expression=sql.paren(b.sql)))
    width = min(sql.MOST_DIGITS, max(a.width, b.width) + 1)
    return settled(Piece(whole, replace(kind, decimals=decimals), width), kind)


def product(left: Piece, right: Piece, kind: Type) -> Piece:
    """Exact; in 64 bits where the bounds of the product allow it."""
    a, b = at_scale(left, left.type.decimals), at_scale(right, right.type.decimals)
    decimals = a.type.decimals + b.type.decimals
    digits = replace(kind, decimals=decimals).digits
    first, width = a.sql, a.width + b.width
    if max(a.width, b.width) <= sql.FAST_DIGITS:
        if digits > sql.FAST_DIGITS:
            wide = max(sql.FAST_DIGITS + 1, a.width)
            first, width = sql.decimal(first, wide, a.type.decimals), wide + b.width
        else:
            width = min(width, sql.FAST_DIGITS)
    whole = sql.paren(exp.Mul(this=sql.paren(first), expression=sql.paren(b.sql)))
    return settled(Piece(whole, replace(kind, decimals=decimals), min(width, sql.MOST_DIGITS)), kind)


def divided(left: Piece, right: Piece, kind: Type) -> Piece:
    """To 10 decimals, half away from zero; NULL where the divisor is 0."""
    decimals = max(left.type.decimals, right.type.decimals)
    before = sql.whole_digits(left.type), sql.whole_digits(right.type)
    if max(before[0] + sql.QUOTIENT_DECIMALS, before[1]) + decimals + 1 > sql.MOST_DIGITS:
        raise cannot(
            _("A dividend or divisor has too many digits to be divided exactly; round it or narrow its bounds.")
        )
    signs = "++" if left.type.low >= 0 and right.type.low >= 0 else "±±"
    divisor = right.sql
    if right.type.low <= 0 <= right.type.high:
        divisor = exp.Nullif(this=right.sql, expression=sql.number(0))
    result = replace(kind, decimals=sql.QUOTIENT_DECIMALS)
    short = signs == "++" and result.digits <= sql.FAST_DIGITS and _divides_in_64_bits(left, right, decimals)
    whole = sql.quotient(left.sql, divisor, decimals, signs, max(before), sql.whole_digits(result) if short else 0)
    return settled(Piece(whole, result, result.digits if short else sql.MOST_DIGITS), kind)


SHORT_DIVISOR = 13  # digits: 200,000 times so much fits 64 bits
SHORT_TEXT = 12  # nodes of a side that may be written several times


def _divides_in_64_bits(left: Piece, right: Piece, decimals: int) -> bool:
    """Whether both sides are short, as numbers and as text."""
    fits = all(sql.whole_digits(side.type) + 2 * decimals <= sql.FAST_DIGITS for side in (left, right))
    narrow = sql.whole_digits(right.type) + decimals <= SHORT_DIVISOR
    return fits and narrow and all(sum(1 for _ in side.sql.walk()) <= SHORT_TEXT for side in (left, right))


def _of_dates(sign: str, left: Piece, right: Piece, kind: Type) -> Piece:
    if left.type.unit == right.type.unit:
        return _whole_number(exp.DateDiff(this=left.sql, expression=right.sql, unit=exp.var("DAY")), kind)
    date, days_on = (left, right) if left.type.unit == Unit.DATE else (right, left)
    return Piece(_short(days.on(date, days_on, "DAY", back=sign == "-")), kind)


MOST_DAY_TEXT = 1_000  # nodes: a day is written again where it is asked whether it lies beyond the calendar


def _short(day: Sql) -> Sql:
    if sum(1 for _ in day.walk()) > MOST_DAY_TEXT:
        raise cannot(_("This works out a day in too many steps: give parts of it names of their own."))
    return day


def _whole_number(value: Sql, kind: Type) -> Piece:
    digits = min(sql.MOST_DIGITS, max(sql.whole_digits(kind), 1))
    return settled(Piece(sql.decimal(value, digits, 0), replace(kind, decimals=0), digits), kind)


# -- functions of one row


def _call(node: Call, types: Mapping[Span, Type], scope: Scope, kind: Type) -> Piece:
    if node.function in ("ROUND", "TRUNC", "FLOOR"):
        places = node.arguments[1] if len(node.arguments) > 1 else None
        assert places is None or isinstance(places, Number)
        return _rounded(
            node.function, compiled(node.arguments[0], types, scope), int(places.value) if places else 0, kind
        )
    arguments = [compiled(argument, types, scope) for argument in node.arguments]
    match node.function:
        case "IF":
            return settled(branch(arguments[0], *_alike(arguments[1:])), kind)
        case "COALESCE":
            return settled(first_of(_alike(arguments)), kind)
        case "MIN" | "MAX":
            return _extreme("LEAST" if node.function == "MIN" else "GREATEST", _alike(arguments), kind)
        case "ABS":
            absolute = exp.Abs(this=arguments[0].sql)
            return settled(Piece(absolute, arguments[0].type, arguments[0].width, met(*arguments)), kind)
        case "MONTHS":
            return replace(
                _whole_number(days.months(arguments[0].sql, arguments[1].sql), kind), troubles=met(*arguments)
            )
        case "ADD_MONTHS":
            return Piece(_short(days.on(arguments[0], arguments[1], "MONTH")), kind, troubles=met(*arguments))
        case "YEAR" | "MONTH":
            part = (exp.Year if node.function == "YEAR" else exp.Month)(this=arguments[0].sql)
            return replace(_whole_number(part, kind), troubles=met(*arguments))
    raise cannot(_("There is no function %(name)s."), name=node.function)


def _alike(pieces: list[Piece]) -> list[Piece]:
    """Branches with the same decimals: an engine that picks a type for them may drop some."""
    if not all(sql.is_numeric(piece.type) for piece in pieces):
        return pieces
    decimals = max(piece.type.decimals for piece in pieces)
    return [at_scale(piece, decimals) for piece in pieces]


def _extreme(name: str, pieces: list[Piece], kind: Type) -> Piece:
    chosen: Sql = sql.function(name, *(piece.sql for piece in pieces))
    empties = [sql.missing(piece.sql) for piece in pieces if piece.nullable]
    chosen = exp.Anonymous(this=name, expressions=[piece.sql for piece in pieces])
    if empties:
        chosen = sql.case([(sql.either(empties), sql.NULL)], chosen)
    return settled(Piece(chosen, pieces[0].type, max(p.width for p in pieces), met(*pieces)), kind)


def _rounded(how: str, x: Piece, places: int, kind: Type) -> Piece:
    """Half away from zero is what both engines do; down and towards zero are that, moved by half a step less half a unit."""
    decimals = x.type.decimals
    if decimals <= places:
        return settled(replace(x, troubles=met(x), missing=()), kind)
    value = at_scale(x, decimals)
    if how != "ROUND":
        move = (Decimal(1).scaleb(-places) - Decimal(1).scaleb(-decimals)) / 2
        finer = at_scale(value, decimals + 1)
        shift = sql.decimal(sql.number_text(move), decimals + 2, decimals + 1)
        down: Sql = exp.Sub(this=finer.sql, expression=shift)
        if how == "TRUNC" and x.type.low < 0:
            up = exp.Add(this=finer.sql, expression=shift)
            down = sql.case([(exp.LT(this=sql.paren(x.sql), expression=sql.number(0)), up)], down)
        value = replace(finer, sql=sql.paren(down), width=min(sql.MOST_DIGITS, finer.width + 1))
    rounded = exp.Round(this=value.sql, decimals=sql.number(places))
    digits = min(sql.MOST_DIGITS, sql.whole_digits(x.type) + 1 + places)
    narrow = sql.decimal(rounded, digits, places)
    return settled(Piece(narrow, replace(kind, decimals=places), digits, met(x)), kind)
