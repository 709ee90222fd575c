"""Functions over time: what earlier months come to is added up once, into `past`, and this month is added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Type
from calc.rulebook.piece import Piece, Trouble, at_scale, met, settled
from calc.rulebook.plan import Step
from calc.rulebook.scope import RowScope
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Name, Number

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder

OVER_TIME = frozenset({"PRIOR", "ROLLING_SUM", "QTD", "YTD"})
PAST = "past"


def length(call: Call) -> int:
    if len(call.arguments) < 2:
        return 0
    count = call.arguments[1]
    assert isinstance(count, Number)
    return int(count.value)


def _past_column(call: Call) -> str:
    name = call.arguments[0]
    assert isinstance(name, Name)
    return f"{name.name} {call.function} {length(call)}"


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
            wanted = sql.equal(month, sql.day(f"month_{length(call)}_from"))
            columns[_past_column(call)] = exp.Max(this=sql.case([(wanted, value)]))
            continue
        start = {"QTD": "quarter_0_from", "YTD": "year_0_from"}.get(
            call.function, f"month_{max(length(call) - 1, 0)}_from"
        )
        since = exp.GTE(this=month, expression=sql.day(start))
        columns[_past_column(call)] = exp.Sum(this=sql.case([(since, value)]))
    earlier = exp.LT(this=sql.column("month"), expression=sql.day("first_day"))
    listed = [sql.named(value, name) for name, value in columns.items()]
    past = exp.select(sql.named(sql.column("agent_id"), "agent_id"), *listed).from_(sql.table("history whole", "r"))
    builder.add(Step("make", PAST, past.where(earlier).group_by(sql.column("agent_id"))))


def over_time(builder: Builder, scope: RowScope, call: Call, kind: Type) -> Piece:
    name = call.arguments[0]
    assert isinstance(name, Name)
    if call.function == "PRIOR" and length(call) == 0:
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
    months = {"QTD": 2, "YTD": 11}.get(call.function, max(length(call) - 1, 0))
    low, high = (min(Decimal(0), result.low) * months, max(Decimal(0), result.high) * months)
    before_type = replace(result, low=low, high=high)
    earlier = sql.decimal(sql.function("COALESCE", past, sql.number(0)), before_type.digits, result.decimals)
    before = Piece(earlier, before_type, before_type.digits)
    now = scope.name(name, result)
    a, b = at_scale(now, result.decimals), at_scale(before, result.decimals)
    whole = sql.paren(exp.Add(this=sql.paren(a.sql), expression=sql.paren(b.sql)))
    total = Piece(whole, replace(kind, decimals=result.decimals), min(38, max(a.width, b.width) + 1), met(now))
    return settled(total, kind)
