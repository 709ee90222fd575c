"""Sums along a relation on which only some persons count as a step: pairs of receiver and other person, grown upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Text
from calc.rulebook.plan import LEVEL, Step
from calc.rulebook.relation import Relation, everything
from calc.rulebook.sql import Sql
from calc.rulebook.sum_functions import who_counts
from calc.rulebook.syntax import Call
from calc.rulebook.variants import Group
from calc.rulebook.ways import Summed, argument, at_level, flag_of, higher_flag, people_scope, sums, without_cycles

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder


def compressed_sum(
    builder: Builder, among: Group, text: Text, call: Call, steps: str, least: int, most: int | None
) -> Summed:
    """Every receiving agent with everyone no more than `most` counted steps away."""
    counts = who_counts(call)
    assert counts is not None
    pairs = builder.fresh("pairs")
    builder.add(Step("make", pairs, exp.select(
        sql.named(sql.number(1), LEVEL), sql.named(sql.column("from_id"), "agent_id"), sql.named(sql.column("to_id"), "other_id"),
        sql.named(sql.column("since"), "since"), sql.named(sql.number(1), "depth"), sql.named(sql.number(0), "flag"),
    ).from_(sql.table(steps, "r"))))  # fmt: skip
    passed = _passed(builder, pairs, steps)
    condition = argument(people_scope(builder, among, passed), text, counts)
    counts_flag, counts_reasons = flag_of(condition)
    counted = sql.case([(sql.function("COALESCE", condition.sql, sql.FALSE), sql.number(1))], sql.number(0))
    there = sql.negated(sql.missing(sql.column("agent_id")))
    flag = higher_flag(sql.column("flag so far"), _only_where(there, counts_flag))
    inner = passed.select([
        sql.named(exp.Add(this=sql.column(LEVEL), expression=sql.number(1)), LEVEL), sql.named(sql.column("edge from"), "agent_id"),
        sql.named(sql.column("other"), "other_id"), sql.named(sql.column("edge since"), "since"),
        sql.named(exp.Add(this=sql.column("edge depth"), expression=sql.case([(there.copy(), counted)], sql.number(0))), "depth"),
        sql.named(flag, "flag"),
    ])  # fmt: skip
    listed = [sql.named(sql.column(name), name) for name in (LEVEL, "agent_id", "other_id", "since", "depth", "flag")]
    further = exp.select(*listed).from_(inner.subquery(exp.to_identifier("r", quoted=True)))
    if most is not None:
        further = further.where(exp.LTE(this=sql.column("depth"), expression=sql.number(most)))
    builder.add(Step("grow", pairs, further))
    relation = _reached(builder, pairs, least)
    piece = argument(people_scope(builder, among, relation), text, call.arguments[0])
    own_flag, reasons = flag_of(piece)
    made = builder.fresh("summed")
    both = higher_flag(sql.column("flag so far"), own_flag, len(counts_reasons))
    rows = relation.select([sql.named(sql.column("edge from"), "agent_id"), *sums(piece.sql, both)])
    builder.add(Step("make", made, rows.group_by(sql.column("edge from"))))
    nullable = counts_flag is not None or own_flag is not None
    return without_cycles(
        builder, made, piece.type.decimals, (*counts_reasons, *reasons), nullable, steps, pairs=pairs
    )  # fmt: skip


def _only_where(condition: Sql, flag: Sql | None) -> Sql | None:
    return None if flag is None else sql.case([(condition.copy(), flag)], sql.number(0))


def _passed(builder: Builder, pairs: str, steps: str) -> Relation:
    """The person each pair has come to, about to be passed; who is not there this month counts for nothing."""
    rows = exp.select(
        everything("a"), sql.named(sql.column(LEVEL, "p"), LEVEL), sql.named(sql.column("other_id", "p"), "other"),
        sql.named(sql.column("since", "p"), "edge since"), sql.named(sql.column("depth", "p"), "edge depth"),
        sql.named(sql.column("flag", "p"), "flag so far"), sql.named(sql.column("from_id", "e"), "edge from"),
    ).from_(sql.table(pairs, "p")).join(
        sql.table(steps, "e"), on=sql.equal(sql.column("to_id", "e"), sql.column("agent_id", "p"))
    ).join(
        sql.table(builder.current["agent"], "a"), join_type="left",
        on=sql.equal(sql.column("agent_id", "a"), sql.column("agent_id", "p")),
    )  # fmt: skip
    return Relation(rows.where(at_level("p")))


def _reached(builder: Builder, pairs: str, least: int) -> Relation:
    """Everyone reached, as the other person of his pair."""
    rows = exp.select(
        everything("x"), sql.named(sql.column("agent_id", "e"), "edge from"), sql.named(sql.column("since", "e"), "edge since"),
        sql.named(sql.column("depth", "e"), "edge depth"), sql.named(sql.column("flag", "e"), "flag so far"),
    ).from_(sql.table(pairs, "e")).join(
        sql.table(builder.current["agent"], "x"), on=sql.equal(sql.column("agent_id", "x"), sql.column("other_id", "e"))
    )  # fmt: skip
    return Relation(rows.where(exp.GTE(this=sql.column("depth", "e"), expression=sql.number(least))))
