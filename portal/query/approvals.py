"""Reading requests: what a person has to decide, asked for and decided, and one request with all that belongs to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, or_, select

from portal.access.identity import HOUSE
from portal.database import database, seeing_all
from portal.models.access import AuditEntry, User
from portal.models.approvals import (
    OPEN_STATES,
    ApprovalAttachment,
    ApprovalComment,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalState,
)
from portal.permissions import Actor, Permission
from portal.query.approval import Approval, Content, canonical, hash_of
from portal.query.outside import refuse
from portal.query.reader import Reader
from portal.query.substitutes import Authority, authorities

Kinds: TypeAlias = Mapping[str, Approval]
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A request in a list; `authority` is with what the reader decides it, `decision` what he decided."""

    request: ApprovalRequest
    line: str
    authority: Authority | None = None
    decision: ApprovalDecision | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """How the content differs from what a decision was about, and who changed it when, as far as that is known."""

    content: Content
    changed_by: str = ""
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One request with all that belongs to it, as the reader may see it.

    `authority` is set when the reader may decide it now; `mine` when he asked for it.
    """

    request: ApprovalRequest
    kind: Approval
    decisions: Sequence[ApprovalDecision]
    comments: Sequence[ApprovalComment]
    attachments: Sequence[ApprovalAttachment]
    reader: Actor  # with whose permissions and scope it is seen
    authority: Authority | None
    mine: bool
    people: Mapping[str, int]  # employees by the user names that appear
    replaced_by: int | None = None


# ---- the whole house's view ----


@contextmanager
def as_the_house(reader: Reader) -> Iterator[Reader]:
    """A reader that sees everything inside the same transaction, so that content comes out the same for whoever asks."""
    asker = reader.actor
    actor = replace(
        HOUSE, permissions=frozenset(Permission), language=asker.language, institution_id=asker.institution_id
    )
    with seeing_all(reader.session, reader.actor.scope):
        yield Reader(actor, reader.session)


def content_now(reader: Reader, kind: Approval, subject_key: str, proposal: Content) -> dict[str, Any]:
    """What a proposal leads to as things are now, in its canonical form."""
    with as_the_house(reader) as house:
        plain: dict[str, Any] = canonical(kind.content(house, subject_key, proposal))
    return plain


def current_request(reader: Reader, kind: str, subject_key: str) -> ApprovalRequest | None:
    """The open request about a subject, else the newest one; None when the actor sees none."""
    wanted = select(ApprovalRequest).where(
        ApprovalRequest.kind == kind, ApprovalRequest.subject_key == subject_key, _within(reader.actor)
    )
    still_open = ApprovalRequest.state.in_(OPEN_STATES)
    return reader.session.scalars(wanted.order_by(still_open.desc(), ApprovalRequest.id.desc()).limit(1)).first()


def conflict_of(reader: Reader, kind: Approval, request: ApprovalRequest) -> Conflict | None:
    """What an open request's content has become since it was submitted, and who changed it; None when it is the same."""
    if request.state not in OPEN_STATES:
        return None
    content = content_now(reader, kind, request.subject_key, request.proposal)
    if hash_of(content) == request.content_hash:
        return None
    wanted = select(AuditEntry).where(
        AuditEntry.subject == kind.subject, AuditEntry.subject_key == request.subject_key,
        AuditEntry.recorded_at >= (request.submitted_at or request.requested_at),
    )  # fmt: skip
    last = reader.session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(1)).first()
    return Conflict(content, last.actor if last else "", last.recorded_at if last else None)


# ---- who may decide ----


def is_own(actor: Actor, request: ApprovalRequest) -> bool:
    """Whether the actor, under whatever name, is the one who asked."""
    return request.requester == actor.name or (actor.person_id is not None and request.person_id == actor.person_id)


def open_step(kind: Approval, decisions: Sequence[ApprovalDecision], authority: Authority) -> int | None:
    """The step someone may take next: of those still open the first whose permission he has."""
    taken = {decision.step for decision in decisions}
    steps = [(step, needed) for step, needed in enumerate(kind.steps) if step not in taken]
    if kind.decided_by.in_order:
        steps = steps[:1]
    return next((step for step, needed in steps if authority.actor.may(needed)), None)


def decided_before(decisions: Sequence[ApprovalDecision], authority: Authority) -> bool:
    """Whether the person, or the one he stands in for, has decided already: each step is another person's."""
    people = {authority.actor.person_id, authority.for_person} - {None}
    return any(
        decision.decided_by == authority.actor.name or people & {decision.person_id, decision.for_person_id}
        for decision in decisions
    )


def may_decide(
    kind: Approval, request: ApprovalRequest, decisions: Sequence[ApprovalDecision], authority: Authority
) -> bool:
    """Whether this request can be decided with this authority now."""
    return (
        request.state == ApprovalState.SUBMITTED
        and authority.covers(request.kind)
        and in_scope(authority.actor, request)
        and not is_own(authority.actor, request)
        and (authority.for_person is None or authority.for_person != request.person_id)
        and not decided_before(decisions, authority)
        and open_step(kind, decisions, authority) is not None
    )


def in_scope(actor: Actor, request: ApprovalRequest) -> bool:
    """Whether the institution the decision belongs to stands inside the actor's scope."""
    return actor.scope.all or request.institution_id in actor.scope.institutions


# ---- lists ----


