"""Deciding a request: permission, person, state and content are looked at again, then it is done once, effects included."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from portal.access import audit
from portal.access.identity import HOUSE, today
from portal.database import database
from portal.models.approvals import OPEN_STATES, ApprovalDecision, ApprovalRequest, ApprovalState
from portal.permissions import Actor, Forbidden
from portal.query import places
from portal.query.approval import Approval
from portal.query.approvals import conflict_of, decided_before, in_scope, is_own, may_decide, open_step
from portal.query.reader import Reader
from portal.query.substitutes import Authority, authorities, stands_in
from portal.services.approval_conflicts import AlreadyDecided, ContentChanged, NotYours, already, edited, moved
from portal.services.approval_steps import check, end, kind_of, run_effect
from portal.services.approval_words import belonging, record
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import NotThere, Writer, writing

APPROVE, REFUSE = "approve", "refuse"


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
    reason = reason_of(reason)
    if decision == REFUSE and not reason:
        raise Refusal(_("Say why you refuse it."), "reason")
    if decision == APPROVE:
        check(writer, kind, request.content)
    _decided(writer, request, step, decision, reason, for_person)
    if decision == REFUSE:
        end(writer, request, ApprovalState.REFUSED, reason, action="")
        run_effect(writer, kind.on_refused, request)
    elif len(decisions) + 1 == len(kind.steps):
        end(writer, request, ApprovalState.APPROVED, reason, action="")
        run_effect(writer, kind.on_approved, request)
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
                    end(writer, request, ApprovalState.VOIDED, changed.sentence, action="void", by=changed.changed_by)
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


def _decisions(writer: Writer, request: ApprovalRequest) -> Sequence[ApprovalDecision]:
    return writer.session.scalars(select(ApprovalDecision).where(ApprovalDecision.approval_id == request.id)).all()
