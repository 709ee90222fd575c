"""What a request is about, by the key it carries: one look-up for all kinds."""

from __future__ import annotations

from typing import TypeVar

from flask_babel import gettext as _

from portal.models import Base
from portal.query.reader import Reader
from portal.services.refusal import Refusal

Row = TypeVar("Row", bound=Base)


def subject_row(reader: Reader, model: type[Row], key: str) -> Row:
    """The row with a key as a browser may send it. Raises Refusal when there is none."""
    found = reader.session.get(model, int(key)) if key.isascii() and key.isdigit() else None
    if found is None:
        raise Refusal(_("There is no such record."))
    return found