def to_decide(actor: Actor, kinds: Kinds) -> list[Entry]:
    """What this person has to decide, in his own place and in others', the most urgent first."""
    found: dict[int, Entry] = {}
    for authority in authorities(actor):
        mine = [
            key for key, kind in kinds.items() if authority.covers(key) and any(map(authority.actor.may, kind.steps))
        ]
        if not mine or not (authority.actor.scope.all or authority.actor.scope.institutions):
            continue
        with database().transaction(authority.actor) as session:
            reader = Reader(authority.actor, session)
            for request, decisions in _submitted(reader, mine):
                kind = kinds[request.kind]
                if request.id not in found and may_decide(kind, request, decisions, authority):
                    found[request.id] = Entry(request, kind.line(reader, request.content), authority)
    return sorted(found.values(), key=lambda entry: (entry.request.due_on, entry.request.id))


def requested_by(actor: Actor, kinds: Kinds) -> list[Entry]:
    """What this person asked for, newest first."""
    own = ApprovalRequest.requester == actor.name
    if actor.person_id is not None:
        own = or_(own, ApprovalRequest.person_id == actor.person_id)
    with database().transaction(HOUSE) as session:
        rows = session.scalars(select(ApprovalRequest).where(own).order_by(ApprovalRequest.id.desc()).limit(MOST_SHOWN))
        reader = Reader(replace(HOUSE, language=actor.language), session)
        return [_entry(reader, kinds, request) for request in rows if request.kind in kinds]


def decided(actor: Actor, kinds: Kinds) -> list[Entry]:
    """What this person decided, newest first."""
    wanted = (
        select(ApprovalRequest, ApprovalDecision)
        .join(ApprovalDecision, ApprovalDecision.approval_id == ApprovalRequest.id)
        .where(ApprovalDecision.decided_by == actor.name)
        .order_by(ApprovalDecision.id.desc())
        .limit(MOST_SHOWN)
    )
    with database().transaction(HOUSE) as session:
        rows = session.execute(wanted).all()
        reader = Reader(replace(HOUSE, language=actor.language), session)
        return [_entry(reader, kinds, request, decision) for request, decision in rows if request.kind in kinds]


def _entry(reader: Reader, kinds: Kinds, request: ApprovalRequest, decision: ApprovalDecision | None = None) -> Entry:
    return Entry(request, kinds[request.kind].line(reader, request.content), decision=decision)


def _submitted(reader: Reader, kinds: Sequence[str]) -> list[tuple[ApprovalRequest, list[ApprovalDecision]]]:
    wanted = select(ApprovalRequest).where(
        ApprovalRequest.state == ApprovalState.SUBMITTED, ApprovalRequest.kind.in_(kinds), _within(reader.actor)
    )
    requests = reader.session.scalars(
        wanted.order_by(ApprovalRequest.due_on, ApprovalRequest.id).limit(MOST_SHOWN)
    ).all()
    held: dict[int, list[ApprovalDecision]] = {request.id: [] for request in requests}
    for decision in reader.session.scalars(select(ApprovalDecision).where(ApprovalDecision.approval_id.in_(held))):
        held[decision.approval_id].append(decision)
    return [(request, held[request.id]) for request in requests]


def _within(actor: Actor) -> ColumnElement[bool]:
    from portal.query.reach import within

    return within(actor, ApprovalRequest)


# ---- one request ----


def seen(actor: Actor, kinds: Kinds, approval_id: int) -> Seen:
    """A request the actor asked for, may decide or decided, or may look at as an auditor.

    Raises:
        OutOfScope: there is none, or it is not for the actor; it is recorded.
    """
    with database().transaction(HOUSE) as session:
        request = session.get(ApprovalRequest, approval_id)
        if request is None or request.kind not in kinds:
            raise refuse(Reader(actor, session), "approval", approval_id)
        kind, decisions = kinds[request.kind], _of(session, ApprovalDecision, approval_id)
        allowed = authorities(actor)
        deciding = next((one for one in allowed if may_decide(kind, request, decisions, one)), None)
        onlooking = next((one.actor for one in allowed if _may_look(kind, request, decisions, one)), None)
        if onlooking is None:
            raise refuse(Reader(actor, session), "approval", approval_id)
        comments = _of(session, ApprovalComment, approval_id)
        files = _of(session, ApprovalAttachment, approval_id)
        names = {
            request.requester,
            request.ended_by,
            *(one.said_by for one in comments),
            *(one.added_by for one in files),
        }
        people = session.execute(select(User.username, User.person_id).where(User.username.in_(names))).all()
        return Seen(
            request, kind, decisions, comments, files, deciding.actor if deciding else onlooking, deciding,
            is_own(actor, request), {name: person for name, person in people if person is not None},
            session.scalar(select(ApprovalRequest.id).where(ApprovalRequest.replaces_id == approval_id)),
        )  # fmt: skip


def attachment(actor: Actor, kinds: Kinds, file_name: str) -> tuple[ApprovalAttachment, bytes]:
    """A file beside a request the actor may see. Raises OutOfScope."""
    with database().transaction(HOUSE) as session:
        found = session.scalar(select(ApprovalAttachment).where(ApprovalAttachment.file_name == file_name))
        if found is None:
            raise refuse(Reader(actor, session), "attachment", file_name[:80])
        content = session.scalar(select(ApprovalAttachment.content).where(ApprovalAttachment.id == found.id))
    seen(actor, kinds, found.approval_id)
    return found, content or b""


def _may_look(
    kind: Approval, request: ApprovalRequest, decisions: Sequence[ApprovalDecision], authority: Authority
) -> bool:
    actor = authority.actor
    if authority.for_person is None and (
        is_own(actor, request) or any(decision.decided_by == actor.name for decision in decisions)
    ):
        return True
    return (
        authority.covers(kind.key)
        and in_scope(actor, request)
        and (any(map(actor.may, kind.steps)) or actor.may(Permission.AUDIT_VIEW))
    )


def _of(session: Any, table: Any, approval_id: int) -> Sequence[Any]:
    rows: Sequence[Any] = session.scalars(
        select(table).where(table.approval_id == approval_id).order_by(table.id)
    ).all()
    return rows
