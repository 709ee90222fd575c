"""Random agents, teams, relations, rules and facts over some months, for the books of `random_books`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tests.rulebook.random_books import RANKS, VARIANTS
from tests.rulebook.random_tables import KINDS, D
from tests.rulebook.twin import Given

INSTITUTIONS = ("I1", "I2", "I3")
MONTHS = (dt.date(2025, 10, 1), dt.date(2025, 11, 1), dt.date(2025, 12, 1), dt.date(2026, 1, 1), dt.date(2026, 2, 1))
DAYS = st.builds(dt.date.fromisoformat, st.sampled_from(
    ["2025-08-31", "2025-10-01", "2025-10-31", "2025-11-01", "2025-11-30", "2025-12-01", "2025-12-31", "2026-01-01", "2026-01-15",
     "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"]))  # fmt: skip
EARLY_DAYS = st.sampled_from([dt.date(2024, 2, 29), dt.date(2024, 12, 31), dt.date(2025, 1, 31), dt.date(2025, 10, 15)])
AMOUNTS = st.one_of(
    st.sampled_from([D(n) for n in (0, 50, 100, 150, 200, 300, 600, -50)]), st.decimals(-999, 999, places=2)
)


@st.composite
def histories(draw: Any, most: int = 4, gaps: bool = True) -> list[Given]:
    """One to four months of the same people, some months left out; who is there, where, their teams, ranks and relations change."""
    people = [f"P{at}" for at in range(1, draw(st.integers(1, 6)) + 1)]
    facts = _facts(draw, people)
    rules = _rules(draw)
    first = draw(st.integers(0, len(MONTHS) - 1))
    chosen = MONTHS[first : first + draw(st.integers(1, most))]
    if gaps:
        chosen = tuple(sorted(draw(st.sets(st.sampled_from(MONTHS), min_size=1, max_size=most))))
    return [_given(draw, month, people, facts, rules) for month in chosen]


def _facts(draw: Any, people: list[str]) -> dict[str, list[dict[str, Any]]]:
    def owned() -> dict[str, Any]:
        return {
            "agent_id": draw(st.sampled_from([*people, "P9"])),
            "institution_id": draw(st.sampled_from(INSTITUTIONS)),
        }

    policies = [
        {
            "policy_id": f"L{at}",
            **owned(),
            "issued_on": draw(DAYS),
            "product": draw(st.sampled_from(KINDS)),
            "cover": draw(st.none() | AMOUNTS),
        }
        for at in range(draw(st.integers(0, 2)))
    ]
    policy = st.sampled_from([None, "L7", *(row["policy_id"] for row in policies)])
    sales = [
        {"sale_id": f"S{at}", **owned(), "policy_id": draw(policy), "sold_on": draw(DAYS), "signed_on": draw(DAYS),
         "amount": draw(AMOUNTS), "bonus": draw(st.none() | AMOUNTS), "units": D(draw(st.integers(0, 4))),
         "kind": draw(st.sampled_from(KINDS))}
        for at in range(draw(st.integers(0, 7)))
    ]  # fmt: skip
    return {"policy": policies, "sale": sales}


def _rules(draw: Any) -> list[dict[str, Any]]:
    """Each institution has one variant from ever on, or two one after the other."""
    rules = []
    for institution in INSTITUTIONS:
        turn = draw(st.none() | st.sampled_from(MONTHS))
        variants = draw(st.permutations(VARIANTS))
        rules.append(
            {"institution_id": institution, "valid_from": dt.date(1900, 1, 1), "valid_to": turn, "variant": variants[0]}
        )
        if turn:
            rules.append({"institution_id": institution, "valid_from": turn, "valid_to": None, "variant": variants[1]})
    return rules


def _given(draw: Any, month: dt.date, people: list[str], facts: Any, rules: Any) -> Given:
    teams = [
        {
            "team_id": f"T{at}",
            "leader_id": draw(st.none() | st.sampled_from(people)),
            "institution_id": draw(st.sampled_from(INSTITUTIONS)),
        }
        for at in range(draw(st.integers(0, 2)))
    ]
    team = st.sampled_from([None, *(row["team_id"] for row in teams)])
    agents = [
        {"agent_id": person, "team_id": draw(team), "institution_id": draw(st.sampled_from(INSTITUTIONS)),
         "rank": draw(st.sampled_from(RANKS)), "joined_on": draw(EARLY_DAYS), "salary": draw(AMOUNTS)}
        for person in people
        if draw(st.integers(0, 5))
    ]  # fmt: skip
    relations = [
        {"kind": kind, "from_id": draw(st.sampled_from(people[:at])), "to_id": person, "since": draw(EARLY_DAYS)}
        for kind in ("reporting", "nurturer", "recruiter")
        for at, person in enumerate(people)
        if at and draw(st.integers(0, 3))
    ]
    return Given(month, agents, teams, relations, facts, rules)
