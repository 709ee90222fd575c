"""Measures: aggregates of finished rows, one statement for all that look at the same rows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Type
from calc.rulebook.elements import Measure, Unit
from calc.rulebook.expression import PlanError
from calc.rulebook.piece import Piece, Trouble, by_variant, met
from calc.rulebook.plan import Step
from calc.rulebook.relation import Relation
from calc.rulebook.scope import KEYS, RowScope
from calc.rulebook.sql import FALSE, TRUE, Sql

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder

ONE = Piece(sql.number(1), Type(Unit.COUNT, Decimal(1), Decimal(1)))


def rows_of(builder: Builder, measure: Measure) -> Relation:
    """The rows a measure looks at."""
    if measure.of in KEYS:
        return Relation(builder.current[measure.of])
    if measure.window == "month" and measure.ago == 0 and measure.of in builder.current:
        return Relation(builder.current[measure.of])
    columns = builder.fact_columns(measure.of)
    return Relation(builder.base(measure.of, columns, builder.month_filter(measure.of, measure.window, measure.ago)))


def parts(builder: Builder, scope: RowScope, name: str) -> tuple[Piece | None, Piece]:
    """A measure's condition and what it aggregates, at one row."""
    measure = builder.variants.measures[name]
    where = _where(builder, scope, name)
    texts = builder.variants.texts(name, "expression")
    if not texts or (measure.aggregate == "count" and not measure.expression):
        return where, ONE
    return where, builder.text_piece(scope, texts, texts[0][1].result)


def _where(builder: Builder, scope: RowScope, name: str) -> Piece | None:
    """Which rows count; none of those whose rules do not have the measure, all of those where it has no condition."""
    variants, flag = builder.variants, Type(Unit.FLAG)
    texts = variants.texts(name, "where")
    holders = [v for v, checked in variants.books.items() if name in checked.book.measures]
    without = variants.without(holders)
    always = tuple(v for v in holders if (name, "where") not in variants.books[v].texts)
    if not texts and not without:
        return None
    choices = [(group, builder.text_piece(replace(scope, among=group), [(group, text)], flag)) for group, text in texts]
    choices += [(group, Piece(value, flag)) for group, value in ((always, TRUE), (without, FALSE)) if group]
    return by_variant(scope.own_variant, choices, flag, variants.all)


def aggregated(builder: Builder, names: list[str]) -> None:
    """One statement for measures of the same rows and grain; its table holds, for each, the value and whether a row had none."""
    first = builder.variants.measures[names[0]]
    relation = rows_of(builder, first)
    inner: list[Sql] = []
    outer: list[Sql] = []
    table = builder.fresh("measured")
    reports = []
    for at, name in enumerate(names):
        measure = builder.variants.measures[name]
        try:
            where, value = parts(builder, builder.scope(first.of, relation, builder.variants.all, name), name)
        except PlanError as problem:
            raise problem.at(name, "expression") from None
        inner.append(sql.named(_chosen(where, value), f"v{at}"))
        outer.append(sql.named(_aggregate(measure, sql.column(f"v{at}"), value), name))
        if (where is not None and where.nullable) or value.nullable:
            inner.append(sql.named(_has_none(where, value), f"b{at}"))
            outer.append(sql.named(exp.Max(this=sql.column(f"b{at}")), f"{name}!"))
            reports += _reports(builder, relation.apart(), name, where, value, table)
        builder.sides[("measure", name)] = table
    key = row_counts_for(builder, relation, first)
    rows = relation.select([sql.named(key, "key"), *inner]).subquery(exp.to_identifier("r", quoted=True))
    grouped = exp.select(sql.named(sql.column("key"), "key"), *outer).from_(rows)
    grouped = grouped.where(sql.negated(sql.missing(sql.column("key")))).group_by(sql.column("key"))
    builder.add(Step("make", table, grouped))
    for report in reports:
        builder.add(report)


def row_counts_for(builder: Builder, relation: Relation, measure: Measure) -> Sql:
    """The row of the coarser grain that a row counts for."""
    if measure.of in KEYS:
        return sql.column(KEYS[measure.grain])
    fact = builder.variants.facts[measure.of]
    if measure.grain == "agent":
        return sql.column(f"{measure.of}.{fact.agent}")
    scope = builder.scope(measure.of, relation, builder.variants.all)
    return sql.column(KEYS[measure.grain], scope.coarser("agent"))


def _chosen(where: Piece | None, value: Piece) -> Sql:
    return value.sql if where is None else sql.case([(where.sql, value.sql)])


