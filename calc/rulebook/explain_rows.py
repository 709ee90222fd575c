"""Reading what a month left, for an explanation: rows with their values, and what every node of an element comes to.

Rows of the same kind are read together, and so are all elements that an element is made of at its row: a statement costs
more to be prepared than to be answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from calc.engine import Engine
from calc.rulebook import sql
from calc.rulebook.builder import Builder, plain_names
from calc.rulebook.checked import Text
from calc.rulebook.elements import Measure, Value
from calc.rulebook.expression import FROM_TABLES, OVER, compiled
from calc.rulebook.piece import Piece, Trouble, any_holds
from calc.rulebook.plan import Plan, placeholders, window_day
from calc.rulebook.relation import Relation, everything
from calc.rulebook.scope import KEYS
from calc.rulebook.sides import parts, row_counts_for
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Date, Expression, Flag, Name, Number, Span, children
from calc.rulebook.syntax import Text as Written

Found = Mapping[str, Any]
Nodes = Mapping[Expression, Value]


class Reading:
    """What is known of a month so far, by grain and key; asked for again nothing is read again."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine, self.plan, self.variants = engine, plan, plan.variants
        self.builder = Builder.of(plan)
        self.first = engine.connection.execute("select first_day from month").fetchall()[0][0]
        self._rows: dict[tuple[str, str], Found | None] = {}
        self._nodes: dict[tuple[str, str, str], Nodes] = {}
        self._coarser: dict[tuple[str, str, str], object] = {}
        self._measured: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}

    def rows(self, query: exp.Select) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        days = {name: window_day(name, self.first) for name in placeholders(query)}
        found: list[tuple[Any, ...]] = self.engine.connection.execute(sql.spelled(query, "duckdb"), days).fetchall()
        return found

    # -- rows

    def row(self, grain: str, key: object) -> Found | None:
        """A row with its variant and all that was worked out for it; None for one that is not there."""
        if (grain, str(key)) not in self._rows:
            self._read(grain, [key])
        return self._rows[grain, str(key)]

    def _read(self, grain: str, keys: Sequence[object]) -> None:
        names = ["variant", *(n for n in self.plan.states if self._is_of(n, grain))]
        if grain in KEYS:
            names += [n for n in self.variants.measures if self._is_of(n, grain) and n not in names]
        relation = Relation(self._of_keys(grain, keys))
        columns = [sql.named(self.builder.row_identity(grain)[0], "key"), *(sql.column(name) for name in names)]
        self._rows.update(dict.fromkeys(((grain, str(key)) for key in keys), None))
        for key, *values in self.rows(relation.select(columns)):
            self._rows[grain, key] = dict(zip(names, values, strict=True))

    def _is_of(self, name: str, grain: str) -> bool:
        return self.variants.is_element(name) and self.variants.grain(name) == grain

    def _of_keys(self, grain: str, keys: Sequence[object]) -> exp.Select:
        """Rows of a grain with all that was worked out for them."""
        if grain in KEYS:
            chosen = exp.select(everything("s")).from_(sql.table(self.plan.current[grain], "s"))
            return chosen.where(_among(sql.column(KEYS[grain], "s"), keys))
        return self.fact_rows(grain, _among(sql.column(self.variants.facts[grain].key), keys))

    def fact_rows(self, fact: str, where: Sql) -> exp.Select:
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

    def rows_up_to(self, fact: str, key: object) -> tuple[Relation, Sql]:
        """The rows of the month of a fact's row's agent up to that row, by day and key; and the column of the day."""
        declared = self.variants.facts[fact]
        own = exp.select(sql.column(declared.agent), sql.column(declared.month_of)).from_(sql.table(fact, "r"))
        agent, day = self.rows(own.where(_among(sql.column(declared.key), [key])))[0]
        dated = sql.column(declared.month_of)
        until = exp.LTE(this=sql.column(declared.key), expression=key_of(key))
        before = sql.either(
            [
                exp.LT(this=dated, expression=sql.literal(day)),
                sql.both(sql.equal(dated.copy(), sql.literal(day)), until),
            ]
        )
        whose = (
            sql.missing(sql.column(declared.agent)) if agent is None else _among(sql.column(declared.agent), [agent])
        )
        rows = self.fact_rows(fact, sql.both(whose, sql.paren(before)))
        return Relation(rows), sql.column(f"{fact}.{declared.month_of}")

    def coarser(self, grain: str, key: object, variant: int, wanted: str) -> object:
        """The row of a coarser grain that a row belongs to."""
        at = (grain, str(key), wanted)
        if at not in self._coarser:
            relation = Relation(self._of_keys(grain, [key]))
            alias = self.builder.scope(grain, relation, (variant,)).coarser(wanted)
            self._coarser[at] = self.rows(relation.select([sql.column(KEYS[wanted], alias)]))[0][0]
        return self._coarser[at]

    # -- measures

    def measured(self, grain: str, key: object, name: str) -> list[tuple[Any, ...]]:
        """The rows a measure looked at for a row of its grain: their keys, and what each adds."""
        if (grain, str(key), name) not in self._measured:
            self._measure(grain, [key], name)
        return self._measured[grain, str(key), name]

    def _measure(self, grain: str, keys: Sequence[object], name: str) -> None:
        measure = self.variants.measures[name]
        relation = Relation(self._measured_rows(grain, keys, measure))
        where, piece = parts(self.builder, self.builder.scope(measure.of, relation, self.variants.all, name), name)
        owner = sql.as_text(row_counts_for(self.builder, relation, measure))
        columns = [owner, self.builder.row_identity(measure.of)[0], piece.sql]
        self._measured.update({(grain, str(key), name): [] for key in keys})
        listed = [sql.named(column, f"c{at}") for at, column in enumerate(columns)]
        for of, *row in self.rows(relation.select(listed, where.sql if where is not None else None)):
            self._measured[grain, of, name].append(tuple(row))

    def _measured_rows(self, grain: str, keys: Sequence[object], measure: Measure) -> exp.Select:
        """The rows that may count for some rows of a coarser grain."""
        if measure.of in KEYS:
            rows = exp.select(everything("s")).from_(sql.table(self.plan.current[measure.of], "s"))
            return rows.where(_among(sql.column(KEYS[grain], "s"), keys))
        fact = self.variants.facts[measure.of]
        whose = _among(sql.column(fact.agent), keys)
        if grain != "agent":
            members = exp.select(sql.column("agent_id", "m")).from_(sql.table(self.plan.current["agent"], "m"))
            members = members.where(_among(sql.column(KEYS[grain], "m"), keys))
            whose = exp.In(this=sql.column(fact.agent), query=members.subquery())
        if measure.window == "month" and measure.ago == 0:
            return self.fact_rows(measure.of, whose)
        window = self.builder.month_filter(measure.of, measure.window, measure.ago)
        columns = self.builder.fact_columns(measure.of)
        return self.builder.base(measure.of, columns, whose if window is None else sql.both(whose, window))

    # -- nodes

    def nodes(self, grain: str, key: object, element: str, variant: int, deep: int) -> Nodes:
        """What every node of an element comes to at a row; of the elements it is made of there too, when they are opened."""
        if (grain, str(key), element) not in self._nodes:
            self._work_out(grain, [key], variant, self._made_of(grain, element, variant, deep))
        return self._nodes[grain, str(key), element]

    def together(self, grain: str, keys: Sequence[str], element: str) -> None:
        """An element at many rows, as it will be asked for one by one."""
        if missing := [key for key in keys if (grain, key) not in self._rows]:
            self._read(grain, missing)
        if element in self.variants.measures:
            asked = [key for key in keys if (grain, key, element) not in self._measured]
            return self._measure(grain, asked, element) if asked else None
        by_variant: dict[int, list[object]] = {}
        for key in keys:
            row = self._rows[grain, key]
            if row is not None and row["variant"] is not None and (grain, key, element) not in self._nodes:
                by_variant.setdefault(row["variant"], []).append(key)
        for variant, alike in by_variant.items():
            self._work_out(grain, alike, variant, [element])
        return None

    def _made_of(self, grain: str, element: str, variant: int, deep: int) -> list[str]:
        """An element and the formulas at its row that it names, so many of them deep."""
        found = {element: None}
        level = [element]
        for _depth in range(deep):
            named = {
                name
                for of in level
                for _, text in self.variants.texts(of, "expression", (variant,))
                for name in plain_names(text.expression)
            }
            level = [
                n for n in sorted(named) if n in self.variants.formulas and self._is_of(n, grain) and n not in found
            ]
            found |= dict.fromkeys(level)
        return list(found)

    def _work_out(self, grain: str, keys: Sequence[object], variant: int, elements: Sequence[str]) -> None:
        """What every node of some elements comes to at some rows under the same rules, in one statement."""
        nodes = _Nodes(self, grain, variant, Relation(self._of_keys(grain, keys)))
        named: list[tuple[str, Name]] = []  # values of the row itself, which is read already
        written: dict[str, dict[Expression, Value]] = {element: {} for element in elements}
        for element in elements:
            for _, text in self.variants.texts(element, "expression", (variant,)):
                for node in _worked_out(text.expression):
                    if isinstance(node, Name) and not node.owner and self._is_of(node.name, grain):
                        named.append((element, node))
                    elif isinstance(node, Number | Written | Date | Flag):
                        written[element][node] = node.value
                    elif isinstance(node, Name) and node.owner == "p":
                        written[element][node] = self.variants.books[variant].book.parameters[node.name].value
                    else:
                        nodes.add(element, text, node)
        for key, *values in self.rows(nodes.select()):
            row, of_row = self.row(grain, key) or {}, {of: dict(values) for of, values in written.items()}
            for element, name in named:
                of_row[element][name] = row[name.name]
            for (element, node), value in zip(nodes.listed, values, strict=True):
                of_row[element][node] = value
            self._nodes.update({(grain, key, element): found for element, found in of_row.items()})


