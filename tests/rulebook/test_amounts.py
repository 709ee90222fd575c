"""Amounts of every size: near the largest that is kept, with many decimals, negative halves, and divisors near nothing.

Random quantities and random formulas over them; those that the check refuses are left out, all others agree with the twin.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.rulebook.check import check
from calc.rulebook.elements import Book, Formula, Quantity, Table, Unit
from tests.examples import examples
from tests.rulebook import compiled
from tests.rulebook.test_twin import agree
from tests.rulebook.twin import Given

D = Decimal
COLUMNS = ("a", "b", "c", "d", "e")
UNITS = (Unit.MONEY, Unit.RATE, Unit.NUMBER)
Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def quantities(draw: Draw) -> Quantity:
    """A unit with bounds and decimals; most are of a usual size."""
    decimals = draw(st.sampled_from([0, 2, 2, 2, 3, 4, 6, 10]))
    unit = draw(st.sampled_from(UNITS))
    digits = draw(st.sampled_from([1, 2, 3, 5, 7, *([10, 13, 16] if unit is Unit.MONEY else [1])]))
    high = D(10) ** digits - D(1).scaleb(-decimals)
    low = draw(st.sampled_from([-high, -high, D(0), D(1).scaleb(-decimals)]))
    return Quantity(unit, low, high, decimals)


@st.composite
def values(draw: Draw, quantity: Quantity) -> Decimal:
    """A value of the quantity: an end, next to one, half of the last place of two decimals, or any."""
    assert quantity.low is not None and quantity.high is not None and quantity.decimals is not None
    last = D(1).scaleb(-quantity.decimals)
    near = [quantity.low, quantity.high, quantity.low + last, quantity.high - last, last, -last, D(0), D(1), D(-1),
            *(sign * whole + sign * half for sign in (1, -1) for whole in (0, 1, 7)
              for half in (D("0.5"), D("0.005"), D("0.0005"), D("0.00000005")))]  # fmt: skip
    whole = st.integers(int(quantity.low.scaleb(quantity.decimals)), int(quantity.high.scaleb(quantity.decimals)))
    fit = [one for one in near if quantity.low <= one <= quantity.high and one == round(one, quantity.decimals)]
    any_value = whole.map(lambda number: D(number).scaleb(-quantity.decimals))
    return draw(st.one_of(st.sampled_from(fit), any_value))


Names = dict[Unit, list[str]]
ALWAYS = {
    Unit.MONEY: ["0", "1", "0.005", "7", "1000000"],
    Unit.RATE: ["0.5%", "33.333333%", "0", "2"],
    Unit.NUMBER: ["3", "0", "0.125"],
}


def numeric(draw: Draw, names: Names, unit: Unit, depth: int) -> str:
    """The text of a random expression of a unit."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from([*names[unit], *names[unit], *ALWAYS[unit]]))

    def again(of: Unit = unit) -> str:
        return numeric(draw, names, of, depth - 1)

    shapes: list[Callable[[], str]] = [
        lambda: f"({again()} {draw(st.sampled_from('+-'))} {again()})",
        lambda: f"-{again()}",
        lambda: f"{draw(st.sampled_from(['MIN', 'MAX', 'COALESCE']))}({again()} , {again()})",
        lambda: f"{draw(st.sampled_from(['ROUND', 'TRUNC', 'FLOOR']))}(ABS({again()}), {draw(st.integers(0, 6))})",
        lambda: f"{draw(st.sampled_from(['ROUND', 'TRUNC', 'FLOOR']))}({again()}, {draw(st.integers(0, 6))})",
        lambda: _either(draw, names, depth - 1, again(), again()),
    ]
    shapes += {
        Unit.MONEY: [
            lambda: f"({again()} * {again(draw(st.sampled_from([Unit.RATE, Unit.NUMBER])))})",
            lambda: f"({again()} / {again(draw(st.sampled_from([Unit.RATE, Unit.NUMBER])))})",
            lambda: f"TIER_AMOUNT(steps, ABS({again()}))",
            lambda: f"TIER_AMOUNT(between, ABS({again()}))",
        ],
        Unit.RATE: [
            lambda: f"({again(Unit.MONEY)} / {again(Unit.MONEY)})",
            lambda: f"({again()} * {again()})",
            lambda: f"BAND(bands, {again(Unit.MONEY)})",
            lambda: f"TIER(steps, ABS({again(Unit.MONEY)}))",
        ],
        Unit.NUMBER: [lambda: f"({again()} * {again()})", lambda: f"({again()} * {again(Unit.RATE)})"],
    }[unit]
    return draw(st.sampled_from(shapes))()


