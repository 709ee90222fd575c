"""Records people keep: a form becomes a change. What is wrong is said beside its field; what is not the person's, refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dash import Input, Output, State, no_update
from flask_babel import gettext as _

from callbacks.resource import record_of, resource_of
from pages import resource as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import parts, resource_form
from portal.kit.address import query_of
from portal.kit.callbacks import callback
from portal.kit.resource import NEW, capitalised, day_of, list_href, record_href
from portal.permissions import Actor, Forbidden
from portal.query import records
from portal.query.record import NotFound
from portal.query.resource import Resource
from portal.services import records as writing
from portal.services.records import saving
from portal.services.refusal import Refusal


@contextmanager
def telling(actor: Actor, resource: Resource) -> Iterator[None]:
    """A record that is not there for the actor is refused like one he may not change, and the refusal recorded."""
    try:
        yield
    except NotFound as missing:
        records.tell_refusal(actor, missing)
        raise Forbidden(resource.edit, actor) from missing


@callback(
    Output(page.FORM, "problems"),
    Output(page.FORM, "said"),
    Output(page.FORM, "answered"),
    Output(page.SAVED, "data"),
    Output(page.GO, "href"),
    Output(page.NOTES, "children", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    State(page.ADDRESS, "search"),
    State(page.SEEN, "data"),
    State(page.KEY, "data"),
    permission=None,
    prevent_initial_call=True,
)
def save(submits: Any, values: Any, search: str, seen: Any, key: Any) -> tuple[Any, ...]:
    """Make a record or change it; what is wrong is said beside its field."""
    if not submits:
        return (no_update,) * 7
    resource, name, actor = resource_of(key), record_of(key), current_actor()
    given = resource_form.sent(resource, values)
    reason = given.pop(resource_form.REASON, "") or ""
    try:
        if name == NEW:
            made, secret = create(actor, resource, given, reason)
            href = record_href(resource, made)
            if secret:
                shown = resource_form.told_once(secret, href)
                return {}, "", submits, no_update, no_update, shown, parts.notice(_("Created."))
            return {}, "", submits, no_update, href, no_update, parts.notice(_("Created."))
        on = day_of(query_of(search).get("on"), today())
        changed = change(actor, resource, name, given, on, reason, seen if isinstance(seen, str) else "")
        said = _("Saved.") if changed else _("Nothing was different, so nothing was saved.")
        return {}, "", submits, submits, no_update, no_update, parts.notice(said, "good" if changed else "neutral")
    except Refusal as refusal:
        return *refused(resource, refusal, submits), no_update, no_update, no_update, no_update


def create(actor: Actor, resource: Resource, given: dict[str, Any], reason: str) -> tuple[str, str]:
    """Make a record; of a dated one from the day the form names. With it a secret that is told once, if there is one."""
    first_day = None
    if resource.dated:
        text = given.pop(resource_form.VALID_FROM, None)
        first_day = day_of(text if isinstance(text, str) else None, dt.date.min)
    with saving(actor, resource) as writer:
        made = writing.create(writer, resource, given, first_day=first_day, reason=reason)
    return made, writer.told_once


def change(
    actor: Actor, resource: Resource, key: str, given: dict[str, Any], on: dt.date, reason: str, seen: str
) -> bool:
    """Change a record from a day on."""
    with telling(actor, resource), saving(actor, resource) as writer:
        return writing.change(writer, resource, key, given, first_day=on, reason=reason, seen=seen)


def refused(resource: Resource, refusal: Refusal, submits: Any) -> tuple[dict[str, str], str, Any]:
    """Each sentence beside its field, or above the button when it is about the whole."""
    problems, whole = {}, []
    for one in refusal.all:
        known = resource.by_name.get(one.field)
        if one.field:
            problems[one.field] = capitalised(one.sentence.removeprefix(f"{known.title}: ") if known else one.sentence)
        else:
            whole.append(one.sentence)
    return problems, " ".join(whole), submits


@callback(
    Output(page.END_DIALOG, "open", allow_duplicate=True),
    Output(page.END_FORM, "values"),
    Input(page.END, "n_clicks"),
    permission=None,
    prevent_initial_call=True,
)
def ask_end(clicks: int | None) -> tuple[Any, Any]:
    """The question from which day on."""
    return (True, {resource_form.VALID_FROM: today().isoformat()}) if clicks else (no_update, no_update)


@callback(
    Output(page.REMOVE_DIALOG, "open", allow_duplicate=True),
    Input(page.REMOVE, "n_clicks"),
    permission=None,
    prevent_initial_call=True,
)
def ask_remove(clicks: int | None) -> Any:
    """The question whether."""
    return True if clicks else no_update


@callback(
    Output(page.END_FORM, "problems"),
    Output(page.END_FORM, "said"),
    Output(page.END_FORM, "answered"),
    Output(page.END_DIALOG, "open"),
    Output(page.SAVED, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.END_FORM, "submits"),
    State(page.END_FORM, "values"),
    State(page.KEY, "data"),
    permission=None,
    prevent_initial_call=True,
)
def end(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Let a record hold no more from a day on."""
    if not submits:
        return (no_update,) * 6
    resource, name, actor = resource_of(key), record_of(key), current_actor()
    asked = values if isinstance(values, Mapping) else {}
    text = asked.get(resource_form.VALID_FROM)
    try:
        with telling(actor, resource), saving(actor, resource) as writer:
            day = day_of(text if isinstance(text, str) else None, dt.date.min)
            writing.end(writer, resource, name, day, asked.get(resource_form.REASON) or "")
    except Refusal as refusal:
        return *refused(resource, refusal, submits), no_update, no_update, no_update
    return {}, "", submits, False, f"end {submits}", parts.notice(_("Ended."))


@callback(
    Output(page.REMOVE_FORM, "said"),
    Output(page.REMOVE_FORM, "answered"),
    Output(page.REMOVE_DIALOG, "open"),
    Output(page.GO, "href", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.REMOVE_FORM, "submits"),
    State(page.REMOVE_FORM, "values"),
    State(page.KEY, "data"),
    permission=None,
    prevent_initial_call=True,
)
def remove(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Delete a record of a kind that allows it."""
    if not submits:
        return (no_update,) * 5
    resource, name, actor = resource_of(key), record_of(key), current_actor()
    asked = values if isinstance(values, Mapping) else {}
    try:
        with telling(actor, resource), saving(actor, resource) as writer:
            writing.remove(writer, resource, name, asked.get(resource_form.REASON) or "")
    except Refusal as refusal:
        return refusal.sentence, submits, no_update, no_update, no_update
    return "", submits, False, list_href(resource), parts.notice(_("Removed."))
