"""Holds and negative balances with a pencil: what is held is carried until released, what is owed until it is paid."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from calc import Engine
from tests.examples import examples

KEY, TEXT, DAY, MONEY = pa.int64(), pa.string(), pa.date32(), pa.decimal128(18, 2)
JAN, FEB, MAR = (dt.date(2026, number, 1) for number in (1, 2, 3))
NONE: list[Any] = []


def table(columns: dict[str, pa.DataType], rows: list[Any]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[at] for row in rows], kind) for at, (name, kind) in enumerate(columns.items())}
    )


def statement(
    month: dt.date, own: list[Any], holds: list[Any] = NONE, kept: list[Any] = NONE, owed: list[Any] = NONE,
    clawed: list[int] = NONE,
) -> list[Any]:  # fmt: skip
    """Rows of agent, line, for which month, held, released, paid and hold, of own lines given as agent, line and paid."""
    lines = {"agent_id": KEY, "line": TEXT, "in_month": DAY, "for_month": DAY, "earned": MONEY, "cut": MONEY, "held": MONEY,
             "released": MONEY, "paid": MONEY, "adjustment_id": KEY}  # fmt: skip
    nothing = Decimal(0)
    with Engine() as engine:
        engine.give("open_month", table({"in_month": DAY}, [(month,)]))
        engine.give("own_line", table(lines, [
            (agent, line, month, month, Decimal(paid), nothing, nothing, nothing, Decimal(paid), None) for agent, line, paid in own
        ]))  # fmt: skip
        engine.give("hold", table({"hold_id": KEY, "agent_id": KEY, "line": TEXT, "released_month": DAY}, holds))
        engine.give("kept", table({"hold_id": KEY, "for_month": DAY, "amount": MONEY}, kept))
        engine.give("owed", table({"agent_id": KEY, "amount": MONEY}, owed))
        engine.give("clawed_agent", table({"agent_id": KEY}, [(one,) for one in clawed]))
        for name in ("hold_line", "owed_line", "statement_line"):
            engine.make(name)
        rows = engine.fetch("statement_line").to_pylist()
    assert all(row["paid"] == row["earned"] - row["cut"] - row["held"] + row["released"] for row in rows)
    names = ("agent_id", "line", "for_month", "held", "released", "paid", "hold_id")
    return sorted((tuple(row[name] for name in names) for row in rows), key=lambda row: row[:6])


def paid(rows: list[Any], agent: int = 1) -> Decimal:
    return sum((row[5] for row in rows if row[0] == agent), Decimal(0))


def test_all_the_pay_is_held_and_paid_for_its_months_when_released() -> None:
    held = statement(JAN, [(1, "fyc", 300), (1, "tax", -20), (2, "fyc", 50)], [(7, 1, "", None)])
    assert held[1] == (1, "pay_hold", JAN, 280, 0, -280, 7)
    assert paid(held) == 0 and paid(held, 2) == 50
    again = statement(FEB, [(1, "fyc", 100)], [(7, 1, "", None)], kept=[(7, JAN, Decimal(280))])
    assert paid(again) == 0
    released = statement(
        MAR, [(1, "fyc", 10)], [(7, 1, "", MAR)], kept=[(7, JAN, Decimal(280)), (7, FEB, Decimal(100))]
    )
    assert [row[2:6] for row in released if row[1] == "pay_hold"] == [(JAN, 0, 280, 280), (FEB, 0, 100, 100)]
    assert paid(released) == 390
    assert paid(statement(MAR, [(1, "fyc", 10)], [(7, 1, "", FEB)])) == 10, "what was released is not paid twice"


def test_a_hold_on_one_line_leaves_the_others_and_one_on_all_keeps_the_rest() -> None:
    own = [(1, "bonus", 100), (1, "bonus", -30), (1, "fyc", 300)]
    assert paid(statement(JAN, own, [(7, 1, "bonus", None)])) == 300
    both = statement(JAN, own, [(7, 1, "bonus", None), (8, 1, "", None)])
    assert sorted(row[3] for row in both if row[1] == "pay_hold") == [70, 300] and paid(both) == 0


def test_less_than_nothing_is_not_held_but_owed() -> None:
    rows = statement(JAN, [(1, "clawback", -40)], [(7, 1, "", None)])
    assert [row[1] for row in rows] == ["clawback", "owed_after"] and paid(rows) == 0


def test_a_negative_month_is_taken_from_the_next_ones() -> None:
    first = statement(JAN, [(1, "fyc", 10), (1, "clawback", -100)])
    assert [row[:6] for row in first if row[1] == "owed_after"] == [(1, "owed_after", JAN, 0, 0, 90)] and paid(
        first
    ) == 0
    second = statement(FEB, [(1, "fyc", 60)], owed=[(1, Decimal(90))])
    assert [(row[1], row[5]) for row in second] == [("fyc", 60), ("owed_after", 30), ("owed_before", -90)]
    assert paid(statement(MAR, [(1, "fyc", 60)], owed=[(1, Decimal(30))])) == 30
    assert paid(statement(MAR, [], owed=[(1, Decimal(30))])) == 0, "who earns nothing still owes it"


def test_rules_that_claw_back_ask_for_it_at_once() -> None:
    rows = statement(JAN, [(1, "clawback", -100), (2, "clawback", -100)], clawed=[1])
    assert paid(rows) == -100 and paid(rows, 2) == 0


months = st.lists(
    st.lists(st.tuples(st.integers(1, 2), st.sampled_from(["a", "b"]), st.integers(-100, 100)), max_size=4),
    min_size=1,
    max_size=5,
)
holds = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from(["", "a"]), st.integers(0, 5)),
    max_size=3,
    unique_by=lambda one: one[:2],
)


@examples(15)
@given(months, holds)
def test_nothing_is_lost(own: list[Any], held: list[Any]) -> None:
    """After each month what was handed over, is kept and is not owed comes to what was earned; nobody is paid less than nothing."""
    kept: dict[tuple[int, dt.date], Decimal] = defaultdict(Decimal)
    owed: dict[int, Decimal] = {}
    earned, handed_over = Decimal(0), Decimal(0)
    decided = [(number, agent, line, dt.date(2026, 1 + released, 1) if released else None)
               for number, (agent, line, released) in enumerate(held, start=1)]  # fmt: skip
    for at, lines in enumerate(own):
        still = [(number, of, amount) for (number, of), amount in kept.items() if amount]
        rows = statement(dt.date(2026, 1 + at, 1), lines, decided, still, list(owed.items()))
        assert all(paid(rows, agent) >= 0 for agent in (1, 2))
        for row in rows:
            if row[1] == "pay_hold":
                kept[row[6], row[2]] += row[3] - row[4]
        owed = {row[0]: row[5] for row in rows if row[1] == "owed_after"}
        earned += sum(line[2] for line in lines)
        handed_over += sum((row[5] for row in rows), Decimal(0))
        assert earned == handed_over + sum(kept.values()) - sum(owed.values())
