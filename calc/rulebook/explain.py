"""Why an amount is what it is: the tree of its terms, worked out again from the tables a month left, in milliseconds.

Every term's value follows from its children; a list that is cut says how many are not listed and what they come to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlglot import exp

from calc.engine import Engine
from calc.rulebook import lookups, sql
from calc.rulebook.builder import Builder
from calc.rulebook.checked import Text
from calc.rulebook.elements import Table, Unit, Value
from calc.rulebook.expression import FROM_TABLES, OVER, compiled, tier_of_product
from calc.rulebook.people import OVER_TIME, reach
from calc.rulebook.plan import Plan, placeholders, window_day
from calc.rulebook.printing import printed
from calc.rulebook.relation import Relation, everything
from calc.rulebook.scope import KEYS
from calc.rulebook.sides import parts
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Expression, Name, Number, children
from calc.rulebook.units import half_away

LISTED = 50  # rows or persons that are listed one by one
DEEP = 6  # formulas of formulas


@dataclass(frozen=True, slots=True)
class Term:
    """A node of a formula, a band, a table's row, a person or a fact's row, with what it comes to."""

    text: str
    value: Value
    unit: Unit | None
    children: tuple[Term, ...] = ()
    kind: str = "node"  # node, element, band, row, person, fact, month
    key: str = ""  # whose row it is, where it is another's
    unlisted: int = 0  # children that are not listed
    unlisted_total: Decimal = Decimal(0)


def explain(engine: Engine, plan: Plan, agent_id: object, element: str) -> Term:
    """The terms of an agent's element in the month the engine has just computed. Raises LookupError for nobody's."""
    found = _Explaining(engine, plan).of("agent", agent_id, element, DEEP)
    if found is None:
        raise LookupError(f"There is no agent {agent_id} in this month.")
    return found


class _Explaining:
    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine, self.plan, self.variants = engine, plan, plan.variants
        self.builder = Builder.of(plan)
        self.first = engine.connection.execute("select first_day from month").fetchall()[0][0]
        self.known: dict[tuple[str, object, str, int], Term | None] = {}
        self.whole: dict[tuple[str, object], Mapping[str, Any] | None] = {}
        self.worked: dict[tuple[str, object, str], Mapping[Expression, Value]] = {}

    # -- asking

    def rows(self, query: exp.Select) -> list[tuple[Any, ...]]:
        days = {name: window_day(name, self.first) for name in placeholders(query)}
        found: list[tuple[Any, ...]] = self.engine.connection.execute(sql.spelled(query, "duckdb"), days).fetchall()
        return found

    def _one_row(self, grain: str, key: object) -> exp.Select:
        """A row of a grain with all that was worked out for it."""
        current = self.plan.current[grain]
        if grain in KEYS:
            chosen = exp.select(everything("s")).from_(sql.table(current, "s"))
            return chosen.where(sql.equal(sql.column(KEYS[grain], "s"), _key(key)))
        fact = self.variants.facts[grain]
        return self._fact_rows(grain, sql.equal(sql.column(fact.key), _key(key)))

    def _fact_rows(self, fact: str, where: Sql) -> exp.Select:
        """Rows of a fact as they were given, with the elements worked out for them."""
        declared = self.variants.facts[fact]
        month = self.builder.month_filter(fact)
        base = self.builder.base(
            fact, self.builder.fact_columns(fact), where if month is None else sql.both(where, month)
        )
        if fact not in self.plan.current:
            return base
        elements = [n for n in self.variants.formulas if self.variants.formulas[n].grain == fact]
        marks = [f"{n}!" for n in elements if self.plan.states[n].has_mark]
        listed = [everything("b"), *(sql.named(sql.column(n, "s"), n) for n in (*elements, *marks))]
        key = f"{fact}.{declared.key}"
        return (
            exp.select(*listed).from_(base.subquery(exp.to_identifier("b", quoted=True)))
            .join(sql.table(self.plan.current[fact], "s"), on=sql.equal(sql.column(key, "s"), sql.column(key, "b")))
        )  # fmt: skip

    def _found(self, grain: str, key: object) -> Mapping[str, Any] | None:
        """A row with its variant and all that was worked out for it, read once; None for one that is not there."""
        if (grain, key) not in self.whole:
            names = ["variant", *(n for n in self.plan.states if self._is_of(n, grain))]
            if grain in KEYS:
                names += [n for n in self.variants.measures if self._is_of(n, grain) and n not in names]
            rows = self.rows(Relation(self._one_row(grain, key)).select([sql.column(name) for name in names]))
            self.whole[grain, key] = dict(zip(names, rows[0], strict=True)) if rows else None
        return self.whole[grain, key]

    def _is_of(self, name: str, grain: str) -> bool:
        return self.variants.is_element(name) and self.variants.grain(name) == grain

    # -- elements

    def of(self, grain: str, key: object, element: str, deep: int) -> Term | None:
        """An element at a row; asked for again it is the same term."""
        asked = (grain, key, element, deep)
        if asked not in self.known:
            self.known[asked] = self._opened(grain, key, element, deep)
        return self.known[asked]

    def _opened(self, grain: str, key: object, element: str, deep: int) -> Term | None:
        row = self._found(grain, key)
        if row is None or row["variant"] is None:
            return None
        variant = row["variant"]
        if element in self.variants.measures:
            return self._measure(grain, key, element, variant, deep)
        text = self.variants.texts(element, "expression", (variant,))[0][1]
        inner = self.nodes(grain, element, text, variant, deep, key)
        return Term(element, row[element], self.variants.result(element).unit, (inner,), "element", str(key))

    def nodes(self, grain: str, element: str, text: Text, variant: int, deep: int, key: object) -> Term:
        """The terms of a text at one row."""
        if (grain, key, element) not in self.worked:
            self.worked[grain, key, element] = self._values(grain, element, text, variant, key)
        values = self.worked[grain, key, element]
        return self._term(text.expression, text, values, _At(grain, key, element, variant, deep))

    def _values(self, grain: str, element: str, text: Text, variant: int, key: object) -> Mapping[Expression, Value]:
        """What every node comes to, in one statement."""
        relation = Relation(self._one_row(grain, key))
        scope = replace(self.builder.scope(grain, relation, (variant,), element), variant=sql.number(variant))
        listed = list(_worked_out(text.expression))
        columns = []
        for at, node in enumerate(listed):
            piece = compiled(node, text.types, scope)
            columns.append(sql.named(piece.sql, f"n{at}"))
        return dict(zip(listed, self.rows(relation.select(columns))[0], strict=True))

    def _term(self, node: Expression, text: Text, values: Mapping[Expression, Value], at: _At) -> Term:
        value, unit = values[node], text.types[node.span].unit
        if isinstance(node, Name):
            return self._name(node, value, unit, at)
        if tier := tier_of_product(node):
            x = self._term(tier.arguments[-1], text, values, at)
            earned = replace(tier, function="TIER_AMOUNT")
            found = self._from_table(earned, [values[argument] for argument in tier.arguments[1:]], unit, at.variant)
            return Term(printed(node), value, unit, (x, *found))
        if isinstance(node, Call) and node.function in FROM_TABLES:
            inner = tuple(self._term(argument, text, values, at) for argument in node.arguments[1:])
            found = self._from_table(node, [values[argument] for argument in node.arguments[1:]], unit, at.variant)
            return Term(printed(node), value, unit, (*inner, *found))
        if isinstance(node, Call) and node.function in OVER_TIME:
            return self._over_time(node, value, unit, at)
        if isinstance(node, Call) and node.function in OVER:
            return self._over_people(node, text, value, unit, at)
        inner = tuple(self._term(child, text, values, at) for child in children(node))
        return Term(printed(node), value, unit, inner)

    def _name(self, node: Name, value: Value, unit: Unit | None, at: _At) -> Term:
        if node.owner or at.deep <= 0 or not self.variants.is_element(node.name):
            return Term(node.written, value, unit, kind="element" if not node.owner else "node")
        grain = self.variants.grain(node.name)
        key = at.key if grain == at.grain else self._coarser(at, grain)
        opened = self.of(grain, key, node.name, at.deep - 1)
        return opened or Term(node.written, value, unit, kind="element")

    def _coarser(self, at: _At, grain: str) -> object:
        relation = Relation(self._one_row(at.grain, at.key))
        alias = self.builder.scope(at.grain, relation, (at.variant,)).coarser(grain)
        return self.rows(relation.select([sql.column(KEYS[grain], alias)]))[0][0]

    # -- measures

    def _measure(self, grain: str, key: object, name: str, variant: int, deep: int) -> Term:
        measure = self.variants.measures[name]
        row_found = self._found(grain, key)
        value = row_found[name] if row_found else None
        unit = self.variants.result(name).unit
        source = self._measured_rows(grain, key, name)
        relation = Relation(source)
        scope = self.builder.scope(measure.of, relation, self.variants.all, name)
        where, piece = parts(self.builder, scope, name)
        row_key, _agent = self.builder.row_identity(measure.of)
        counted = where.sql if where is not None else None
        listed = self.rows(relation.select([sql.named(row_key, "key"), sql.named(piece.sql, "value")], counted))
        texts = self.variants.texts(name, "expression")
        shown = texts[0][1].expression if texts else None
        named = shown.name if isinstance(shown, Name) and not shown.owner else ""

        def row(found: tuple[Any, ...]) -> Term:
            opened = self.of(measure.of, found[0], named, 0) if named and deep > 0 else None
            inner = (opened,) if opened else ()
            return Term(found[0], found[1], unit, inner, "fact" if measure.of not in KEYS else "person", str(found[0]))

        return _cut(Term(name, value, unit, kind="element", key=str(key)), listed, row)

    def _measured_rows(self, grain: str, key: object, name: str) -> exp.Select:
        measure = self.variants.measures[name]
        if measure.of in KEYS:
            rows = exp.select(everything("s")).from_(sql.table(self.plan.current[measure.of], "s"))
            return rows.where(sql.equal(sql.column(KEYS[grain], "s"), _key(key)))
        fact = self.variants.facts[measure.of]
        whose: Sql = sql.equal(sql.column(fact.agent), _key(key))
        if grain != "agent":
            members = exp.select(sql.column("agent_id", "m")).from_(sql.table(self.plan.current["agent"], "m"))
            members = members.where(sql.equal(sql.column(KEYS[grain], "m"), _key(key)))
            whose = exp.In(this=sql.column(fact.agent), query=members.subquery())
        if measure.window == "month" and measure.ago == 0:
            return self._fact_rows(measure.of, whose)
        window = self.builder.month_filter(measure.of, measure.window, measure.ago)
        columns = self.builder.fact_columns(measure.of)
        return self.builder.base(measure.of, columns, whose if window is None else sql.both(whose, window))

    # -- tables

    def _from_table(self, call: Call, arguments: Sequence[Value], unit: Unit | None, variant: int) -> list[Term]:
        name = call.arguments[0]
        assert isinstance(name, Name)
        table = self.variants.table(name.owner or name.name, (variant,))[0][1]
        at = lookups.position(call, table)
        rows = [band for band in lookups.bands(table) if _same_keys(band.keys, arguments)]
        if not table.band:
            return [Term(_keys_text(table, band), band.values[at], unit, kind="row") for band in rows]
        x = arguments[-1]
        if not isinstance(x, Decimal | dt.date):
            return []
        reached = [band for band in rows if _reaches(table, band, x)]
        if call.function in ("TIER", "TIER_AMOUNT") and table.mode in ("step", "interpolated"):
            return [_band_part(table, band, x) for band in reached if isinstance(x, Decimal)]
        return [Term(_band_text(table, band), band.values[at], unit, kind="band") for band in reached[-1:]]

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
        past = past.where(sql.equal(sql.column("agent_id"), _key(at.key)))
        past = past.where(exp.GTE(this=month.copy(), expression=sql.day(start))).where(
            until(this=month.copy(), expression=end)
        )
        found = [Term(row[0], row[1], unit, kind="month") for row in sorted(self.rows(past)) if row[1] is not None]
        if call.function != "PRIOR":
            now = self.of("agent", at.key, name.name, at.deep - 1) if at.deep > 0 else None
            found += [now] if now else []
        return Term(printed(call), value, unit, tuple(found))

    def _over_people(self, call: Call, text: Text, value: Value, unit: Unit | None, at: _At) -> Term:
        """The persons summed, each with his part."""
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
        listed = self.rows(relation.select([sql.named(sql.column("agent_id"), "key"), sql.named(part, "value")]))
        return _cut(
            Term(printed(call), value, unit),
            listed,
            lambda row: Term(str(row[0]), row[1], unit, kind="person", key=str(row[0])),
        )

    def _people(self, call: Call, at: _At) -> Relation:
        agents = sql.table(self.plan.current["agent"], "x")
        if call.function == "TEAM":
            led = exp.select(sql.column("team_id", "t")).from_(sql.table("team", "t"))
            led = led.where(sql.equal(sql.column("leader_id", "t"), _key(at.key)))
            return Relation(
                exp.select(everything("x"))
                .from_(agents)
                .where(exp.In(this=sql.column("team_id", "x"), query=led.subquery()))
            )
        self._walk(call, at)
        columns: list[Sql] = [
            everything("x"), sql.named(_key(at.key), "edge from"), sql.named(sql.column("since", "w"), "edge since"),
            sql.named(sql.column("depth", "w"), "edge depth"), sql.named(sql.column("so far", "w"), "so far"),
            sql.named(sql.column("my rate", "w"), "my rate"),
        ]  # fmt: skip
        rows = exp.select(*columns).from_(sql.table("way down", "w"))
        return Relation(rows.join(agents, on=sql.equal(sql.column("agent_id", "x"), sql.column("other_id", "w"))))

    def _walk(self, call: Call, at: _At) -> None:
        """The table `way down`: everyone in reach of one agent, with the highest rate on the way for SPREAD."""
        kind, least, most = ("reporting", 1, None) if call.function == "SPREAD" else reach(call)
        rate = "null::decimal(18,6)"
        if call.function == "SPREAD":
            name = call.arguments[1]
            assert isinstance(name, Name)
            rate = sql.column(f"{name.owner}.{name.name}" if name.owner else name.name, "x").sql("duckdb")
        current = sql.table(self.plan.current["agent"]).sql("duckdb")
        edges = sql.table(f"edges {kind}").sql("duckdb")
        self.engine.connection.execute(
            f"""create or replace temp table "way down" as
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


