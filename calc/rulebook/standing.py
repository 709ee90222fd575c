"""Where one agent stands: what elements and conditions come to from the values a month left, and what they would with others.

Pay is never worked out here: the compiled statements do that for everybody at once. This answers "and if" for one person, whose
published values it takes as they are; only what follows from a value that is put otherwise is worked out anew.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, getcontext, localcontext

from calc.rulebook import lookups
from calc.rulebook.checked import Checked
from calc.rulebook.elements import Table, Unit, Value
from calc.rulebook.expression import FROM_TABLES, OVER, same, tier_of_product
from calc.rulebook.plan import last_day, moved
from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Text, Unary, children

SUMS_OVER_TIME = frozenset({"ROLLING_SUM", "QTD", "YTD"})  # they change by as much as what they sum
EXACT = Context(prec=200)
_SMALLEST = Decimal(1).scaleb(-10)


class Unknown(LookupError):
    """What is asked needs a value that the agent's month does not tell, or that is missing."""


@dataclass(frozen=True)
class AgentMonth:
    """What is known of one agent's month: the rules, the columns of the agent, and the values that were published."""

    checked: Checked
    month: dt.date  # its first day
    agent: Mapping[str, Value]
    values: Mapping[str, Value]
    row: Mapping[str, Value] = field(default_factory=dict)  # `premium.amount` ..., where a row of a fact is looked at
    sums: Mapping[Expression, Value] = field(default_factory=dict)  # functions over time and people, where looked up
    _names: dict[str, tuple[Name, ...]] = field(default_factory=dict, compare=False)
    _bands: dict[str, list[lookups.Band]] = field(default_factory=dict, compare=False)

    def names(self, element: str) -> tuple[Name, ...]:
        """The names whose values of this agent and month an agent's formula reads; none of anything else."""
        if element not in self._names:
            text = self.checked.texts.get((element, "expression"))
            own = text is not None and text.grain == "agent" and element in self.checked.book.formulas
            self._names[element] = tuple(own_names(text.expression)) if own and text is not None else ()
        return self._names[element]

    def bands(self, table: Table) -> list[lookups.Band]:
        """The rows of a table in their order."""
        if table.name not in self._bands:
            self._bands[table.name] = lookups.bands(table)
        return self._bands[table.name]


