"""What an agent's next tier needs: for each line that would pay more, the band that comes next, what is missing, what it brings.

Nothing here knows a benefit by name: whatever line pays by a table with bands is found by walking the rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from calc.rulebook import lookups
from calc.rulebook.elements import Line, Mode, Table, Unit, Value
from calc.rulebook.expression import OVER
from calc.rulebook.plan import moved
from calc.rulebook.reading import parse
from calc.rulebook.standing import AgentMonth, Standing, Unknown, holds, own_names
from calc.rulebook.syntax import Call, Expression, Name, children

BY_BAND = frozenset({"BAND", "TIER", "TIER_AMOUNT"})
MONTHS_AHEAD = 12  # a line that pays at a quarter's or a year's end is looked for so far ahead
_PROBE = {Unit.MONEY: Decimal(1000), Unit.RATE: Decimal("0.01")}  # how far into a band a step's effect is looked for


@dataclass(frozen=True, slots=True)
class NextTier:
    """One table's next band for one line. `line_now` and `line_then` are what the line pays now and at the band's start."""

    line: str
    element: str  # the formula whose table it is
    table: str
    counts: str  # the element whose value decides
    now: Decimal
    begins: Decimal  # where the band he stands in begins
    reach: Decimal  # the least value that lies in the next band
    mode: Mode | None
    value_now: Value
    value_then: Value
    value_unit: Unit
    line_now: Decimal
    line_then: Decimal
    month: dt.date  # in which the line pays: the month itself, or the next one in which its condition holds

    @property
    def missing(self) -> Decimal:
        """How much more is needed."""
        return self.reach - self.now


def next_tiers(known: AgentMonth) -> list[NextTier]:
    """The next band of every table by which an earning line would pay this agent more, in the order of the lines.

    A line that pays in certain months only is looked at in the first month from here in which it would.
    """
    found: list[NextTier] = []
    seen: set[tuple[str, str]] = set()
    lines = sorted(known.checked.book.lines.values(), key=lambda line: (line.order, line.name))
    for line in (one for one in lines if one.kind == "earning"):
        for ahead in range(MONTHS_AHEAD if _waits(known, line.pays, set()) else 1):
            ready = _of_line(known, line, moved(known.month, ahead))
            fresh = [one for one in ready if (one.element, one.table) not in seen]
            seen |= {(one.element, one.table) for one in fresh}
            found += fresh
            if fresh:
                break
    return found


def _waits(known: AgentMonth, element: str, seen: set[str]) -> bool:
    """Whether what a line pays depends on the calendar."""
    if element in seen:
        return False
    seen.add(element)
    return any(
        name.owner == "month" or (not name.owner and _waits(known, name.name, seen)) for name in known.names(element)
    )


def _of_line(known: AgentMonth, line: Line, month: dt.date) -> Iterator[NextTier]:
    here = Standing(known, month=month if month != known.month else None)
    for element, call in _calls(here, line.pays, set()):
        try:
            one = _next(here, line, element, call)
        except Unknown:
            continue
        if one is not None:
            yield one


def _calls(here: Standing, element: str, seen: set[str]) -> Iterator[tuple[str, Call]]:
    """Every table with bands that is read on the way to an element, in the branches that are taken."""
    text = here.known.checked.texts.get((element, "expression"))
    if element in seen or text is None or text.grain != "agent" or element not in here.known.checked.book.formulas:
        return
    seen.add(element)
    yield from _inside(here, element, text.expression, seen)


def _inside(here: Standing, element: str, node: Expression, seen: set[str]) -> Iterator[tuple[str, Call]]:
    if isinstance(node, Call) and node.function in OVER:
        return
    if isinstance(node, Name):
        if not node.owner:
            yield from _calls(here, node.name, seen)
        return
    inner: Sequence[Expression] = children(node)
    if isinstance(node, Call) and node.function == "IF":
        try:
            inner = [node.arguments[1] if here.met(node.arguments[0]) else node.arguments[2]]
        except Unknown:
            return
    if isinstance(node, Call) and node.function in BY_BAND:
        yield element, node
        inner = node.arguments[1:-1]
    for child in inner:
        yield from _inside(here, element, child, seen)


def _next(here: Standing, line: Line, element: str, call: Call) -> NextTier | None:
    """The next band that makes the line pay more. Raises Unknown."""
    table, found, x = here.place(call)
    counts = _counted(here, call.arguments[-1])
    at = lookups.position(call, table)
    stands = next((band for band in found if holds(table, band, x)), None)
    line_now = _paid(here, line)
    for band in found:
        if band.low is None or holds(table, band, x) or band.low < x:
            continue
        reach = _least(here, table, band, counts)
        then = _with(here, call.arguments[-1], counts, x, reach)
        further = _with(here, call.arguments[-1], counts, x, reach + _further(table, band))
        line_then, line_further = _paid(then, line), _paid(further, line)
        if max(line_then, line_further) > line_now:
            begins = stands.low if stands and stands.low is not None else min(Decimal(0), x)
            return NextTier(
                line.name, element, table.name, counts, x, begins, reach, table.mode,
                stands.values[at] if stands else None, band.values[at], list(table.values.values())[at].unit,
                line_now, line_then, here.month or here.known.month,
            )  # fmt: skip
    return None


def _counted(here: Standing, node: Expression) -> str:
    """The one element that decides what is looked for. Raises Unknown where there are several or none."""
    names = {name.name for name in own_names(node) if not name.owner and name.name in here.known.values}
    if len(names) != 1:
        raise Unknown(node)
    return names.pop()


def _least(here: Standing, table: Table, band: lookups.Band, counts: str) -> Decimal:
    """The least value in a band: its start, or the next value above it where a boundary belongs to the band below."""
    begins: Decimal | None = band.low
    assert begins is not None
    if table.boundary == "lower" or band.lowest:
        return begins
    return begins + Decimal(1).scaleb(-here.known.checked.results[counts].decimals)


def _further(table: Table, band: lookups.Band) -> Decimal:
    """Some way into a band: a step pays only for what lies in it."""
    unit = table.band_quantity.unit if table.band_quantity else Unit.COUNT
    far = _PROBE.get(unit, Decimal(1))
    return far if band.high is None or band.low is None else min(far, (band.high - band.low) / 2)


def _with(here: Standing, node: Expression, counts: str, x: Decimal, reach: Decimal) -> Standing:
    """The agent with so much that a table's argument comes to `reach`. Raises Unknown where that is not found."""
    before = here.element(counts)
    if not isinstance(before, Decimal):
        raise Unknown(counts)
    for value in (before + reach - x, reach):
        then = Standing(here.known, {counts: value}, here.month)
        if then.number(node) == reach:
            return then
    raise Unknown(node)


def _paid(at: Standing, line: Line) -> Decimal:
    """What a line earns, up to its cap."""
    earned = at.element(line.pays)
    if not isinstance(earned, Decimal):
        raise Unknown(line.pays)
    return min(earned, at.number(parse(line.cap))) if line.cap else earned
