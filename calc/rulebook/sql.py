"""Small pieces of SQL as sqlglot trees: quoted names, typed literals, exact arithmetic, and what each engine spells differently.

Nothing here is text from a person: names become quoted identifiers and values typed literals. Division, which no engine does
exactly, stands in the tree as `EXACT_QUOTIENT` and is spelled out when a statement is printed for an engine.

Trees share their branches: nothing alters a tree that is built, and `spelled` makes its own copy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from sqlglot import exp

from calc.rulebook.checked import Type
from calc.rulebook.elements import NUMERIC, Unit, Value

Sql = exp.Expr
QUOTIENT = "EXACT_QUOTIENT"
QUOTIENT_DECIMALS = 10
MOST_DIGITS = 38
FAST_DIGITS = 18  # decimals of up to 18 digits are 64-bit integers: a hundred times faster than the wider ones


def column(name: str, table: str = "r") -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True))


def table(name: str, alias: str = "") -> Sql:
    named = exp.Table(this=exp.to_identifier(name, quoted=True))
    return named.as_(exp.to_identifier(alias, quoted=True)) if alias else named


def named(sql: Sql, name: str) -> exp.Alias:
    return exp.Alias(this=sql, alias=exp.to_identifier(name, quoted=True))


def paren(sql: Sql) -> exp.Paren:
    return exp.Paren(this=sql)


def cast(sql: Sql, to: str, dialect: str | None = None) -> Sql:
    return exp.cast(sql, to, copy=False, dialect=dialect)


def day(name: str) -> Sql:
    """A date of the month that is computed, known when the statement runs: `first_day`, `last_day`, `year_0_from` ..."""
    return cast(exp.Placeholder(this=name), "date")


def text(value: str) -> Sql:
    return exp.Literal.string(value)


def number(value: int) -> Sql:
    return exp.Literal.number(value)


NULL = exp.Null()
TRUE, FALSE = exp.true(), exp.false()


def decimal(sql: Sql, digits: int, decimals: int) -> Sql:
    """A cast to an exact decimal; written numbers take the type themselves, also each branch of a choice of them."""
    if isinstance(sql, exp.Cast) and isinstance(sql.this, exp.Case) and _is_choice(sql.this, decimals):
        sql = sql.this
    if isinstance(sql, exp.Case) and _is_choice(sql, decimals):
        return _retyped(sql, digits, decimals)
    if isinstance(sql, exp.Cast) and isinstance(sql.this, exp.Literal | exp.Neg) and _is_written(sql, decimals):
        sql = sql.this
    # not exp.cast: that leaves out a cast of a decimal to a decimal of another size
    return exp.Cast(this=sql, to=_decimal_type(max(digits, decimals, 1), decimals))


def _is_written(sql: Sql, decimals: int) -> bool:
    """Whether this is a written number that so many decimals hold."""
    number = constant(sql)
    return isinstance(number, Decimal) and type_of_number(number).decimals <= decimals


def _is_choice(chosen: exp.Case, decimals: int) -> bool:
    """Whether every branch is a written number, or a choice of some, or empty."""
    branches = [one.args["true"] for one in chosen.args["ifs"]]
    return chosen.args.get("default") is None and all(
        isinstance(one, exp.Null)
        or _is_written(one, decimals)
        or (isinstance(one, exp.Case) and _is_choice(one, decimals))
        for one in branches
    )


def _retyped(chosen: exp.Case, digits: int, decimals: int) -> exp.Case:
    return case(
        (one.this, one.args["true"] if isinstance(one.args["true"], exp.Null)
         else decimal(one.args["true"], digits, decimals))
        for one in chosen.args["ifs"]
    )  # fmt: skip


@cache
def _decimal_type(digits: int, decimals: int) -> exp.DataType:
    return exp.DataType.build(f"decimal({digits}, {decimals})")


def literal(value: Value, kind: Type | None = None) -> Sql:
    """A typed literal; a number takes at least the decimals of `kind`."""
    match value:
        case None:
            return exp.Null()
        case bool():
            return exp.true() if value else exp.false()
        case dt.date():
            return cast(text(value.isoformat()), "date")
        case str():
            return text(value)
    shown = type_of_number(value)
    decimals = max(shown.decimals, kind.decimals if kind else 0)
    return decimal(number_text(value), whole_digits(shown) + decimals, decimals)


def constant(sql: Sql) -> Value:
    """The number or text that `literal` wrote; None of anything else."""
    if isinstance(sql, exp.Literal) and sql.is_string:
        return str(sql.this)
    if isinstance(sql, exp.Cast) and sql.to.is_type(exp.DataType.Type.DECIMAL):
        inner, sign = (sql.this.this, -1) if isinstance(sql.this, exp.Neg) else (sql.this, 1)
        if isinstance(inner, exp.Literal) and not inner.is_string:
            return sign * Decimal(inner.this)
    return None


def number_text(value: Decimal) -> Sql:
    plain = exp.Literal.number(format(abs(value), "f"))
    return exp.Neg(this=plain) if value < 0 else plain


def type_of_number(value: Decimal) -> Type:
    """The narrowest type that holds one number."""
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    assert isinstance(exponent, int)
    return Type(Unit.NUMBER, value, value, max(0, -exponent))


def whole_digits(kind: Type) -> int:
    """Digits before the point."""
    return kind.digits - kind.decimals


def is_numeric(kind: Type) -> bool:
    return kind.unit is None or kind.unit in NUMERIC


def typed(sql: Sql, kind: Type) -> Sql:
    """A value in the column type of `kind`; keys keep the type they are given in."""
    if is_numeric(kind):
        return decimal(sql, kind.digits, kind.decimals)
    names = {Unit.DATE: "date", Unit.FLAG: "boolean", Unit.TEXT: "text"}
    return cast(sql, names[kind.unit]) if kind.unit in names else sql


def both(*conditions: Sql) -> Sql:
    return exp.and_(*conditions, copy=False) if len(conditions) > 1 else conditions[0]


def either(conditions: Iterable[Sql]) -> Sql:
    listed = list(conditions)
    return exp.or_(*listed, copy=False) if len(listed) > 1 else listed[0]


def equal(left: Sql, right: Sql) -> Sql:
    return exp.EQ(this=left, expression=right)


def missing(sql: Sql) -> Sql:
    plain = isinstance(sql, (exp.Column, exp.Paren, exp.Case, exp.Cast, exp.Literal, exp.Coalesce, exp.Anonymous))
    return exp.Is(this=sql if plain else paren(sql), expression=exp.Null())


def negated(condition: Sql) -> Sql:
    return exp.Not(this=paren(condition))


def case(branches: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> exp.Case:
    """`CASE WHEN ... THEN ... ELSE ... END`, looked at in order."""
    ifs = [exp.If(this=when, true=then) for when, then in branches]
    return exp.Case(ifs=ifs, default=otherwise if otherwise is not None else None)


def function(name: str, *arguments: Sql) -> Sql:
    return exp.func(name, *arguments, copy=False)


def within(sql: Sql, kind: Type) -> Sql:
    """Whether a number lies in the bounds of `kind`."""
    return exp.Between(this=sql, low=number_text(kind.low), high=number_text(kind.high))


def joined(*parts: Sql) -> Sql:
    """Texts one after the other."""
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.DPipe(this=whole, expression=part)
    return whole


def as_text(sql: Sql) -> Sql:
    return cast(sql, "text")


def spelled(statement: Sql, dialect: str) -> str:
    """A statement as one engine's text."""
    tree: Sql = statement.copy()
    quotients = [node for node in tree.find_all(exp.Anonymous) if node.this == QUOTIENT]
    for node in reversed(quotients):  # the innermost first
        spelled_out = _quotient(node, dialect)
        if node is tree:
            tree = spelled_out
        else:
            node.replace(spelled_out)
    return tree.sql(dialect=dialect, identify=True, copy=False)


