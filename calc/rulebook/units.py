"""What units give when values meet, and between which bounds: the arithmetic of types.

Everything here is exact; `check` runs it in a decimal context of its own that is wide enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import product as pairs

from calc.rulebook.checked import Type
from calc.rulebook.elements import NUMERIC, Quantity, Unit
from calc.rulebook.problems import _
from calc.rulebook.syntax import Span

MOST_DIGITS = 38
QUOTIENT_DECIMALS = 10

# bounds and decimals of a unit where none are declared
DEFAULTS: Mapping[Unit, tuple[Decimal, Decimal, int]] = {
    Unit.MONEY: (Decimal(-(10**12)), Decimal(10**12), 2),
    Unit.RATE: (Decimal(-1000), Decimal(1000), 6),
    Unit.COUNT: (Decimal(0), Decimal(10**9), 0),
    Unit.DAYS: (Decimal(-(10**6)), Decimal(10**6), 0),
    Unit.NUMBER: (Decimal(-(10**9)), Decimal(10**9), 6),
}
WHOLE = frozenset({Unit.COUNT, Unit.DAYS})
_COUNTED = frozenset({Unit.RATE, Unit.COUNT, Unit.DAYS})
PLAIN: Unit | None = None
FLAG = Type(Unit.FLAG)
DATE = Type(Unit.DATE)


class Mistake(Exception):
    """Two things that do not go together; the walk over the expression makes a problem of it."""

    def __init__(self, pattern: str, span: Span | None = None, **values: str) -> None:
        super().__init__(pattern)
        self.pattern, self.span, self.values = pattern, span, values


def type_of(quantity: Quantity, can_miss: bool = False) -> Type:
    """The type of a value that is declared, with the defaults of its unit."""
    if quantity.unit not in DEFAULTS:
        return Type(quantity.unit, can_miss=can_miss)
    low, high, decimals = DEFAULTS[quantity.unit]
    return Type(
        quantity.unit,
        low if quantity.low is None else quantity.low,
        high if quantity.high is None else quantity.high,
        decimals if quantity.decimals is None else quantity.decimals,
        can_miss,
    )


def widest(types: Iterable[Type]) -> Type:
    """A type that holds the values of all."""
    listed = list(types)
    whole = replace(
        listed[0], low=min(t.low for t in listed), high=max(t.high for t in listed),
        decimals=max(t.decimals for t in listed), can_miss=any(t.can_miss for t in listed),
    )  # fmt: skip
    units = {t.unit for t in listed if t.unit is not None}
    return replace(whole, unit=next(iter(units))) if units else whole


def decimals_of(value: Decimal) -> int:
    """Decimals a value needs: 1.50 needs one."""
    _sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0:
        return 0
    at = len(digits)
    while at and exponent < 0 and digits[at - 1] == 0:
        at, exponent = at - 1, exponent + 1
    return -exponent if at else 0


def unit_name(kind: Type) -> str:
    """A unit in a sentence."""
    return kind.unit.value if kind.unit else "number"


def is_numeric(kind: Type) -> bool:
    """Whether it can be calculated with; plain literals can."""
    return kind.unit is PLAIN or kind.unit in NUMERIC


def numeric(kind: Type, what: str) -> Type:
    """The type itself. Raises Mistake where it is no number."""
    if not is_numeric(kind):
        raise Mistake(_("%(what)s takes numbers, and this gives a %(unit)s."), what=what, unit=unit_name(kind))
    return kind


def common(kinds: Iterable[Type], what: str) -> Type:
    """The type that branches share. Raises Mistake where they do not share one."""
    first, *others = kinds
    for other in others:
        if first.unit is PLAIN and is_numeric(other):
            unit = other.unit
        elif first.unit == other.unit or (other.unit is PLAIN and is_numeric(first)):
            unit = first.unit
        else:
            raise Mistake(
                _("The values of %(what)s must have one unit, and these are %(one)s and %(other)s."),
                what=what, one=unit_name(first), other=unit_name(other),
            )  # fmt: skip
        first = Type(
            unit, min(first.low, other.low), max(first.high, other.high), max(first.decimals, other.decimals),
            first.can_miss or other.can_miss,
        )  # fmt: skip
    return first


def added(sign: str, a: Type, b: Type) -> Type:
    """`a + b`, `a - b`."""
    if Unit.DATE in (a.unit, b.unit):
        return _with_date(sign, a, b)
    low, high = (a.low + b.low, a.high + b.high) if sign == "+" else (a.low - b.high, a.high - b.low)
    return Type(_unit_of_sum(sign, a, b), low, high, max(a.decimals, b.decimals))


def _unit_of_sum(sign: str, a: Type, b: Type) -> Unit | None:
    numeric(a, sign)
    numeric(b, sign)
    if a.unit == b.unit or b.unit is PLAIN:
        return a.unit
    if a.unit is PLAIN:
        return b.unit
    if Unit.NUMBER in (a.unit, b.unit) and _COUNTED & {a.unit, b.unit}:
        return Unit.NUMBER
    raise Mistake(
        _("%(one)s %(sign)s %(other)s: only values of the same unit are added or subtracted."),
        one=unit_name(a), sign=sign, other=unit_name(b),
    )  # fmt: skip


def _with_date(sign: str, a: Type, b: Type) -> Type:
    if a.unit == b.unit and sign == "-":
        return Type(Unit.DAYS, Decimal(-3_652_058), Decimal(3_652_058))  # from 0001-01-01 to 9999-12-31
    if a.unit == b.unit:
        raise Mistake(_("Two dates are not added; date - date gives days."))
    date, days = (a, b) if a.unit == Unit.DATE else (b, a)
    if days is a and sign == "-":
        raise Mistake(_("A date is not subtracted from %(unit)s; only from a date."), unit=unit_name(a))
    if days.unit not in (Unit.DAYS, PLAIN):
        raise Mistake(
            _("Only days are added to a date or subtracted from it, and this is %(unit)s; for months use ADD_MONTHS."),
            unit=unit_name(days),
        )
    if days.decimals:
        raise Mistake(_("Only whole days are added to a date or subtracted from it."))
    return replace(date, can_miss=False)


def multiplied(a: Type, b: Type) -> Type:
    """`a * b`."""
    numeric(a, "*")
    numeric(b, "*")
    corners = [x * y for x, y in pairs((a.low, a.high), (b.low, b.high))]
    return Type(_unit_of_product(a, b), min(corners), max(corners), a.decimals + b.decimals)


def _unit_of_product(a: Type, b: Type) -> Unit | None:
    if a.unit == b.unit == Unit.MONEY:
        raise Mistake(_("Money times money is nothing that is paid: one side must be a rate, a count or a number."))
    if a.unit is PLAIN or b.unit is PLAIN:
        return a.unit or b.unit
    if Unit.MONEY in (a.unit, b.unit):
        return Unit.MONEY
    if a.unit == b.unit and a.unit in (Unit.RATE, Unit.COUNT):
        return a.unit
    return Unit.NUMBER


def divided(a: Type, b: Type) -> Type:
    """`a / b`, to 10 decimals."""
    numeric(a, "/")
    numeric(b, "/")
    if b.low == b.high == 0:
        raise Mistake(_("This divides by zero, always."))
    least = Decimal(1).scaleb(-b.decimals)  # the divisor nearest to zero that is not zero
    divisors = [max(b.low, least), b.high] if b.high > 0 else []
    divisors += [b.low, min(b.high, -least)] if b.low < 0 else []
    corners = [half_away(x / y, QUOTIENT_DECIMALS) for x, y in pairs((a.low, a.high), divisors)]
    return Type(_unit_of_quotient(a, b), min(corners), max(corners), QUOTIENT_DECIMALS)


def _unit_of_quotient(a: Type, b: Type) -> Unit | None:
    if a.unit is PLAIN and b.unit != Unit.MONEY:
        return PLAIN  # a literal still takes the unit it meets
    if a.unit == b.unit:
        return Unit.RATE
    if a.unit == Unit.MONEY or (a.unit == Unit.RATE and b.unit is PLAIN):
        return a.unit
    return Unit.NUMBER


def half_away(value: Decimal, places: int) -> Decimal:
    """Rounded half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def compared(sign: str, a: Type, b: Type, literal_text: bool = False) -> Type:
    """`a = b`, `a < b` and the others give a flag. `literal_text`: one side is a text written into the formula."""
    same = a.unit == b.unit or (is_numeric(a) and is_numeric(b) and PLAIN in (a.unit, b.unit))
    if not same and not (literal_text and {a.unit, b.unit} == {Unit.KEY, Unit.TEXT}):
        raise Mistake(
            _("%(one)s %(sign)s %(other)s: only values of the same unit are compared."),
            one=unit_name(a), sign=sign, other=unit_name(b),
        )  # fmt: skip
    if sign not in ("=", "<>") and a.unit in (Unit.TEXT, Unit.KEY, Unit.FLAG):
        raise Mistake(_("A %(unit)s is only compared with = and <>, not with %(sign)s."), unit=unit_name(a), sign=sign)
    return FLAG


def summed(kind: Type, most: int, what: str) -> Type:
    """The sum of up to `most` such values, of none too."""
    numeric(kind, what)
    return Type(kind.unit, min(kind.low * most, Decimal(0)), max(kind.high * most, Decimal(0)), kind.decimals)


def whole_digits(kind: Type) -> int:
    """Digits before the decimal point of the largest value."""
    return kind.digits - kind.decimals
