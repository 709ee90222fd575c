"""SPREAD: what a leader's rate exceeds the highest one on the way, of everyone below, pushed up level by level."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Text, Type
from calc.rulebook.expression import product
from calc.rulebook.piece import Piece, at_scale
from calc.rulebook.plan import LEVEL, Step
from calc.rulebook.relation import Relation, everything
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Expression
from calc.rulebook.variants import Group
from calc.rulebook.ways import (
    Summed,
    argument,
    at_level,
    edges,
    flag_of,
    others,
    people_scope,
    shifted,
    sums,
    without_cycles,
)

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder


def spread_of(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    """A level holds, for each person and highest rate on the way so far, what it is the rate of."""
    steps = edges(builder, "reporting")
    relation = others(builder, steps, None)
    scope = people_scope(builder, among, relation)
    x, rate = (argument(scope, text, node) for node in call.arguments)
    x_flag, x_reasons = flag_of(x)
    rate_flag, rate_reasons = flag_of(rate)
    flags = [f for f in (x_flag, shifted(rate_flag, len(x_reasons))) if f is not None]
    flag = exp.Anonymous(this="GREATEST", expressions=flags) if len(flags) == 2 else flags[0] if flags else None
    table = builder.fresh("levels")
    start = relation.select([
        sql.named(sql.number(1), LEVEL), sql.named(sql.column("edge from"), "agent_id"),
        sql.named(rate.sql, "rate"), *sums(x.sql, flag),
    ]).group_by(sql.column("edge from"), rate.sql)  # fmt: skip
    builder.add(Step("make", table, start))
    builder.add(
        Step("grow", table, _spread_further(builder, among, text, call.arguments[1], table, steps, len(x_reasons)))
    )
    made = _spread_received(builder, among, text, call, table, x, rate, len(x_reasons))
    return without_cycles(builder, made, x.type.decimals + rate.type.decimals, (*x_reasons, *rate_reasons), True, steps)


def _spread_further(
    builder: Builder, among: Group, text: Text, rate_node: Expression, table: str, steps: str, shift: int
) -> exp.Select:
    """One step up: the person just passed may have the highest rate so far; who is not there this month has none."""
    relation = Relation(
        exp.select(
            everything("a"), sql.named(sql.column(LEVEL, "p"), LEVEL), sql.named(sql.column("rate", "p"), "so far"),
            sql.named(sql.column("value", "p"), "passed"), sql.named(sql.column("flag", "p"), "flag so far"),
            sql.named(sql.column("from_id", "e"), "edge from"),
        ).from_(sql.table(table, "p"))
        .join(sql.table(steps, "e"), on=sql.equal(sql.column("to_id", "e"), sql.column("agent_id", "p")))
        .join(
            sql.table(builder.current["agent"], "a"), join_type="left",
            on=sql.equal(sql.column("agent_id", "a"), sql.column("agent_id", "p")),
        )
        .where(at_level("p"))
    )  # fmt: skip
    rate = argument(people_scope(builder, among, relation), text, rate_node)
    absent = sql.missing(sql.column("agent_id"))
    so_far = sql.column("so far")
    highest = sql.case([
        (absent, so_far), (sql.missing(so_far), so_far), (sql.missing(rate.sql), rate.sql),
        (exp.GT(this=sql.paren(rate.sql), expression=so_far), rate.sql),
    ], so_far)  # fmt: skip
    own_flag = shifted(flag_of(rate)[0], shift)
    flag: Sql = sql.column("flag so far")
    if own_flag is not None:
        flag = sql.case([(absent, flag)], exp.Anonymous(this="GREATEST", expressions=[flag, own_flag]))
    inner = relation.select([
        sql.named(exp.Add(this=sql.column(LEVEL), expression=sql.number(1)), LEVEL), sql.named(sql.column("edge from"), "agent_id"),
        sql.named(highest, "rate"), sql.named(sql.column("passed"), "value"), sql.named(flag, "flag"),
    ])  # fmt: skip
    listed = [sql.named(sql.column(name), name) for name in (LEVEL, "agent_id", "rate")]
    whole = exp.select(*listed, *sums(sql.column("value"), sql.column("flag"))).from_(
        inner.subquery(exp.to_identifier("r", quoted=True))
    )
    return whole.group_by(*(sql.column(name) for name in (LEVEL, "agent_id", "rate")))


def _spread_received(
    builder: Builder, among: Group, text: Text, call: Call, table: str, x: Piece, rate: Piece, shift: int
) -> str:
    """Each level times what the receiving agent's own rate exceeds the highest on the way."""
    relation = Relation(
        exp.select(
            everything("a"), sql.named(sql.column("rate", "p"), "so far"), sql.named(sql.column("value", "p"), "passed"),
            sql.named(sql.column("flag", "p"), "flag so far"), sql.named(sql.column(LEVEL, "p"), LEVEL),
        ).from_(sql.table(builder.current["agent"], "a")).join(
            sql.table(table, "p"), on=sql.equal(sql.column("agent_id", "a"), sql.column("agent_id", "p")), join_type="left"
        )
    )  # fmt: skip
    mine = argument(people_scope(builder, among, relation), text, call.arguments[1])
    so_far = Piece(sql.column("so far"), rate.type, rate.width)
    a, b = at_scale(mine, rate.type.decimals), at_scale(so_far, rate.type.decimals)
    over_rate = exp.Sub(this=sql.paren(a.sql), expression=b.sql)
    higher = exp.GT(this=sql.paren(a.sql), expression=b.sql)
    spread_type = Type(rate.type.unit, Decimal(0), rate.type.high - rate.type.low, rate.type.decimals)
    difference = Piece(
        sql.case([(higher, over_rate)], sql.decimal(sql.number(0), a.width, rate.type.decimals)),
        spread_type,
        max(a.width, b.width) + 1,
    )
    narrow = replace(at_scale(difference, rate.type.decimals), width=difference.width)
    passed = Piece(sql.column("passed"), replace(x.type, low=Decimal(-(10**18)), high=Decimal(10**18)), sql.MOST_DIGITS)
    kind = Type(x.type.unit, Decimal(-(10**22)), Decimal(10**22), x.type.decimals + rate.type.decimals)
    part = product(passed, narrow, kind)
    flag: Sql = sql.function("COALESCE", sql.column("flag so far"), sql.number(0))
    own_flag = shifted(flag_of(mine)[0], shift)
    if own_flag is not None:
        flag = exp.Anonymous(this="GREATEST", expressions=[flag, own_flag])
    made = builder.fresh("summed")
    rows = relation.select([sql.named(sql.column("agent_id"), "agent_id"), *sums(part.sql, flag)])
    builder.add(Step("make", made, rows.group_by(sql.column("agent_id"))))
    return made
