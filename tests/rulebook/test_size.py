"""The statements of a whole basic law stay short: what many texts need is a column, never written again into each of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from calc.rulebook.check import check
from calc.rulebook.compiling import compile_plan
from calc.rulebook.elements import Book, Move
from calc.rulebook.plan import Plan
from portal.services.rulebook_text import read_text
from tests.rulebook.books import BOOK, formula, with_

LAW = Path(__file__).parents[2] / "portal" / "sources" / "demo_basic_law.yaml"
LONGEST = 80_000  # characters: what nobody waits for stands in the last stage
LADDER = BOOK.ladders["grade"]


def plan_of(book: Book) -> Plan:
    checked, problems = check(book)
    assert checked, [problem.sentence for problem in problems]
    return compile_plan({1: checked})


@cache
def the_law() -> Plan:
    book, problems = read_text(LAW.read_text(encoding="utf-8"))
    assert problems == []
    return plan_of(book)


def test_no_statement_of_the_demos_basic_law_is_long() -> None:
    sizes = [(step.table, len(step.sql("duckdb"))) for step in the_law().steps]
    assert [(table, size) for table, size in sizes if size > LONGEST] == []
    assert sum(size for _, size in sizes) < 5 * LONGEST


def test_a_chain_of_conditions_grows_with_its_length_and_not_twofold_with_each() -> None:
    def size(terms: int) -> int:
        condition = " AND ".join(f"PRIOR(month_fyc, {at}) > {at}" for at in range(1, terms + 1))
        return max(len(text) for text in plan_of(formula(f"IF({condition}, 1, 0)")).sql())

    assert size(24) < 3 * size(12)


def test_a_ladder_grows_with_its_moves_and_not_twofold_with_each() -> None:
    def size(count: int) -> int:
        moves = tuple(
            Move("agent", "manager", "promotion", f"PRIOR(month_fyc, {at}) > {at}") for at in range(1, count + 1)
        )
        return max(len(text) for text in plan_of(with_(ladders={"grade": replace(LADDER, moves=moves)})).sql())

    assert size(24) < 3 * size(12)