def _has_none(where: Piece | None, value: Piece) -> Sql:
    """1 for a row that has to have a value and has none."""
    empty: list[tuple[Sql, Sql]] = []
    if where is not None:
        empty.append((sql.missing(where.sql), sql.number(1)))
    if value.nullable:
        without = sql.missing(value.sql)
        empty.append((without if where is None else sql.both(where.sql, without), sql.number(1)))
    return sql.case(empty, sql.number(0))


def _aggregate(measure: Measure, value: Sql, piece: Piece) -> Sql:
    match measure.aggregate:
        case "sum":
            return exp.Sum(this=value)
        case "count":
            return exp.Count(this=value)
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        case "min":
            return exp.Min(this=value)
    return exp.Max(this=value)


def _reports(
    builder: Builder, relation: Relation, name: str, where: Piece | None, value: Piece, table: str
) -> list[Step]:
    """Rows that miss what a measure needs of them; a row without an agent, or a team for a team's measure, counts nowhere."""
    measure = builder.variants.measures[name]
    scope = builder.scope(measure.of, relation, builder.variants.all, name)
    key = row_counts_for(builder, relation, measure)
    if measure.grain == "agent":
        key = sql.column("agent_id", scope.coarser("agent"))
    counts = sql.negated(sql.missing(key))
    marked = exp.select(exp.Count(this=exp.Star())).from_(sql.table(table)).where(
        exp.GT(this=sql.column(f"{name}!", table), expression=sql.number(0))
    )  # fmt: skip
    found = []
    if where is not None and any(t.reason for t in met(where)):
        rows = sql.both(counts, sql.missing(where.sql))
        found.append(builder.report(measure.of, relation, name, "where", met(where), rows, marked))
    if any(t.reason for t in met(value)):
        rows = sql.both(counts, sql.missing(value.sql), *([where.sql] if where is not None else []))
        found.append(builder.report(measure.of, relation, name, "expression", met(value), rows, marked))
    return found


def measure_piece(builder: Builder, scope: RowScope, name: str) -> Piece:
    """A measure's value at a row of its grain; rules that do not have the measure have no value of it."""
    piece, books = _measured(builder, scope, name), builder.variants.books
    holders = tuple(v for v, checked in books.items() if name in checked.book.measures)
    if not (without := builder.variants.without(holders)):
        return piece
    nothing = Piece(sql.NULL.copy(), piece.type, piece.width, missing=(Trouble(TRUE, "missing", 0),))
    return by_variant(scope.own_variant, [(holders, piece), (without, nothing)], piece.type, builder.variants.all)


def _measured(builder: Builder, scope: RowScope, name: str) -> Piece:
    """The value from the table it was worked out into."""
    measure = builder.variants.measures[name]
    table = builder.sides[("measure", name)]
    key = sql.column(KEYS[measure.grain])
    alias = scope.relation.join(("side", table), table, lambda alias: sql.equal(sql.column("key", alias), key))
    value: Sql = sql.column(name, alias)
    kind = builder.variants.result(name)
    troubles: tuple[Trouble, ...] = ()
    missing: tuple[Trouble, ...] = ()
    if measure.aggregate in ("min", "max"):
        missing = (Trouble(sql.missing(value), "missing", 0),)
    else:
        value = sql.function("COALESCE", value, sql.number(0))
    if marked(builder, table, name):
        broken = sql.equal(sql.function("COALESCE", sql.column(f"{name}!", alias), sql.number(0)), sql.number(1))
        troubles = (Trouble(broken, "", 0),)
        value = sql.case([(broken, sql.NULL)], value)
    texts = builder.variants.texts(name, "expression")
    decimals = max([text.result.decimals for _, text in texts], default=0) if measure.aggregate != "count" else 0
    if measure.aggregate == "count_distinct":
        decimals = 0
    if not sql.is_numeric(kind):
        return Piece(value, kind, 0, troubles, missing)
    if measure.aggregate.startswith("count"):
        return Piece(sql.decimal(value, kind.digits, kind.decimals), kind, kind.digits, troubles, missing)
    most = Decimal(10) ** (sql.MOST_DIGITS - decimals)
    return Piece(value, replace(kind, low=-most, high=most, decimals=decimals), sql.MOST_DIGITS, troubles, missing)


def marked(builder: Builder, table: str, name: str) -> bool:
    """Whether a measure's table says which rows were without a value."""
    made = next(step for step in builder.steps if step.kind == "make" and step.table == table)
    return any(isinstance(e, exp.Alias) and e.alias == f"{name}!" for e in made.select.expressions)