@dataclass(frozen=True)
class Standing:
    """An agent's month, with some elements put to other values, and looked at as if it were another month."""

    known: AgentMonth
    put: Mapping[str, Value] = field(default_factory=dict)
    month: dt.date | None = None  # another month: only what names the calendar differs
    _worked: dict[str, Value] = field(default_factory=dict)
    _unknown: set[str] = field(default_factory=set)
    _touched: dict[str, bool] = field(default_factory=dict)

    def element(self, name: str) -> Value:
        """What a measure or formula comes to; None where it is missing. Raises Unknown."""
        if name in self.put:
            return self.put[name]
        if not self._is_touched(name):
            return self._published(name)
        if name in self._unknown:
            raise Unknown(name)
        if name not in self._worked:
            try:
                self._worked[name] = self._anew(name)
            except Unknown:
                self._unknown.add(name)
                raise
        return self._worked[name]

    def of(self, node: Expression) -> Value:
        """What an expression of the agent's rules comes to; None where it is missing. Raises Unknown."""
        if getcontext().prec >= EXACT.prec:
            return self._of(node)
        with localcontext(EXACT):
            return self._of(node)

    def met(self, node: Expression) -> Decimal | str | dt.date | bool:
        """A value that something meets: a missing one is not known."""
        value = self.of(node)
        if value is None:
            raise Unknown(node)
        return value

    def number(self, node: Expression) -> Decimal:
        """A numeric value."""
        value = self.met(node)
        if not isinstance(value, Decimal):
            raise Unknown(node)
        return value

    # -- elements

    def _published(self, name: str) -> Value:
        if name not in self.known.values:
            raise Unknown(name)
        return _whole(self.known.values[name])

    def _anew(self, name: str) -> Value:
        text = self.known.checked.texts.get((name, "expression"))
        if text is None or text.grain != "agent" or name in self.known.checked.book.measures:
            raise Unknown(name)
        node = text.expression
        if isinstance(node, Call) and node.function in SUMS_OVER_TIME and isinstance(node.arguments[0], Name):
            one = node.arguments[0].name
            before, added, now = self._published(name), self._published(one), self.element(one)
            if not (isinstance(before, Decimal) and isinstance(added, Decimal) and isinstance(now, Decimal)):
                raise Unknown(name)
            return before + now - added
        if isinstance(node, Call) and node.function in OVER:
            raise Unknown(name)  # what it sums is another's, or of another month
        return self.of(node)

    def _is_touched(self, name: str) -> bool:
        """Whether something put otherwise, or another month, may change an element."""
        if name not in self._touched:
            self._touched[name] = False  # an element that reads its own past is not changed by that
            self._touched[name] = any(self._touches(one) for one in self.known.names(name))
        return self._touched[name]

    def _touches(self, node: Name) -> bool:
        if node.owner:
            return node.owner == "month" and self.month is not None
        return node.name in self.put or self._is_touched(node.name)

    # -- nodes

    def _of(self, node: Expression) -> Value:
        match node:
            case Number(value=value) | Text(value=value) | Date(value=value) | Flag(value=value):
                return value
            case Name():
                return self._name(node)
            case Unary(sign=sign, operand=operand):
                return (not self.met(operand)) if sign == "NOT" else -self.number(operand)
            case Binary():
                return self._binary(node)
            case Call(function=function):
                if function in OVER:
                    return self._over(node)
                return self._from_table(node) if function in FROM_TABLES else _CALLS[function](self, node)

    def alike(self, node: Expression) -> str:
        """The agent's element that is written like an expression and was published; empty where there is none."""
        return next(
            (name for (name, part), text in self.known.checked.texts.items()
             if part == "expression" and text.grain == "agent" and name in self.known.values and same(text.expression, node)),
            "",
        )  # fmt: skip

    def _over(self, node: Call) -> Value:
        """A function over time or people is known where an element of the same text was published."""
        if node in self.known.sums:
            return self.known.sums[node]
        name = self.alike(node)
        if not name:
            raise Unknown(node)
        return self.element(name)

    def _name(self, node: Name) -> Value:
        if node.owner == "p":
            parameter = self.known.checked.book.parameters.get(node.name)
            return parameter.value if parameter else None
        if node.owner == "month":
            return _of_month(node.name, self.month or self.known.month)
        if node.owner == "agent":
            if node.name not in self.known.agent:
                raise Unknown(node.written)
            return _whole(self.known.agent[node.name])
        if node.owner:
            if node.written not in self.known.row:
                raise Unknown(node.written)
            return _whole(self.known.row[node.written])
        return self.element(node.name)

    def _binary(self, node: Binary) -> Value:
        if node.sign in ("AND", "OR"):
            left = self.met(node.left)
            return left if left is (node.sign == "OR") else self.met(node.right)
        if tier := tier_of_product(node):
            return self._tier_amount(tier)
        left, right = self.met(node.left), self.met(node.right)
        if node.sign in _COMPARED:
            return _COMPARED[node.sign](left, right)
        if isinstance(left, dt.date) and isinstance(right, dt.date):
            return Decimal((left - right).days)
        if isinstance(left, dt.date) and isinstance(right, Decimal):
            return days_on(left, int(right if node.sign == "+" else -right))
        if isinstance(left, Decimal) and isinstance(right, dt.date):
            return days_on(right, int(left))
        if not (isinstance(left, Decimal) and isinstance(right, Decimal)):
            raise Unknown(node)
        if node.sign == "/":
            return quotient(left, right)
        return left + right if node.sign == "+" else left - right if node.sign == "-" else left * right

    # -- tables

    def place(self, call: Call) -> tuple[Table, list[lookups.Band], Decimal]:
        """The table of a call with a band, the bands of its keys in their order, and what is looked for. Raises Unknown."""
        table = self._table(call)
        if table.band_quantity is None or table.band_quantity.unit == Unit.DATE:
            raise Unknown(table.name)
        keys = [self.met(argument) for argument in call.arguments[1:-1]]
        found = [band for band in self.known.bands(table) if _same(band.keys, keys)]
        return table, found, self.number(call.arguments[-1])

    def _table(self, call: Call) -> Table:
        name = call.arguments[0]
        assert isinstance(name, Name)
        return self.known.checked.book.tables[name.owner or name.name]

    def _from_table(self, call: Call) -> Value:
        table = self._table(call)
        if not table.band:
            keys = [self.met(argument) for argument in call.arguments[1:]]
            rows = [row for row in table.rows if _same(row[: len(table.keys)], keys)]
            return rows[0][len(table.keys) + lookups.position(call, table)] if rows else None
        if call.function == "TIER_AMOUNT" or (call.function == "TIER" and table.mode != "whole"):
            amount = self._tier_amount(call)
            if call.function == "TIER_AMOUNT" or amount is None:
                return amount
            return quotient(amount, self.number(call.arguments[-1]))
        _table, found, x = self.place(call)
        band = next((one for one in found if holds(table, one, x)), None)
        return band.values[lookups.position(call, table)] if band else None

    def _tier_amount(self, call: Call) -> Decimal | None:
        table, found, x = self.place(call)
        band = next((one for one in found if holds(table, one, x)), None)
        value = band.values[0] if band else None
        if band is None or not isinstance(value, Decimal):
            return None
        if table.mode == "whole":
            return x * value
        low = band.low or Decimal(0)
        if band.before is None:
            return None
        if table.mode == "step":
            return band.before + (x - low) * value
        return None if band.high is None else band.before + quotient(value * (x - low), band.high - low)


