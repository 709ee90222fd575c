"""What the next rank asks: each condition with value, need and what is missing, and when it is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import pytest

from calc.rulebook.elements import Formula, Ladder, Move, Unit, Value
from calc.rulebook.next_rank import Condition, RankMove, next_ranks
from calc.rulebook.standing import AgentMonth
from tests.rulebook.books import BOOK, FLAG, MONEY, SHARE, with_
from tests.rulebook.test_next_tier import checked

D = Decimal
APRIL, JUNE = dt.date(2026, 4, 1), dt.date(2026, 6, 1)
VALUES: Mapping[str, Value] = {"month_fyc": D(700), "policies": 3, "kept": D("0.76"), "benefit": D(1), "on_track": False,
                               "quarter_fyc": D(30000), "quarter_ends": False}  # fmt: skip


def moves(*when: tuple[str, str, str], values: Mapping[str, Value] = VALUES, rank: str = "agent") -> list[RankMove]:
    """The moves of a ladder with these conditions."""
    ranks = ("agent", "manager", "director")
    ladder = Ladder("grade", ranks, tuple(
        Move("agent", to, kind, text) for kind, to, text in when  # type: ignore[arg-type]
    ))  # fmt: skip
    book = with_(
        BOOK,
        formulas={
            "kept": Formula("kept", SHARE, "agent", "IF(policies = 0, 1, 0.5)"),
            "quarter_fyc": Formula("quarter_fyc", MONEY, "agent", "QTD(month_fyc)"),
            "quarter_ends": Formula("quarter_ends", FLAG, "agent", "month.number = 6 OR month.number = 12"),
        },
        ladders={"grade": ladder},
    )
    return next_ranks(AgentMonth(checked(book), APRIL, {"rank": rank}, values))


def one_of(text: str, values: Mapping[str, Value] = VALUES) -> Condition:
    (move,) = moves(("promotion", "manager", text), values=values)
    (condition,) = move.conditions
    return condition


@pytest.mark.parametrize(
    ("text", "counts", "value", "needed", "missing"),
    [
        ("policies >= 5", "policies", 3, 5, 2),
        ("policies > 3", "policies", 3, 3, 1),
        ("policies >= 3", "policies", 3, 3, 0),
        ("month_fyc > 700", "month_fyc", 700, 700, "0.01"),
        ("kept >= 80%", "kept", "0.76", "0.8", "0.04"),
        ("5 <= policies", "policies", 3, 5, 2),
        ("policies <= 2", "policies", 3, 2, -1),
        ("policies < 3", "policies", 3, 3, -1),
        ("month_fyc >= p.quarter_target", "month_fyc", 700, 50000, 49300),
        ("QTD(month_fyc) >= p.quarter_target", "quarter_fyc", 30000, 50000, 20000),
        ("on_track", "quarter_fyc", 30000, 50000, 20000),
    ],
)  # fmt: skip
def test_a_condition_says_what_is_missing(
    text: str, counts: str, value: object, needed: object, missing: object
) -> None:  # fmt: skip
    one = one_of(text)
    assert (one.value, one.needed, one.missing) == (D(str(value)), D(str(needed)), D(str(missing)))
    assert one.met is (one.missing == 0) and one.counts == counts


def test_parts_are_told_one_by_one_and_the_month_apart() -> None:
    (move,) = moves(("promotion", "manager", "quarter_ends AND policies >= 5 AND month_fyc >= 500"))
    assert [(one.counts, one.met) for one in move.conditions] == [("policies", False), ("month_fyc", True)]
    assert (move.month, move.met, move.from_rank, move.to_rank) == (JUNE, 1, "agent", "manager")


def test_what_keeps_the_rank_counts_when_it_is_asked() -> None:
    first, second = moves(
        ("maintenance", "agent", "NOT quarter_ends OR (policies >= 2 AND month_fyc >= 900)"),
        ("promotion", "director", "policies >= 9"),
    )
    assert (first.kind, first.to_rank, first.month) == ("promotion", "director", APRIL)
    assert (second.kind, second.month) == ("maintenance", JUNE)
    assert [(one.counts, one.missing) for one in second.conditions] == [("policies", 0), ("month_fyc", 200)]


def test_another_rank_is_asked_for_nothing_here() -> None:
    assert moves(("promotion", "manager", "policies >= 9"), rank="director") == []


def test_what_is_not_known_is_not_told_as_missing() -> None:
    one = one_of("policies >= 5", {"month_fyc": D(700)})
    assert one.met is None and one.value is None and one.missing is None and one.needed == 5
    flag = one_of("month_fyc = 700 OR policies = 3")
    assert flag.met is True and flag.missing is None and flag.text == "month_fyc = 700 OR policies = 3"


def test_units_are_those_of_what_counts() -> None:
    assert one_of("kept >= 80%").unit == Unit.RATE and one_of("policies >= 5").unit == Unit.COUNT
    assert one_of("month_fyc >= 5").unit == Unit.MONEY
