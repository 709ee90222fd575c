"""Months settled by the command's own way and by the slow twin: late and withdrawn rows, a version that is recorded later."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.rulebook_text import VersionText, read_text, read_version
from portal.services.rulebook_trial import settled
from tests.examples import examples
from tests.rulebook import twin
from tests.rulebook.twin import Given

LAW = """
rulebook: settled
valid_from: {valid_from}
recorded_on: {recorded_on}
facts:
  sale:
    key: sale_id
    month_of: sold_on
    columns: {{sale_id: key, agent_id: key, institution_id: key, sold_on: date, amount: {{unit: money, low: -10000, high: 10000}}}}
parameters:
  rate: {{unit: rate, value: {rate}, low: 0, high: 1}}
tables:
  steps:
    band: {{sold: money}}
    mode: step
    boundary: {side}
    values: {{rate: {{unit: rate, low: 0, high: 1, decimals: 2}}}}
    rows: [[0, 100, 5%], [100, 300, 10%], [300, ~, 20%]]
measures:
  sold: {{unit: money, grain: agent, of: sale, sum: sale.amount}}
  own: {{unit: money, grain: agent, of: sale, sum: commission}}
formulas:
  commission: {{unit: money, grain: sale, formula: "ROUND(sale.amount * p.rate, 2)"}}
  reached: {{unit: money, grain: agent, formula: "MAX(YTD(sold), 0)"}}
  began: {{unit: money, grain: agent, formula: "MAX(YTD(sold) - sold, 0)"}}
  bonus: {{unit: money, grain: agent, formula: "ROUND(TIER_AMOUNT(steps, reached) - TIER_AMOUNT(steps, began), 2)"}}
  before: {{unit: money, grain: agent, formula: "ROUND(COALESCE(PRIOR(own, 1), 0) / 3 + ROLLING_SUM(sold, 3) / 7, 2)"}}
lines:
  - {{name: own, pays: own, group: g, order: 1, cap: "100", hold: "ROUND(own * 10%, 2)"}}
  - {{name: bonus, pays: bonus, group: g, order: 2}}
  - {{name: before, pays: before, group: g, order: 3}}
"""
MONTHS = (dt.date(2025, 11, 1), dt.date(2025, 12, 1), dt.date(2026, 1, 1), dt.date(2026, 2, 1))
PEOPLE = ("A", "B")
Draw = Callable[[st.SearchStrategy[Any]], Any]
DAYS = st.dates(MONTHS[0], dt.date(2026, 2, 28)) | st.sampled_from(
    [day for month in MONTHS for day in (month, month - dt.timedelta(days=1)) if day >= MONTHS[0]]
)
AMOUNTS = st.sampled_from(["0", "100", "200", "-100", "0.05", "-0.05"]) | st.decimals(-400, 400, places=2).map(str)


def last(month: dt.date) -> dt.date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


@st.composite
def rows(draw: Draw) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        recorded = draw(st.none() | DAYS)
        withdrawn = draw(st.none() | st.none() | DAYS)
        found.append({"sale_id": f"S{number}", "agent_id": draw(st.sampled_from(PEOPLE)), "sold_on": draw(DAYS),
                      "amount": draw(AMOUNTS), "recorded_on": recorded, "withdrawn_on": withdrawn})  # fmt: skip
    return found


@st.composite
def versions(draw: Draw) -> list[str]:
    """The first holds and is known from the beginning; the second from any month on, recorded on any day."""
    sides, rates = st.sampled_from(["lower", "upper"]), st.sampled_from(["10%", "12.5%", "33.3333%"])
    begins = [(MONTHS[0], MONTHS[0])] + [
        (draw(st.sampled_from(MONTHS)), draw(DAYS)) for _ in range(draw(st.integers(0, 2)))
    ]
    return [
        LAW.format(valid_from=valid, recorded_on=recorded, rate=draw(rates), side=draw(sides))
        for valid, recorded in begins
    ]


def read(text: str) -> VersionText:
    version, problems = read_version(text)
    assert version is not None and not problems
    return version


def known(row: dict[str, Any], day: dt.date) -> bool:
    return (row["recorded_on"] or day) <= day and (row["withdrawn_on"] or dt.date.max) > day


def must(texts: list[str], sales: list[dict[str, Any]], open_month: dt.date) -> dict[tuple[dt.date, str, str], Decimal]:
    """What each month up to the open one pays by the twin, as known on its last day."""
    day = last(open_month)
    told = [
        (text, *(dt.date.fromisoformat(text.split(f"{key}: ")[1][:10]) for key in ("valid_from", "recorded_on")))
        for text in texts
    ]
    books, begins = {}, {}
    for text, valid, recorded in sorted(told, key=lambda one: (one[1], one[2])):
        if recorded <= day:
            begins[valid] = text  # of two for the same days the one recorded last
            books[text] = read_text(text)[0]
    starts = sorted(begins)
    rules = [
        {"institution_id": "I", "variant": begins[start], "valid_from": start if at else dt.date(1900, 1, 1),
         "valid_to": starts[at + 1] if at + 1 < len(starts) else None}
        for at, start in enumerate(starts)
    ]  # fmt: skip
    facts = {
        "sale": [{**row, "institution_id": "I", "amount": Decimal(row["amount"])} for row in sales if known(row, day)]
    }
    people = [
        {"agent_id": one, "institution_id": "I", "team_id": None, "rank": "R", "joined_on": dt.date(2020, 1, 1)}
        for one in PEOPLE
    ]
    givens = [Given(month, people, facts=facts, rules=rules) for month in MONTHS if month <= open_month]
    done = twin.months(books, givens)
    return {
        (at.month, agent, line): paid.paid
        for at, one in zip(givens, done, strict=True)
        for (agent, line), paid in one.lines.items()
    }


@pytest.mark.long
@examples(8)
@given(versions(), rows())
def test_what_is_settled_comes_to_what_the_twin_knows(texts: list[str], sales: list[dict[str, Any]]) -> None:
    """After each month all that was shown of a closed month is what it comes to as known on that day."""
    told = {
        "agent": [{"agent_id": one, "joined_on": "2020-01-01", "rank": "R", "institution_id": "I"} for one in PEOPLE],
        "sale": [{name: None if cell is None else str(cell) for name, cell in row.items()} for row in sales],
    }
    shown: defaultdict[tuple[dt.date, str, str], Decimal] = defaultdict(Decimal)
    posted = list(settled([read(text) for text in texts], told, MONTHS[0], MONTHS[-1]))
    for month in MONTHS:
        for for_month, _in_month, agent, line, amount in [one for one in posted if one[1] == month]:
            shown[for_month, agent, line] += amount
        expected = must(texts, sales, month)
        assert {key: shown[key] for key in expected} == expected, month
        assert not {key for key, amount in shown.items() if amount and key not in expected}
