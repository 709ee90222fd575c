"""Why an amount is what it is: the tree of its terms, worked out again from the tables a month left, in milliseconds.

Every term's value follows from its children; a list that is cut says how many are not listed and what they come to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlglot import exp

from calc.engine import Engine
from calc.rulebook import sql
from calc.rulebook.checked import Text
from calc.rulebook.earlier import OVER_TIME
from calc.rulebook.elements import Unit, Value
from calc.rulebook.explain_rows import Reading, key_of
from calc.rulebook.expression import FROM_TABLES, OVER, compiled, tier_of_product
from calc.rulebook.people import reach
from calc.rulebook.plan import Plan
from calc.rulebook.printing import printed
from calc.rulebook.relation import Relation, everything
from calc.rulebook.scope import KEYS
from calc.rulebook.sql import Sql
from calc.rulebook.sum_functions import who_counts
from calc.rulebook.syntax import Call, Expression, Name, Number, children
from calc.rulebook.terms import Term, from_table

LISTED = 50  # rows or persons that are listed one by one
DEEP = 6  # formulas of formulas


class Nobody(LookupError):
    """There is no such agent in the month, or no such element; the message says so."""


def explain(engine: Engine, plan: Plan, agent_id: object, element: str) -> Term:
    """The terms of an agent's element in the month the engine has just computed. Raises Nobody."""
    if not plan.variants.is_element(element) or plan.variants.grain(element) != "agent":
        raise Nobody(f"No line, measure or formula of agents is called {element}.")
    found = _Explaining(engine, plan).of("agent", agent_id, element, DEEP)
    if found is None:
        raise Nobody(f"There is no agent {agent_id} in this month.")
    return found


