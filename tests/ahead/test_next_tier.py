"""The next tier on the page: what is missing and what it brings, for one's own statement and those of the own team."""

from __future__ import annotations

from pages import statement as statement_page
from pages import statement_ahead as page
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of


def shown(name: str, search: str = "") -> str:
    return said(run(browser_of(name), page.CONTENT, "children", search))


def test_the_next_tier_says_what_is_missing_and_what_it_brings(ahead: dict[str, int]) -> None:
    own = shown("bo")
    assert "Monthly bonus" in own and "100.00 more" in own and "Commission that counts" in own
    assert "900.00 of 1,000.00" in own and "from 0" in own and "+100.00" in own
    assert "/statement/why?line=bonus_line" in own
    assert "Income tax" not in own, "a tax is nothing to reach for"
    assert page.PATH in said(run(browser_of("bo"), statement_page.CONTENT, "children", ""))


def test_it_is_said_to_whom_the_statement_belongs(ahead: dict[str, int]) -> None:
    bo = ahead["Z2"]
    assert "100.00 more" in shown("ada", f"?agent={bo}"), "a leader sees the own team"
    assert "names no agent" in shown("max")
    for name, agent in (("cy", ahead["Z1"]), ("bo", ahead["Z1"]), ("bo", 4711), ("bo", "x")):
        assert "Nothing here" in shown(name, f"?agent={agent}"), (name, agent)