def _either(draw: Draw, names: Names, depth: int, one: str, other: str) -> str:
    unit, sign = draw(st.sampled_from(UNITS)), draw(st.sampled_from(["<", "<=", "=", ">", "<>"]))
    left, right = (numeric(draw, names, unit, depth) for _ in range(2))
    return f"IF({left} {sign} {right}, {one}, {other})"


def tables() -> dict[str, Table]:
    """Thirds, sixths and an open end: what an interpolated band earns needs a division."""
    money = Quantity(Unit.MONEY, D(-(10**17)), D(10**17), 10)
    rate = Quantity(Unit.RATE, D(0), D(10), 6)
    amount = Quantity(Unit.MONEY, D(-(10**9)), D(10**9), 2)
    steps = (
        (D(0), D("0.01"), D("0.333333")), (D("0.01"), D(3), D(0)), (D(3), D(10**9), D("1.000001")),
        (D(10**9), None, D("0.05")),
    )  # fmt: skip
    between = ((D(0), D(3), D(1)), (D(3), D(10), D("-0.01")), (D(10), D(10**9), D("999999999.99")))
    bands = ((None, D("-0.005"), D("0.1")), (D("-0.005"), D(0), D("0.2")), (D(0), None, D("0.3")))
    return {
        "steps": Table("steps", {}, {"value": rate}, steps, "x", money, "upper", "step"),
        "between": Table("between", {}, {"value": amount}, between, "x", money, "lower", "interpolated"),
        "bands": Table("bands", {}, {"value": rate}, bands, "x", money, "upper"),
    }


@st.composite
def amounts(draw: Draw) -> tuple[dict[str, Book], list[Given]]:
    """A book of formulas that the check accepts, and one month of agents."""
    agent = {name: draw(quantities()) for name in COLUMNS}
    names: Names = {unit: [f"agent.{name}" for name in COLUMNS if agent[name].unit is unit] for unit in UNITS}
    formulas: dict[str, Formula] = {}
    for at in range(12):
        unit = draw(st.sampled_from(UNITS))
        rounded = draw(st.sampled_from(["{}", "ROUND({}, 2)", "TRUNC({}, 2)", "FLOOR({}, 2)", "ROUND({}, 6)"]))
        formula = Formula(f"f{at}", Quantity(unit), "agent", rounded.format(numeric(draw, names, unit, 3)))
        book = Book(name="amounts", tables=tables(), formulas={**formulas, formula.name: formula}, agent=agent)
        if check(book)[0]:
            formulas[formula.name] = formula
            names[unit].append(formula.name)
    book = Book(name="amounts", tables=tables(), formulas=formulas, agent=agent)
    rows = [
        {"agent_id": f"A{at}", "institution_id": "I", "team_id": None, "rank": "R", "joined_on": dt.date(2020, 1, 1),
         **{name: draw(values(quantity)) for name, quantity in agent.items()}}
        for at in range(6)
    ]  # fmt: skip
    return {"amounts": book}, [Given(dt.date(2026, 1, 1), rows)]


@examples(40)
@given(amounts())
def test_amounts_of_every_size_agree_with_the_twin(told: tuple[dict[str, Book], list[Given]]) -> None:
    variants, givens = told
    agree(variants, givens)


