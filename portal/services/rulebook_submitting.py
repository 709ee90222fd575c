"""Putting a draft before those who approve rulebooks: bound to what it says now, after it was tried on past months."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.models.approvals import ApprovalRequest
from portal.models.rulebooks import RulebookVersion, VersionState
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.rulebooks import latest_simulation
from portal.services.approvals import request_approval
from portal.services.refusal import Refusal
from portal.services.rulebook_circulars import give_along
from portal.services.rulebooks import mark
from portal.services.writer import Writer


def submit(writer: Writer, version: RulebookVersion) -> ApprovalRequest:
    """Ask for the approval of a draft as it is.

    Raises:
        Refusal: it was not simulated as it is now, its check finds problems, or it waits for approval already.
    """
    writer.allow(Permission.RULEBOOK_EDIT)
    writer.session.refresh(version, with_for_update=True)
    if latest_simulation(Reader(writer.actor, writer.session), version) is None:
        raise Refusal(_("Simulate the draft as it is now before you submit it."))
    request = request_approval(writer, "rulebook_version", str(version.id))
    give_along(writer, version, request)
    mark(writer, version, VersionState.SUBMITTED, version.content_hash)
    return request
