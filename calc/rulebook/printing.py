"""An expression as text again, always written alike: what diffs and hashes compare, and what a page shows."""

from __future__ import annotations

from decimal import Decimal

from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Text, Unary

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
EITHER, BOTH, NEGATED, COMPARED, ADDED, MULTIPLIED, MINUS, _TIGHTEST = range(1, 9)
BINDING = {"OR": EITHER, "AND": BOTH, "+": ADDED, "-": ADDED, "*": MULTIPLIED, "/": MULTIPLIED}
BINDING |= dict.fromkeys(COMPARISONS, COMPARED)  # how tightly each sign binds


def printed(expression: Expression) -> str:
    """The canonical text: plain signs, single spaces, capitals for functions, no bracket that is not needed."""
    return _printed(expression)[0]


def plain(value: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # no literal and no value of a rulebook is infinite
    if exponent > 0:
        digits, exponent = digits + (0,) * exponent, 0
    whole = "".join(map(str, digits))
    if exponent:
        whole = whole.rjust(1 - exponent, "0")
        whole, part = whole[:exponent], whole[exponent:].rstrip("0")
        whole = (whole.lstrip("0") or "0") + ("." + part if part else "")
    else:
        whole = whole.lstrip("0") or "0"
    return f"-{whole}" if sign and whole != "0" else whole


def _hundredfold(value: Decimal) -> Decimal:
    sign, digits, exponent = value.as_tuple()  # not scaleb: it rounds to the digits of the context
    assert isinstance(exponent, int)
    return Decimal((sign, digits, exponent + 2))


def quoted(text: str) -> str:
    """A text as a formula writes it."""
    return "'" + text.replace("'", "''") + "'"


def _printed(expression: Expression) -> tuple[str, int]:
    """The text and how tightly it binds."""
    match expression:
        case Number(value=value, percent=percent):
            return (plain(_hundredfold(value)) + "%" if percent else plain(value)), _TIGHTEST
        case Text(value=text):
            return quoted(text), _TIGHTEST
        case Date(value=date):
            return date.isoformat(), _TIGHTEST
        case Flag(value=flag):
            return ("TRUE" if flag else "FALSE"), _TIGHTEST
        case Name():
            return expression.written, _TIGHTEST
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(printed(argument) for argument in arguments)})", _TIGHTEST
        case Unary(sign="NOT", operand=operand):
            return f"NOT {_within(operand, NEGATED)}", NEGATED
        case Unary(operand=operand):
            return f"-{_within(operand, MINUS + 1)}", MINUS
        case Binary(sign=sign, left=left, right=right):
            binding = BINDING[sign]
            least = binding + (sign in COMPARISONS)  # a comparison of a comparison needs brackets
            return f"{_within(left, least)} {sign} {_within(right, binding + 1)}", binding
    raise AssertionError(expression)


def _within(expression: Expression, least: int) -> str:
    text, binding = _printed(expression)
    return text if binding >= least else f"({text})"
