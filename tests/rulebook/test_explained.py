"""On random rulebooks and months the terms of every amount come to it, however the rules are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given

from calc.engine import Engine
from calc.rulebook import compile_plan
from calc.rulebook.check import check
from calc.rulebook.elements import Book
from calc.rulebook.explain import explain
from calc.rulebook.running import run_month
from calc.rulebook.terms import Term
from tests.examples import examples
from tests.rulebook import compiled
from tests.rulebook.random_books import books
from tests.rulebook.random_months import histories
from tests.rulebook.twin import Given, together


@pytest.mark.long
@examples(6)
@given(books(), histories(most=2))
def test_the_terms_of_every_amount_come_to_it(variants: dict[str, Book], givens: list[Given]) -> None:
    assume(all(check(book)[0] for book in variants.values()))
    plan, book = compile_plan(compiled.all_checked(variants)), together(variants)
    with Engine() as engine:
        for number, at in enumerate(givens):
            compiled.give(engine, variants, at)
            if number == 0:
                engine.connection.execute("create or replace table history (agent_id varchar, month date)")
            run_month(engine, plan)
            values = compiled.done(engine, book).values
            for (grain, agent, name), value in values.items():
                if grain == "agent":
                    term = explain(engine, plan, agent, name)
                    assert term.value == value, (agent, name)
                    assert wrong(term, book) == [], (agent, name)
            compiled.remember(engine, "history", first=number == 0)


def wrong(term: Term, book: Book) -> list[Any]:
    """Terms that do not follow from what stands below them."""
    found: list[Any] = []
    kinds = [child.kind for child in term.children]
    if term.kind == "element" and kinds == ["node"] and term.value is not None and term.value != term.children[0].value:
        found.append((term.text, term.value, term.children[0].value))
    parts = [child.value for child in term.children if child.kind in ("fact", "person", "month")]
    summed = parts and isinstance(term.value, Decimal) and all(isinstance(part, Decimal) for part in parts)
    measure = book.measures.get(term.text)
    if summed and (measure is None or measure.aggregate == "sum") and kinds.count("element") == 0:
        total = sum(parts, term.unlisted_total or Decimal(0))
        if total != term.value:
            found.append((term.text, term.value, total))
    return [*found, *(one for child in term.children for one in wrong(child, book))]
