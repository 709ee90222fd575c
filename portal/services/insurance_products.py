"""Rules of insurance products: payment terms that can be read."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.writer import Writer

TERMS = re.compile(r"[1-9][0-9]?( [1-9][0-9]?)*")


def check_terms(writer: Writer, draft: Draft) -> None:
    """Years from short to long, each once."""
    terms = str(draft.value("payment_terms") or "")
    years = [int(each) for each in terms.split(" ")] if TERMS.fullmatch(terms) else []
    if not years or years != sorted(set(years)):
        raise Refusal(_("Write the years from short to long, separated by blanks, such as 1 5 10."), "payment_terms")
