"""Example people of a rulebook: taken from an agent's month, told what they must get, ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, State, no_update
from flask_babel import gettext as _

from pages import rulebook_version as page
from portal.kit import parts
from portal.kit.callbacks import callback
from portal.kit.resource_form import answered_in, refused, typed
from portal.kit.rulebook_examples import AMOUNT, expected_of
from portal.kit.rulebook_months import month_of
from portal.kit.rulebook_shown import editing
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.services import rulebooks as service
from portal.services.refusal import Refusal
from portal.services.rulebook_example_facts import take_example
from portal.services.writer import Writer


@callback(
    *answered_in(page.TAKE_FORM, page.DONE),
    Input(page.TAKE_FORM, "submits"),
    State(page.TAKE_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def take(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Keep an agent's month as an example."""
    if not submits:
        return (no_update,) * 5
    try:
        with editing(key) as (writer, version):
            take_example(
                writer,
                version,
                typed(values, "agent").strip(),
                month_of(typed(values, "month")),
                typed(values, "title"),
            )
    except Refusal as refusal:
        return refused(refusal, submits)
    return {}, "", submits, f"take {submits}", parts.notice(_("Kept as an example."))


@callback(
    *answered_in(page.EXPECTED_FORM, page.DONE),
    Input(page.EXPECTED_FORM, "submits"),
    State(page.EXPECTED_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def change(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Say what an example must get."""
    if not submits or not isinstance(values, Mapping):
        return (no_update,) * 5
    try:
        with editing(key) as (writer, version):
            example = example_of(writer, version.rulebook_id, values)
            service.change_example(writer, example, expected_of(values))
    except Refusal as refusal:
        at = f"{AMOUNT}{refusal.field}"
        return refused(Refusal(refusal.sentence, at if refusal.field and at in values else ""), submits)
    return {}, "", submits, f"change {submits}", parts.notice(_("Saved."))


@callback(
    *answered_in(page.END_FORM, page.DONE),
    Input(page.END_FORM, "submits"),
    State(page.END_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def end(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Let an example no longer bind drafts."""
    if not submits:
        return (no_update,) * 5
    try:
        with editing(key) as (writer, version):
            service.end_example(writer, example_of(writer, version.rulebook_id, values), typed(values, "reason"))
    except Refusal as refusal:
        return refused(refusal, submits)
    return {}, "", submits, f"end {submits}", parts.notice(_("It binds no draft any more."))


def example_of(writer: Writer, rulebook_id: int, values: Any) -> Any:
    """The example a form is about, of this rulebook. Raises Refusal."""
    number = typed(values, "example")
    bound = query.examples_of(Reader(writer.actor, writer.session), rulebook_id)
    found = next((one for one in bound if is_number(number) and one.id == int(number)), None)
    if found is None:
        raise Refusal(_("There is no such example."))
    return found
