"""Requests and decisions: ask, submit, revise, withdraw, decide. Each is permission, rule, change, audit.

A decision names the hash of the content the decider saw, and that content must still be what the subject is: otherwise
nothing is decided and the decider is told what changed and who changed it. Effects run in the deciding transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from portal.access import audit
from portal.access.identity import HOUSE, today
from portal.database import database, seeing_all
from portal.models.approvals import (
    OPEN_STATES,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalState,
)
from portal.permissions import Actor, Forbidden
from portal.query import places
from portal.query.approval import Approval, Content, canonical, hash_of
from portal.query.approvals import (
    as_the_house,
    conflict_of,
    content_now,
    decided_before,
    in_scope,
    is_own,
    may_decide,
    open_step,
)
from portal.query.reader import Reader
from portal.query.substitutes import Authority, authorities, stands_in
from portal.services.approval_conflicts import AlreadyDecided, ContentChanged, NotYours, already, edited, moved
from portal.services.approval_kinds import APPROVALS
from portal.services.approval_words import belonging, record, told
from portal.services.refusal import Refusal, refusal_of
from portal.services.writer import NotThere, Writer, writing

APPROVE, REFUSE = "approve", "refuse"
LONGEST_REASON = 500


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
    reader = Reader(writer.actor, writer.session)
    if declared.sees is not None and not declared.sees(reader, subject_key):
        raise NotThere(f"There is no {declared.subject} {subject_key}.")
    _refuse_second(writer, declared, subject_key)
    return _store(writer, declared, subject_key, canonical(proposal or {}), comment, draft=draft)


def submit(writer: Writer, approval_id: int) -> ApprovalRequest:
    """Put one's own draft before its deciders, with the content it has now."""
    request, kind = _own(writer, approval_id)
    if request.state != ApprovalState.DRAFT:
        raise already(writer, request)
    content = content_now(Reader(writer.actor, writer.session), kind, request.subject_key, request.proposal)
    _check(writer, kind, content)
    _change(
        writer, request, "submit", state=ApprovalState.SUBMITTED.value, submitted_at=_now(writer), content=content,
        content_hash=hash_of(content), due_on=_due(kind),
    )  # fmt: skip
    return request


def revise(writer: Writer, approval_id: int, proposal: Mapping[str, Any], comment: str = "") -> ApprovalRequest:
    """Ask for something else instead: one's open request is voided, another one takes its place."""
    request, kind = _own(writer, approval_id)
    if request.state not in OPEN_STATES:
        raise already(writer, request)
    _end(writer, request, ApprovalState.VOIDED, _("Edited by the requester."), action="void")
    return _store(writer, kind, request.subject_key, canonical(proposal), comment, replaces=request.id)


def withdraw(writer: Writer, approval_id: int, reason: str = "") -> ApprovalRequest:
    """Take one's own open request back."""
    request, kind = _own(writer, approval_id)
    if request.state not in OPEN_STATES:
        raise already(writer, request)
    _end(writer, request, ApprovalState.WITHDRAWN, _reason(reason), action="withdraw")
    _effect(writer, kind.on_withdrawn, request)
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
            _end(writer, request, ApprovalState.VOIDED, why, action="void")
    return request is not None


# ---- deciding ----


def decide(
    writer: Writer, approval_id: int, seen_hash: str, decision: str, reason: str = "", for_person: int | None = None
) -> ApprovalRequest:
    """Approve or refuse a request, as oneself or in the place of `for_person`; effects happen here, or nothing does.

    Raises:
        NotThere: the request is not there for the actor.
        Forbidden: the actor lacks the permission.
        NotYours: it is the actor's own request, or he is no substitute now.
        AlreadyDecided: somebody was quicker, or it was withdrawn or voided.
        ContentChanged: what the decider saw is not what would be decided.
        Refusal: a reason is missing, or a check says no.
    """
    request = writer.get(ApprovalRequest, approval_id)  # whoever else decides it waits here
    kind = kind_of(request.kind)
    if not (in_scope(writer.actor, request) or is_own(writer.actor, request)):
        raise NotThere(f"There is no approval {approval_id}.")
    decisions = _decisions(writer, request)
    step = _allowed_step(writer, kind, request, decisions, for_person)
    _check_still_the_same(writer, kind, request, seen_hash, decision)
    reason = _reason(reason)
    if decision == REFUSE and not reason:
        raise Refusal(_("Say why you refuse it."), "reason")
    if decision == APPROVE:
        _check(writer, kind, request.content)
    _decided(writer, request, step, decision, reason, for_person)
    if decision == REFUSE:
        _end(writer, request, ApprovalState.REFUSED, reason, action="")
        _effect(writer, kind.on_refused, request)
    elif len(decisions) + 1 == len(kind.steps):
        _end(writer, request, ApprovalState.APPROVED, reason, action="")
        _effect(writer, kind.on_approved, request)
    else:
        writer.change(request, "approval step", version=request.version + 1)
    return request


