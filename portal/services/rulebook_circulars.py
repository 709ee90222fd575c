"""The circular that ordered a change, kept beside the draft; it goes along with the request when the draft is submitted."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.models.approvals import ApprovalRequest
from portal.models.rulebooks import RulebookFile, RulebookVersion
from portal.permissions import Permission
from portal.services.approval_words import MOST_FILES, attach, kept_file
from portal.services.refusal import Refusal
from portal.services.rulebooks import CLOSED
from portal.services.writer import Writer


def attach_circular(writer: Writer, version: RulebookVersion, title: str, content: bytes) -> RulebookFile:
    """Keep a file beside a draft.

    Raises:
        Refusal: the version is no draft any more, has too many files, or the file is of no kind that is taken.
    """
    writer.allow(Permission.RULEBOOK_EDIT)
    writer.session.refresh(version, with_for_update=True)
    if version.state in CLOSED:
        raise Refusal(_("Nothing is attached to a version that was decided."))
    kept = writer.session.scalar(
        select(func.count()).select_from(RulebookFile).where(RulebookFile.version_id == version.id)
    )
    if (kept or 0) >= MOST_FILES:
        raise Refusal(_("A draft has at most %(most)s files.", most=MOST_FILES))
    row = RulebookFile(
        version_id=version.id, added_by=writer.actor.name, **kept_file(f"circular-{version.id}", title, content)
    )
    writer.session.add(row)
    writer.session.flush()
    told = {"title": row.title, "file": row.file_name, "sha256": row.sha256}
    writer.record("attach", "rulebook_version", version.id, told)
    return row


def give_along(writer: Writer, version: RulebookVersion, request: ApprovalRequest) -> None:
    """Put the files of a draft before those who decide on it."""
    rows = writer.session.execute(
        select(RulebookFile.title, RulebookFile.content)
        .where(RulebookFile.version_id == version.id)
        .order_by(RulebookFile.id)
    ).all()
    for title, content in rows:
        attach(writer, request.id, title, content)
