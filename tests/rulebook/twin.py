"""A month of a rulebook in plain Python: the slow twin, written from the language page, row by row and person by person.

It knows nothing of the compiler; it shares only the parser's trees with it. Tables are lists of dictionaries.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache
from typing import Any

from calc.rulebook.elements import Book, Formula, Ladder, Line, Measure, Move
from calc.rulebook.reading import parse
from calc.rulebook.syntax import Call, Expression, Name, Number
from tests.rulebook.twin_values import (
    BROKEN,
    EXACT,
    MISSING,
    Found,
    Nothing,
    Row,
    RowProblem,
    add_months,
    found,
    met,
    months_between,
    worked_out,
)

Cells = Mapping[str, Any]
BROADER = {"agent": ("team", "institution"), "team": ("institution",), "institution": ()}


@dataclass(frozen=True)
class Given:
    """What one month is computed from; the tables are those of decision 7."""

    month: dt.date  # its first day
    agents: Sequence[Cells] = ()
    teams: Sequence[Cells] = ()
    relations: Sequence[Cells] = ()
    facts: Mapping[str, Sequence[Cells]] = field(default_factory=dict)
    rules: Sequence[Cells] = ()  # none: the only variant holds for everyone

    @property
    def last_day(self) -> dt.date:
        return self.month.replace(day=calendar.monthrange(self.month.year, self.month.month)[1])


@dataclass(frozen=True, order=True)
class Trouble:
    """A problem of a row: whose it is, of which element, in which of its texts."""

    grain: str
    key: str
    element: str
    part: str = "expression"
    reason: str = field(default="", compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Paid:
    """One line of one agent."""

    earned: Decimal
    cut: Decimal
    held: Decimal
    released: Decimal

    @property
    def paid(self) -> Decimal:
        return self.earned - self.cut - self.held + self.released


@dataclass(frozen=True)
class Moved:
    """Where a ladder leads an agent; `move` counts from 1 in the ladder's own order."""

    from_rank: str
    to_rank: str
    kind: str
    move: int


@dataclass(frozen=True)
class MonthDone:
    """Everything a month gives. Values without one (missing, or with a problem) are None."""

    values: Mapping[tuple[str, str, str], Any]  # grain, key, element
    lines: Mapping[tuple[str, str], Paid]  # agent, line
    moves: Mapping[tuple[str, str], Moved]  # agent, ladder
    troubles: frozenset[Trouble]


History = dict[tuple[dt.date, str], dict[str, Any]]  # month and agent: values


@lru_cache(maxsize=4096)
def tree(text: str) -> Expression:
    """The tree of a text that the check has passed."""
    return parse(text)


def a_month(variants: Mapping[str, Book], given: Given, history: History | None = None) -> MonthDone:
    """One month for everyone."""
    with localcontext(EXACT):
        return _Month(variants, given, history or {}).done()


def months(variants: Mapping[str, Book], givens: Iterable[Given]) -> list[MonthDone]:
    """Months one after the other, each with the agents' values of those before."""
    history: History = {}
    done = []
    for given in givens:
        done.append(a_month(variants, given, history))
        for (grain, key, element), value in done[-1].values.items():
            if grain == "agent":
                history.setdefault((given.month, key), {})[element] = value
    return done


def together(variants: Mapping[str, Book]) -> Book:
    """What any variant names: of what several have, grain and rows are the same in all."""
    books = list(reversed(variants.values()))
    measures = {name: one for book in books for name, one in book.measures.items()}
    formulas = {name: one for book in books for name, one in book.formulas.items()}
    return replace(books[-1], measures=measures, formulas=formulas)


