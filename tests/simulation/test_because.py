"""Why an agent's pay changes: the elements behind a line, those that only decide what is held or cut among them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jobs.simulation import behind
from tests.rulebook import compiled, small_month


def test_what_holds_or_cuts_a_line_is_behind_it() -> None:
    rules: Any = SimpleNamespace(checked=compiled.all_checked({"only": small_month.book()}))
    assert {"bonus_line", "bonus", "p.cap"} <= behind(rules, "bonus_line")
    assert {"override_line", "team_override"} <= behind(rules, "override_line")
    assert "p.cap" not in behind(rules, "override_line")
