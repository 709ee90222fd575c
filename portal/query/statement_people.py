"""The people and earlier months that a formula of a person's month sums, one by one: listed when with them it comes to its value.

Values of others are those the run published, and relations and teams those it read, as far as they may be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from calc.rulebook.people import reach
from calc.rulebook.printing import printed
from calc.rulebook.standing import AgentMonth, Standing, Unknown, months_between
from calc.rulebook.sum_functions import OVER_PEOPLE, OVER_TIME, who_counts
from calc.rulebook.syntax import Call, Expression, Name, walk
from portal.models.agents import Agent
from portal.query.month_facts import AGAIN, VALUES
from portal.query.month_read import LEADERS, RELATIONS
from portal.query.names import person_name
from portal.query.sales_force import relations_of, teams_led
from portal.query.statement import last_of
from portal.query.statement_earlier import LookedBack, beside_months, looked_back
from portal.query.statement_month import FoundMonth, difference_lines

NOTHING = Decimal(0)
FURTHEST = 100  # steps along a relation


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
class Summed:
    """One sum over people as the formula writes it, the element of theirs it sums, and the persons."""

    text: str
    element: str
    rows: Sequence[PersonRow]

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.rows), NOTHING)

    @property
    def before(self) -> Decimal:
        return sum((one.before for one in self.rows), NOTHING)


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


@dataclass(frozen=True, slots=True)
class _Step:
    """Somebody in reach, with what `edge.` names of the way there."""

    person_id: int
    edge: Mapping[str, Any]


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
    """One sum. Raises Unknown for a way that is not walked here, and for a person without a value."""
    if call.function == "SPREAD" or who_counts(call) is not None:
        raise Unknown(call)
    argument = call.arguments[0]
    steps = _members(found) if call.function == "TEAM" else _along(found, call)
    values = _values(found, [one.person_id for one in steps])
    names = [node for node in walk(argument) if isinstance(node, Name)]
    mine = {node.written: known.values.get(node.name) for node in names if node.owner == "my"}
    rows = []
    for step in steps:
        if step.person_id not in values:  # not of this month, or not to be seen
            continue
        of_agent: Mapping[str, Any] = {}
        if any(node.owner == "agent" for node in names):
            other = replace(found, person_id=step.person_id, values=values[step.person_id]).agent()
            of_agent = other.agent if other is not None else {}
        row = {**mine, **step.edge}
        part = Standing(AgentMonth(known.checked, found.month, of_agent, values[step.person_id], row)).number(argument)
        rows.append((step.person_id, part))
    element = next((node.name for node in names if not node.owner and node.name in found.values), "")
    return Summed(printed(call), element, _named(found, rows))


def _members(found: FoundMonth) -> list[_Step]:
    """The members of the teams that the person leads."""
    read = _read(found, LEADERS, "", [found.person_id])
    led = teams_led(found.reader.session, found.person_id, last_of(found.month)) if read is None else None
    teams = [row["team_id"] for row in read or ()] if led is None else led
    if not teams:
        return []
    rows = found.reader.ask(
        f"select agent_id from made where month = ? and rulebook = ? and seat_id in ({', '.join(map(str, teams))})",
        [found.month, found.rulebook], made=(AGAIN if found.is_again else VALUES, [found.run_day]),
    )  # fmt: skip
    return [_Step(row["agent_id"], {}) for row in rows]


def _along(found: FoundMonth, call: Call) -> list[_Step]:
    """Those in reach along a relation, each once for every way that leads there."""
    kind, least, most = reach(call)
    last = last_of(found.month)
    listed: list[_Step] = []
    here, depth = [found.person_id], 0
    while here and depth < (most or FURTHEST):
        depth += 1
        below = _below(found, kind, sorted(set(here)))
        edges = [edge for one in here for edge in below if edge["agent_id"] == one]
        if depth >= least:
            for edge in edges:
                months = months_between(edge["since"], last)
                told = {"edge.depth": depth, "edge.months": months, "edge.year": months // 12 + 1}
                listed.append(_Step(edge["other_id"], {name: Decimal(value) for name, value in told.items()}))
        here = [edge["other_id"] for edge in edges]
    return listed


def _below(found: FoundMonth, kind: str, people: Sequence[int]) -> list[dict[str, Any]]:
    """Relations of a kind that lead from some people: those the run read, or as known now where it did not keep them."""
    read = _read(found, RELATIONS, f"and kind = '{kind}'", people)
    if read is not None:
        return read
    known = relations_of(found.reader.session, last_of(found.month), people).to_pylist()
    return [
        {"agent_id": one["from_id"], "other_id": one["to_id"], "since": one["since"]}
        for one in known
        if one["kind"] == kind
    ]


def _read(found: FoundMonth, dataset: str, condition: str, people: Sequence[int]) -> list[dict[str, Any]] | None:
    """What the run read of some people; None where it did not keep it."""
    kept = f"{dataset}_again" if found.is_again else dataset
    if not found.reader.published(kept, [found.run_day]):
        return None
    month, chosen = ("and month = ?", [found.month]) if found.is_again else ("", [])
    return found.reader.ask(
        f"select * from made where agent_id in ({', '.join(map(str, people))}) and rulebook = ? {condition} {month}",
        [found.rulebook, *chosen], made=(kept, [found.run_day]),
    )  # fmt: skip


def _values(found: FoundMonth, people: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """What the run published of others, as far as it may be seen."""
    if not people:
        return {}
    rows = found.reader.ask(
        f"select * from made where month = ? and rulebook = ? and agent_id in ({', '.join(map(str, sorted(set(people))))})",
        [found.month, found.rulebook], made=(AGAIN if found.is_again else VALUES, [found.run_day]),
    )  # fmt: skip
    return {row["agent_id"]: row for row in rows}


def _named(found: FoundMonth, rows: Sequence[tuple[int, Decimal]]) -> list[PersonRow]:
    numbers: dict[int, str] = {}
    if rows:
        asked = select(Agent.id, Agent.agent_no).where(Agent.id.in_([one for one, _part in rows]))
        numbers = {row.id: row.agent_no for row in found.reader.session.execute(asked)}
    people = [one for one, _part in rows]
    lines = difference_lines(found.reader, found.run_day, found.month, people) if found.is_again else {}
    listed = [
        PersonRow(one, person_name(found.reader, one), numbers.get(one, ""), part, line=lines.get(one, ""))
        for one, part in rows
    ]
    return sorted(listed, key=lambda row: (-abs(row.amount), row.person_id))
