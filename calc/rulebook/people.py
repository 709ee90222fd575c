"""Functions over time and over people.

Earlier months are added up once, into `past`. Sums over people are pushed up the relation level by level, so that nobody meets
everybody: a level holds, for each person, what those exactly so many steps below come to. Only where an argument hangs on the
receiving person (`my.x`) or on the number of steps without end are pairs made.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import lookups, sql
from calc.rulebook.checked import Text, Type
from calc.rulebook.expression import compiled, product
from calc.rulebook.piece import Piece, Trouble, any_holds, at_scale, by_variant, first_that_holds, met, settled
from calc.rulebook.plan import LEVEL, Step
from calc.rulebook.relation import Relation, everything
from calc.rulebook.scope import RowScope
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Expression, Name, Number, walk
from calc.rulebook.variants import Group

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder

OVER_TIME = frozenset({"PRIOR", "ROLLING_SUM", "QTD", "YTD"})
FOLLOWS = 1  # a flag: someone has no value because of a problem of his own; above it stand the reasons of this sum
PAST = "past"


@dataclass(frozen=True, slots=True)
class Summed:
    """Where a sum over people stands: its table, its decimals, and the reasons its flags stand for."""

    table: str
    decimals: int
    reasons: tuple[Trouble, ...]
    nullable: bool


def over(builder: Builder, scope: RowScope, call: Call, kind: Type) -> Piece:
    """The value of a function over time or over people at an agent's row."""
    if call.function in OVER_TIME:
        return _over_time(builder, scope, call, kind)
    found = builder.sums_for(scope.element, call.span.start, scope.among)
    choices = [(group, _received(scope, summed, call, kind)) for group, summed in found]
    return by_variant(scope.own_variant, choices, choices[0][1].type)


def _received(scope: RowScope, summed: Summed, call: Call, kind: Type) -> Piece:
    alias = scope.relation.join(
        ("side", summed.table), summed.table,
        lambda alias: sql.equal(sql.column("agent_id", alias), sql.column("agent_id")),
    )  # fmt: skip
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


# -- earlier months


def _length(call: Call) -> int:
    if len(call.arguments) < 2:
        return 0
    count = call.arguments[1]
    assert isinstance(count, Number)
    return int(count.value)


def _past_column(call: Call) -> str:
    name = call.arguments[0]
    assert isinstance(name, Name)
    return f"{name.name} {call.function} {_length(call)}"


def make_past(builder: Builder, calls: Sequence[Call]) -> None:
    """What earlier months come to, for every function over time, in one reading of `history`."""
    if not calls:
        return
    columns: dict[str, Sql] = {}
    for call in calls:
        name = call.arguments[0]
        assert isinstance(name, Name)
        builder.history[name.name] = builder.variants.result(name.name)
        value = sql.column(name.name)
        month = sql.column("month")
        if call.function == "PRIOR":
            wanted = sql.equal(month, sql.day(f"month_{_length(call)}_from"))
            columns[_past_column(call)] = exp.Max(this=sql.case([(wanted, value)]))
            continue
        start = {"QTD": "quarter_0_from", "YTD": "year_0_from"}.get(
            call.function, f"month_{max(_length(call) - 1, 0)}_from"
        )
        since = exp.GTE(this=month, expression=sql.day(start))
        columns[_past_column(call)] = exp.Sum(this=sql.case([(since, value)]))
    earlier = exp.LT(this=sql.column("month"), expression=sql.day("first_day"))
    listed = [sql.named(value, name) for name, value in columns.items()]
    past = exp.select(sql.named(sql.column("agent_id"), "agent_id"), *listed).from_(sql.table("history whole", "r"))
    builder.add(Step("make", PAST, past.where(earlier).group_by(sql.column("agent_id"))))


