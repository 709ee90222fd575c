"""The ways from one person to another: steps of a relation, values on them, and what stops a sum over them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Text
from calc.rulebook.cycles import without_cycles_of
from calc.rulebook.expression import compiled
from calc.rulebook.piece import Piece, Trouble, first_that_holds, met
from calc.rulebook.plan import LEVEL, Step
from calc.rulebook.relation import Relation, everything
from calc.rulebook.scope import RowScope
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Expression
from calc.rulebook.variants import Group

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder

FOLLOWS = 1  # a flag: someone has no value because of a problem of his own; above it stand the reasons of this sum


@dataclass(frozen=True, slots=True)
class Summed:
    """Where a sum over people stands: its table, its decimals, and the reasons its flags stand for."""

    table: str
    decimals: int
    reasons: tuple[Trouble, ...]
    nullable: bool
    pairs: str = ""  # who is summed for whom, where only some count as a step


def argument(scope: RowScope, text: Text, node: Expression) -> Piece:
    return compiled(node, text.types, scope)


def flag_of(piece: Piece) -> tuple[Sql | None, tuple[Trouble, ...]]:
    """0 where there is a value; otherwise FOLLOWS, or one above it for each reason of its own."""
    if not piece.nullable:
        return None, ()
    reasons = tuple(t for t in met(piece) if t.reason)
    count = itertools.count(FOLLOWS + 1)
    which = first_that_holds(met(piece), lambda t: sql.number(next(count) if t.reason else FOLLOWS))
    there = sql.negated(sql.missing(piece.sql))
    return sql.case([(there, sql.number(0))], sql.function("COALESCE", which, sql.number(FOLLOWS))), reasons


def shifted(flag: Sql | None, by: int) -> Sql | None:
    """A flag whose own reasons come after `by` others."""
    if flag is None or by == 0:
        return flag
    own = exp.GT(this=sql.paren(flag), expression=sql.number(FOLLOWS))
    return sql.case([(own, exp.Add(this=sql.paren(flag), expression=sql.number(by)))], flag)


def higher_flag(flag: Sql, other: Sql | None, by: int = 0) -> Sql:
    """What stops a sum, of two; the reasons of the other come after `by` of the first."""
    moved = shifted(other, by)
    return flag if moved is None else exp.Anonymous(this="GREATEST", expressions=[flag, moved])


def people_scope(builder: Builder, among: Group, relation: Relation) -> RowScope:
    return builder.scope("agent", relation, among)


def sums(value: Sql, flag: Sql | None) -> list[Sql]:
    listed: list[Sql] = [sql.named(exp.Sum(this=value), "value")]
    whole = exp.Max(this=flag) if flag is not None else sql.number(0)
    return [*listed, sql.named(whole, "flag")]


def edges(builder: Builder, kind: str, without: bool = False) -> str:
    """The table of a relation's steps; the reporting line, and others where asked for, without the steps inside its cycles."""
    name = without_cycles_of(kind) if without else f"edges {kind}"
    if not any(step.table == name for step in builder.steps):
        columns = [sql.named(sql.column(c), c) for c in ("from_id", "to_id", "since")]
        rows = exp.select(*columns).from_(sql.table("relation", "r"))
        builder.add(Step("make", name, rows.where(sql.equal(sql.column("kind"), sql.text(kind)))))
    return name


def others(builder: Builder, steps: str, depth: int | None) -> Relation:
    """Everyone with the step that leads to him: `r` is the other person."""
    columns: list[Sql] = [
        everything("x"), sql.named(sql.column("from_id", "e"), "edge from"), sql.named(sql.column("since", "e"), "edge since"),
    ]  # fmt: skip
    if depth is not None:
        columns.append(sql.named(sql.number(depth), "edge depth"))
    rows = exp.select(*columns).from_(sql.table(steps, "e")).join(
        sql.table(builder.current["agent"], "x"), on=sql.equal(sql.column("agent_id", "x"), sql.column("to_id", "e"))
    )  # fmt: skip
    return Relation(rows)


def at_level(alias: str) -> Sql:
    return sql.equal(sql.column(LEVEL, alias), exp.Placeholder(this=LEVEL))


def without_cycles(
    builder: Builder,
    made: str,
    decimals: int,
    reasons: tuple[Trouble, ...],
    nullable: bool,
    steps: str,
    pairs: str = "",
) -> Summed:
    """Who stands in a cycle of the reporting line has no sum over it; the cycle itself is the problem."""
    if steps != "edges reporting":
        return Summed(made, decimals, reasons, nullable, pairs)
    table = builder.fresh("summed")
    sums = exp.select(*(sql.named(sql.column(c), c) for c in ("agent_id", "value", "flag"))).from_(sql.table(made, "r"))
    in_cycle = exp.select(sql.named(sql.column("agent_id"), "agent_id")).from_(sql.table("cycle", "r"))
    outside = sql.negated(exp.In(this=sql.column("agent_id"), query=in_cycle.subquery()))
    members = exp.select(
        sql.named(sql.column("agent_id"), "agent_id"),
        sql.named(sql.NULL, "value"),
        sql.named(sql.number(FOLLOWS), "flag"),
    ).from_(sql.table("cycle", "r"))
    builder.add(Step("make", table, exp.union(sums.where(outside), members, distinct=False)))
    return Summed(table, decimals, reasons, True, pairs)