@dataclass(frozen=True, slots=True)
class _At:
    """Where an explanation stands: a row, the element looked at, whose rules hold, and how much deeper it may go."""

    grain: str
    key: object
    element: str
    variant: int
    deep: int


def _key(key: object) -> Sql:
    return sql.text(key) if isinstance(key, str) else exp.convert(key)


def _worked_out(node: Expression) -> list[Expression]:
    """Nodes that have a value at the row itself: not those inside functions over time and people, not tables' names."""
    if isinstance(node, Call) and node.function in OVER:
        return [node]
    inner = node.arguments[1:] if isinstance(node, Call) and node.function in FROM_TABLES else children(node)
    return [node, *(below for child in inner for below in _worked_out(child))]


def _cut(term: Term, listed: list[tuple[Any, ...]], shown: Any) -> Term:
    """The largest parts one by one, the rest as their number and total."""
    ordered = sorted(listed, key=lambda row: (-abs(_amount(row[1])), str(row[0])))
    rest = [_amount(row[1]) for row in ordered[LISTED:]]
    return replace(
        term, children=tuple(shown(row) for row in ordered[:LISTED]), unlisted=max(0, len(ordered) - LISTED),
        unlisted_total=sum(rest, Decimal(0)),
    )  # fmt: skip


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value) if isinstance(value, int) else Decimal(0)


