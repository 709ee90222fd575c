"""What an agent's next rank asks, and what the present one asks to stay: each condition with its value and what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from calc.rulebook.elements import MoveKind, Unit, Value
from calc.rulebook.expression import OVER
from calc.rulebook.outputs import in_order, terms
from calc.rulebook.plan import moved
from calc.rulebook.printing import printed
from calc.rulebook.standing import AgentMonth, Standing, Unknown, own_names
from calc.rulebook.syntax import Binary, Call, Expression, Name, Unary

MONTHS_AHEAD = 12
MORE = frozenset({">=", ">"})
_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a move's condition. `counts` is the element whose value decides; `met` is None where that is not known."""

    text: str
    counts: str
    sign: str
    value: Value
    needed: Value
    unit: Unit | None
    met: bool | None
    missing: Decimal | None = None  # how much more is needed, below zero how much less; None where nothing is counted


@dataclass(frozen=True, slots=True)
class RankMove:
    """A move from the agent's rank, with the parts of its condition and the month in which it is decided next."""

    ladder: str
    number: int  # which of the ladder's moves, from 1
    kind: MoveKind
    from_rank: str
    to_rank: str
    conditions: tuple[Condition, ...]
    month: dt.date | None  # None: in none of the next twelve

    @property
    def met(self) -> int:
        """How many of the conditions are met."""
        return sum(one.met is True for one in self.conditions)


def next_ranks(known: AgentMonth) -> list[RankMove]:
    """The promotions from the agent's rank on every ladder, then what keeps the rank."""
    found = []
    here = Standing(known)
    for ladder in known.checked.book.ladders.values():
        rank = known.agent.get(ladder.rank)
        for number, move in in_order(ladder):
            if move.from_rank != rank or move.kind == "demotion":
                continue
            whole = known.checked.texts[ladder.name, f"move {number}"].expression
            asked = list(_asked(known, whole))
            found.append(RankMove(
                ladder.name, number, move.kind, move.from_rank, move.to_rank,
                tuple(_condition(here, node) for node, of_calendar in asked if not of_calendar),
                _decided_in(known, [node for node, of_calendar in asked if of_calendar]),
            ))  # fmt: skip
    return sorted(found, key=lambda one: one.kind != "promotion")


def _asked(known: AgentMonth, whole: Expression) -> Iterator[tuple[Expression, bool]]:
    """The parts of a condition; those that only ask for the month are marked. "Not at a quarter's end, or ..." is both."""
    for node in terms(whole):
        if of_calendar(known, node):
            yield node, True
        elif isinstance(node, Binary) and node.sign == "OR" and of_calendar(known, node.left):
            yield Unary("NOT", node.left, node.left.span), True
            yield from ((one, False) for one in terms(node.right))
        else:
            yield node, False


def of_calendar(known: AgentMonth, node: Expression) -> bool:
    """Whether an expression depends on the month alone."""
    names = list(own_names(node))
    return bool(names) and all(_name_of_calendar(known, name) for name in names) and not _is_constant(names)


def _is_constant(names: list[Name]) -> bool:
    return all(name.owner == "p" for name in names)


def _name_of_calendar(known: AgentMonth, name: Name) -> bool:
    if name.owner:
        return name.owner in ("month", "p")
    text = known.checked.texts.get((name.name, "expression"))
    return (
        name.name in known.checked.book.formulas and text is not None and text.grain == "agent"
        and of_calendar(known, text.expression)
    )  # fmt: skip


def _decided_in(known: AgentMonth, calendar: list[Expression]) -> dt.date | None:
    """The first month from this one on in which the parts that ask for the month hold."""
    for ahead in range(MONTHS_AHEAD):
        month = moved(known.month, ahead)
        at = Standing(known, month=month)
        try:
            if all(at.met(node) is True for node in calendar):
                return month
        except Unknown:
            return None
    return None


def _condition(here: Standing, node: Expression) -> Condition:
    met = _met(here, node)
    if isinstance(node, Name) and not node.owner:
        inside = here.known.checked.texts.get((node.name, "expression"))
        if inside is not None and isinstance(inside.expression, Binary) and inside.expression.sign in _TURNED:
            opened = _condition(here, inside.expression)
            if opened.met is not None:
                return opened
        return Condition(printed(node), node.name, "", met, True, Unit.FLAG, met)
    if not isinstance(node, Binary) or node.sign not in _TURNED:
        names = [name.name for name in own_names(node) if not name.owner]
        return Condition(printed(node), names[0] if len(set(names)) == 1 else "", "", None, None, None, met)
    left, right, sign = node.left, node.right, node.sign
    if not _elements(left) and _elements(right):
        left, right, sign = right, left, _TURNED[sign]
    value, needed = _known(here, left), _known(here, right)
    counts = _counts(here, left)
    unit = here.known.checked.results[counts].unit if counts else None
    decimals = here.known.checked.results[counts].decimals if counts else 2
    return Condition(
        printed(node), counts, sign, value, needed, unit, met, _missing(value, needed, sign, met, decimals)
    )


def _counts(here: Standing, node: Expression) -> str:
    """The element whose value a condition compares; empty where it is worked out of several."""
    if isinstance(node, Call) and node.function in OVER:
        return here.alike(node)
    names = _elements(node)
    return names[0] if len(names) == 1 else ""


def _met(here: Standing, node: Expression) -> bool | None:
    try:
        return here.met(node) is True
    except Unknown:
        return None


def _known(here: Standing, node: Expression) -> Value:
    try:
        return here.of(node)
    except Unknown:
        return None


def _elements(node: Expression) -> list[str]:
    return list(dict.fromkeys(name.name for name in own_names(node) if not name.owner))


def _missing(value: Value, needed: Value, sign: str, met: bool | None, decimals: int) -> Decimal | None:
    """How much more, below zero how much less, is needed."""
    if not (isinstance(value, Decimal) and isinstance(needed, Decimal)):
        return None
    if met:
        return Decimal(0)
    over = Decimal(1).scaleb(-decimals) if sign in (">", "<") else Decimal(0)
    return needed - value + over if sign in MORE else needed - value - over
