"""What asking and deciding share: the kinds, the checks, how a request ends, and its effects."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from portal.access.identity import today
from portal.models.approvals import ApprovalRequest, ApprovalState
from portal.query.approval import Approval, Content
from portal.query.approvals import as_the_house
from portal.query.reader import Reader
from portal.services.approval_kinds import APPROVALS
from portal.services.approval_words import record
from portal.services.refusal import Refusal, refusal_of
from portal.services.writer import NotThere, Writer


def kind_of(key: str) -> Approval:
    """The declaration of a kind. Raises NotThere for one that nobody declared."""
    if key not in APPROVALS:
        raise NotThere(f"There is no kind of approval {key!r}.")
    return APPROVALS[key]


def check(writer: Writer, kind: Approval, content: Content) -> None:
    with as_the_house(Reader(writer.actor, writer.session)) as house:
        problems = kind.problems(house, content)
    if problems:
        raise Refusal(" ".join(problems))


def end(
    writer: Writer, request: ApprovalRequest, state: ApprovalState, reason: str, *, action: str, by: str = ""
) -> None:
    request.state, request.ended_at, request.ended_by = state.value, now(writer), by or writer.actor.name
    request.end_reason, request.version = reason, request.version + 1
    writer.session.flush()
    if action:
        record(writer, action, request, {"reason": reason})


def run_effect(writer: Writer, verb: Any, request: ApprovalRequest) -> None:
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


def now(writer: Writer) -> dt.datetime:
    moment: dt.datetime = writer.session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def due(kind: Approval) -> dt.date:
    return today() + dt.timedelta(days=kind.due_days)