def quotient(over: Sql, under: Sql, decimals: int, signs: str, before: int, short: int = 0) -> Sql:
    """`over / under` of two numbers with the same `decimals`, to 10 decimals half away from zero; `signs` as in `_quotient`.

    `before`: the digits that the sides have before the point at most. `short`: those of the result where all of it fits
    64 bits; otherwise 0.
    """
    sizes = (number(before), number(short))
    return exp.Anonymous(this=QUOTIENT, expressions=[over, under, number(decimals), text(signs), *sizes])


def _quotient(node: Sql, dialect: str) -> Sql:
    """trunc((2 n + sign(n) |d|) / 2 d) in whole numbers; `signs` is `++` where neither side can be below zero."""
    over, under, decimals, signs, before, short = node.expressions
    places = int(decimals.this)
    if dialect == "duckdb" and int(short.this):
        return _short_quotient(over, under, places, int(short.this))
    n, d = (_whole(side, places, int(before.this), dialect) for side in (over, under))
    half: Sql = d.copy()
    if signs.this != "++":
        half = exp.Mul(this=paren(_sign(over.copy())), expression=exp.Abs(this=d.copy()))
    scaled = exp.Mul(this=n, expression=_integer(2 * 10**QUOTIENT_DECIMALS, dialect))
    top = paren(exp.Add(this=scaled, expression=half))
    bottom = paren(exp.Mul(this=d, expression=_integer(2, dialect)))
    if dialect == "duckdb":
        whole: Sql = exp.IntDiv(this=top, expression=bottom)
    else:
        rest = paren(exp.Mod(this=top, expression=bottom))
        whole = exp.Div(this=paren(exp.Sub(this=top, expression=rest)), expression=bottom)
    kept = (
        MOST_DIGITS if dialect == "duckdb" else MOST_DIGITS - QUOTIENT_DECIMALS
    )  # Spark would cut decimals of a wider product
    units = decimal(whole, kept, 0)
    smallest = decimal(exp.Literal.number(format(Decimal(1).scaleb(-QUOTIENT_DECIMALS), "f")), 10, 10)
    return exp.Mul(this=units, expression=smallest)


