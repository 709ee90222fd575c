"""Where one agent stands: worked out from the published values it is what the compiled statements made of the month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calc.rulebook.check import check
from calc.rulebook.checked import Checked
from calc.rulebook.elements import Book, Unit
from calc.rulebook.expression import OVER
from calc.rulebook.standing import SUMS_OVER_TIME, AgentMonth, Standing, Unknown
from calc.rulebook.syntax import Call, Name, walk
from tests.examples import examples
from tests.rulebook import compiled
from tests.rulebook.books import BOOK, with_
from tests.rulebook.random_books import books
from tests.rulebook.test_next_tier import MAY, amount
from tests.rulebook.test_next_tier import checked as sound
from tests.rulebook.test_twin import MONTHS
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
@examples(30)
@given(books(), MONTHS)
def test_what_is_worked_out_again_is_what_was_published(variants: dict[str, Book], months: list[Given]) -> None:
    checked, _problems = check(next(iter(variants.values())))
    if checked is None:
        return
    plain = [replace(one, rules=[]) for one in months]
    _count, found = differing(checked, plain)
    assert found == []


@pytest.mark.long
@examples(25)
@given(books(), MONTHS, st.data())
def test_and_if_is_what_the_rules_would_pay(
    variants: dict[str, Book], months: list[Given], data: st.DataObject
) -> None:
    """A value put otherwise in one month, and rules that say so: both come to the same for everyone."""
    checked, _problems = check(next(iter(variants.values())))
    assume(checked is not None)
    own = [name for name, one in checked.book.formulas.items() if one.grain == "agent"]
    named = [name for name in own if any(map(_names(checked, name), own))]
    at = max(range(len(months)), key=lambda number: len(months[number].agents))
    assume(named and months[at].agents)
    name, value = data.draw(st.sampled_from(named)), data.draw(st.sampled_from([Decimal(0), Decimal(1), Decimal(120)]))
    told = told_otherwise(checked.book, name, months[at].month, value)
    again, _problems = check(told)
    assume(again is not None)
    plain = [replace(one, rules=[]) for one in months[: at + 1]]
    before, after = (compiled.months({"one": book}, plain)[at].values for book in (checked.book, told))
    for agent in months[at].agents:
        known, then = (
            {
                key: found
                for (grain, whose, key), found in values.items()
                if (grain, whose) == ("agent", agent["agent_id"])
            }
            for values in (before, after)
        )
        if then[name] is not None:
            more = Standing(AgentMonth(checked, months[at].month, agent, known), {name: then[name]})
            assert wrong(more, checked, name, then) == {}


def _names(checked: Checked, name: str) -> Callable[[str], bool]:
    """Whether an agent's formula names an element of the same agent and month."""
    known = AgentMonth(checked, dt.date(2026, 1, 1), {}, {})
    return lambda other: any(one.name == name and not one.owner for one in known.names(other))


def told_otherwise(book: Book, name: str, month: dt.date, value: Decimal) -> Book:
    """The book with a formula that gives another value in one month."""
    one = book.formulas[name]
    other = f"{value} = 0" if one.quantity.unit is Unit.FLAG else str(value)
    text = f"IF(month.first_day = {month}, {other}, {one.expression})"
    return replace(book, formulas={**book.formulas, name: replace(one, expression=text)})


def wrong(more: Standing, checked: Checked, name: str, after: Mapping[str, Any]) -> dict[str, Any]:
    """What is worked out otherwise than the rules did; what others' values come to is taken as published."""
    found = {}
    for other, formula in checked.book.formulas.items():
        if formula.grain != "agent" or after[other] is None or _through_others(checked, other, name, frozenset()):
            continue
        try:
            worked = more.element(other)
        except Unknown:
            continue
        if worked != after[other]:
            found[other] = (worked, after[other], formula.expression)
    return found


def _through_others(checked: Checked, element: str, name: str, seen: frozenset[str]) -> bool:
    """Whether an element reads a value by way of sums over people or rows, or of another month."""
    if element in seen:
        return False
    book, seen = checked.book, seen | {element}
    if element in book.measures:
        return _reaches(checked, element, name, frozenset())
    for node in walk(checked.texts[element, "expression"].expression):
        if isinstance(node, Call) and node.function in OVER - SUMS_OVER_TIME:
            inside = [one.name for one in walk(node) if isinstance(one, Name) and one.owner in ("", "my")]
            if any(_reaches(checked, one, name, frozenset()) for one in inside):
                return True
    return any(_through_others(checked, one, name, seen) for one in checked.uses[element] if one in _elements(book))


def _reaches(checked: Checked, element: str, name: str, seen: frozenset[str]) -> bool:
    if element == name:
        return True
    uses = checked.uses.get(element, frozenset()) - seen
    return any(_reaches(checked, one, name, seen | {element}) for one in uses if one in _elements(checked.book))


def _elements(book: Book) -> frozenset[str]:
    return frozenset((*book.measures, *book.formulas))


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
