"""One version of a rulebook: contents, changes, check, simulation, history, comments. `/rulebooks/individual/3?tab=changes`."""

from __future__ import annotations

from urllib.parse import unquote

from dash import dcc, html
from dash.dependencies import Wildcard
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.resource_form import Form
from portal.kit.rulebook_view import PATH
from portal.permissions import Permission
from portal.services.refusal import LONGEST_REASON

LOOK_MILLISECONDS = 250  # only while a simulation runs

ADDRESS, KEY, DONE, TICK, GO = "version-address", "version-key", "version-done", "version-tick", "version-go"
HEAD, TABS, BODY = "version-head", "version-tabs", "version-body"
SUBMIT, CANCEL, DISCARD = "version-submit", "version-cancel", "version-discard"
DRAFT, DRAFT_DIALOG, DRAFT_FORM = "version-draft", "version-draft-dialog", "version-draft-form"
DISCARD_DIALOG, DISCARD_FORM = "version-discard-dialog", "version-discard-form"
SIMULATE_FORM, TAKE_VALUE, COMMENT_FORM = "version-simulate-form", "version-take-value", "version-comment-form"
ADD_DIALOG, ADD_FORM = "version-add-dialog", "version-add-form"
TAKE_FORM, EXPECTED_FORM, END_FORM = "version-take-form", "version-expected-form", "version-end-form"
FILE, FILE_SAID = "version-file", "version-file-said"
FILTERS, AGAINST, BY = "version-filters", "version-against", "version-by"


def add_button(section: str | Wildcard) -> dict[str, str | Wildcard]:
    """The id of a section's button for a new element."""
    return {"type": "version-add", "section": section}


def layout(code: str = "", number: str = "", **query: str) -> Component:
    """Where the version stands and the next step on top; one view at a time below."""
    reason = {"name": "reason", "label": _("Reason"), "kind": "reason", "longest": LONGEST_REASON, "wide": True}
    return parts.stack(
        Address(id=ADDRESS, search=search_of(query)),
        dcc.Store(id=KEY, data={"code": unquote(code), "number": number}),
        dcc.Store(id=DONE),
        dcc.Interval(id=TICK, interval=LOOK_MILLISECONDS, disabled=True),
        dcc.Location(id=GO, refresh="callback-nav"),
        html.Div(parts.page_header("\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"), id=HEAD),
        html.Div(id=TABS),
        html.Div(parts.skeleton(420), id=BODY, className="stack"),
        parts.dialog(
            DRAFT_DIALOG, _("Title and first day"),
            html.P(_("A simulation or submission of the draft before this is void.")),
            Form(id=DRAFT_FORM, fields=[], values={}, problems={}, label=_("Save")),
        ),
        parts.dialog(
            DISCARD_DIALOG, _("Discard the draft"), html.P(_("It stays to be read, but cannot be edited any more.")),
            Form(id=DISCARD_FORM, fields=[reason], values={}, problems={}, label=_("Discard"), tone="danger"),
        ),
        parts.dialog(
            ADD_DIALOG, _("New element"),
            Form(id=ADD_FORM, fields=[], values={}, problems={}, label=_("Add")),
        ),
    )  # fmt: skip


PAGE = Page(
    f"{PATH}/<code>/<number>", _l("Rulebook version"), layout, Permission.RULEBOOK_VIEW, icon="journal-text",
    group="rules", order=402, menu=False,
)  # fmt: skip
