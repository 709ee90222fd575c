"""Rules of agent contracts: nobody joins after the contract begins, and every contract is under a rulebook there is."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.rulebooks import Rulebook
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.writer import Writer


def check_contract(writer: Writer, draft: Draft) -> None:
    """Raises Refusal for a joining after the contract began and for a rulebook there is none of."""
    check_dates(writer, draft)
    channel = draft.value("channel")
    books = {book.code: book.name for book in writer.session.scalars(select(Rulebook).order_by(Rulebook.id))}
    if books and "channel" in draft.values and channel not in books:
        known = ", ".join(f"{code} ({name})" for code, name in books.items())
        raise Refusal(_("There is no rulebook %(code)s. There are: %(known)s.", code=channel, known=known), "channel")


def check_dates(writer: Writer, draft: Draft) -> None:
    """Service counts from a day on which the contract held already, or from an earlier one of who came back."""
    joined_on = draft.value("joined_on")
    if draft.present is None and joined_on is not None and joined_on > draft.first_day:
        raise Refusal(_("Nobody joins after the contract has begun."), "joined_on")