def decide_as(actor: Actor, approval_id: int, seen_hash: str, decision: str, reason: str = "") -> ApprovalRequest:
    """Decide in a transaction of its own, with the authority the person has now: his own, or that of someone away.

    A request whose content changed since it was submitted is voided, so that nobody approves it by accident. What is
    refused for reasons of person or state is recorded.
    """
    authority = authority_over(actor, approval_id)
    try:
        with writing(authority.actor) as writer:
            return decide(writer, approval_id, seen_hash, decision, reason, authority.for_person)
    except ContentChanged as changed:
        if changed.voids:
            with writing(authority.actor) as writer:
                request = writer.get(ApprovalRequest, approval_id)
                if request.state in OPEN_STATES:
                    _end(writer, request, ApprovalState.VOIDED, changed.sentence, action="void", by=changed.changed_by)
        raise
    except (NotYours, AlreadyDecided) as refusal:
        with database().transaction(HOUSE) as session:
            audit.record(session, actor, "refused", "approval", str(approval_id), {"reason": refusal.sentence})
        raise
    finally:
        places.forget()


def authority_over(actor: Actor, approval_id: int) -> Authority:
    """With what the person decides this request; his own authority when there is none, which then says why not."""
    with database().transaction(HOUSE) as session:
        request = session.get(ApprovalRequest, approval_id)
        if request is None:
            raise NotThere(f"There is no approval {approval_id}.")
        kind = kind_of(request.kind)
        wanted = select(ApprovalDecision).where(ApprovalDecision.approval_id == approval_id)
        decisions = session.scalars(wanted).all()
    known = authorities(actor)
    able = [one for one in known if may_decide(kind, request, decisions, one)]
    near = [
        one for one in known
        if one.covers(kind.key) and in_scope(one.actor, request) and any(map(one.actor.may, kind.steps))
    ]  # fmt: skip
    return (able or near or known)[0]


def kind_of(key: str) -> Approval:
    """The declaration of a kind. Raises NotThere for one that nobody declared."""
    if key not in APPROVALS:
        raise NotThere(f"There is no kind of approval {key!r}.")
    return APPROVALS[key]


# ---- parts of the verbs ----


def _refuse_second(writer: Writer, kind: Approval, subject_key: str) -> None:
    with seeing_all(writer.session, writer.actor.scope):
        other = writer.session.scalar(
            select(ApprovalRequest).where(
                ApprovalRequest.kind == kind.key, ApprovalRequest.subject_key == subject_key,
                ApprovalRequest.state.in_(OPEN_STATES),
            )
        )  # fmt: skip
    if other is not None:
        sentence = _("%(who)s has asked for this already; decide or withdraw that request first.", who=other.requester)
        raise Refusal(sentence)


