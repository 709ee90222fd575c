"""Days at the ends of the calendar: an open end, written 9999-12-31, stays open; a month is never stopped by one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from calc.rulebook.check import check
from calc.rulebook.compiling import compile_plan
from calc.rulebook.elements import Book, Formula, Quantity, Unit
from calc.rulebook.expression import PlanError
from calc.rulebook.standing import AgentMonth, Standing
from tests.rulebook import compiled, twin
from tests.rulebook.twin import Given

D = Decimal
JANUARY = dt.date(2026, 1, 1)
COLUMNS = {"ends_on": Quantity(Unit.DATE), "n": Quantity(Unit.COUNT, D(0), D(10) ** 9, 0)}
PEOPLE = {
    "open": (dt.date(9999, 12, 31), 0),
    "early": (dt.date(1, 1, 1), 999_999_999),
    "leap": (dt.date(2024, 2, 29), 1),
}


def book(text: str, unit: Unit = Unit.DATE) -> Book:
    return Book(name="days", formulas={"x": Formula("x", Quantity(unit), "agent", text)}, agent=COLUMNS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("agent.ends_on + 1", ("9999-12-31", "0001-01-02", "2024-03-01")),
        ("1 + agent.ends_on", ("9999-12-31", "0001-01-02", "2024-03-01")),
        ("agent.ends_on - 1", ("9999-12-30", "0001-01-01", "2024-02-28")),
        ("agent.ends_on + (agent.ends_on - 0001-01-01)", ("9999-12-31", "0001-01-01", "4047-04-28")),
        ("ADD_MONTHS(agent.ends_on, 1)", ("9999-12-31", "0001-02-01", "2024-03-29")),
        ("ADD_MONTHS(agent.ends_on, 12)", ("9999-12-31", "0002-01-01", "2025-02-28")),
        ("ADD_MONTHS(agent.ends_on, -1)", ("9999-11-30", "0001-01-01", "2024-01-29")),
        ("ADD_MONTHS(agent.ends_on, agent.n)", ("9999-12-31", "9999-12-31", "2024-03-29")),
        ("ADD_MONTHS(agent.ends_on, -agent.n)", ("9999-12-31", "0001-01-01", "2024-01-29")),
    ],
)
def test_an_open_end_stays_open(text: str, found: tuple[str, ...]) -> None:
    told = book(text)
    agents = [
        {"agent_id": name, "institution_id": "I", "team_id": None, "rank": "R", "joined_on": JANUARY, "ends_on": day, "n": D(n)}
        for name, (day, n) in PEOPLE.items()
    ]  # fmt: skip
    givens = [Given(JANUARY, agents)]
    expected = [dt.date.fromisoformat(day) for day in found]
    checked, _problems = check(told)
    assert checked is not None
    for months in (twin.months, compiled.months):
        (month,) = months({"only": told}, givens)
        assert [month.values["agent", name, "x"] for name in PEOPLE] == expected
        assert not month.troubles
    standings = [Standing(AgentMonth(checked, JANUARY, agent, {"x": None})) for agent in agents]
    formula = checked.texts["x", "expression"].expression
    assert [one.of(formula) for one in standings] == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("YEAR(agent.ends_on + 1)", (9999, 1, 2024)),
        ("MONTH(ADD_MONTHS(agent.ends_on, 1))", (12, 2, 3)),
        ("MONTHS(0001-01-01, agent.ends_on)", (119987, 0, 24277)),
    ],
)
def test_parts_of_an_open_end(text: str, found: tuple[int, ...]) -> None:
    told = {"only": book(text, Unit.COUNT)}
    agents = [
        {"agent_id": name, "institution_id": "I", "team_id": None, "rank": "R", "joined_on": JANUARY, "ends_on": day, "n": D(n)}
        for name, (day, n) in PEOPLE.items()
    ]  # fmt: skip
    for months in (twin.months, compiled.months):
        (month,) = months(told, [Given(JANUARY, agents)])
        assert tuple(month.values["agent", name, "x"] for name in PEOPLE) == found


def test_a_day_in_too_many_steps_is_refused_with_what_to_do() -> None:
    checked, _problems = check(book("agent.ends_on" + " + 1" * 20))
    assert checked is not None
    with pytest.raises(PlanError, match="give parts of it names of their own"):
        compile_plan({1: checked})
