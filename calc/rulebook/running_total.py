"""RUNNING: what an agent's rows of a fact come to one after the other, in one window over the month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Text
from calc.rulebook.plan import Step
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Name
from calc.rulebook.variants import Group, Variants
from calc.rulebook.ways import Summed, argument, flag_of

if TYPE_CHECKING:
    from calc.rulebook.builder import Builder


def row_key(variants: Variants, fact: str) -> tuple[str, str]:
    """A fact's key as a column of the running totals, and of the fact's own rows."""
    key = variants.facts[fact].key
    return key, f"{fact}.{key}"


def running_total(builder: Builder, among: Group, text: Text, call: Call) -> Summed:
    """For each row what it and those before it come to: by day, within a day by key. Who has no such formula adds nothing."""
    fact, name = builder.variants.facts[text.grain], call.arguments[0]
    assert isinstance(name, Name)
    relation = builder.source(text.grain)
    piece = argument(builder.scope(text.grain, relation, builder.variants.all, text.element), text, name)
    flag, reasons = flag_of(piece)
    value: Sql = piece.sql
    without = () if name.owner else builder.variants.without(_holders(builder.variants, name.name))
    if without:
        elsewhere = exp.In(this=sql.column("variant"), expressions=[sql.number(v) for v in without])
        value = sql.case([(elsewhere, sql.decimal(sql.number(0), piece.width, piece.type.decimals))], value)
        flag = None if flag is None else sql.case([(elsewhere.copy(), sql.number(0))], flag)
    key, own = row_key(builder.variants, text.grain)
    order = [sql.column(f"{text.grain}.{fact.month_of}"), sql.column(own)]
    partition = sql.column(f"{text.grain}.{fact.agent}")
    made = builder.fresh("summed")
    columns = [
        sql.named(sql.column(own), key),
        sql.named(_so_far(exp.Sum(this=value), partition, order), "value"),
        sql.named(_so_far(exp.Max(this=flag), partition, order) if flag is not None else sql.number(0), "flag"),
    ]
    builder.add(Step("make", made, relation.select(columns)))
    return Summed(made, piece.type.decimals, reasons, flag is not None)


def _holders(variants: Variants, name: str) -> list[int]:
    """The variants that have a formula."""
    return [variant for variant, checked in variants.books.items() if name in checked.book.formulas]


def _so_far(aggregate: Sql, partition: Sql, order: Sequence[Sql]) -> Sql:
    """An aggregate of a row and those before it."""
    return exp.Window(
        this=aggregate, partition_by=[partition.copy()],
        order=exp.Order(expressions=[exp.Ordered(this=column.copy()) for column in order]),
        spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
    )  # fmt: skip