class _Explaining:
    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine, self.plan, self.variants = engine, plan, plan.variants
        self.read = Reading(engine, plan)
        self.builder = self.read.builder
        self.known: dict[tuple[str, str, str, int], Term | None] = {}
        self.summed: dict[tuple[object, ...], Term] = {}
        self.ways: dict[tuple[object, ...], str] = {}

    # -- elements

    def of(self, grain: str, key: object, element: str, deep: int) -> Term | None:
        """An element at a row; asked for again it is the same term."""
        asked = (grain, str(key), element, deep)
        if asked not in self.known:
            self.known[asked] = self._opened(grain, key, element, deep)
        return self.known[asked]

    def _opened(self, grain: str, key: object, element: str, deep: int) -> Term | None:
        row = self.read.row(grain, key)
        if row is None or row["variant"] is None:
            return None
        variant = row["variant"]
        if element in self.variants.measures:
            return self._measure(grain, key, element, variant, deep)
        texts = self.variants.texts(element, "expression", (variant,))
        inner = [self.nodes(grain, element, text, variant, deep, key) for _, text in texts]
        return Term(element, row[element], self.variants.result(element).unit, tuple(inner), "element", str(key))

    def nodes(self, grain: str, element: str, text: Text, variant: int, deep: int, key: object) -> Term:
        """The terms of a text at one row."""
        values = self.read.nodes(grain, key, element, variant, deep)
        return self._term(text.expression, text, values, _At(grain, key, element, variant, deep))

    def _term(self, node: Expression, text: Text, values: Mapping[Expression, Value], at: _At) -> Term:
        value, unit = values[node], text.types[node.span].unit
        if isinstance(node, Name):
            return self._name(node, value, unit, at)
        if tier := tier_of_product(node):
            x = self._term(tier.arguments[-1], text, values, at)
            earned = replace(tier, function="TIER_AMOUNT")
            found = from_table(
                self.variants, earned, [values[argument] for argument in tier.arguments[1:]], unit, at.variant
            )
            return Term(printed(node), value, unit, (x, *found))
        if isinstance(node, Call) and node.function in FROM_TABLES:
            inner = tuple(self._term(argument, text, values, at) for argument in node.arguments[1:])
            found = from_table(
                self.variants, node, [values[argument] for argument in node.arguments[1:]], unit, at.variant
            )
            return Term(printed(node), value, unit, (*inner, *found))
        if isinstance(node, Call) and node.function in OVER_TIME:
            return self._over_time(node, value, unit, at)
        if isinstance(node, Call) and node.function == "RUNNING":
            return self._running(node, text, value, unit, at)
        if isinstance(node, Call) and node.function in OVER:
            return self._over_people(node, text, value, unit, at)
        inner = tuple(self._term(child, text, values, at) for child in children(node))
        return Term(printed(node), value, unit, inner)

    def _name(self, node: Name, value: Value, unit: Unit | None, at: _At) -> Term:
        if node.owner or at.deep <= 0 or not self.variants.is_element(node.name):
            return Term(node.written, value, unit, kind="element" if not node.owner else "node")
        grain = self.variants.grain(node.name)
        key = at.key if grain == at.grain else self.read.coarser(at.grain, at.key, at.variant, grain)
        opened = self.of(grain, key, node.name, at.deep - 1)
        return opened or Term(node.written, value, unit, kind="element")

    # -- measures

    def _measure(self, grain: str, key: object, name: str, variant: int, deep: int) -> Term:
        measure = self.variants.measures[name]
        row_found = self.read.row(grain, key)
        value = row_found[name] if row_found else None
        unit = self.variants.result(name).unit
        listed = self.read.measured(grain, key, name)
        shown = {text.expression for _, text in self.variants.texts(name, "expression")}
        named = next((one.name for one in shown if len(shown) == 1 and isinstance(one, Name) and not one.owner), "")
        if named and deep > 0:
            self.read.together(measure.of, [found[0] for found in _largest_first(listed)[:LISTED]], named)

        def row(found: tuple[Any, ...]) -> Term:
            opened = self.of(measure.of, found[0], named, 0) if named and deep > 0 else None
            inner = (opened,) if opened else ()
            return Term(found[0], found[1], unit, inner, "fact" if measure.of not in KEYS else "person", str(found[0]))

        return _cut(Term(name, value, unit, kind="element", key=str(key)), listed, row)

    # -- time and people

    def _over_time(self, call: Call, value: Value, unit: Unit | None, at: _At) -> Term:
        name = call.arguments[0]
        assert isinstance(name, Name)
        count = int(call.arguments[1].value) if len(call.arguments) > 1 and isinstance(call.arguments[1], Number) else 0
        start = {"QTD": "quarter_0_from", "YTD": "year_0_from", "PRIOR": f"month_{count}_from"}.get(
            call.function, f"month_{max(count - 1, 0)}_from"
        )
        until = exp.LTE if call.function == "PRIOR" else exp.LT
        end = sql.day(start) if call.function == "PRIOR" else sql.day("first_day")
        month = sql.column("month")
        past = exp.select(exp.cast(month, "text"), sql.column(name.name)).from_(sql.table("history whole", "r"))
        past = past.where(sql.equal(sql.column("agent_id"), key_of(at.key)))
        past = past.where(exp.GTE(this=month.copy(), expression=sql.day(start))).where(
            until(this=month.copy(), expression=end)
        )
        found = [Term(row[0], row[1], unit, kind="month") for row in sorted(self.read.rows(past)) if row[1] is not None]
        if call.function != "PRIOR":
            now = self.of("agent", at.key, name.name, at.deep - 1) if at.deep > 0 else None
            found += [now] if now else []
        return Term(printed(call), value, unit, tuple(found))

    def _running(self, call: Call, text: Text, value: Value, unit: Unit | None, at: _At) -> Term:
        """The agent's rows of the month up to this one, each with its part, in their order."""
        fact = self.variants.facts[at.grain]
        relation, order = self.read.rows_up_to(at.grain, at.key)
        scope = self.builder.scope(at.grain, relation, self.variants.all, at.element)
        piece = compiled(call.arguments[0], text.types, scope)
        columns = [sql.column(f"{at.grain}.{fact.key}"), piece.sql, order]
        named = [sql.named(column, f"c{number}") for number, column in enumerate(columns)]
        listed = sorted(self.read.rows(relation.select(named)), key=lambda row: (row[2], row[0]))
        kept, rest = listed[-LISTED:], [_amount(row[1]) for row in listed[:-LISTED]]
        parts = tuple(
            Term(str(row[0]), row[1] if row[1] is not None else Decimal(0), unit, kind="fact", key=str(row[0]))
            for row in kept
        )
        return Term(printed(call), value, unit, parts, unlisted=len(rest), unlisted_total=sum(rest, Decimal(0)))

    def _over_people(self, call: Call, text: Text, value: Value, unit: Unit | None, at: _At) -> Term:
        """The persons summed, each with his part; however often an element is opened they are read once."""
        asked = (at.grain, str(at.key), at.element, at.variant, call.span.start)
        if asked not in self.summed:
            self.summed[asked] = self._persons(call, text, value, unit, at)
        return self.summed[asked]

    def _persons(self, call: Call, text: Text, value: Value, unit: Unit | None, at: _At) -> Term:
        relation = self._people(call, at)
        scope = replace(
            self.builder.scope("agent", relation, (at.variant,), at.element), variant=sql.number(at.variant)
        )
        piece = compiled(call.arguments[0], text.types, scope)
        part: Sql = piece.sql
        if call.function == "SPREAD":
            over = exp.paren(exp.Sub(this=sql.column("my rate"), expression=sql.column("so far")))
            higher = exp.GT(this=sql.column("my rate"), expression=sql.column("so far"))
            part = sql.case([(higher, exp.Mul(this=exp.paren(part), expression=over))], sql.number(0))
        listed = self.read.rows(relation.select([sql.named(sql.column("agent_id"), "key"), sql.named(part, "value")]))
        return _cut(
            Term(printed(call), value, unit),
            listed,
            lambda row: Term(str(row[0]), row[1], unit, kind="person", key=str(row[0])),
        )

    def _people(self, call: Call, at: _At) -> Relation:
        agents = sql.table(self.plan.current["agent"], "x")
        if call.function == "TEAM":
            led = exp.select(sql.column("team_id", "t")).from_(sql.table("team", "t"))
            led = led.where(sql.equal(sql.column("leader_id", "t"), key_of(at.key)))
            return Relation(
                exp.select(everything("x"))
                .from_(agents)
                .where(exp.In(this=sql.column("team_id", "x"), query=led.subquery()))
            )
        way = self._walk(call, at)
        columns: list[Sql] = [
            everything("x"), sql.named(key_of(at.key), "edge from"), sql.named(sql.column("since", "w"), "edge since"),
            sql.named(sql.column("depth", "w"), "edge depth"), sql.named(sql.column("so far", "w"), "so far"),
            sql.named(sql.column("my rate", "w"), "my rate"),
        ]  # fmt: skip
        rows = exp.select(*columns).from_(sql.table(way, "w"))
        return Relation(rows.join(agents, on=sql.equal(sql.column("agent_id", "x"), sql.column("other_id", "w"))))

    def _pairs(self, call: Call, at: _At) -> str:
        """The table of who is summed for whom, where only some count as a step; else nothing."""
        if who_counts(call) is None:
            return ""
        found = self.builder.sums_for(at.element, call.span.start, (at.variant,))
        return found[0][1].pairs

    def _walk(self, call: Call, at: _At) -> str:
        """The table of everyone in reach of one agent, with the highest rate on the way for SPREAD; gives back its name."""
        kind, least, most = ("reporting", 1, None) if call.function == "SPREAD" else reach(call)
        rate = "null::decimal(18,6)"
        if call.function == "SPREAD":
            name = call.arguments[1]
            assert isinstance(name, Name)
            rate = sql.column(f"{name.owner}.{name.name}" if name.owner else name.name, "x").sql("duckdb")
        pairs = self._pairs(call, at)
        asked = (kind, least, most, rate, str(at.key), pairs)
        if asked in self.ways:
            return self.ways[asked]
        way = self.ways[asked] = f"way down {len(self.ways) + 1}"
        if pairs:
            self.engine.connection.execute(
                f"""create or replace temp table "{way}" as
                select other_id, since, depth, null::decimal(18,6) as "so far", null::decimal(18,6) as "my rate"
                from {sql.table(pairs).sql("duckdb")} where agent_id = $key and depth >= $least""",
                {"key": at.key, "least": least},
            )
            return way
        current = sql.table(self.plan.current["agent"]).sql("duckdb")
        edges = sql.table(f"edges {kind}").sql("duckdb")
        self.engine.connection.execute(
            f"""create or replace temp table "{way}" as
            with recursive way(other_id, since, depth, so_far) as (
                select e.to_id, e.since, 1, {rate} from {edges} e left join {current} x on x.agent_id = e.to_id
                where e.from_id = $key
                union all
                select e.to_id, e.since, way.depth + 1, greatest(way.so_far, {rate})
                from way join {edges} e on e.from_id = way.other_id left join {current} x on x.agent_id = e.to_id
                where way.depth < $most)
            select other_id, since, depth, so_far as "so far", (select {rate} from {current} x where x.agent_id = $key) as "my rate"
            from way where depth >= $least""",
            {"key": at.key, "most": most or 1000, "least": least},
        )
        return way


@dataclass(frozen=True, slots=True)
class _At:
    """Where an explanation stands: a row, the element looked at, whose rules hold, and how much deeper it may go."""

    grain: str
    key: object
    element: str
    variant: int
    deep: int


def _cut(term: Term, listed: list[tuple[Any, ...]], shown: Any) -> Term:
    """The largest parts one by one, the rest as their number and total."""
    ordered = _largest_first(listed)
    rest = [_amount(row[1]) for row in ordered[LISTED:]]
    return replace(
        term, children=tuple(shown(row) for row in ordered[:LISTED]), unlisted=max(0, len(ordered) - LISTED),
        unlisted_total=sum(rest, Decimal(0)),
    )  # fmt: skip


def _largest_first(listed: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(listed, key=lambda row: (-abs(_amount(row[1])), str(row[0])))


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value) if isinstance(value, int) else Decimal(0)
