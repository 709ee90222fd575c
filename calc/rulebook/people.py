"""Functions over people.

Sums over people are pushed up the relation level by level, so that nobody meets
everybody: a level holds, for each person, what those exactly so many steps below come to. Only where an argument hangs on the
receiving person (`my.x`) or on the number of steps without end are pairs made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import lookups, sql
from calc.rulebook.checked import Text, Type
from calc.rulebook.compression import compressed_sum
from calc.rulebook.earlier import OVER_TIME, length, over_time
from calc.rulebook.piece import Piece, Trouble, any_holds, by_variant, settled
from calc.rulebook.plan import LEVEL, Step
from calc.rulebook.relation import Relation, everything
from calc.rulebook.running_total import row_key, running_total
from calc.rulebook.scope import RowScope
from calc.rulebook.spread import spread_of
from calc.rulebook.sql import Sql
from calc.rulebook.sum_functions import who_counts
from calc.rulebook.syntax import Call, Name, Number, walk
from calc.rulebook.variants import Group
from calc.rulebook.ways import (
    FOLLOWS,
    Summed,
    argument,
    at_level,
    edges,
    flag_of,
    others,
    people_scope,
    sums,
    without_cycles,
)

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder


def over(builder: Builder, scope: RowScope, call: Call, kind: Type) -> Piece:
    """The value of a function over time or over people at an agent's row."""
    if call.function in OVER_TIME:
        return over_time(builder, scope, call, kind)
    found = builder.sums_for(scope.element, call.span.start, scope.among)
    choices = [(group, _received(scope, summed, call, kind)) for group, summed in found]
    return by_variant(scope.own_variant, choices, choices[0][1].type)


def _received(scope: RowScope, summed: Summed, call: Call, kind: Type) -> Piece:
    key, own = ("agent_id", "agent_id") if call.function != "RUNNING" else row_key(scope.variants, scope.grain)
    alias = scope.relation.join(
        ("side", summed.table), summed.table, lambda alias: sql.equal(sql.column(key, alias), sql.column(own))
    )
    flag = sql.function("COALESCE", sql.column("flag", alias), sql.number(0))
    value: Sql = sql.function("COALESCE", sql.column("value", alias), sql.number(0))
    troubles = [Trouble(sql.equal(flag, sql.number(FOLLOWS)), "", call.span.start)] if summed.nullable else []
    troubles += [
        replace(reason, when=sql.equal(flag, sql.number(FOLLOWS + 1 + at)), detail=None, guards=())
        for at, reason in enumerate(summed.reasons)
    ]
    declared = replace(kind, decimals=summed.decimals)
    width = min(sql.MOST_DIGITS, declared.digits)
    outside = sql.negated(sql.within(value, kind))
    troubles.append(Trouble(outside, "bounds", call.span.start))
    stops = any_holds(troubles)
    piece = Piece(
        sql.case([(stops, sql.NULL)], sql.decimal(value, width, summed.decimals)), declared, width, tuple(troubles)
    )
    return settled(piece, kind)


def make_sum(builder: Builder, element: str, group: Group, text: Text, call: Call) -> None:
    """The tables of one sum over people; once for each set of rules its argument is worked out by."""
    found = []
    for among in _by_rules(builder, group, call):
        summed = _SUMS.get(call.function, _along_relation)(builder, among, text, call)
        found.append((among, summed))
    builder.sums[element, call.span.start, group] = found


def _by_rules(builder: Builder, group: Group, call: Call) -> list[Group]:
    """Variants that agree on every parameter and table the argument names: they are those of the receiving agent."""
    groups: dict[tuple[object, ...], list[int]] = {}
    names = [node for node in walk(call) if isinstance(node, Name)]
    for variant in group:
        book = builder.variants.books[variant].book
        used: list[object] = []
        for node in names:
            if node.owner == "p":
                used.append(book.parameters[node.name].value)
            elif (node.owner or node.name) in book.tables:
                table = book.tables[node.owner or node.name]
                used.append((table.rows, *lookups.way_of_reading(table)))
        groups.setdefault(tuple(used), []).append(variant)
    return [tuple(variants) for variants in groups.values()]


