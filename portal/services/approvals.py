"""Requests and decisions: ask, submit, revise, withdraw, decide. Each is permission, rule, change, audit.

A decision names the hash of the content the decider saw, and that content must still be what the subject is: otherwise
nothing is decided and the decider is told what changed and who changed it. Effects run in the deciding transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.database import seeing_all
from portal.models.approvals import OPEN_STATES, ApprovalRequest, ApprovalState
from portal.query.approval import Approval, Content, canonical, hash_of
from portal.query.approvals import as_the_house, content_now, is_own
from portal.query.reader import Reader
from portal.query.user_names import user_called
from portal.services.approval_conflicts import NotYours, already
from portal.services.approval_decisions import APPROVE, REFUSE, decide, decide_as
from portal.services.approval_steps import check, due, end, kind_of, now, run_effect
from portal.services.approval_words import record, told
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import NotThere, Writer

__all__ = [
    "APPROVE", "REFUSE", "decide", "decide_as", "request_approval", "revise", "submit", "void_open",
    "withdraw",
]  # fmt: skip

# ---- asking ----


def request_approval(
    writer: Writer,
    kind: str,
    subject_key: str,
    proposal: Mapping[str, Any] | None = None,
    *,
    comment: str = "",
    draft: bool = False,
) -> ApprovalRequest:
    """Ask for a decision about a subject; `draft` keeps it to oneself until `submit`.

    Raises:
        Forbidden: the actor may not ask for this.
        NotThere: the subject is not there for the actor.
        Refusal: a check says no, or somebody has asked already.
    """
    declared = kind_of(kind)
    writer.allow(declared.request_permission)
    _look(writer, declared, subject_key)
    _refuse_second(writer, declared, subject_key)
    return _store(writer, declared, subject_key, canonical(proposal or {}), comment, draft=draft)


def submit(writer: Writer, approval_id: int) -> ApprovalRequest:
    """Put one's own draft before its deciders, with the content it has now."""
    request, kind = _own(writer, approval_id)
    if request.state != ApprovalState.DRAFT:
        raise already(writer, request)
    content = content_now(Reader(writer.actor, writer.session), kind, request.subject_key, request.proposal)
    check(writer, kind, content)
    _change(
        writer, request, "submit", state=ApprovalState.SUBMITTED.value, submitted_at=now(writer), content=content,
        content_hash=hash_of(content), due_on=due(kind),
    )  # fmt: skip
    return request


def revise(writer: Writer, approval_id: int, proposal: Mapping[str, Any], comment: str = "") -> ApprovalRequest:
    """Ask for something else instead: one's open request is voided, another one takes its place."""
    request, kind = _own(writer, approval_id)
    if request.state not in OPEN_STATES:
        raise already(writer, request)
    _look(writer, kind, request.subject_key)
    end(writer, request, ApprovalState.VOIDED, _("Edited by the requester."), action="void")
    return _store(writer, kind, request.subject_key, canonical(proposal), comment, replaces=request.id)


def withdraw(writer: Writer, approval_id: int, reason: str = "") -> ApprovalRequest:
    """Take one's own open request back."""
    request, kind = _own(writer, approval_id)
    if request.state not in OPEN_STATES:
        raise already(writer, request)
    end(writer, request, ApprovalState.WITHDRAWN, reason_of(reason), action="withdraw")
    run_effect(writer, kind.on_withdrawn, request)
    return request


def void_open(writer: Writer, kind: str, subject_key: str, why: str) -> bool:
    """Void the open request about a subject because the subject was edited; services that edit it call this."""
    with seeing_all(writer.session, writer.actor.scope):
        request = writer.session.scalar(
            select(ApprovalRequest)
            .where(
                ApprovalRequest.kind == kind, ApprovalRequest.subject_key == subject_key,
                ApprovalRequest.state.in_(OPEN_STATES),
            )
            .with_for_update()
        )  # fmt: skip
        if request is not None:
            end(writer, request, ApprovalState.VOIDED, why, action="void")
    return request is not None


# ---- parts of the verbs ----


def _look(writer: Writer, kind: Approval, subject_key: str) -> None:
    if kind.sees is not None and not kind.sees(Reader(writer.actor, writer.session), subject_key):
        raise NotThere(f"There is no {kind.subject} {subject_key}.")


def _refuse_second(writer: Writer, kind: Approval, subject_key: str) -> None:
    with seeing_all(writer.session, writer.actor.scope):
        other = writer.session.scalar(
            select(ApprovalRequest).where(
                ApprovalRequest.kind == kind.key, ApprovalRequest.subject_key == subject_key,
                ApprovalRequest.state.in_(OPEN_STATES),
            )
        )  # fmt: skip
    if other is not None:
        who = user_called(Reader(writer.actor, writer.session), other.requester)
        sentence = _("%(who)s has asked for this already; decide or withdraw that request first.", who=who)
        raise Refusal(sentence)


def _store(
    writer: Writer, kind: Approval, subject_key: str, proposal: Content, comment: str, *,
    draft: bool = False, replaces: int | None = None,
) -> ApprovalRequest:  # fmt: skip
    reader = Reader(writer.actor, writer.session)
    content = content_now(reader, kind, subject_key, proposal)
    if not draft:
        check(writer, kind, content)
    with as_the_house(reader) as house:
        institution = kind.place(house, content)
        titles = [
            kind.names(Reader(replace(house.actor, language=each), house.session), content) for each in ("en", "zh")
        ]
    actor = writer.actor
    if not actor.scope.all and actor.person_id is None and institution not in actor.scope.institutions:
        raise Refusal(_("Only an employee can ask for this: your user names none."))
    moment = now(writer)
    request = ApprovalRequest(
        kind=kind.key, subject_key=subject_key, title=titles[0], title_zh=titles[1], institution_id=institution,
        person_id=actor.person_id, requested_by=actor.user_id, requester=actor.name, proposal=dict(proposal),
        content=content, content_hash=hash_of(content), due_on=due(kind), replaces_id=replaces,
        state=(ApprovalState.DRAFT if draft else ApprovalState.SUBMITTED).value, submitted_at=None if draft else moment,
    )  # fmt: skip
    try:
        writer.session.add(request)
        writer.session.flush()
    except IntegrityError as error:
        raise Refusal(_("Someone has asked for this at the same moment; look at that request.")) from error
    record(writer, "draft" if draft else "request", request, {"content": content, "replaces": replaces})
    if comment.strip():
        told(writer, request, comment)
    return request


def _own(writer: Writer, approval_id: int) -> tuple[ApprovalRequest, Approval]:
    request = writer.get(ApprovalRequest, approval_id)
    kind = kind_of(request.kind)
    writer.allow(kind.request_permission)
    if not is_own(writer.actor, request):
        who = user_called(Reader(writer.actor, writer.session), request.requester)
        raise NotYours(_("Only %(who)s can do this: it is another person's request.", who=who))
    return request, kind


def _change(writer: Writer, request: ApprovalRequest, action: str, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(request, name, value)
    request.version += 1
    writer.session.flush()
    record(writer, action, request, {"content_hash": request.content_hash})
