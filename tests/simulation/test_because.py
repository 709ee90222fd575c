"""Why an agent's pay changes: the elements behind a line, those that only decide what is held or cut among them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jobs.simulation import behind
from tests.rulebook import compiled, small_month


def test_what_holds_or_cuts_a_line_is_behind_it() -> None:
    rules: Any = SimpleNamespace(checked=compiled.all_checked({"only": small_month.book()}))
    (book,) = (checked.book for checked in rules.checked.values())
    held = [line for line in book.lines.values() if line.cap or line.hold]
    assert held
    for line in held:
        named = {f"p.{name}" for name in book.parameters if f"p.{name}" in f"{line.cap} {line.hold} {line.release}"}
        assert named
        assert named | {line.name, line.pays} <= behind(rules, line.name)
