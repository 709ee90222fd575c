"""The people and earlier months that a formula of a person's month sums, one by one: listed when with them it comes to its value.

Values of others are those the run published, and relations and teams those it read, as far as they may be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from calc.rulebook.people import reach
from calc.rulebook.printing import printed
from calc.rulebook.standing import AgentMonth, Standing, Unknown, months_between
from calc.rulebook.sum_functions import OVER_PEOPLE, OVER_TIME, who_counts
from calc.rulebook.syntax import Call, Expression, Name, walk
from portal.query.names import agent_numbers, person_name
from portal.query.statement import last_of
from portal.query.statement_earlier import NOTHING, Listed, LookedBack, beside_months, looked_back
from portal.query.statement_month import FoundMonth, difference_lines
from portal.query.statement_ways import FURTHEST, Way, members, values_of, ways_of


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person that is summed, with what he adds; `before` as it was stated before, where a closed month is compared."""

    person_id: int
    name: str
    agent_no: str
    amount: Decimal
    before: Decimal = NOTHING
    line: str = ""  # of a closed month found again: a line of his that is paid a difference for it


@dataclass(frozen=True, slots=True)
class Summed(Listed):
    """One sum over people as the formula writes it, the element of theirs it sums, and the persons."""

    text: str
    element: str
    rows: Sequence[PersonRow]


@dataclass(frozen=True, slots=True)
class Sums:
    """What a formula sums beside the person's own values of the month."""

    people: Sequence[Summed]
    months: Sequence[LookedBack]


def asks_others(found: FoundMonth, element: str) -> bool:
    """Whether an element of the month sums over people or looks back at earlier months."""
    checked = found.checked()
    text = checked.texts.get((element, "expression")) if checked is not None else None
    return text is not None and any(_is_over_people(node) or _is_over_time(node) for node in walk(text.expression))


def others_summed(found: FoundMonth, element: str) -> Sums | None:
    """The sums over people and months that an element's value comes from; None where they cannot be shown to come to it."""
    known = found.agent()
    text = known.checked.texts.get((element, "expression")) if known is not None else None
    if known is None or text is None:
        return None
    sums = _Sums(found, known)
    try:
        value = Standing(replace(known, sums=sums)).of(text.expression)
    except Unknown:
        return None
    return sums.listed() if value == found.values.get(element) else None


def beside(now: Sums, then: Sums) -> Sums:
    """What is known now beside what was stated before."""
    return Sums(beside_people(now.people, then.people), beside_months(now.months, then.months))


def beside_people(now: Sequence[Summed], then: Sequence[Summed]) -> list[Summed]:
    """Sums as they are known now, each person beside what he added before; who is in one of them only is in both."""
    earlier = {one.text: one for one in then}
    found = []
    for one in now:
        rows = {row.person_id: row for row in one.rows}
        for row in earlier[one.text].rows if one.text in earlier else ():
            rows[row.person_id] = replace(rows.get(row.person_id, replace(row, amount=NOTHING)), before=row.amount)
        found.append(replace(one, rows=sorted(rows.values(), key=lambda row: -abs(row.amount - row.before))))
    return found


def _is_over_people(node: Expression) -> bool:
    return isinstance(node, Call) and (node.function in OVER_PEOPLE or node.function == "SPREAD")


def _is_over_time(node: Expression) -> bool:
    return isinstance(node, Call) and node.function in OVER_TIME


class _Sums(Mapping[Expression, Decimal | None]):
    """Sums over people and months, each worked out when the formula asks for it: of an IF only those of the way it takes."""

    def __init__(self, found: FoundMonth, known: AgentMonth) -> None:
        self.found, self.known = found, known
        self._made: dict[Expression, Summed | LookedBack] = {}

    def __getitem__(self, node: Expression) -> Decimal | None:
        if not isinstance(node, Call) or not (_is_over_people(node) or _is_over_time(node)):
            raise KeyError(node)
        if node not in self._made:
            make = looked_back if _is_over_time(node) else _summed
            self._made[node] = make(self.found, self.known, node)
        made = self._made[node]
        return made.value if isinstance(made, LookedBack) else made.total

    def __iter__(self) -> Iterator[Expression]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def listed(self) -> Sums:
        made = list(self._made.values())
        return Sums(
            [one for one in made if isinstance(one, Summed)], [one for one in made if isinstance(one, LookedBack)]
        )


