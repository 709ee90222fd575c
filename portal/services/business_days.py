"""Rules of the business calendar: what has been published keeps its dates."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.query.pins import newest_date
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.writer import Writer


def check_day(writer: Writer, draft: Draft) -> None:
    """A date with published figures is neither opened nor closed any more."""
    if "open" not in draft.values:
        return
    day, newest = draft.value("date"), newest_date(writer.session)
    if newest is not None and day <= newest:
        raise Refusal(_("Figures are published up to %(day)s; earlier dates stay as they are.", day=newest), "date")