def _whole(value: Value) -> Value:
    """A count as the rules reckon with it."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def own_names(node: Expression) -> Iterator[Name]:
    """The names whose values of this agent and month an expression reads: no earlier months, no other people."""
    if isinstance(node, Call) and node.function in OVER - SUMS_OVER_TIME:
        return
    if isinstance(node, Name):
        yield node
    inner = node.arguments[1:] if isinstance(node, Call) and node.function in FROM_TABLES else children(node)
    for child in inner:
        yield from own_names(child)


def holds(table: Table, band: lookups.Band, x: Decimal) -> bool:
    """Whether a value lies in a band."""
    low, high = band.low, band.high
    if table.boundary == "lower":
        return (low is None or low <= x) and (high is None or x < high)
    return (low is None or low < x or (band.lowest and low == x)) and (high is None or x <= high)


def quotient(left: Decimal, right: Decimal) -> Decimal:
    """Ten decimals, half away from zero, worked out in whole numbers. Raises Unknown for a division by zero."""
    if right == 0:
        raise Unknown("division by zero")
    with localcontext(EXACT):
        one, other = left.as_integer_ratio(), right.as_integer_ratio()
        over, under = one[0] * other[1] * 10**10, one[1] * other[0]
        whole, rest = divmod(abs(over), abs(under))
        sign = -1 if (over < 0) != (under < 0) else 1
        return Decimal(sign * (whole + (2 * rest >= abs(under)))) * _SMALLEST


def _same(keys: tuple[Value, ...], asked: list[Decimal | str | dt.date | bool]) -> bool:
    return all(key == one or str(key) == str(one) for key, one in zip(keys, asked, strict=True))


def _of_month(name: str, first: dt.date) -> Value:
    last = last_day(first)
    parts: Mapping[str, Value] = {
        "first_day": first, "last_day": last, "days": Decimal(last.day), "number": Decimal(first.month),
        "year": Decimal(first.year),
    }  # fmt: skip
    return parts[name]


# -- functions of one row

Known = Decimal | str | dt.date | bool
_COMPARED: Mapping[str, Callable[[Known, Known], bool]] = {
    "=": lambda a, b: a == b or (type(a) is not type(b) and str(a) == str(b)),
    "<>": lambda a, b: not (a == b or (type(a) is not type(b) and str(a) == str(b))),
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,  # type: ignore[operator]
}  # fmt: skip


def _if(at: Standing, node: Call) -> Value:
    condition, yes, no = node.arguments
    return at.of(yes if at.met(condition) else no)


def _extreme(pick: Callable[..., Known]) -> Callable[[Standing, Call], Value]:
    return lambda at, node: pick(at.met(argument) for argument in node.arguments)


def _rounding(how: str) -> Callable[[Standing, Call], Value]:
    def rounded(at: Standing, node: Call) -> Value:
        places = int(at.number(node.arguments[1])) if len(node.arguments) > 1 else 0
        return at.number(node.arguments[0]).quantize(Decimal(1).scaleb(-places), rounding=how, context=EXACT)

    return rounded


def _coalesce(at: Standing, node: Call) -> Value:
    return next((value for value in map(at.of, node.arguments) if value is not None), None)


def _day(at: Standing, node: Expression) -> dt.date:
    value = at.met(node)
    if not isinstance(value, dt.date):
        raise Unknown(node)
    return value


def days_on(day: dt.date, count: int) -> dt.date:
    """So many days on, or the last or first day of the calendar."""
    return dt.date.fromordinal(min(max(day.toordinal() + count, 1), dt.date.max.toordinal()))


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months on, or that month's last; the last or first day of the calendar beyond it."""
    year = day.year + (day.month - 1 + months) // 12
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.max if months > 0 else dt.date.min
    first = moved(day.replace(day=1), months)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


def months_between(start: dt.date, end: dt.date) -> int:
    """Whole months, completed on the anniversary day, or on the last day of a month without it."""
    if end < start:
        return -months_between(end, start)
    count = (end.year - start.year) * 12 + end.month - start.month
    return count if add_months(start, count) <= end else count - 1


_CALLS: Mapping[str, Callable[[Standing, Call], Value]] = {
    "IF": _if, "MIN": _extreme(min), "MAX": _extreme(max), "COALESCE": _coalesce,
    "ABS": lambda at, node: abs(at.number(node.arguments[0])),
    "ROUND": _rounding(ROUND_HALF_UP), "TRUNC": _rounding(ROUND_DOWN), "FLOOR": _rounding(ROUND_FLOOR),
    "MONTHS": lambda at, node: Decimal(months_between(*(_day(at, one) for one in node.arguments))),
    "ADD_MONTHS": lambda at, node: add_months(_day(at, node.arguments[0]), int(at.number(node.arguments[1]))),
    "YEAR": lambda at, node: Decimal(_day(at, node.arguments[0]).year),
    "MONTH": lambda at, node: Decimal(_day(at, node.arguments[0]).month),
}  # fmt: skip
