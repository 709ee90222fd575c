"""Shares as records of the portal: the parts of a customer or account in one role."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.query.subjects import Subject, key_of, parse_key
from portal.services.approvals import void_open
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.share_requests import SHARE_CHANGE
from portal.services.shares import locked_rows, share_out, stop_sharing
from portal.services.writer import Writer


def create(writer: Writer, draft: Draft) -> str:
    """Share out what is not shared yet."""
    subject, role = draft.values["subject"], draft.values["role"]
    if any(row.valid_to > draft.first_day for row in locked_rows(writer, subject, role)):
        raise Refusal(_("This is shared already; change the shares it has."), "subject")
    share_out(writer, subject, role, draft.values["parts"], draft.first_day)
    key = key_of(subject.customer_id, subject.account_id, role)
    _void_request(writer, key)
    writer.record("create", draft.resource.key, key, draft.told())
    return key


def change(writer: Writer, draft: Draft) -> None:
    """Share out anew from a day on."""
    subject, role, key = _named(draft)
    if not draft.reason and draft.first_day < draft.today:
        raise Refusal(_("This changes days that have passed: give a reason."), "reason")
    share_out(writer, subject, role, draft.value("parts"), draft.first_day)
    _void_request(writer, key)
    writer.record("change", draft.resource.key, key, draft.told())


def end(writer: Writer, draft: Draft) -> None:
    """Share out no more from a day on: the customer or account becomes nobody's."""
    subject, role, key = _named(draft)
    stop_sharing(writer, subject, role, draft.first_day)
    _void_request(writer, key)
    writer.record("end", draft.resource.key, key, {"valid_to": draft.first_day, "reason": draft.reason})


def _void_request(writer: Writer, key: str) -> None:
    """What was asked for stood on other shares: whoever asked looks at them again."""
    void_open(writer, SHARE_CHANGE.key, key, _("The shares were changed directly."))


def _named(draft: Draft) -> tuple[Subject, str, str]:
    key = draft.present.key if draft.present is not None else ""
    parsed = parse_key(key)
    if parsed is None:
        raise Refusal(_("There is no such record."))
    return *parsed, key
