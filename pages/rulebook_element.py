"""One element of a rulebook version, read and edited. `/rulebooks/individual/3/formulas/fyc`."""

from __future__ import annotations

from urllib.parse import unquote

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.pages import Page
from portal.kit.rulebook_view import PATH
from portal.permissions import Permission

TRY_FORM, TRIED = "element-try-form", "element-tried"
KEY, DONE, SEEN, GO = "element-key", "element-done", "element-seen", "element-go"
HEAD, BODY, FORMULA, LIVE = "element-head", "element-body", "element-formula", "element-live"
FORM, COMMENT_FORM, REMOVE, REMOVE_DIALOG = (
    "element-form",
    "element-comment-form",
    "element-remove",
    "element-remove-dialog",
)


def layout(code: str = "", number: str = "", section: str = "", name: str = "") -> Component:
    """What it says on the left, what it is connected with on the right."""
    key = {"code": unquote(code), "number": number, "section": unquote(section), "name": unquote(name)}
    return parts.stack(
        dcc.Store(id=KEY, data=key),
        dcc.Store(id=DONE),
        dcc.Store(id=SEEN),
        dcc.Location(id=GO, refresh="callback-nav"),
        html.Div(parts.page_header("\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"), id=HEAD),
        html.Div(parts.skeleton(420), id=BODY, className="stack"),
    )  # fmt: skip


# before the version in Dash's order: a variable of an address takes slashes too
PAGE = Page(
    f"{PATH}/<code>/<number>/<section>/<name>", _l("Rulebook element"), layout, Permission.RULEBOOK_VIEW,
    icon="journal-text", group="rules", order=401, menu=False,
)  # fmt: skip
