"""Rules of sources: a place the portal may read from, and dates in order."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.writer import Writer

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
READABLE = ("s3", "gs", "abfs", "az", "hdfs", "file")  # no web addresses: they lead into the bank's own network


def check_source(writer: Writer, draft: Draft) -> None:
    """A folder or an object store for what is read from files, and a first date before the last one."""
    location, adapter = str(draft.value("location") or ""), draft.value("adapter")
    if not str(adapter).startswith("demo") and not location:
        raise Refusal(_("Say where the files are."), "location")
    scheme = SCHEME.match(location)
    if scheme is not None and scheme.group(1).lower() not in READABLE:
        raise Refusal(_("Files are read from a folder or from %(schemes)s.", schemes=", ".join(READABLE)), "location")
    first, last = draft.value("first_date"), draft.value("last_date")
    if first is not None and last is not None and first > last:
        raise Refusal(_("The first date lies after the last one."), "last_date")
