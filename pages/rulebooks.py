"""The basic laws: every rulebook with its versions on a time line, and a new draft. `/rulebooks?book=individual`."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.kit.resource_form import Form
from portal.kit.rulebook_view import PATH
from portal.permissions import Permission

ADDRESS, HEAD, BODY, GO = "rulebooks-address", "rulebooks-head", "rulebooks-body", "rulebooks-go"
NEW, DIALOG, FORM = "rulebooks-new", "rulebooks-dialog", "rulebooks-form"


def layout(**query: str) -> Component:
    """What is in force, what comes, what is drafted."""
    return parts.stack(
        Address(id=ADDRESS, search=search_of(query)),
        dcc.Location(id=GO, refresh="callback-nav"),
        html.Div(parts.page_header(_("Rulebooks"), "\N{NO-BREAK SPACE}"), id=HEAD),
        html.Div(parts.skeleton(420), id=BODY, className="stack"),
        parts.dialog(
            DIALOG,
            _("New draft"),
            html.P(_("A draft changes nothing until it was simulated and approved.")),
            Form(id=FORM, fields=[], values={}, problems={}, label=_("Begin the draft")),
        ),
    )


PAGE = Page(PATH, _l("Rulebooks"), layout, Permission.RULEBOOK_VIEW, icon="journal-text", group="rules", order=400)
