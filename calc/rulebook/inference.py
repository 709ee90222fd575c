"""The type of every node of an expression, or every problem it has. Problems inside do not hide those beside them."""

from __future__ import annotations

from collections.abc import Callable

from calc.rulebook import units
from calc.rulebook.checked import Type
from calc.rulebook.elements import NUMERIC, Unit
from calc.rulebook.functions import CALLS, USAGE, Caller
from calc.rulebook.names import FUNCTIONS, closest
from calc.rulebook.naming import Scope, type_of_name
from calc.rulebook.printing import COMPARISONS, printed
from calc.rulebook.problems import Problem, _
from calc.rulebook.sum_functions import SUM_CALLS
from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Span, Text, Unary, walk
from calc.rulebook.table_functions import TABLE_CALLS
from calc.rulebook.units import Mistake

ALL_CALLS = {**CALLS, **SUM_CALLS, **TABLE_CALLS}


ELSEWHERE = {  # what spreadsheets call it, and how it is written here
    "CEILING": "-FLOOR(-x, n)", "ROUNDUP": "-FLOOR(-x, n)", "ROUNDDOWN": "TRUNC(x, n)", "INT": "FLOOR(x)",
    "SUM": "a measure, or TEAM, DIRECT, DOWNLINE over people and ROLLING_SUM, QTD, YTD over months",
    "SUMIF": "a measure with `where`", "SUMIFS": "a measure with `where`", "COUNTIF": "a measure with `where`",
    "COUNT": "a measure with `count: rows`", "AVERAGE": "ROLLING_SUM(x, n) / n", "AVG": "ROLLING_SUM(x, n) / n",
    "VLOOKUP": "LOOKUP(table, key)", "XLOOKUP": "LOOKUP(table, key)", "IFS": "IF(condition, value, IF(...))",
    "IFERROR": "COALESCE(x, otherwise) for what is missing, IF for a division by zero", "IFNULL": "COALESCE(x, otherwise)",
    "MOD": "x - FLOOR(x / n) * n", "DATEDIF": "MONTHS(d1, d2)", "EDATE": "ADD_MONTHS(d, n)", "PREVIOUS": "PRIOR(x, n)",
}  # fmt: skip


