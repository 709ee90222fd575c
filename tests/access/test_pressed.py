"""A button that nobody pressed asks the server nothing: so no callback may wait for that."""

from __future__ import annotations

from portal.database import Database
from tests.app import the_app

PRESSED = {"n_clicks", "submits"}  # as in assets/shell.js


def test_what_only_waits_for_a_button_is_not_called_before_it_is_pressed(database: Database) -> None:
    found = [
        one for one in the_app()._callback_list
        if {part["property"] for part in one["inputs"]} <= PRESSED and not one.get("clientside_function")
    ]  # fmt: skip
    assert len(found) > 20
    assert [one["output"] for one in found if not one.get("prevent_initial_call")] == []