class _Nodes:
    """Nodes as columns, layer by layer: a node stands on the columns of those inside it, so that none is written twice."""

    def __init__(self, reading: Reading, grain: str, variant: int, relation: Relation) -> None:
        self.builder, self.grain, self.variant, self.relation = reading.builder, grain, variant, relation
        self.layers: list[list[tuple[str, Text, Expression]]] = []
        self.already: dict[str, dict[Span, Piece]] = {}
        self.listed: list[tuple[str, Expression]] = []

    def add(self, element: str, text: Text, node: Expression) -> None:
        at = _height(node)
        while len(self.layers) <= at:
            self.layers.append([])
        self.layers[at].append((element, text, node))

    def select(self) -> exp.Select:
        """The keys of the rows, and every node in the order of `listed`."""
        for layer in self.layers:
            columns: list[Sql] = [everything()]
            made: list[tuple[str, Span, Piece]] = []
            for element, text, node in layer:
                scope = self.builder.scope(self.grain, self.relation, (self.variant,), element)
                known = self.already.get(element, {})
                piece = compiled(node, text.types, replace(scope, variant=sql.number(self.variant), already=known))
                name = f"n{len(self.listed)}"
                columns += [sql.named(piece.sql, name), *_mark(piece, name)]
                made.append((element, node.span, _standing(piece, name)))
                self.listed.append((element, node))
            self.relation = Relation(self.relation.select(columns)) if layer else self.relation
            for element, span, piece in made:
                self.already.setdefault(element, {})[span] = piece
        key = sql.named(self.builder.row_identity(self.grain)[0], "key")
        return self.relation.select([key, *(sql.column(f"n{at}") for at in range(len(self.listed)))])