def _over_time(builder: Builder, scope: RowScope, call: Call, kind: Type) -> Piece:
    name = call.arguments[0]
    assert isinstance(name, Name)
    if call.function == "PRIOR" and _length(call) == 0:
        return scope.name(name, kind)
    alias = scope.relation.join(
        PAST, PAST, lambda alias: sql.equal(sql.column("agent_id", alias), sql.column("agent_id"))
    )
    past = sql.column(_past_column(call), alias)
    result = builder.variants.result(name.name)
    width = result.digits if sql.is_numeric(result) else 0
    if call.function == "PRIOR":
        return settled(
            Piece(past, result, width, missing=(Trouble(sql.missing(past), "missing", call.span.start),)), kind
        )
    months = {"QTD": 2, "YTD": 11}.get(call.function, max(_length(call) - 1, 0))
    low, high = (min(Decimal(0), result.low) * months, max(Decimal(0), result.high) * months)
    before_type = replace(result, low=low, high=high)
    earlier = sql.decimal(sql.function("COALESCE", past, sql.number(0)), before_type.digits, result.decimals)
    before = Piece(earlier, before_type, before_type.digits)
    now = scope.name(name, result)
    a, b = at_scale(now, result.decimals), at_scale(before, result.decimals)
    whole = sql.paren(exp.Add(this=sql.paren(a.sql), expression=sql.paren(b.sql)))
    total = Piece(whole, replace(kind, decimals=result.decimals), min(38, max(a.width, b.width) + 1), met(now))
    return settled(total, kind)


# -- sums over people


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


def _argument(scope: RowScope, text: Text, node: Expression) -> Piece:
    return compiled(node, text.types, scope)


def _flag(piece: Piece) -> tuple[Sql | None, tuple[Trouble, ...]]:
    """0 where there is a value; otherwise FOLLOWS, or one above it for each reason of its own."""
    if not piece.nullable:
        return None, ()
    reasons = tuple(t for t in met(piece) if t.reason)
    count = itertools.count(FOLLOWS + 1)
    which = first_that_holds(met(piece), lambda t: sql.number(next(count) if t.reason else FOLLOWS))
    there = sql.negated(sql.missing(piece.sql))
    return sql.case([(there, sql.number(0))], sql.function("COALESCE", which, sql.number(FOLLOWS))), reasons


def _people_scope(builder: Builder, among: Group, relation: Relation) -> RowScope:
    return builder.scope("agent", relation, among)


def _sums(value: Sql, flag: Sql | None) -> list[Sql]:
    listed: list[Sql] = [sql.named(exp.Sum(this=value), "value")]
    whole = exp.Max(this=flag) if flag is not None else sql.number(0)
    return [*listed, sql.named(whole, "flag")]


