"""What a next tier needs: boundary sides, modes, what pays and what does not, lines that wait for their month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from calc.rulebook.check import check
from calc.rulebook.elements import Book, Formula, Line, Quantity, Table, Unit, Value
from calc.rulebook.next_tier import NextTier, next_tiers
from calc.rulebook.standing import AgentMonth, Standing, Unknown, months_between
from tests.rulebook.books import BOOK, FLAG, MONEY, SHARE, SMALL, TEXT, with_

D = Decimal
MAY = dt.date(2026, 5, 1)
COUNT = Quantity(Unit.COUNT)


def amount(name: str, text: str) -> Formula:
    return Formula(name, replace(MONEY, low=D(-(10**9)), high=D(10**9)), "agent", text)


def tiered(text: str, known: Mapping[str, Value], **changes: Any) -> list[NextTier]:
    """The next tiers of a book with one line that pays `text` by the table `bonus`."""
    table = Table(
        "bonus", {}, {"rate": SHARE}, ((D(0), D(3000), D("0.05")), (D(3000), D(9000), D("0.08")), (D(9000), None, D("0.1"))),
        "month_fyc", MONEY, mode="whole",
    )  # fmt: skip
    given = {name: changes.pop(name) for name in ("formulas", "kind", "agent") if name in changes}
    book = with_(
        BOOK,
        tables={"bonus": replace(table, **changes)},
        formulas={"benefit": amount("benefit", text), **given.get("formulas", {})},
        lines={"benefit": Line("benefit", "benefit", "allowance", 2, given.get("kind", "earning"))},
    )
    return next_tiers(AgentMonth(checked(book), MAY, given.get("agent", {"rank": "agent"}), known))


def checked(book: Book) -> Any:
    found, problems = check(book)
    assert found, [(one.element, one.part, one.sentence) for one in problems]
    return found


WHOLE = "ROUND(TIER_AMOUNT(bonus, month_fyc), 2)"


def test_a_whole_tier_pays_its_rate_for_everything() -> None:
    (one,) = tiered(WHOLE, {"month_fyc": D(2000), "benefit": D(100)})
    assert (one.counts, one.now, one.reach, one.missing) == ("month_fyc", 2000, 3000, 1000)
    assert (one.value_now, one.value_then, one.line_now, one.line_then) == (D("0.05"), D("0.08"), 100, 240)
    assert (one.line, one.element, one.table, one.month) == ("benefit", "benefit", "bonus", MAY)


def test_a_step_pays_only_what_lies_above() -> None:
    (one,) = tiered(WHOLE, {"month_fyc": D(2000), "benefit": D(100)}, mode="step")
    assert (one.reach, one.value_then, one.line_then) == (3000, D("0.08"), 150)


def test_an_interpolated_tier_pays_its_part_on_the_way() -> None:
    rows = ((D(0), D(3000), D(100)), (D(3000), D(9000), D(500)), (D(9000), None, None))
    (one,) = tiered(
        WHOLE, {"month_fyc": D(1500), "benefit": D(50)}, mode="interpolated", rows=rows, values={"amount": SMALL}
    )
    assert (one.reach, one.line_now, one.line_then) == (3000, 50, 100)


@pytest.mark.parametrize(
    ("boundary", "now", "reach"),
    [("lower", "3000", "9000"), ("upper", "3000", "3000.01"), ("lower", "2999.99", "3000"), ("upper", "3000.01", "9000.01"),
     ("upper", "0", "3000.01")],
)  # fmt: skip
def test_the_side_of_a_boundary_decides_what_is_least(boundary: str, now: str, reach: str) -> None:
    (one,) = tiered(WHOLE, {"month_fyc": D(now), "benefit": D(0)}, boundary=boundary)
    assert one.reach == D(reach)


def test_the_highest_band_has_no_next() -> None:
    assert tiered(WHOLE, {"month_fyc": D(9000), "benefit": D(900)}) == []


def test_bands_that_bring_nothing_are_passed_over() -> None:
    rows = ((D(0), D(3000), D("0.08")), (D(3000), D(9000), D("0.05")), (D(9000), None, D("0.1")))
    (one,) = tiered(WHOLE, {"month_fyc": D(2999), "benefit": D("239.92")}, rows=rows)
    assert one.reach == 9000, "at 3,000 the line would pay 150.00"


def test_a_deduction_is_nothing_to_reach_for() -> None:
    assert tiered(WHOLE, {"month_fyc": D(2000), "benefit": D(100)}, kind="deduction") == []
    assert tiered("0 - " + WHOLE, {"month_fyc": D(2000), "benefit": D(-100)}) == []


def test_only_the_branch_taken_is_looked_at() -> None:
    text = "IF(agent.rank = 'manager', ROUND(TIER_AMOUNT(bonus, month_fyc), 2), 0)"
    values: dict[str, Value] = {"month_fyc": D(2000), "benefit": D(0)}
    assert tiered(text, values) == []
    assert len(tiered(text, values, agent={"rank": "manager"})) == 1
    assert tiered(text, values, agent={}) == [], "a rank that is not known says nothing"


def test_a_line_that_waits_is_looked_at_in_its_month() -> None:
    formulas = {"quarter_ends": Formula("quarter_ends", FLAG, "agent", "month.number = 6 OR month.number = 12"),
                "quarter_fyc": amount("quarter_fyc", "QTD(month_fyc)")}  # fmt: skip
    (one,) = tiered(
        "IF(quarter_ends, ROUND(TIER_AMOUNT(bonus, quarter_fyc), 2), 0)",
        {"month_fyc": D(1), "quarter_fyc": D(2500), "quarter_ends": False, "benefit": D(0)}, formulas=formulas,
    )  # fmt: skip
    assert (one.month, one.counts, one.missing) == (dt.date(2026, 6, 1), "quarter_fyc", 500)
    assert (one.line_now, one.line_then) == (125, 240)


@pytest.mark.parametrize(
    "text",
    ["ROUND(TIER_AMOUNT(bonus, quarter_fyc) * in_season, 2)", "IF(in_season > 0, 1, 0) * ROUND(TIER_AMOUNT(bonus, quarter_fyc), 2)",
     "MIN(ROUND(TIER_AMOUNT(bonus, quarter_fyc), 2), IF(in_season > 0, 10000, 0))"],
)  # fmt: skip
def test_a_tier_that_the_calendar_multiplies_is_looked_at_in_its_month(text: str) -> None:
    formulas = {"in_season": Formula("in_season", COUNT, "agent", "IF(month.number = 6, 1, 0)"),
                "quarter_fyc": amount("quarter_fyc", "QTD(month_fyc)")}  # fmt: skip
    (one,) = tiered(
        text, {"month_fyc": D(1), "quarter_fyc": D(2500), "in_season": 0, "benefit": D(0)}, formulas=formulas
    )
    assert (one.month, one.counts, one.missing) == (dt.date(2026, 6, 1), "quarter_fyc", 500)
    assert (one.line_now, one.line_then) == (125, 240)


def test_keys_come_from_the_agents_row_and_the_value_through_other_formulas() -> None:
    table = Table(
        "bonus", {"rank": TEXT}, {"rate": SHARE},
        (("agent", D(0), D(10), D("0.1")), ("agent", D(10), None, D("0.2")), ("manager", D(0), None, D("0.3"))),
        "policies", COUNT,
    )  # fmt: skip
    book = with_(
        BOOK,
        tables={"bonus": table},
        formulas={
            "counted": Formula("counted", COUNT, "agent", "MAX(policies - 2, 0)"),
            "part": amount("part", "ROUND(month_fyc * BAND(bonus, agent.rank, counted), 2)"),
            "benefit": amount("benefit", "part + 1"),
        },
        lines={"benefit": Line("benefit", "benefit", "allowance", 2, cap="150")},
    )
    values: dict[str, Value] = {"month_fyc": D(1000), "policies": 11, "counted": 9, "part": D(100), "benefit": D(101)}
    (one,) = next_tiers(AgentMonth(checked(book), MAY, {"rank": "agent"}, values))
    assert (one.counts, one.missing, one.value_then) == ("counted", 1, D("0.2"))
    assert (one.line_now, one.line_then) == (101, 150), "no more than the line's cap"
    assert next_tiers(AgentMonth(checked(book), MAY, {"rank": "manager"}, values)) == []


def test_values_that_are_not_there_are_not_guessed() -> None:
    known = AgentMonth(checked(BOOK), MAY, {}, {"month_fyc": D(10)})
    with pytest.raises(Unknown):
        Standing(known, {"month_fyc": D(20)}).element("managed")
    assert Standing(known, {"month_fyc": D(4000)}).element("benefit") == D(230)
    assert next_tiers(known) == [], "what the line pays now is not there"


def test_months_are_complete_on_their_anniversary() -> None:
    day = dt.date
    assert months_between(day(2026, 1, 28), day(2026, 2, 27)) == 0
    assert months_between(day(2026, 1, 31), day(2026, 2, 28)) == 1
    assert months_between(day(2024, 5, 1), day(2026, 4, 30)) == 23
    assert months_between(day(2026, 3, 1), day(2026, 1, 1)) == -2