def _mark(piece: Piece, name: str) -> list[Sql]:
    """Beside a value that may be missing or have a problem: which of the two it is where there is none."""
    if not (piece.troubles and piece.missing):
        return []
    return [sql.named(sql.function("COALESCE", any_holds(piece.troubles), sql.FALSE), f"{name}!")]


def _standing(piece: Piece, name: str) -> Piece:
    """A node as the column it has become."""
    column = sql.column(name)
    empty, broken = sql.missing(column), sql.column(f"{name}!")
    both = bool(piece.troubles and piece.missing)
    troubles = (Trouble(sql.both(empty, broken) if both else empty, "", 0),) if piece.troubles else ()
    absent = (Trouble(sql.both(empty, sql.negated(broken)) if both else empty, "missing", 0),) if piece.missing else ()
    return replace(piece, sql=column, troubles=troubles, missing=absent)


def _height(node: Expression) -> int:
    """How many layers of nodes stand inside one."""
    inner = [_height(one) for one in _inside(node)]
    return 1 + max(inner) if inner else 0


def _among(column: Sql, keys: Sequence[object]) -> Sql:
    return exp.In(this=column, expressions=[key_of(key) for key in keys])


def key_of(key: object) -> Sql:
    """A row's key in a statement."""
    return sql.text(key) if isinstance(key, str) else exp.convert(key)


def _worked_out(node: Expression) -> list[Expression]:
    """Nodes that have a value at the row itself: not those inside functions over time and people, not tables' names."""
    return [node, *(below for child in _inside(node) for below in _worked_out(child))]


def _inside(node: Expression) -> Sequence[Expression]:
    if isinstance(node, Call) and node.function in OVER:
        return ()
    return node.arguments[1:] if isinstance(node, Call) and node.function in FROM_TABLES else children(node)
