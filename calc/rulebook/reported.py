"""The statement that writes down why rows have no value."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.piece import Trouble, first_that_holds
from calc.rulebook.relation import Relation
from calc.rulebook.sql import Sql


def reported(
    grain: str, identity: tuple[Sql, Sql], relation: Relation, element: str, part: str, troubles: tuple[Trouble, ...], where: Sql,
) -> exp.Select:  # fmt: skip
    """The rows of `row_problem` for an element: of each row the first trouble that holds, where it has a reason of its own.

    `identity` is a row's key as text, and its agent.
    """
    key, agent = identity
    number = {id(t): at for at, t in enumerate(troubles)}
    which = first_that_holds(troubles, lambda t: sql.number(number[id(t)]))
    told = [(at, t) for at, t in enumerate(troubles) if t.reason]
    details = [sql.named(t.detail, f"detail {at}") for at, t in told if t.detail is not None]
    inner = relation.select(
        [sql.named(key, "row_key"), sql.named(agent, "agent_id"), sql.named(which, "which"), *details], where
    )

    def shown(of: Callable[[int, Trouble], Sql], name: str) -> Sql:
        choices = [(sql.equal(sql.column("which", "q"), sql.number(at)), of(at, t)) for at, t in told]
        return sql.named(sql.case(choices), name)

    def detail(at: int, trouble: Trouble) -> Sql:
        return sql.column(f"detail {at}", "q") if trouble.detail is not None else sql.text("")

    found = [
        sql.named(sql.text(grain), "grain"), sql.named(sql.column("row_key", "q"), "row_key"),
        sql.named(sql.column("agent_id", "q"), "agent_id"), sql.named(sql.text(element), "element"),
        shown(lambda _, t: sql.text(t.part or part), "part"), shown(lambda _, t: sql.number(t.start), "start"),
        shown(lambda _, t: sql.text(t.reason), "reason"), shown(detail, "detail"),
    ]  # fmt: skip
    outer = exp.select(*found).from_(inner.subquery(exp.to_identifier("q", quoted=True)))
    reasons = exp.In(this=sql.column("which", "q"), expressions=[sql.number(at) for at, _ in told])
    return outer.where(reasons, copy=False)