def _store(
    writer: Writer, kind: Approval, subject_key: str, proposal: Content, comment: str, *,
    draft: bool = False, replaces: int | None = None,
) -> ApprovalRequest:  # fmt: skip
    reader = Reader(writer.actor, writer.session)
    content = content_now(reader, kind, subject_key, proposal)
    if not draft:
        _check(writer, kind, content)
    with as_the_house(reader) as house:
        institution = kind.place(house, content)
        titles = [
            kind.names(Reader(replace(house.actor, language=each), house.session), content) for each in ("en", "zh")
        ]
    actor = writer.actor
    if not actor.scope.all and actor.person_id is None and institution not in actor.scope.institutions:
        raise Refusal(_("Only an employee can ask for this: your user names none."))
    moment = _now(writer)
    request = ApprovalRequest(
        kind=kind.key, subject_key=subject_key, title=titles[0], title_zh=titles[1], institution_id=institution,
        person_id=actor.person_id, requested_by=actor.user_id, requester=actor.name, proposal=dict(proposal),
        content=content, content_hash=hash_of(content), due_on=_due(kind), replaces_id=replaces,
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
        raise NotYours(_("Only %(who)s can do this: it is another person's request.", who=request.requester))
    return request, kind


def _allowed_step(
    writer: Writer, kind: Approval, request: ApprovalRequest, decisions: Sequence[ApprovalDecision],
    for_person: int | None,
) -> int:  # fmt: skip
    actor = writer.actor
    if is_own(actor, request) or (for_person is not None and for_person == request.person_id):
        raise NotYours(_("Nobody decides their own request, nor has it decided in their own place."))
    if not any(map(actor.may, kind.steps)):
        raise Forbidden(kind.decide_permission, actor)
    if request.state != ApprovalState.SUBMITTED:
        raise already(writer, request)
    if for_person is not None and not stands_in(writer.session, actor.person_id, for_person, kind.key, today()):
        raise NotYours(_("You do not stand in for this person today."))
    authority = Authority(actor, for_person)
    if decided_before(decisions, authority):
        raise NotYours(_("You have decided this already; another person takes the next step."))
    step = open_step(kind, decisions, authority)
    if step is None:
        raise Forbidden(kind.steps[min(len(decisions), len(kind.steps) - 1)], actor)
    return step


def _check_still_the_same(
    writer: Writer, kind: Approval, request: ApprovalRequest, seen_hash: str, decision: str
) -> None:
    if decision not in (APPROVE, REFUSE):
        raise Refusal(_("A request is approved or refused."))
    reader = Reader(writer.actor, writer.session)
    if seen_hash != request.content_hash:
        raise edited(reader, kind, request)
    if kind.lock is not None:
        kind.lock(writer, request.subject_key)
    conflict = conflict_of(reader, kind, request) if decision == APPROVE else None
    if conflict is not None:
        raise moved(reader, kind, request, conflict)


def _check(writer: Writer, kind: Approval, content: Content) -> None:
    with as_the_house(Reader(writer.actor, writer.session)) as house:
        problems = kind.problems(house, content)
    if problems:
        raise Refusal(" ".join(problems))


def _decided(
    writer: Writer, request: ApprovalRequest, step: int, decision: str, reason: str, for_person: int | None
) -> None:
    actor = writer.actor
    writer.session.add(
        ApprovalDecision(
            **belonging(request), step=step, user_id=actor.user_id, person_id=actor.person_id, decided_by=actor.name,
            for_person_id=for_person, decision="approved" if decision == APPROVE else "refused", reason=reason,
            content_hash=request.content_hash,
        )
    )  # fmt: skip
    writer.session.flush()
    content = {"step": step, "content_hash": request.content_hash, "for_person": for_person, "reason": reason}
    record(writer, decision, request, content)


def _end(
    writer: Writer, request: ApprovalRequest, state: ApprovalState, reason: str, *, action: str, by: str = ""
) -> None:
    request.state, request.ended_at, request.ended_by = state.value, _now(writer), by or writer.actor.name
    request.end_reason, request.version = reason, request.version + 1
    writer.session.flush()
    if action:
        record(writer, action, request, {"reason": reason})


def _effect(writer: Writer, verb: Any, request: ApprovalRequest) -> None:
    """Run what the kind does at its end, with the rules the database holds checked at once."""
    if verb is None:
        return
    try:
        verb(writer, request.subject_key, request.content)
        writer.session.flush()
        writer.session.execute(text("set constraints all immediate"))
        writer.session.execute(text("set constraints all deferred"))
    except IntegrityError as error:
        raise refusal_of(error) from error


def _change(writer: Writer, request: ApprovalRequest, action: str, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(request, name, value)
    request.version += 1
    writer.session.flush()
    record(writer, action, request, {"content_hash": request.content_hash})


def _decisions(writer: Writer, request: ApprovalRequest) -> Sequence[ApprovalDecision]:
    return writer.session.scalars(select(ApprovalDecision).where(ApprovalDecision.approval_id == request.id)).all()


def _now(writer: Writer) -> dt.datetime:
    moment: dt.datetime = writer.session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def _due(kind: Approval) -> dt.date:
    return today() + dt.timedelta(days=kind.due_days)


def _reason(reason: Any) -> str:
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise Refusal(_("The reason has at most %(longest)s characters.", longest=LONGEST_REASON), "reason")
    return reason.strip()
