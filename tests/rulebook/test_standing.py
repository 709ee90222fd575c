"""Where one agent stands: worked out from the published values it is what the compiled statements made of the month."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from calc.rulebook.check import check
from calc.rulebook.checked import Checked
from calc.rulebook.elements import Book
from calc.rulebook.standing import AgentMonth, Standing, Unknown
from tests.rulebook import compiled
from tests.rulebook.books import BOOK, with_
from tests.rulebook.random_books import books
from tests.rulebook.test_next_tier import MAY, amount
from tests.rulebook.test_next_tier import checked as sound
from tests.rulebook.test_twin import MONTHS, RANDOM
from tests.rulebook.twin import Given


def differing(checked: Checked, months: list[Given]) -> tuple[int, list[Any]]:
    """How many agents' formulas were worked out again, and those that came to something else."""
    count, found = 0, []
    for one, done in zip(months, compiled.months({"one": checked.book}, months), strict=True):
        for agent in one.agents:
            values = {name: value for (grain, key, name), value in done.values.items()
                      if grain == "agent" and key == agent["agent_id"]}  # fmt: skip
            at = Standing(AgentMonth(checked, one.month, agent, values))
            for (name, part), text in checked.texts.items():
                if part != "expression" or name not in checked.book.formulas or text.grain != "agent":
                    continue
                if values[name] is None:
                    continue
                try:
                    again = at.of(text.expression)
                except Unknown:
                    continue
                count += 1
                if again != values[name]:
                    found.append((name, agent["agent_id"], again, values[name]))
    return count, found


@pytest.mark.long
@settings(RANDOM, max_examples=30)
@given(books(), MONTHS)
def test_what_is_worked_out_again_is_what_was_published(variants: dict[str, Book], months: list[Given]) -> None:
    checked, _problems = check(next(iter(variants.values())))
    if checked is None:
        return
    plain = [replace(one, rules=[]) for one in months]
    _count, found = differing(checked, plain)
    assert found == []


def test_a_changed_value_reaches_what_follows_from_it() -> None:
    book = sound(with_(BOOK, formulas={
        "quarter": amount("quarter", "QTD(month_fyc)"), "double": amount("double", "quarter * 2"),
        "other": amount("other", "COALESCE(PRIOR(month_fyc, 1), 0)"),
    }))  # fmt: skip
    known = AgentMonth(book, MAY, {}, {"month_fyc": Decimal(100), "quarter": Decimal(250), "double": Decimal(500),
                                       "other": Decimal(150)})  # fmt: skip
    more = Standing(known, {"month_fyc": Decimal(130)})
    assert (more.element("quarter"), more.element("double"), more.element("other")) == (280, 560, 150)
    assert Standing(known).element("double") == 500
    with pytest.raises(Unknown):
        more.element("managed")
