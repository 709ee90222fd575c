"""Rules of agent contracts: nobody joins after the contract begins."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.writer import Writer


def check_dates(writer: Writer, draft: Draft) -> None:
    """Service counts from a day on which the contract held already, or from an earlier one of who came back."""
    joined_on = draft.value("joined_on")
    if draft.present is None and joined_on is not None and joined_on > draft.first_day:
        raise Refusal(_("Nobody joins after the contract has begun."), "joined_on")