def one_agent(
    columns: dict[str, Quantity], formulas: dict[str, str], **cells: str
) -> tuple[dict[str, Book], list[Given]]:
    """A book of money formulas over some columns, and a month of one agent with these cells."""
    written = {name: Formula(name, Quantity(Unit.MONEY), "agent", text) for name, text in formulas.items()}
    row = {"agent_id": "A", "institution_id": "I", "team_id": None, "rank": "R", "joined_on": dt.date(2020, 1, 1),
           **{name: D(cell) for name, cell in cells.items()}}  # fmt: skip
    book = Book(name="amounts", tables=tables(), formulas=written, agent=columns)
    return {"amounts": book}, [Given(dt.date(2026, 1, 1), [row])]


def test_a_product_of_three_rates_is_divided_exactly() -> None:
    """Twenty decimals: the dividend as a whole number of its smallest units has more digits than a decimal keeps twice."""
    columns = {"a": Quantity(Unit.MONEY, D(-1000000), D(1000000), 2), "r": Quantity(Unit.RATE, D(0), D(2), 6)}
    formulas = {
        "twelfth": "ROUND(agent.a * agent.r * agent.r * agent.r / 12, 2)",
        "back": "ROUND(agent.a / (agent.r * agent.r * agent.r), 2)",
    }
    for a, r, twelfth, back in (
        ("1000000", "1.234567", "156806.03", "531442.16"), ("-999999.99", "2", "-666666.66", "-125000.00"),
        ("-0.01", "0.000001", "0.00", "-10000000000000000.00"),
    ):  # fmt: skip
        told = one_agent(columns, formulas, a=a, r=r)
        agree(*told)
        (month,) = compiled.months(*told)
        assert [month.values["agent", "A", name] for name in formulas] == [D(twelfth), D(back)]


def test_a_quotient_has_as_many_digits_as_are_kept() -> None:
    columns = {
        "big": Quantity(Unit.MONEY, D(0), D("9999999999999999.99"), 2),
        "tiny": Quantity(Unit.NUMBER, D(0), D(1), 10),
    }
    told = one_agent(columns, {"x": "ROUND(agent.big / agent.tiny, 2)"}, big="9999999999999999.99", tiny="0.0000000001")
    agree(*told)
    (month,) = compiled.months(*told)
    assert month.values["agent", "A", "x"] == D("99999999999999999900000000.00")


def test_a_share_of_steps_far_beyond_the_bounds_has_room() -> None:
    """What the steps above earn when full has more digits than what can be reached."""
    columns = {"a": Quantity(Unit.MONEY, D(0), D(9), 0)}
    formulas = {"x": "ROUND(agent.a * ROUND(TIER(steps, TIER_AMOUNT(steps, agent.a)), 6), 2)"}
    for a, x in (("9", "4.51"), ("3", "1.00"), ("1", "0.33")):
        told = one_agent(columns, formulas, a=a)
        agree(*told)
        (month,) = compiled.months(*told)
        assert month.values["agent", "A", "x"] == D(x)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "ROUND(TIER_AMOUNT(between, agent.x), 2)",
            "(41, 38 are kept): write ROUND(agent.x, 7)",
        ),
        ("ROUND(TIER_AMOUNT(between, ROUND(agent.x, 8)), 2)", "(39, 38 are kept): write ROUND(ROUND(agent.x, 8), 7)"),
        ("ROUND(agent.x / agent.wide, 2)", "agent.wide has too many digits to divide by exactly (40, 38 are kept)"),
    ],
)
def test_what_has_no_room_is_refused_by_the_check(text: str, said: str) -> None:
    """And not first when the month is computed."""
    columns = {
        "x": Quantity(Unit.MONEY, D(0), D(10) ** 10, 10),
        "wide": Quantity(Unit.NUMBER, D(1), D(10) ** 28, 0),
    }
    variants, _givens = one_agent(columns, {"x": text})
    checked, problems = check(variants["amounts"])
    assert checked is None and said in problems[0].sentence, problems