def _team(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    """Members to teams, teams to those who lead them."""
    relation = Relation(builder.current["agent"])
    piece = argument(people_scope(builder, among, relation), text, call.arguments[0])
    flag, reasons = flag_of(piece)
    per_team = relation.select([sql.named(sql.column("team_id"), "team_id"), *sums(piece.sql, flag)]).group_by(
        sql.column("team_id")
    )
    source = exp.select(
        sql.named(sql.column("leader_id", "t"), "agent_id"), *sums(sql.column("value", "m"), sql.column("flag", "m"))
    )
    source = source.from_(per_team.subquery(exp.to_identifier("m", quoted=True))).join(
        sql.table("team", "t"), on=sql.equal(sql.column("team_id", "t"), sql.column("team_id", "m"))
    )
    source = source.where(sql.negated(sql.missing(sql.column("leader_id", "t")))).group_by(sql.column("leader_id", "t"))
    table = builder.fresh("summed")
    builder.add(Step("make", table, source))
    return Summed(table, piece.type.decimals, reasons, flag is not None)


def reach(call: Call) -> tuple[str, int, int | None]:
    """The relation a function goes along, and how many steps at least and at most."""
    match call.function:
        case "DIRECT":
            return "reporting", 1, 1
        case "DOWNLINE":
            return "reporting", 1, length(call) or None
    relation, steps = call.arguments[1], call.arguments[2]
    assert isinstance(relation, Name)
    assert isinstance(steps, Number)
    return relation.name, int(steps.value), int(steps.value)


def _along_relation(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    kind, least, most = reach(call)
    if who_counts(call) is not None:
        return compressed_sum(builder, among, text, call, edges(builder, kind, without=True), least, most)
    steps = edges(builder, kind)
    names = [node for node in walk(call.arguments[0]) if isinstance(node, Name)]
    of_receiver = any(node.owner == "my" for node in names)
    by_depth = any(node.owner == "edge" and node.name == "depth" for node in names)
    if of_receiver or (by_depth and least != most):
        return _by_pairs(builder, among, text, call, steps, least, most)
    return _pushed(builder, among, text, call, steps, least, most)


def _pushed(builder: Builder, among: Group, text: Text, call: Call, steps: str, least: int, most: int | None) -> Summed:
    relation = others(builder, steps, least if least == most else None)
    piece = argument(people_scope(builder, among, relation), text, call.arguments[0])
    flag, reasons = flag_of(piece)
    start = relation.select(
        [sql.named(sql.number(1), LEVEL), sql.named(sql.column("edge from"), "agent_id"), *sums(piece.sql, flag)]
    ).group_by(sql.column("edge from"))
    table = start_name = builder.fresh("levels")
    builder.add(Step("make", table, start))
    if most is None or most > 1:
        builder.add(Step("grow", table, _next_level(table, steps), most=None if most is None else most - 1))
    return _collected(builder, start_name, least, piece.type.decimals, reasons, flag is not None, steps)


def _next(alias: str) -> Sql:
    return sql.named(exp.Add(this=sql.column(LEVEL, alias), expression=sql.number(1)), LEVEL)


def _next_level(table: str, steps: str) -> exp.Select:
    """What a level comes to one step further up."""
    rows = exp.select(
        sql.named(exp.Add(this=exp.Max(this=sql.column(LEVEL, "p")), expression=sql.number(1)), LEVEL),
        sql.named(sql.column("from_id", "e"), "agent_id"), *sums(sql.column("value", "p"), sql.column("flag", "p")),
    )  # fmt: skip
    rows = rows.from_(sql.table(table, "p")).join(
        sql.table(steps, "e"), on=sql.equal(sql.column("to_id", "e"), sql.column("agent_id", "p"))
    )
    return rows.where(at_level("p")).group_by(sql.column("from_id", "e"))


def _collected(
    builder: Builder, table: str, least: int, decimals: int, reasons: tuple[Trouble, ...], nullable: bool, steps: str
) -> Summed:
    """All levels wanted, for each receiving agent."""
    rows = exp.select(sql.named(sql.column("agent_id"), "agent_id"), *sums(sql.column("value"), sql.column("flag")))
    rows = rows.from_(sql.table(table, "r")).where(exp.GTE(this=sql.column(LEVEL), expression=sql.number(least)))
    made = builder.fresh("summed")
    builder.add(Step("make", made, rows.group_by(sql.column("agent_id"))))
    return without_cycles(builder, made, decimals, reasons, nullable, steps)


def _by_pairs(
    builder: Builder, among: Group, text: Text, call: Call, steps: str, least: int, most: int | None
) -> Summed:
    """Every receiving agent with everyone in reach."""
    pairs = builder.fresh("pairs")
    builder.add(Step("make", pairs, exp.select(
        sql.named(sql.number(1), LEVEL), sql.named(sql.column("from_id"), "agent_id"),
        sql.named(sql.column("to_id"), "other_id"), sql.named(sql.column("since"), "since"),
    ).from_(sql.table(steps, "r"))))  # fmt: skip
    if most is None or most > 1:
        further = exp.select(
            _next("p"), sql.named(sql.column("from_id", "e"), "agent_id"),
            sql.named(sql.column("other_id", "p"), "other_id"), sql.named(sql.column("since", "p"), "since"),
        ).from_(sql.table(pairs, "p")).join(
            sql.table(steps, "e"), on=sql.equal(sql.column("to_id", "e"), sql.column("agent_id", "p"))
        ).where(at_level("p"))  # fmt: skip
        builder.add(Step("grow", pairs, further, most=None if most is None else most - 1))
    rows = exp.select(
        everything("x"), sql.named(sql.column("agent_id", "e"), "edge from"), sql.named(sql.column("since", "e"), "edge since"),
        sql.named(sql.column(LEVEL, "e"), "edge depth"),
    ).from_(sql.table(pairs, "e")).join(
        sql.table(builder.current["agent"], "x"), on=sql.equal(sql.column("agent_id", "x"), sql.column("other_id", "e"))
    ).where(exp.GTE(this=sql.column(LEVEL, "e"), expression=sql.number(least)))  # fmt: skip
    relation = Relation(rows)
    piece = argument(people_scope(builder, among, relation), text, call.arguments[0])
    flag, reasons = flag_of(piece)
    made = builder.fresh("summed")
    summed = relation.select([sql.named(sql.column("edge from"), "agent_id"), *sums(piece.sql, flag)])
    builder.add(Step("make", made, summed.group_by(sql.column("edge from"))))
    return without_cycles(builder, made, piece.type.decimals, reasons, flag is not None, steps)


_SUMS = {"TEAM": _team, "SPREAD": spread_of, "RUNNING": running_total}