def _team(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    """Members to teams, teams to those who lead them."""
    relation = Relation(builder.current["agent"])
    piece = _argument(_people_scope(builder, among, relation), text, call.arguments[0])
    flag, reasons = _flag(piece)
    per_team = relation.select([sql.named(sql.column("team_id"), "team_id"), *_sums(piece.sql, flag)]).group_by(
        sql.column("team_id")
    )
    source = exp.select(
        sql.named(sql.column("leader_id", "t"), "agent_id"), *_sums(sql.column("value", "m"), sql.column("flag", "m"))
    )
    source = source.from_(per_team.subquery(exp.to_identifier("m", quoted=True))).join(
        sql.table("team", "t"), on=sql.equal(sql.column("team_id", "t"), sql.column("team_id", "m"))
    )
    source = source.where(sql.negated(sql.missing(sql.column("leader_id", "t")))).group_by(sql.column("leader_id", "t"))
    table = builder.fresh("summed")
    builder.add(Step("make", table, source))
    return Summed(table, piece.type.decimals, reasons, flag is not None)


def edges(builder: Builder, kind: str) -> str:
    """The table of a relation's steps; the reporting line without the steps inside its cycles."""
    name = f"edges {kind}"
    if not any(step.table == name for step in builder.steps):
        columns = [sql.named(sql.column(c), c) for c in ("from_id", "to_id", "since")]
        rows = exp.select(*columns).from_(sql.table("relation", "r"))
        builder.add(Step("make", name, rows.where(sql.equal(sql.column("kind"), sql.text(kind)))))
    return name


def reach(call: Call) -> tuple[str, int, int | None]:
    """The relation a function goes along, and how many steps at least and at most."""
    match call.function:
        case "DIRECT":
            return "reporting", 1, 1
        case "DOWNLINE":
            return "reporting", 1, _length(call) or None
    relation, steps = call.arguments[1], call.arguments[2]
    assert isinstance(relation, Name)
    assert isinstance(steps, Number)
    return relation.name, int(steps.value), int(steps.value)


def _along_relation(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    kind, least, most = reach(call)
    steps = edges(builder, kind)
    names = [node for node in walk(call.arguments[0]) if isinstance(node, Name)]
    of_receiver = any(node.owner == "my" for node in names)
    by_depth = any(node.owner == "edge" and node.name == "depth" for node in names)
    if of_receiver or (by_depth and least != most):
        return _by_pairs(builder, among, text, call, steps, least, most)
    return _pushed(builder, among, text, call, steps, least, most)


def _others(builder: Builder, steps: str, depth: int | None) -> Relation:
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


def _pushed(builder: Builder, among: Group, text: Text, call: Call, steps: str, least: int, most: int | None) -> Summed:
    relation = _others(builder, steps, least if least == most else None)
    piece = _argument(_people_scope(builder, among, relation), text, call.arguments[0])
    flag, reasons = _flag(piece)
    start = relation.select(
        [sql.named(sql.number(1), LEVEL), sql.named(sql.column("edge from"), "agent_id"), *_sums(piece.sql, flag)]
    ).group_by(sql.column("edge from"))
    table = start_name = builder.fresh("levels")
    builder.add(Step("make", table, start))
    if most is None or most > 1:
        builder.add(Step("grow", table, _next_level(table, steps), most=None if most is None else most - 1))
    return _collected(builder, start_name, least, piece.type.decimals, reasons, flag is not None, steps)


def _at_level(alias: str) -> Sql:
    return sql.equal(sql.column(LEVEL, alias), exp.Placeholder(this=LEVEL))


def _next(alias: str) -> Sql:
    return sql.named(exp.Add(this=sql.column(LEVEL, alias), expression=sql.number(1)), LEVEL)


def _next_level(table: str, steps: str) -> exp.Select:
    """What a level comes to one step further up."""
    rows = exp.select(
        sql.named(exp.Add(this=exp.Max(this=sql.column(LEVEL, "p")), expression=sql.number(1)), LEVEL),
        sql.named(sql.column("from_id", "e"), "agent_id"), *_sums(sql.column("value", "p"), sql.column("flag", "p")),
    )  # fmt: skip
    rows = rows.from_(sql.table(table, "p")).join(
        sql.table(steps, "e"), on=sql.equal(sql.column("to_id", "e"), sql.column("agent_id", "p"))
    )
    return rows.where(_at_level("p")).group_by(sql.column("from_id", "e"))


def _collected(
    builder: Builder, table: str, least: int, decimals: int, reasons: tuple[Trouble, ...], nullable: bool, steps: str
) -> Summed:
    """All levels wanted, for each receiving agent."""
    rows = exp.select(sql.named(sql.column("agent_id"), "agent_id"), *_sums(sql.column("value"), sql.column("flag")))
    rows = rows.from_(sql.table(table, "r")).where(exp.GTE(this=sql.column(LEVEL), expression=sql.number(least)))
    made = builder.fresh("summed")
    builder.add(Step("make", made, rows.group_by(sql.column("agent_id"))))
    return _without_cycles(builder, made, decimals, reasons, nullable, steps)


def _without_cycles(
    builder: Builder, made: str, decimals: int, reasons: tuple[Trouble, ...], nullable: bool, steps: str
) -> Summed:
    """Who stands in a cycle of the reporting line has no sum over it; the cycle itself is the problem."""
    if steps != "edges reporting":
        return Summed(made, decimals, reasons, nullable)
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
    return Summed(table, decimals, reasons, True)


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
        ).where(_at_level("p"))  # fmt: skip
        builder.add(Step("grow", pairs, further, most=None if most is None else most - 1))
    rows = exp.select(
        everything("x"), sql.named(sql.column("agent_id", "e"), "edge from"), sql.named(sql.column("since", "e"), "edge since"),
        sql.named(sql.column(LEVEL, "e"), "edge depth"),
    ).from_(sql.table(pairs, "e")).join(
        sql.table(builder.current["agent"], "x"), on=sql.equal(sql.column("agent_id", "x"), sql.column("other_id", "e"))
    ).where(exp.GTE(this=sql.column(LEVEL, "e"), expression=sql.number(least)))  # fmt: skip
    relation = Relation(rows)
    piece = _argument(_people_scope(builder, among, relation), text, call.arguments[0])
    flag, reasons = _flag(piece)
    made = builder.fresh("summed")
    summed = relation.select([sql.named(sql.column("edge from"), "agent_id"), *_sums(piece.sql, flag)])
    builder.add(Step("make", made, summed.group_by(sql.column("edge from"))))
    return _without_cycles(builder, made, piece.type.decimals, reasons, flag is not None, steps)


def _spread(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    """A level holds, for each person and highest rate on the way so far, what it is the rate of."""
    steps = edges(builder, "reporting")
    relation = _others(builder, steps, None)
    scope = _people_scope(builder, among, relation)
    x, rate = (_argument(scope, text, node) for node in call.arguments)
    x_flag, x_reasons = _flag(x)
    rate_flag, rate_reasons = _flag(rate)
    flags = [f for f in (x_flag, _shifted(rate_flag, len(x_reasons))) if f is not None]
    flag = exp.Anonymous(this="GREATEST", expressions=flags) if len(flags) == 2 else flags[0] if flags else None
    table = builder.fresh("levels")
    start = relation.select([
        sql.named(sql.number(1), LEVEL), sql.named(sql.column("edge from"), "agent_id"),
        sql.named(rate.sql, "rate"), *_sums(x.sql, flag),
    ]).group_by(sql.column("edge from"), rate.sql)  # fmt: skip
    builder.add(Step("make", table, start))
    builder.add(
        Step("grow", table, _spread_further(builder, among, text, call.arguments[1], table, steps, len(x_reasons)))
    )
    made = _spread_received(builder, among, text, call, table, x, rate, len(x_reasons))
    return _without_cycles(
        builder, made, x.type.decimals + rate.type.decimals, (*x_reasons, *rate_reasons), True, steps
    )


def _shifted(flag: Sql | None, by: int) -> Sql | None:
    """A flag whose own reasons come after `by` others."""
    if flag is None or by == 0:
        return flag
    own = exp.GT(this=sql.paren(flag), expression=sql.number(FOLLOWS))
    return sql.case([(own, exp.Add(this=sql.paren(flag), expression=sql.number(by)))], flag)


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
        .where(_at_level("p"))
    )  # fmt: skip
    rate = _argument(_people_scope(builder, among, relation), text, rate_node)
    absent = sql.missing(sql.column("agent_id"))
    so_far = sql.column("so far")
    highest = sql.case([
        (absent, so_far), (sql.missing(so_far), so_far), (sql.missing(rate.sql), rate.sql),
        (exp.GT(this=sql.paren(rate.sql), expression=so_far), rate.sql),
    ], so_far)  # fmt: skip
    own_flag = _shifted(_flag(rate)[0], shift)
    flag: Sql = sql.column("flag so far")
    if own_flag is not None:
        flag = sql.case([(absent, flag)], exp.Anonymous(this="GREATEST", expressions=[flag, own_flag]))
    inner = relation.select([
        sql.named(exp.Add(this=sql.column(LEVEL), expression=sql.number(1)), LEVEL), sql.named(sql.column("edge from"), "agent_id"),
        sql.named(highest, "rate"), sql.named(sql.column("passed"), "value"), sql.named(flag, "flag"),
    ])  # fmt: skip
    listed = [sql.named(sql.column(name), name) for name in (LEVEL, "agent_id", "rate")]
    whole = exp.select(*listed, *_sums(sql.column("value"), sql.column("flag"))).from_(
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
    mine = _argument(_people_scope(builder, among, relation), text, call.arguments[1])
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
    own_flag = _shifted(_flag(mine)[0], shift)
    if own_flag is not None:
        flag = exp.Anonymous(this="GREATEST", expressions=[flag, own_flag])
    made = builder.fresh("summed")
    rows = relation.select([sql.named(sql.column("agent_id"), "agent_id"), *_sums(part.sql, flag)])
    builder.add(Step("make", made, rows.group_by(sql.column("agent_id"))))
    return made


_SUMS = {"TEAM": _team, "SPREAD": _spread}
