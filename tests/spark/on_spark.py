"""A plan's month on a real Spark: the same statements told to it, over the same tables; what a step makes is kept as rows."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from sqlglot import exp

from calc.rulebook import compile_plan, sql
from calc.rulebook.cycles import REPORTING
from calc.rulebook.elements import Book
from calc.rulebook.plan import LEVEL, Plan, Step, window_day
from calc.rulebook.running import DEEPEST
from tests.rulebook import compiled
from tests.rulebook.twin import Given, MonthDone, together

NO_HISTORY = pa.table({"agent_id": pa.array([], pa.string()), "month": pa.array([], pa.date32())})


@lru_cache
def spark() -> SparkSession:
    """One Spark in this process, strict as the plan demands it: what overflows or does not cast is an error."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    told = {
        "spark.sql.ansi.enabled": "true", "spark.sql.shuffle.partitions": "1", "spark.default.parallelism": "1",
        "spark.sql.adaptive.enabled": "false", "spark.ui.enabled": "false", "spark.driver.memory": "2g",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[1]")
    for name, value in told.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


class SparkMonth:
    """What `tests.rulebook.compiled` gives to an engine and takes from it, on Spark."""

    def __init__(self) -> None:
        for found in spark().catalog.listTables():
            spark().catalog.dropTempView(f"`{found.name}`")

    def give(self, name: str, table: pa.Table) -> None:
        self.name(name, spark().createDataFrame(table))

    def name(self, name: str, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(f"`{name}`")

    def table(self, name: str) -> DataFrame:
        return spark().table(f"`{name}`")

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table(name).toArrow().to_pylist()
        return found

    def run(self, plan: Plan, first: dt.date) -> None:
        """The month, step by step. Its reporting line must not go in circles: those are taken out before Spark is asked."""
        self._whole_history(plan)
        for step in plan.steps:
            if step.test is None or asked(step.test, first).collect()[0][0]:
                self._step(step, first)
            if step.table == REPORTING:
                self.name(
                    "cycle", spark().sql("select agent_id, cast(agent_id as string) as members from agent limit 0")
                )

    def _step(self, step: Step, first: dt.date) -> None:
        if step.kind == "make":
            self.name(step.table, kept(asked(step.select, first)))
        elif step.kind == "view":
            self.name(step.table, asked(step.select, first))
        elif step.kind == "add":
            self._add(step.table, asked(step.select, first))
        else:
            for level in range(1, min(step.most or DEEPEST, DEEPEST) + 1):
                more = kept(asked(step.select, first, level))
                if more.isEmpty():
                    break
                self._add(step.table, more)

    def _add(self, table: str, more: DataFrame) -> None:
        self.name(table, kept(self.table(table).union(more)))

    def _whole_history(self, plan: Plan) -> None:
        if plan.history:
            have = self.table("history").columns
            listed = [
                f"`{name}`" if name in have else f"{sql.typed(sql.NULL.copy(), kind).sql('spark')} as `{name}`"
                for name, kind in plan.history.items()
            ]
            self.name("history whole", spark().sql(f"select {', '.join(['agent_id', 'month', *listed])} from history"))

    def remember(self) -> None:
        """What the month came to is history to the next."""
        try:
            values = self.table("agent_value")
        except AnalysisException:  # no rule is worked out for agents
            return
        self.name("history", kept(self.table("history").unionByName(values, allowMissingColumns=True)))


def kept(rows: DataFrame) -> DataFrame:
    """The rows as they are now, so that nothing is worked out twice."""
    made: DataFrame = spark().createDataFrame(rows.toArrow())
    return made


def asked(select: exp.Expression, first: dt.date, level: int = 0) -> DataFrame:
    """A statement of a plan with the month's dates written into it."""
    tree = select.copy()
    for node in list(tree.find_all(exp.Placeholder)):
        name = str(node.this)
        node.replace(exp.Literal.number(level) if name == LEVEL else exp.Literal.string(f"{window_day(name, first)}"))
    return spark().sql(sql.spelled(tree, "spark"))


def months(variants: Mapping[str, Book], givens: list[Given]) -> list[MonthDone]:
    """Months one after the other, each with the values of those before."""
    plan, book = compile_plan(compiled.all_checked(variants)), together(variants)
    at: Any = SparkMonth()
    at.give("history", NO_HISTORY)
    found = []
    for given in givens:
        compiled.give(at, variants, given)
        at.run(plan, given.month)
        found.append(compiled.told(at.rows, book))
        at.remember()
    return found
