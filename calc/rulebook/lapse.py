"""What the lapse of a policy would do to an agent's persistency, by the measures of the rules over the policies of its month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from calc.rulebook.elements import Measure, Unit, Value
from calc.rulebook.plan import moved
from calc.rulebook.standing import AgentMonth, Standing, Unknown, own_names
from calc.rulebook.syntax import Name

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class LapseEffect:
    """A rate of a later month that a lapse would lower."""

    element: str
    month: dt.date
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class RowStanding(Standing):
    """A row of a fact, seen from its agent."""

    fact: str = ""
    row: Row = field(default_factory=dict)

    def _name(self, node: Name) -> Value:
        if node.owner != self.fact:
            return super()._name(node)
        value = self.row.get(node.name)
        return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def lapse_effects(
    known: AgentMonth, fact: str, rows: Sequence[Row], row: Row, lapsed: Row, since: dt.date
) -> list[LapseEffect]:
    """The rates, of months from `since` on, that measure the months in which a row's policy was issued and would fall.

    `rows` are all of the agent's rows of the fact, `lapsed` what the row would say.
    """
    declared = known.checked.book.facts.get(fact)
    issued = row.get(declared.month_of) if declared else None
    if declared is None or not isinstance(issued, dt.date):
        return []
    first = issued.replace(day=1)
    of_month = [one for one in rows if _month(one.get(declared.month_of)) == first]
    later = [{**one, **lapsed} if one is row else one for one in of_month]
    found: list[LapseEffect] = []
    for ago in sorted({measure.ago for measure in _looking_back(known, fact)}):
        month = moved(first, ago)
        if month >= since:
            found += _of_month(known, fact, ago, month, of_month, later)
    return found


def _of_month(
    known: AgentMonth, fact: str, ago: int, month: dt.date, before: Sequence[Row], after: Sequence[Row]
) -> Iterator[LapseEffect]:
    measures = [measure for measure in _looking_back(known, fact) if measure.ago == ago]
    try:
        put = [{one.name: _measured(known, fact, one, rows) for one in measures} for rows in (before, after)]
    except Unknown:
        return
    names = {measure.name for measure in measures}
    for name, formula in known.checked.book.formulas.items():
        text = known.checked.texts.get((name, "expression"))
        if formula.quantity.unit != Unit.RATE or text is None or text.grain != "agent":
            continue
        if not names & {one.name for one in own_names(text.expression)}:
            continue
        try:
            was, would = (Standing(known, values).element(name) for values in put)
        except Unknown:
            continue
        if isinstance(was, Decimal) and isinstance(would, Decimal) and would < was:
            yield LapseEffect(name, month, was, would)


def _looking_back(known: AgentMonth, fact: str) -> list[Measure]:
    """Measures of one month some months ago: what persistency is made of."""
    return [
        one for one in known.checked.book.measures.values()
        if one.of == fact and one.grain == "agent" and one.ago > 0 and one.window == "month"
        and one.aggregate in ("sum", "count")
    ]  # fmt: skip


def _measured(known: AgentMonth, fact: str, measure: Measure, rows: Sequence[Row]) -> Decimal:
    """A sum or a count over rows. Raises Unknown."""
    where, what = (known.checked.texts.get((measure.name, part)) for part in ("where", "expression"))
    total = Decimal(0)
    for row in rows:
        at = RowStanding(known, fact=fact, row=row)
        if where is not None and at.met(where.expression) is not True:
            continue
        total += at.number(what.expression) if what is not None else 1
    return total


def _month(day: Value) -> dt.date | None:
    return day.replace(day=1) if isinstance(day, dt.date) else None