def _short_quotient(over: Sql, under: Sql, places: int, whole: int) -> Sql:
    """The same by hand, five decimals at a time, so that nothing is wider than 64 bits: a ninth of the time."""
    power = decimal(number(10**places), places + 1, 0)
    n, d = (
        cast(exp.Mul(this=paren(side), expression=power) if places else paren(side), "bigint") for side in (over, under)
    )

    def divided(top: Sql) -> Sql:
        return exp.IntDiv(this=paren(top), expression=d)

    def left(top: Sql) -> Sql:
        return paren(exp.Mod(this=paren(top), expression=d))

    def part(units: Sql, digits: int, decimals: int) -> Sql:
        smallest = exp.Literal.number(format(Decimal(1).scaleb(-decimals), "f"))
        return exp.Mul(this=decimal(paren(units), digits, 0), expression=decimal(smallest, decimals, decimals))

    step = number(10**5)
    further = exp.Mul(this=left(n), expression=step)
    twice = exp.Add(this=exp.Mul(this=left(further), expression=number(2 * 10**5)), expression=d)
    last = exp.IntDiv(this=paren(twice), expression=paren(exp.Mul(this=d, expression=number(2))))
    first = decimal(paren(divided(n)), whole + QUOTIENT_DECIMALS, QUOTIENT_DECIMALS)
    return paren(
        exp.Add(this=exp.Add(this=first, expression=part(divided(further), 6, 5)), expression=part(last, 7, 10))
    )


def _whole(side: Sql, decimals: int, before: int, dialect: str) -> Sql:
    """A decimal as the whole number of its smallest units: multiplied where the product has room, else read from its text."""
    kept = MOST_DIGITS if dialect == "duckdb" else MOST_DIGITS - QUOTIENT_DECIMALS
    digits = MOST_DIGITS if dialect == "duckdb" else kept - decimals
    if before + 2 * decimals <= kept or not decimals:
        power = decimal(number(10**decimals), decimals + 1, 0)
        units = decimal(side, digits, decimals)
        units = exp.Mul(this=units, expression=power) if decimals else units
    else:
        units = function("REPLACE", as_text(decimal(side, before + decimals, decimals)), text("."), text(""))
    return cast(units, "hugeint", dialect="duckdb") if dialect == "duckdb" else decimal(units, MOST_DIGITS, 0)


def _integer(value: int, dialect: str) -> Sql:
    if dialect == "duckdb":
        return cast(number(value), "hugeint", dialect="duckdb")
    return decimal(number(value), len(str(value)), 0)


def _sign(side: Sql) -> Sql:
    return case([(exp.LT(this=paren(side), expression=number(0)), number(-1))], number(1))
