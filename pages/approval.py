"""One request: what changes, what it would do, and the decision. `/inbox/12`."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.approval_list import PATH
from portal.kit.attached_files import file_choice
from portal.kit.pages import Page
from portal.kit.resource_form import Form
from portal.services.approval_words import LONGEST_COMMENT
from portal.services.refusal import LONGEST_REASON

NUMBER, SEEN, DONE, GO = "approval-number", "approval-seen", "approval-done", "approval-go"
HEAD, NOTES, CONFLICT, BODY = "approval-head", "approval-notes", "approval-conflict", "approval-body"
TRAIL, STEPS, FILES = "approval-trail", "approval-steps", "approval-files"
APPROVE, APPROVE_DIALOG, APPROVE_FORM = "approval-approve", "approval-approve-dialog", "approval-approve-form"
REFUSE, REFUSE_DIALOG, REFUSE_FORM = "approval-refuse", "approval-refuse-dialog", "approval-refuse-form"
WITHDRAW, WITHDRAW_DIALOG, WITHDRAW_FORM = "approval-withdraw", "approval-withdraw-dialog", "approval-withdraw-form"
COMMENT_FORM, FILE, FILE_SAID, PAST = "approval-comment-form", "approval-file", "approval-file-said", "approval-past"


def layout(number: str = "") -> Component:
    """The effect on the left, what was said on the right; the next step on top, on a phone at the bottom."""
    return html.Div(
        [
            dcc.Store(id=NUMBER, data=number),
            dcc.Store(id=SEEN),
            dcc.Store(id=DONE),
            html.Div(parts.page_header("\N{NO-BREAK SPACE}"), id=HEAD),
            html.Div(id=NOTES, className="stack notes"),
            html.Div(id=CONFLICT),
            html.Div([html.Div(parts.skeleton(420), id=BODY, className="stack"), _past()], className="columns wide-first"),
            _dialog(APPROVE_DIALOG, APPROVE_FORM, _("Approve"),
                    _("It is carried out at once, and holds from the day it names."), "", required=False),
            _dialog(REFUSE_DIALOG, REFUSE_FORM, _("Refuse"), _("The requester reads your reason."), "danger"),
            _dialog(WITHDRAW_DIALOG, WITHDRAW_FORM, _("Withdraw"), _("Nobody decides it any more."), "danger",
                    required=False),
        ],
        className="request-page",
    )  # fmt: skip


def _past() -> Component:
    comment = {"name": "words", "label": _("Comment"), "kind": "reason", "longest": LONGEST_COMMENT, "wide": True}
    form = Form(id=COMMENT_FORM, fields=[comment], values={}, problems={}, label=_("Comment"), tone="quiet")
    return html.Div(
        parts.stack(
            parts.section(_("Trail"), html.Div(parts.skeleton(120), id=TRAIL), html.P(id=STEPS, className="muted"), form),
            parts.section(_("Files"), html.Div(id=FILES), file_choice(FILE), html.P(id=FILE_SAID, className="field-problem")),
        ),
        id=PAST,
    )  # fmt: skip


def _dialog(id: str, form: str, title: str, sentence: str, tone: str, *, required: bool = True) -> Component:
    field = {"name": "reason", "label": _("Reason"), "kind": "reason", "longest": LONGEST_REASON, "wide": True}
    if not required:
        field["optional"] = _("optional")
    inside = Form(id=form, fields=[field], values={}, problems={}, label=title, tone=tone)
    return parts.dialog(id, title, html.P(sentence), inside)


PAGE = Page(f"{PATH}/<number>", _l("Request"), layout, None, icon="inbox", group="work", menu=False)