class _Month:
    def __init__(self, variants: Mapping[str, Book], given: Given, history: History) -> None:
        self.variants, self.given, self.history = variants, given, history
        self.book = together(variants)
        self.known: dict[tuple[str, str, str], Found] = {}
        self.troubles: set[Trouble] = set()

    # -- rows

    @cached_property
    def rows(self) -> dict[str, dict[str, Cells]]:
        """Every grain's rows by key; a fact's with those of other months."""
        rows = {
            name: {row[fact.key]: row for row in self.given.facts.get(name, ())}
            for name, fact in self.book.facts.items()
        }
        rows["agent"] = {row["agent_id"]: row for row in self.given.agents}
        rows["team"] = {row["team_id"]: row for row in self.given.teams}
        placed = [
            row["institution_id"]
            for row in (*self.given.agents, *self.given.teams)
            if row["institution_id"] is not None
        ]
        rows["institution"] = {key: {"institution_id": key} for key in placed}
        return rows

    def in_month(self, grain: str) -> list[str]:
        """The keys of a grain's rows of this month."""
        fact = self.book.facts.get(grain)
        if fact is None or not fact.month_of:
            return list(self.rows[grain])
        return [
            key
            for key, row in self.rows[grain].items()
            if self._within(row[fact.month_of], self.given.month, self.given.month)
        ]

    def _within(self, day: dt.date | None, first: dt.date, last: dt.date) -> bool:
        return day is not None and first <= day.replace(day=1) <= last

    def coarser(self, grain: str, key: str, wanted: str) -> str | None:
        """The row of a coarser grain that a row belongs to, or None."""
        row = self.rows[grain].get(key)
        if grain == wanted or row is None:
            return key if row is not None else None
        if grain in BROADER:
            return row.get(f"{wanted}_id")
        agent = row.get(self.book.facts[grain].agent)
        return self.coarser("agent", agent, wanted) if agent in self.rows["agent"] else None

    def rules(self, grain: str, key: str) -> Book:
        """The variant that holds for a row."""
        if not self.given.rules:
            return next(iter(self.variants.values()))
        row, day = self.rows[grain][key], self.given.last_day
        institution = row.get("institution_id")
        if fact := self.book.facts.get(grain):
            day = row[fact.rules_of] if fact.rules_of else day
            institution = row[fact.institution]
        for rule in self.given.rules:
            if (
                rule["institution_id"] == institution
                and rule["valid_from"] <= day
                and (rule["valid_to"] is None or day < rule["valid_to"])
            ):
                return self.variants[rule["variant"]]
        raise LookupError(f"no rules for {grain} {key} on {day}")

    # -- values

    def value(self, grain: str, key: str, element: str) -> Found:
        """An element at a row, worked out once. A problem is written down and leaves no value."""
        at = (grain, key, element)
        if at not in self.known:
            book = self.rules(grain, key)
            rule = book.formulas.get(element) or book.measures.get(element)
            if rule is None:  # these rules do not have it; rows that follow others may still have a problem
                if element in self.book.measures:
                    self._aggregate(self.book.measures[element], grain, key)
                return MISSING
            part = "expression"
            value = (
                self._aggregate(rule, grain, key)
                if isinstance(rule, Measure)
                else self.try_at(grain, key, element, part, rule.expression)
            )
            self.known[at] = self._within_bounds(rule, at, value)
        return self.known[at]

    def try_at(self, grain: str, key: str, element: str, part: str, text: str) -> Found:
        """A text at a row; a problem is written down."""
        try:
            return worked_out(tree(text), self.row(grain, key))
        except RowProblem as problem:
            if not problem.follows:
                self.troubles.add(Trouble(grain, key, element, part, problem.reason, problem.span.start))
            return BROKEN

    def must_at(self, grain: str, key: str, element: str, part: str, text: str) -> Found:
        """As `try_at`, where a missing value is a problem too."""
        value = self.try_at(grain, key, element, part, text)
        if value == MISSING:
            self.troubles.add(Trouble(grain, key, element, part, "missing"))
            return BROKEN
        return value

    def _within_bounds(self, rule: Formula | Measure, at: tuple[str, str, str], value: Found) -> Found:
        low, high = rule.quantity.low, rule.quantity.high
        if isinstance(value, Decimal) and ((low is not None and value < low) or (high is not None and value > high)):
            self.troubles.add(Trouble(*at, reason="bounds"))
            return BROKEN
        return value

    def row(self, grain: str, key: str) -> Row:
        return Row(
            self.rules(grain, key),
            lambda name: self.named(grain, key, name),
            lambda call: self.running(grain, key, call) if call.function == "RUNNING" else self.over(key, call),
        )

    def named(self, grain: str, key: str, name: Name) -> Found:
        """What a name stands for at a row."""
        match name.owner:
            case "":
                rule = self.book.formulas.get(name.name) or self.book.measures[name.name]
                owner = self.coarser(grain, key, rule.grain)
                return (
                    MISSING
                    if owner is None or owner not in self.rows[rule.grain]
                    else self.value(rule.grain, owner, name.name)
                )
            case "p":
                return found(self.rules(grain, key).parameters[name.name].value)
            case "month":
                return self._of_month(name.name)
        if name.owner == grain or name.owner in BROADER:
            owner = self.coarser(grain, key, name.owner)
        else:
            owner = self.rows[grain][key][self.book.facts[grain].refers[name.owner]]
        cells = self.rows[name.owner].get(owner) if owner is not None else None
        return MISSING if cells is None else found(cells.get(name.name))

    def _of_month(self, column: str) -> Found:
        last = self.given.last_day
        numbers = {"days": last.day, "number": last.month, "year": last.year}
        days = {"first_day": self.given.month, "last_day": last}
        return days[column] if column in days else Decimal(numbers[column])

    # -- aggregates

    def _aggregate(self, measure: Measure, grain: str, key: str) -> Found:
        rows = [row for row in self._window(measure) if self.coarser(measure.of, row, grain) == key]
        values: list[Found] = []
        for row in rows:
            text = self.rules(measure.of, row).measures.get(measure.name)
            if text is None:  # by the rules of this row nothing is measured
                continue
            chosen = self.must_at(measure.of, row, measure.name, "where", text.where) if text.where else True
            if chosen is True:
                values.append(
                    self.must_at(measure.of, row, measure.name, "expression", text.expression)
                    if text.expression
                    else True
                )
            elif isinstance(chosen, Nothing):
                values.append(BROKEN)
        return BROKEN if BROKEN in values else self.together(measure, values)

    def together(self, measure: Measure, values: list[Any]) -> Found:
        match measure.aggregate:
            case "sum":
                return sum(values, Decimal(0))
            case "count":
                return Decimal(len(values))
            case "count_distinct":
                return Decimal(len(set(values)))
            case "min":
                return min(values, default=MISSING)
        return max(values, default=MISSING)

    def _window(self, measure: Measure) -> list[str]:
        """The rows a measure looks at, over everyone."""
        fact = self.book.facts.get(measure.of)
        if fact is None or not fact.month_of:
            return list(self.rows[measure.of])
        last = add_months(self.given.month, -measure.ago)
        firsts = {"month": last, "quarter": quarter_start(last), "year": last.replace(month=1), "all": dt.date.min}
        return [
            key
            for key, row in self.rows[measure.of].items()
            if self._within(row[fact.month_of], firsts[measure.window], last)
        ]

    # -- time and people

    def over(self, agent: str, call: Call) -> Found:
        """A function over time or over people, for an agent."""
        if call.function in ("PRIOR", "ROLLING_SUM", "QTD", "YTD"):
            return self._over_time(agent, call)
        if call.function == "SPREAD":
            return self._spread(agent, call)
        total = Decimal(0)
        stops: list[RowProblem] = []
        counts = call.arguments[{"DOWNLINE": 2, "GENERATION": 3}.get(call.function, 9) :]
        people = self._compressed(agent, call, counts[0], stops) if counts else self._people(agent, call)
        for person, edge in people:
            row = Row(self.rules("agent", agent), self._pair_names(agent, person, edge), self._nothing_over)
            try:
                total += met(call.arguments[0], worked_out(call.arguments[0], row))  # type: ignore[operator]
            except RowProblem as problem:
                stops.append(problem)
        if stops:  # one who is merely missing is told before those who have problems of their own
            raise min(stops, key=lambda problem: problem.follows)
        return total

    def running(self, grain: str, key: str, call: Call) -> Found:
        """A value over the agent's rows of the month up to this one, by day and key."""
        fact, name = self.book.facts[grain], call.arguments[0]
        assert isinstance(name, Name)
        rows, total, stops = self.rows[grain], Decimal(0), []
        alike = [other for other in self.in_month(grain) if rows[other][fact.agent] == rows[key][fact.agent]]
        for other in sorted(alike, key=lambda other: (rows[other][fact.month_of], other)):
            if name.owner or name.name in self.rules(grain, other).formulas:
                value = self.named(grain, other, name)
                if isinstance(value, Nothing):
                    stops.append(RowProblem(name.span, "missing", value.broken))
                else:
                    total += value  # type: ignore[operator]
            if other == key:
                break
        if stops:
            raise min(stops, key=lambda problem: problem.follows)
        return total

    def _nothing_over(self, call: Call) -> Found:
        raise AssertionError(f"{call.function} inside a function over people")

    def _over_time(self, agent: str, call: Call) -> Found:
        name, *length = call.arguments
        assert isinstance(name, Name)
        this = self.given.month
        months = int(length[0].value) if length and isinstance(length[0], Number) else 1
        if call.function == "PRIOR":
            return found(self.history.get((add_months(this, -months), agent), {}).get(name.name))
        first = {"ROLLING_SUM": add_months(this, 1 - months), "QTD": quarter_start(this), "YTD": this.replace(month=1)}[
            call.function
        ]
        total = met(name, self.named("agent", agent, name))
        while first < this:
            total += self.history.get((first, agent), {}).get(name.name) or Decimal(0)  # type: ignore[operator]
            first = add_months(first, 1)
        return total

    def _people(self, agent: str, call: Call) -> list[tuple[str, dict[str, Decimal]]]:
        """Whose values a function sums, each with the columns of its edge."""
        if call.function == "TEAM":
            led = {team["team_id"] for team in self.given.teams if team["leader_id"] == agent}
            return [(row["agent_id"], {}) for row in self.given.agents if row["team_id"] in led]
        kind, shortest, deepest = self._reach(call)
        return [
            (way[-1][0], self._edge(way))
            for way in self._ways(agent, kind)
            if shortest <= len(way) <= deepest and way[-1][0] in self.rows["agent"]
        ]

    def _compressed(
        self, agent: str, call: Call, counts: Expression, stops: list[RowProblem]
    ) -> list[tuple[str, dict[str, Decimal]]]:
        """The same, where only some persons of the way count as a step: looked at from the other person upwards."""
        kind, shortest, deepest = self._reach(call)
        found = []
        for way in self._ways(agent, kind):
            edge, met_on_the_way = {**self._edge(way), "depth": Decimal(1)}, []
            for person, _ in reversed(way[:-1]):
                if person in self.rows["agent"]:
                    row = Row(self.rules("agent", agent), self._pair_names(agent, person, edge), self._nothing_over)
                    try:
                        counted = met(counts, worked_out(counts, row))
                    except RowProblem as problem:
                        met_on_the_way.append(problem)
                        counted = False
                    edge = {**edge, "depth": edge["depth"] + bool(counted)}
            if shortest <= edge["depth"] <= deepest and way[-1][0] in self.rows["agent"]:
                stops += met_on_the_way
                found.append((way[-1][0], edge))
        return found

    @staticmethod
    def _reach(call: Call) -> tuple[str, int, int]:
        """The relation a function goes along, and how many steps at least and at most."""
        kind, shortest, deepest = "reporting", 1, 10**6
        if call.function == "DIRECT":
            deepest = 1
        elif call.function == "DOWNLINE" and len(call.arguments) > 1:
            deepest = int(call.arguments[1].value)  # type: ignore[union-attr]
        elif call.function == "GENERATION":
            kind, shortest = call.arguments[1].name, int(call.arguments[2].value)  # type: ignore[union-attr]
            deepest = shortest
        return kind, shortest, deepest

    def _ways(self, agent: str, kind: str) -> list[list[tuple[str, dt.date]]]:
        """Every way down from an agent: steps of person and first day."""
        below = [
            (row["to_id"], row["since"])
            for row in self.given.relations
            if row["kind"] == kind and row["from_id"] == agent
        ]
        return [way for step in below for way in ([step], *([step, *rest] for rest in self._ways(step[0], kind)))]

    def _edge(self, way: list[tuple[str, dt.date]]) -> dict[str, Decimal]:
        whole = months_between(way[-1][1], self.given.last_day)
        return {"depth": Decimal(len(way)), "months": Decimal(whole), "year": Decimal(whole // 12 + 1)}

    def _pair_names(self, agent: str, person: str, edge: dict[str, Decimal]) -> Any:
        def named(name: Name) -> Found:
            if name.owner == "edge":
                return edge[name.name]
            if name.owner == "my":
                known = name.name in self.book.formulas or name.name in self.book.measures
                return self.named("agent", agent, Name("" if known else "agent", name.name, name.span))
            return self.named("agent", agent if name.owner == "p" else person, name)

        return named

    def _spread(self, agent: str, call: Call) -> Found:
        x, rate = call.arguments
        stops: list[RowProblem] = []
        there = [way for way in self._ways(agent, "reporting") if way[-1][0] in self.rows["agent"]]
        mine = self._or_stop(rate, agent, stops)
        total = Decimal(0)
        for way in there:
            rates = [self._or_stop(rate, person, stops) for person, _ in way if person in self.rows["agent"]]
            amount = self._or_stop(x, way[-1][0], stops)
            if not stops:
                total += amount * max(mine - max(rates), Decimal(0))  # type: ignore[operator, type-var]
        if stops:  # one who is merely missing is told before those who have problems of their own
            raise min(stops, key=lambda problem: problem.follows)
        return total

    def _or_stop(self, node: Expression, person: str, stops: list[RowProblem]) -> Found:
        """A person's value; without one, what stops the sum."""
        try:
            return met(node, worked_out(node, self.row("agent", person)))
        except RowProblem as problem:
            stops.append(problem)
            return MISSING

    # -- the whole month

    def done(self) -> MonthDone:
        values = {}
        for rule in (*self.book.measures.values(), *self.book.formulas.values()):
            for key in self.in_month(rule.grain):
                value = self.value(rule.grain, key, rule.name)
                values[rule.grain, key, rule.name] = None if isinstance(value, Nothing) else value
        agents = [(key, self.rules("agent", key)) for key in self.rows["agent"]]
        lines = {(key, line.name): self._line(key, line) for key, book in agents for line in book.lines.values()}
        moves = {
            (key, ladder.name): self._move(key, ladder) for key, book in agents for ladder in book.ladders.values()
        }
        return MonthDone(
            values,
            {at: line for at, line in lines.items() if line},
            {at: move for at, move in moves.items() if move},
            frozenset(self.troubles),
        )

    def _line(self, agent: str, line: Line) -> Paid | None:
        """A line of an agent, or None where it has a problem."""
        texts = {"pays": line.pays, "cap": line.cap, "hold": line.hold, "release": line.release}
        amounts = {part: self.must_at("agent", agent, line.name, part, text) for part, text in texts.items() if text}
        if any(isinstance(amount, Nothing) for amount in amounts.values()):
            return None
        earned: Any = amounts["pays"]
        cut = max(earned - amounts["cap"], Decimal(0)) if line.cap else Decimal(0)
        return Paid(earned, cut, amounts.get("hold", Decimal(0)), amounts.get("release", Decimal(0)))  # type: ignore[arg-type]

    def _move(self, agent: str, ladder: Ladder) -> Moved | None:
        """The move that decides about an agent, or None where none does or a condition has a problem."""
        rank = self.rows["agent"][agent][ladder.rank]
        moves = [(at, move) for at, move in enumerate(ladder.moves, 1) if move.from_rank == rank]
        for at, move in sorted(moves, key=lambda pair: pair[1].kind != "promotion"):
            holds = self.must_at("agent", agent, ladder.name, f"move {at}", move.when)
            if isinstance(holds, Nothing):
                return None
            if to := _leads(move, bool(holds)):
                return Moved(rank, to, "demotion" if move.kind == "maintenance" and not holds else move.kind, at)
        return None


def _leads(move: Move, holds: bool) -> str:
    """The rank a move leads to, or nothing where it does not decide."""
    if move.kind == "maintenance":
        return move.from_rank if holds else move.otherwise
    return move.to_rank if holds else ""


def quarter_start(month: dt.date) -> dt.date:
    """The first day of a month's quarter."""
    return month.replace(month=(month.month - 1) // 3 * 3 + 1, day=1)
