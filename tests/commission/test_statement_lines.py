"""Statements: a closed month never changes, its differences are paid in the open one; drivers add up to the change."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from calc import run
from tests.examples import examples

MONEY = pa.decimal128(18, 2)
PARTS = ("earned", "cut", "held", "released", "paid")
ADJUSTMENT = {"adjustment_id": pa.int64(), "agent_id": pa.int64(), "for_month": pa.date32(), "amount": MONEY}


def month(number: int) -> dt.date:
    return dt.date(2026, number, 1)


def lines(*rows: tuple[int, str, int, object]) -> pa.Table:
    """Rows of agent, line, month and what is paid; None is a line that could not be computed."""
    content: dict[str, list[Any]] = {name: [] for name in ("agent_id", "line", "for_month", *PARTS)}
    for agent, line, for_month, paid in rows:
        amount = None if paid is None else Decimal(str(paid))
        nothing = None if paid is None else Decimal(0)
        for name, value in zip(content, (agent, line, month(for_month), amount, nothing, nothing, nothing, amount),
                               strict=True):  # fmt: skip
            content[name].append(value)
    kinds = {"agent_id": pa.int64(), "line": pa.string(), "for_month": pa.date32()}
    return pa.table({name: pa.array(values, kinds.get(name, MONEY)) for name, values in content.items()})


def statement(in_month: int, computed: pa.Table, stated: pa.Table, adjusted: list[Any] | None = None) -> list[Any]:
    made = run(
        "own_line", open_month=pa.table({"in_month": pa.array([month(in_month)], pa.date32())}),
        month_line=computed, stated_line=stated,
        adjustment=pa.table({name: pa.array([row[at] for row in adjusted or []], kind)
                             for at, (name, kind) in enumerate(ADJUSTMENT.items())}),
    ).to_pylist()  # fmt: skip
    return sorted((row["agent_id"], row["line"], row["for_month"].month, row["paid"]) for row in made)


def test_a_back_dated_rise_is_paid_in_the_open_month_for_each_closed_one() -> None:
    """SAP payroll: 3,000 and 3,000 were paid; a rise of 500 from month 1 seen in month 3: +500, +500, and 3,500."""
    stated = lines((1, "fyc", 1, 3000), (1, "fyc", 2, 3000))
    computed = lines((1, "fyc", 1, 3500), (1, "fyc", 2, 3500), (1, "fyc", 3, 3500))
    assert statement(3, computed, stated) == [(1, "fyc", 1, 500), (1, "fyc", 2, 500), (1, "fyc", 3, 3500)]


def test_an_item_taken_away_later_is_taken_back_whole() -> None:
    stated = lines((1, "fyc", 1, 3000), (1, "fyc", 1, 500), (1, "fyc", 2, 3500), (1, "fyc", 3, 3500))
    computed = lines((2, "fyc", 3, 10), (1, "fyc", 4, 0))
    assert statement(4, computed, stated) == [(1, "fyc", 3, -3500), (1, "fyc", 4, 0), (2, "fyc", 3, 10)]


def test_a_month_that_was_not_computed_again_has_no_difference() -> None:
    stated = lines((1, "fyc", 1, 3000), (1, "fyc", 2, 3000))
    assert statement(3, lines((1, "fyc", 3, 100)), stated) == [(1, "fyc", 3, 100)]


def test_a_line_without_an_amount_takes_nothing_back() -> None:
    stated = lines((1, "fyc", 1, 3000))
    assert statement(2, lines((1, "fyc", 1, None), (1, "fyc", 2, None)), stated) == []


def test_each_adjustment_stands_on_a_line_of_its_own() -> None:
    found = statement(
        2, lines((1, "fyc", 2, 5)), lines(), [(8, 1, month(1), Decimal(7)), (9, 1, month(1), Decimal(-2))]
    )
    assert found == [(1, "adjustment", 1, -2), (1, "adjustment", 1, 7), (1, "fyc", 2, 5)]


amounts = st.decimals(min_value=-1000, max_value=1000, places=2)
written = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["a", "b"]), st.integers(1, 3), amounts), max_size=12,
    unique_by=lambda row: row[:3],
)  # fmt: skip


@examples(15)
@given(written, written)
def test_what_was_stated_and_the_differences_make_what_is_right(stated: list[Any], computed: list[Any]) -> None:
    """For each month computed again, statements sum to the newest computation; computed once more, nothing is left."""
    made = statement(3, lines(*computed), lines(*stated))
    again = {row[2] for row in computed}
    for agent in (1, 2, 3):
        for line in ("a", "b"):
            for one in again:
                total = sum(row[3] for row in (*stated, *made) if row[:3] == (agent, line, one))
                assert total == sum(row[3] for row in computed if row[:3] == (agent, line, one))
    assert all(row[3] == 0 for row in statement(3, lines(*computed), lines(*stated, *made)))


@examples(15)
@given(written, written, written)
def test_the_drivers_of_a_line_add_up_to_its_change(this: list[Any], last: list[Any], other: list[Any]) -> None:
    def paid(rows: list[Any]) -> pa.Table:
        return lines(*rows).select(["agent_id", "line", "paid"])

    here = {row[0] for row in this}
    agents = pa.table({"agent_id": pa.array([1, 2], pa.int64())})
    now = pa.table({"agent_id": pa.array(sorted(here | {2}), pa.int64())})
    other = [row for row in other if row[0] in here]
    made = run("line_change", this_line=paid(this), last_line=paid([row for row in last if row[0] < 3]),
               other_rules_line=paid(other), this_agent=now, last_agent=agents).to_pylist()  # fmt: skip
    for row in made:
        drivers = sum(row[name] for name in ("joined_amount", "left_amount", "rules_amount", "volume_amount"))
        assert row["before"] + drivers == row["after"]
    assert sum(row["after"] for row in made) == sum(row[3] for row in this)
