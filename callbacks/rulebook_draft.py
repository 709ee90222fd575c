"""A draft's own acts: its title and first day, submitting, discarding, a new element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update
from flask_babel import gettext as _

from pages import rulebook_version as page
from portal.access.current import current_actor
from portal.kit import parts, rulebook_view
from portal.kit.callbacks import callback
from portal.kit.resource_form import refused, typed
from portal.kit.rulebook_draft import amount_of, day_of, draft_fields, draft_values
from portal.kit.rulebook_shown import editing, shown
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.reader import reading
from portal.services import rulebook_submitting
from portal.services import rulebooks as service
from portal.services.refusal import Refusal
from portal.services.rulebook_words import SECTION_TITLES

NAME = re.compile(r"[^\W\d]\w{0,59}")
STARTS: Mapping[str, Any] = {
    "parameters": {"unit": "money", "value": "0"}, "formulas": {"unit": "money", "grain": "agent", "formula": "0"},
    "measures": {"unit": "money", "grain": "agent", "of": "", "sum": ""}, "lines": {"pays": "", "group": "", "order": "100"},
    "tables": {"keys": {}, "values": {"rate": "rate"}, "rows": []},
}  # fmt: skip


# ---- title, first day, budget ----


@callback(
    Output(page.DRAFT_DIALOG, "open", allow_duplicate=True),
    Output(page.DRAFT_FORM, "fields"),
    Output(page.DRAFT_FORM, "values"),
    Input(page.DRAFT, "n_clicks"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def ask_draft(clicks: int | None, key: Any) -> tuple[Any, ...]:
    """What the draft is called, when it begins, and what a month may cost."""
    if not clicks:
        return (no_update,) * 3
    with reading(current_actor()) as reader:
        try:
            version = shown(reader, key).version
        except query.NoRulebook:
            return (no_update,) * 3
        return True, draft_fields(), draft_values(version)


@callback(
    Output(page.DRAFT_FORM, "problems"),
    Output(page.DRAFT_FORM, "said"),
    Output(page.DRAFT_FORM, "answered"),
    Output(page.DRAFT_DIALOG, "open"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.DRAFT_FORM, "submits"),
    State(page.DRAFT_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def change_draft(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Write them."""
    if not submits:
        return (no_update,) * 5
    try:
        with editing(key) as (writer, version):
            service.change_draft(
                writer, version, title=typed(values, "title"), title_zh=typed(values, "title_zh"),
                valid_from=day_of(typed(values, "valid_from"), "valid_from"),
                budget_amount=amount_of(typed(values, "budget"), "budget"),
            )  # fmt: skip
    except Refusal as refusal:
        return refused(refusal, submits)
    return {}, "", submits, False, f"draft {submits}"


# ---- submitting, discarding ----


@callback(
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.SUBMIT, "n_clicks"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def submit(clicks: Any, key: Any) -> tuple[Any, ...]:
    """Put the draft before those who approve."""
    if not clicks:
        return no_update, no_update
    try:
        with editing(key) as (writer, version):
            rulebook_submitting.submit(writer, version)
    except Refusal as refusal:
        return no_update, parts.notice(refusal.sentence, "bad")
    return f"submit {clicks}", parts.notice(_("Submitted."))


@callback(
    Output(page.DISCARD_DIALOG, "open", allow_duplicate=True),
    Input(page.DISCARD, "n_clicks"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def ask_discard(clicks: int | None) -> Any:
    """The question before."""
    return True if clicks else no_update


@callback(
    Output(page.DISCARD_FORM, "problems"),
    Output(page.DISCARD_FORM, "answered"),
    Output(page.DISCARD_DIALOG, "open"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.DISCARD_FORM, "submits"),
    State(page.DISCARD_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def discard(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Give the draft up."""
    if not submits:
        return (no_update,) * 4
    try:
        with editing(key) as (writer, version):
            service.discard(writer, version, typed(values, "reason"))
    except Refusal as refusal:
        return {"reason": refusal.sentence}, submits, no_update, no_update
    return {}, submits, False, f"discard {submits}"


# ---- a new element ----


@callback(
    Output(page.ADD_DIALOG, "open", allow_duplicate=True),
    Output(page.ADD_FORM, "fields"),
    Output(page.ADD_FORM, "values"),
    Input(page.add_button(ALL), "n_clicks"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def ask_name(clicks: Any) -> tuple[Any, ...]:
    """What the new element is called."""
    asked = ctx.triggered_id
    section = str(asked.get("section", "")) if isinstance(asked, Mapping) else ""
    if not any(clicks or ()) or section not in SECTION_TITLES:
        return no_update, no_update, no_update
    fields = [
        {"name": "name", "label": _("Name in formulas"), "kind": "text", "longest": 60, "wide": True,
         "hint": _("Letters, digits and _; it cannot be changed later.")},
        {"name": "title", "label": _("Title"), "kind": "text", "longest": 200, "optional": _("optional")},
        {"name": "title_zh", "label": _("Chinese title"), "kind": "text", "longest": 200, "optional": _("optional")},
    ]  # fmt: skip
    return True, fields, {"section": section}


@callback(
    Output(page.ADD_FORM, "problems"),
    Output(page.ADD_FORM, "answered"),
    Output(page.GO, "href"),
    Input(page.ADD_FORM, "submits"),
    State(page.ADD_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def add_element(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Put a new element into the draft and go to it."""
    if not submits:
        return (no_update,) * 3
    given = (
        {str(name): str(value or "").strip() for name, value in values.items()} if isinstance(values, Mapping) else {}
    )
    section, name = given.get("section", ""), given.get("name", "")
    try:
        if section not in SECTION_TITLES:
            raise Refusal(_("There is no such part of a rulebook."))
        if not NAME.fullmatch(name):
            raise Refusal(
                _("A name has letters, digits and _ only, begins with a letter, and has at most 60 characters.")
            )
        start = STARTS.get(section, {})
        titles = {each: given[each] for each in ("title", "title_zh") if given.get(each)}
        with editing(key) as (writer, version):
            service.set_element(writer, version, (section, name), {**start, **titles}, seen=None)
            href = rulebook_view.element_href(str(key["code"]), version.number, (section, name))
    except Refusal as refusal:
        return {"name": refusal.sentence}, submits, no_update
    return {}, submits, href
