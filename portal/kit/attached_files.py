"""Files beside a request or a draft: choosing one, what was sent, and the list of those that are kept."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit.resource_import import FilePick
from portal.services.approval_words import LARGEST_FILE_BYTES
from portal.services.refusal import Refusal

KILOBYTE = 1_000


class Attached(Protocol):
    """What a list shows of a file."""

    file_name: str
    title: str
    size_bytes: int
    added_by: str


def file_choice(id: str) -> Component:
    """Where a file is dropped or chosen."""
    size = LARGEST_FILE_BYTES // 1_000_000
    return FilePick(
        id=id,
        label=_("Attach a file"),
        hint=_("PDF, picture, Excel or text, up to %(size)s MB", size=size),
        most=LARGEST_FILE_BYTES,
        tooLarge=_("The file is larger than %(size)s MB; split it.", size=size),
        accept=".pdf,.png,.jpg,.jpeg,.xlsx,.txt",
    )


def content_of(file: Any) -> bytes:
    """The bytes behind what the browser sent. Raises Refusal for what is none."""
    if isinstance(file, str) and len(file) <= LARGEST_FILE_BYTES * 4 // 3 + 4:
        try:
            return base64.b64decode(file, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise Refusal(_("The file could not be read; choose it again."))


def files_listed(files: Sequence[Attached], address: str, who: Callable[[str], str]) -> Component:
    """The files, each to be kept by the browser and never opened inside the portal."""
    if not files:
        return html.P(_("No files yet."), className="muted")
    rows = [
        html.Li([
            html.A(one.title, href=f"{address}{one.file_name}", download="", className="task-title"),
            html.Small(f"{max(one.size_bytes // KILOBYTE, 1)} kB · {who(one.added_by)}"),
        ])
        for one in files
    ]  # fmt: skip
    return html.Ul(rows, className="tasks files")