class Inference:
    """One expression's walk. `types` of what was found right; None stands for what has a problem already."""

    def __init__(self, element: str, part: str) -> None:
        self._element, self._part = element, part
        self.types: dict[Span, Type] = {}
        self.problems: list[Problem] = []

    def of(self, node: Expression, scope: Scope) -> Type | None:
        """The type of a node; problems are collected."""
        try:
            found = self._of(node, scope)
        except Mistake as mistake:
            at = mistake.span or (node.at if isinstance(node, Binary) else node.span)
            self.problems.append(Problem(self._element, self._part, mistake.pattern, mistake.values, at))
            return None
        if found is not None:
            self.types[node.span] = found
        return found

    def _of(self, node: Expression, scope: Scope) -> Type | None:
        match node:
            case Number(value=value, percent=percent):
                return Type(Unit.RATE if percent else units.PLAIN, value, value, units.decimals_of(value))
            case Text():
                return Type(Unit.TEXT)
            case Date():
                return units.DATE
            case Flag():
                return units.FLAG
            case Name():
                return type_of_name(node, scope)
            case Unary():
                return self._unary(node, scope)
            case Binary():
                return self._binary(node, scope)
            case Call():
                return self._call(node, scope)

    def _unary(self, node: Unary, scope: Scope) -> Type | None:
        operand = self.of(node.operand, scope)
        if operand is None:
            return None
        if node.sign == "NOT":
            return self._flag(operand, node.operand, "NOT")
        units.numeric(operand, "-")
        return Type(operand.unit, -operand.high, -operand.low, operand.decimals)

    def _flag(self, kind: Type, node: Expression, what: str) -> Type:
        if kind.unit != Unit.FLAG:
            raise Mistake(
                _("%(what)s takes conditions, and %(text)s gives a %(unit)s: compare it with something."),
                node.span, what=what, text=_short(node), unit=units.unit_name(kind),
            )  # fmt: skip
        return units.FLAG

    def _binary(self, node: Binary, scope: Scope) -> Type | None:
        if node.sign == "*" and (pair := _tier_of_product(node)):
            return self._tier_amount(node, *pair, scope)
        left, right = self.of(node.left, scope), self.of(node.right, scope)
        if left is None or right is None:
            return None
        if node.sign in ("AND", "OR"):
            self._flag(left, node.left, node.sign)
            return self._flag(right, node.right, node.sign)
        if node.sign in COMPARISONS:
            literal = isinstance(node.left, Text) or isinstance(node.right, Text)
            return units.compared(node.sign, left, right, literal)
        if node.sign == "*":
            return self.fits(units.multiplied(left, right), node, (node.left, left), (node.right, right))
        if node.sign == "/":
            return self.fits(self.quotient(left, right, node.left, node.right), node, (node.left, left))
        return self.fits(units.added(node.sign, left, right), node, (node.left, left), (node.right, right))

    def _tier_amount(self, node: Binary, x: Expression, tier: Call, scope: Scope) -> Type | None:
        """`x * TIER(t, ..., x)` is TIER_AMOUNT, exactly: nothing is divided."""
        self.of(x, scope)
        for argument in tier.arguments[1:]:
            self.of(argument, scope)
        amount = self.call_of("TIER_AMOUNT", tier, scope)
        if amount is None:
            return None
        self.types[tier.span] = self.call_of("TIER exactly", tier, scope) or amount
        return amount

    def quotient(
        self, left: Type, right: Type, dividend: Expression, divisor: Expression | None = None, finer: int = 0
    ) -> Type:
        """`/`: the dividend must leave room for the decimals of the result, and for those the divisor has beyond its own.

        `finer`: the decimals that the dividend has beyond those of the expression it is told by.
        """
        found = units.divided(left, right)
        spare = units.MOST_DIGITS - units.QUOTIENT_DECIMALS - 1 - units.whole_digits(left)
        decimals = max(left.decimals, right.decimals)
        needed = units.MOST_DIGITS - spare + decimals
        below = units.whole_digits(right) + decimals + 1
        if below > units.MOST_DIGITS and divisor is not None:
            raise Mistake(
                _("%(side)s has too many digits to divide by exactly (%(digits)s, 38 are kept): narrow the bounds of %(names)s."),
                divisor.span, side=_short(divisor), digits=str(below), names=_widest([divisor]),
            )  # fmt: skip
        if needed > units.MOST_DIGITS and divisor is not None and left.decimals <= spare:
            raise Mistake(
                _("%(side)s has too many decimals to divide by exactly (that needs %(digits)s digits, 38 are kept): write "
                  "ROUND(%(side)s, %(places)s), or narrow the bounds of %(names)s."),
                divisor.span, side=_short(divisor), digits=str(needed), names=_widest([dividend]),
                places=str(max(spare, 0)),
            )  # fmt: skip
        if needed > units.MOST_DIGITS and spare - finer >= 2:
            raise Mistake(
                _("%(side)s has too many digits to be divided exactly (%(digits)s, 38 are kept): write "
                  "ROUND(%(side)s, %(places)s), or narrow the bounds of %(names)s."),
                dividend.span, side=_short(dividend), digits=str(needed), names=_widest([dividend]),
                places=str(spare - finer),
            )  # fmt: skip
        if needed > units.MOST_DIGITS:
            raise Mistake(
                _("%(side)s has too many digits to be divided exactly (%(digits)s, 38 are kept): narrow the bounds of %(names)s."),
                dividend.span, side=_short(dividend), digits=str(needed), names=_widest([dividend]),
            )  # fmt: skip
        return found

    def fits(self, kind: Type, node: Expression, *sides: tuple[Expression, Type]) -> Type:
        """The type itself, where an exact value of it has room. Raises Mistake with what to round or to narrow."""
        if kind.unit in (None, *NUMERIC) and kind.digits > units.MOST_DIGITS:
            finest, fine = max(sides, key=lambda side: side[1].decimals, default=(node, kind))
            names = _widest([side for side, _kind in sides] or [node])
            places = fine.decimals - (kind.digits - units.MOST_DIGITS)  # as fine as there is room for
            if places >= 2:
                raise Mistake(
                    _("The exact result can need %(digits)s digits, and 38 are kept: write ROUND(%(side)s, %(places)s), or narrow "
                      "the bounds of %(names)s."),
                    digits=str(kind.digits), side=_short(finest), names=names, places=str(places),
                )  # fmt: skip
            raise Mistake(
                _("The exact result can need %(digits)s digits, and 38 are kept: narrow the bounds of %(names)s."),
                digits=str(kind.digits), names=names,
            )  # fmt: skip
        return kind

    def _call(self, node: Call, scope: Scope) -> Type | None:
        if node.function not in FUNCTIONS:
            instead = ELSEWHERE.get(node.function.upper())
            if instead:
                raise Mistake(
                    _("There is no function %(name)s; write %(instead)s."), node.at, name=node.function, instead=instead
                )
            meant = closest(node.function.upper(), FUNCTIONS)
            if meant:
                raise Mistake(
                    _("There is no function %(name)s; did you mean %(closest)s?"),
                    node.at,
                    name=node.function,
                    closest=meant,
                )
            raise Mistake(
                _("There is no function %(name)s; there are %(known)s."),
                node.at, name=node.function, known=", ".join(sorted(FUNCTIONS)),
            )  # fmt: skip
        least, most, usage = USAGE[node.function]
        if not least <= len(node.arguments) <= most:
            for argument in node.arguments[1:]:
                self._look(argument, scope)
            raise Mistake(
                _("%(function)s is written %(usage)s, and here it has %(count)s arguments."),
                node.at, function=node.function, usage=usage, count=str(len(node.arguments)),
            )  # fmt: skip
        return self.call_of(node.function, node, scope)

    def _look(self, argument: Expression, scope: Scope) -> None:
        """Tells of problems inside an argument whose place is unknown; names of tables and relations are none."""
        if not isinstance(argument, Name):
            self.of(argument, scope)

    def call_of(self, function: str, node: Call, scope: Scope) -> Type | None:
        """The type of a call whose number of arguments is right."""
        rule: Callable[[Caller, Call, Scope], Type | None] = ALL_CALLS[function]
        return rule(self, node, scope)


def _tier_of_product(node: Binary) -> tuple[Expression, Call] | None:
    for x, tier in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(tier, Call) or tier.function != "TIER" or len(tier.arguments) < 2:
            continue
        if printed(x) == printed(tier.arguments[-1]):
            return x, tier
    return None


def _short(node: Expression) -> str:
    text = printed(node)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _widest(nodes: list[Expression]) -> str:
    """The names in expressions whose bounds one may narrow: parameters, elements and columns, tables by their names."""
    found: dict[str, None] = {}
    for node in (inside for outer in nodes for inside in walk(outer)):
        if isinstance(node, Name):
            found[node.written] = None
    return ", ".join(found) or "-"
