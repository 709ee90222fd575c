"""What is said about a request and attached to it. Files are taken by their content, kept under names of our own."""

from __future__ import annotations

import hashlib
import secrets
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.models.approvals import ApprovalAttachment, ApprovalComment, ApprovalRequest
from portal.services.refusal import Refusal
from portal.services.writer import Writer

LONGEST_COMMENT = 2_000
LONGEST_TITLE = 120
LARGEST_FILE_BYTES = 5_000_000
MOST_FILES = 10
MOST_PARTS, LARGEST_UNPACKED_BYTES = 300, 50_000_000
STARTS = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain; charset=utf-8",
}


def comment(writer: Writer, approval_id: int, words: str) -> ApprovalComment:
    """Say something about a request; whoever sees the request may, whatever its state."""
    return told(writer, writer.get(ApprovalRequest, approval_id), words)


def told(writer: Writer, request: ApprovalRequest, words: str) -> ApprovalComment:
    """The same about a request at hand. Raises Refusal for nothing said, and for too much."""
    words = words.strip() if isinstance(words, str) else ""
    if not words or len(words) > LONGEST_COMMENT:
        raise Refusal(_("A comment has 1 to %(longest)s characters.", longest=LONGEST_COMMENT), "words")
    actor = writer.actor
    row = ApprovalComment(**belonging(request), user_id=actor.user_id, said_by=actor.name, words=words)
    writer.session.add(row)
    writer.session.flush()
    record(writer, "comment", request, {"words": words})
    return row


def attach(writer: Writer, approval_id: int, title: str, content: bytes) -> ApprovalAttachment:
    """Keep a file beside an open request.

    Raises:
        Refusal: too many or too large, or not a kind of file that is taken.
    """
    request = writer.get(ApprovalRequest, approval_id)
    if request.ended_at is not None:
        raise Refusal(_("This request has ended; nothing is attached to it any more."))
    kept = writer.session.scalar(
        select(func.count()).select_from(ApprovalAttachment).where(ApprovalAttachment.approval_id == request.id)
    )
    if (kept or 0) >= MOST_FILES:
        raise Refusal(_("A request has at most %(most)s files.", most=MOST_FILES))
    row = ApprovalAttachment(
        **belonging(request), **kept_file(f"request-{request.id}", title, content), user_id=writer.actor.user_id,
        added_by=writer.actor.name,
    )  # fmt: skip
    writer.session.add(row)
    writer.session.flush()
    record(writer, "attach", request, {"title": row.title, "file": row.file_name, "sha256": row.sha256})
    return row


def kept_file(beside: str, title: str, content: bytes) -> dict[str, Any]:
    """The columns of a file that is kept under a name of our own beside something. Raises Refusal for what is not taken."""
    kind = kind_of_file(content)
    shown = "".join(letter for letter in str(title) if letter.isprintable()).strip()
    return {
        "file_name": f"{beside}-{secrets.token_hex(8)}.{kind}", "title": shown[:LONGEST_TITLE] or _("File"),
        "media_type": MEDIA_TYPES[kind], "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
    }  # fmt: skip


def kind_of_file(content: bytes) -> str:
    """What a file is, by its content alone: its name says nothing. Raises Refusal for what is not taken."""
    if not content or len(content) > LARGEST_FILE_BYTES:
        raise Refusal(_("A file has up to %(size)s MB and is not empty.", size=LARGEST_FILE_BYTES // 1_000_000))
    for start, kind in STARTS:
        if content.startswith(start):
            return kind
    if content.startswith(b"PK") and _is_workbook(content):
        return "xlsx"
    if _is_text(content):
        return "txt"
    raise Refusal(_("Only PDF, PNG, JPEG, Excel without macros, and plain text are taken."))


def _is_workbook(content: bytes) -> bool:
    """An Excel file without macros that does not unpack to something huge."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            listed = package.infolist()
            names = {each.filename for each in listed}
            small = len(listed) <= MOST_PARTS and sum(each.file_size for each in listed) <= LARGEST_UNPACKED_BYTES
            return small and "xl/workbook.xml" in names and not any("vbaProject" in name for name in names)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _is_text(content: bytes) -> bool:
    """Text in UTF-8 without markup: what a browser might draw as a page is not taken."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    plain = all(letter.isprintable() or letter in "\n\r\t" for letter in words)
    return plain and "<" not in words[:2_000].lstrip()[:1] and "<script" not in words.casefold()


def belonging(request: ApprovalRequest) -> dict[str, Any]:
    """The columns that bind a row to its request and to who sees it."""
    return {
        "approval_id": request.id, "institution_id": request.institution_id, "requester_person_id": request.person_id,
    }  # fmt: skip


def record(writer: Writer, action: str, request: ApprovalRequest, content: Mapping[str, Any]) -> None:
    """One line of the request's trail in the audit log."""
    about = {"kind": request.kind, "subject": request.subject_key}
    kept = {name: value for name, value in content.items() if value not in (None, "")}
    writer.record(action, "approval", request.id, about | kept)
