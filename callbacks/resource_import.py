"""Files of records: looked at, then brought in as a whole."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.resource import resource_of
from pages import resource as page
from portal.access.callback_body import Malformed
from portal.access.current import current_actor
from portal.kit import numbers, parts, resource_import
from portal.kit.callbacks import callback
from portal.kit.resource import list_href
from portal.services import imports
from portal.services.imports import Preview
from portal.services.refusal import Refusal
from portal.services.spreadsheets import LARGEST_FILE_IN_BASE64, BadFile


def content_of(file: Any) -> bytes:
    """The bytes of a file as the browser sends it. Raises Malformed for what no browser sends."""
    if not isinstance(file, str):
        raise Malformed("A file travels as base64.")
    if len(file) > LARGEST_FILE_IN_BASE64:
        raise BadFile(_("The file is too large; split it."))
    try:
        return base64.b64decode(file, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Malformed("A file travels as base64.") from error


@callback(
    Output(page.PREVIEW, "children"),
    Output(page.TOKEN, "data"),
    Input(page.FILE, "tries"),
    State(page.FILE, "file"),
    State(page.KEY, "data"),
    permission=None,
    prevent_initial_call=True,
)
def show_preview(tries: Any, file: Any, key: Any) -> tuple[Any, Any]:
    """What the file would do; nothing is written."""
    if not tries:
        return no_update, no_update
    resource = resource_of(key)
    try:
        found = imports.preview(current_actor(), resource, content_of(file))
    except BadFile as refusal:
        return parts.flag(str(refusal), "bad"), ""
    return resource_import.shown(found, apply_button(found)), found.token


def apply_button(found: Preview) -> Component:
    """How many records one click writes."""
    return parts.button(_("Import %(count)s records", count=numbers.count(found.writes)), id=page.APPLY, primary=True)


@callback(
    Output(page.PREVIEW, "children", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.APPLY, "n_clicks"),
    State(page.FILE, "file"),
    State(page.FILE, "name"),
    State(page.TOKEN, "data"),
    State(page.KEY, "data"),
    permission=None,
    prevent_initial_call=True,
)
def apply(clicks: Any, file: Any, name: Any, token: Any, key: Any) -> tuple[Any, Any]:
    """Bring in what the preview showed, all of it or nothing."""
    if not clicks:
        return no_update, no_update
    resource = resource_of(key)
    said = name if isinstance(name, str) else ""
    try:
        number, done = imports.apply(current_actor(), resource, content_of(file), str(token), said)
    except (Refusal, BadFile) as refusal:
        return parts.flag(str(refusal), "bad"), no_update
    return resource_import.done(resource, number, done, list_href(resource)), parts.notice(_("Imported."))
