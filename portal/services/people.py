"""Rules of positions: people work in institutions that exist, and their shares go where they go."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.models.organisation import Share
from portal.services.drafts import Draft
from portal.services.institutions import exists_throughout
from portal.services.periods import Span
from portal.services.refusal import Refusal
from portal.services.shares import follow
from portal.services.writer import Writer


def check_position(writer: Writer, draft: Draft, identity: int, span: Span | None) -> None:
    """The institution exists as long as the position lasts; the person's shares move along."""
    if span is None:
        return
    institution = int(draft.value("institution"))
    missing = exists_throughout(writer, institution, *span)
    if missing is not None:
        raise Refusal(_("The institution does not exist on %(day)s.", day=missing), "institution")
    moved = follow(writer, identity, institution, span) if draft.present is not None else 0
    if moved:
        writer.record(
            "follow", "shares", f"person {identity}", {"rows": moved, "institution": institution, "valid_from": span[0]}
        )


def check_no_shares_left(writer: Writer, draft: Draft, identity: int, span: Span) -> None:
    """Nobody leaves customers behind: they are handed over first."""
    first, end = span
    left = writer.session.scalar(
        select(func.count()).where(Share.person_id == identity, Share.valid_from < end, Share.valid_to > first)
    )
    if left:
        raise Refusal(
            _("%(count)s shares of this person hold on those days; hand them over first.", count=left), "valid_from"
        )
