"""A FROM that grows a join whenever an expression needs another table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.sql import Sql


class Relation:
    """Rows called `r`, with left joins added once each. A join must find at most one row for each of `r`."""

    def __init__(self, source: exp.Select | str) -> None:
        self.source: Sql = (
            sql.table(source, "r")
            if isinstance(source, str)
            else source.subquery(exp.to_identifier("r", quoted=True), copy=False)
        )
        self._joins: dict[object, tuple[str, exp.Join]] = {}

    def join(self, key: object, source: str | exp.Select, on: Callable[[str], Sql]) -> str:
        """The alias of a joined table; asked again with the same key it is the same join."""
        if key not in self._joins:
            alias = f"j{len(self._joins) + 1}"
            right = (
                sql.table(source, alias)
                if isinstance(source, str)
                else source.subquery(exp.to_identifier(alias, quoted=True), copy=False)
            )
            self._joins[key] = (alias, exp.Join(this=right, side="LEFT", on=on(alias)))
        return self._joins[key][0]

    def over(self, table: str) -> Relation:
        """The same joins to a table that holds these rows' columns."""
        other = Relation(table)
        other._joins = self._joins
        return other

    def apart(self) -> Relation:
        """The same rows and joins; what is joined to these from now on is not joined to those."""
        other = Relation.__new__(Relation)
        other.source, other._joins = self.source, dict(self._joins)
        return other

    def select(self, columns: Sequence[Sql], where: Sql | None = None) -> exp.Select:
        """A SELECT of these columns over the rows and everything joined so far."""
        query = exp.select(*columns).from_(self.source, copy=False)
        query.set("joins", [join for _, join in self._joins.values()])
        return query.where(where, copy=False) if where is not None else query


def everything(alias: str = "r") -> Sql:
    return exp.Column(this=exp.Star(), table=exp.to_identifier(alias, quoted=True), copy=False)