# -- rows and bands of tables


def _same_keys(keys: Sequence[Value], arguments: Sequence[Value]) -> bool:
    return all(
        key == argument or (isinstance(key, str) and str(argument) == key)
        for key, argument in zip(keys, arguments, strict=False)
    )


def _keys_text(table: Table, band: lookups.Band) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(table.keys, band.keys, strict=True))


def _band_text(table: Table, band: lookups.Band) -> str:
    low, high = (f"{side:f}" if isinstance(side, Decimal) else str(side or "") for side in (band.low, band.high))
    keys = _keys_text(table, band)
    return f"{keys + ', ' if keys else ''}{table.band} {low} – {high}"


def _reaches(table: Table, band: lookups.Band, x: Decimal | dt.date) -> bool:
    """Whether x lies in a band or above it."""
    if band.low is None:
        return True
    above, at = x > band.low, x == band.low
    return above or (at and (table.boundary == "lower" or band.lowest))


def _band_part(table: Table, band: lookups.Band, x: Decimal) -> Term:
    """What the part of x in a band earns; of a full interpolated band its amount."""
    low, high, value = band.low, band.high, band.values[0]
    assert isinstance(low, Decimal)  # of both modes the bands begin at 0
    if not isinstance(value, Decimal):  # an open band without an amount: the value has a problem
        return Term(_band_text(table, band), None, Unit.MONEY, kind="band")
    upto = min(x, high) if isinstance(high, Decimal) else x
    if table.mode == "step":
        return Term(
            _band_text(table, band),
            (upto - low) * value,
            Unit.MONEY,
            (Term("rate", value, Unit.RATE, kind="row"),),
            "band",
        )
    part = value
    if isinstance(high, Decimal) and upto < high:
        part = half_away(value * (upto - low) / (high - low), 10)
    return Term(_band_text(table, band), part, Unit.MONEY, (Term("amount", value, Unit.MONEY, kind="row"),), "band")