def _summed(found: FoundMonth, known: AgentMonth, call: Call) -> Summed:
    """One sum. Raises Unknown for a person without a value, and where more people are asked than are listed."""
    argument = call.arguments[0]
    ways = [((member, found.month),) for member in members(found)] if call.function == "TEAM" else ways_of(found, call)
    values = values_of(found, {person for way in ways for person, _since in way})
    others = _Others(found, known, values, call)
    rows = []
    for way in ways:
        person = way[-1][0]
        edge = others.edge(way, who_counts(call)) if person in values else None
        if edge is None:  # not of this month, not in reach, or not to be seen
            continue
        part = others.number(person, argument, edge)
        rows.append((person, part * others.over(way) if call.function == "SPREAD" else part))
    names = [node for node in walk(argument) if isinstance(node, Name)]
    element = next((node.name for node in names if not node.owner and node.name in found.values), "")
    return Summed(printed(call), element, _named(found, rows))


@dataclass(frozen=True, slots=True)
class _Others:
    """Other people's values as a sum over people asks for them: by the rules of who receives it."""

    found: FoundMonth
    known: AgentMonth
    values: Mapping[int, Mapping[str, Any]]
    call: Call

    def number(self, person: int, node: Expression, edge: Mapping[str, Any]) -> Decimal:
        return self._at(person, edge).number(node)

    def edge(self, way: Way, counts: Expression | None) -> Mapping[str, Decimal] | None:
        """What `edge.` names of a way; None for one that is too short or too long. Who does not count is no step of it."""
        months = months_between(way[-1][1], last_of(self.found.month))
        told = {"edge.months": Decimal(months), "edge.year": Decimal(months // 12 + 1)}
        if self.call.function in ("TEAM", "SPREAD"):
            return told
        depth = Decimal(len(way))
        if counts is not None:
            depth = Decimal(1)
            for person, _since in reversed(way[:-1]):
                if person in self.values:
                    depth += bool(self._at(person, {**told, "edge.depth": depth}).met(counts))
        _kind, least, most = reach(self.call)
        return {**told, "edge.depth": depth} if least <= depth <= (most or FURTHEST) else None

    def over(self, way: Way) -> Decimal:
        """By how much the receiver's rate exceeds the highest on the way."""
        rate = self.call.arguments[1]
        highest = max(self.number(person, rate, {}) for person, _since in way if person in self.values)
        return max(Standing(self.known).number(rate) - highest, NOTHING)

    def _at(self, person: int, edge: Mapping[str, Any]) -> Standing:
        names = [node for node in walk(self.call) if isinstance(node, Name)]
        mine = {
            node.written: self.known.values.get(node.name, self.known.agent.get(node.name))
            for node in names if node.owner == "my"
        }  # fmt: skip
        of_agent: Mapping[str, Any] = {}
        if any(node.owner == "agent" for node in names):
            other = replace(self.found, person_id=person, values=self.values[person]).agent()
            of_agent = other.agent if other is not None else {}
        return Standing(
            AgentMonth(self.known.checked, self.found.month, of_agent, self.values[person], {**mine, **edge})
        )


def _named(found: FoundMonth, rows: Sequence[tuple[int, Decimal]]) -> list[PersonRow]:
    people = [one for one, _part in rows]
    numbers = agent_numbers(found.reader, people) if people else {}
    lines = difference_lines(found.reader, found.run_day, found.month, people) if found.is_again else {}
    listed = [
        PersonRow(one, person_name(found.reader, one), numbers.get(one, ""), part, line=lines.get(one, ""))
        for one, part in rows
    ]
    return sorted(listed, key=lambda row: (-abs(row.amount), row.person_id))
