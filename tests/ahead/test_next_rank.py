"""What the next rank asks on the page, beside what keeps the present one."""

from __future__ import annotations

from tests.ahead.test_next_tier import shown


def test_a_rank_says_which_conditions_are_met_and_what_is_missing(ahead: dict[str, int]) -> None:
    own = shown("bo")
    assert "To senior agent" in own and "0 of 1 met" in own and "decided with Mar 2026" in own
    assert "three_months" in own and "900.00, needed 1,000.00" in own and "100.00 more" in own
    assert "Keeps the rank" in own and "1 of 1 met" in own
    assert "To senior agent" not in shown("ada"), "a team manager is asked for nothing here"
