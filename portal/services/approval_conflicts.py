"""Why a decision does not happen although the person might decide: somebody was quicker, or the content is another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.approvals import ApprovalRequest, ApprovalState
from portal.query.approval import Approval, Change, Content
from portal.query.approvals import Conflict, as_the_house, content_now
from portal.query.reader import Reader
from portal.query.user_names import user_called
from portal.services.approval_kinds import APPROVALS
from portal.services.refusal import Refusal
from portal.services.writer import Writer
from portal.settings import settings


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of a content as a decider saw it, and as it is; None where one of them does not say it."""

    name: str
    seen: Change | None
    now: Change | None


class ApprovalConflict(Refusal):
    """The request is not what the person believes it is: look at it again."""

    def __init__(self, sentence: str, differences: Sequence[Difference] = ()) -> None:
        super().__init__(sentence)
        self.differences = tuple(differences)


class AlreadyDecided(ApprovalConflict):
    """The request has ended; the sentence says how, by whom and when."""


class ContentChanged(ApprovalConflict):
    """What would be decided is not what the decider saw. `voids`: it is not what was asked for either."""

    def __init__(
        self, sentence: str, differences: Sequence[Difference] = (), *, voids: bool = False, changed_by: str = ""
    ) -> None:
        super().__init__(sentence, differences)
        self.voids, self.changed_by = voids, changed_by


class NotYours(Refusal):
    """The person may not take this step, whatever permissions he has."""


def already(writer: Writer, request: ApprovalRequest) -> Refusal:
    """The refusal for a request that has ended, or has not begun."""
    if request.ended_at is None:
        if request.state == ApprovalState.DRAFT:
            return Refusal(_("This is still a draft: its requester has not submitted it."))
        return Refusal(_("This is submitted already."))
    reader = Reader(writer.actor, writer.session)
    end = _end(reader, request)
    sentences = {
        ApprovalState.APPROVED: _("%(who)s approved this on %(when)s.", **end),
        ApprovalState.REFUSED: _("%(who)s refused this on %(when)s.", **end),
        ApprovalState.WITHDRAWN: _("%(who)s withdrew this on %(when)s.", **end),
        ApprovalState.VOIDED: _("%(who)s changed what this was about on %(when)s.", **end),
    }
    sentence = sentences[ApprovalState(request.state)]
    follower = writer.session.scalar(select(ApprovalRequest).where(ApprovalRequest.replaces_id == request.id))
    if follower is not None:
        sentence += " " + _("Request %(number)s takes its place.", number=follower.id)
    if request.state != ApprovalState.VOIDED or request.kind not in APPROVALS:
        return AlreadyDecided(sentence)
    kind = APPROVALS[request.kind]
    proposal = follower.proposal if follower is not None else request.proposal
    content = content_now(reader, kind, request.subject_key, proposal)
    return AlreadyDecided(sentence, differences(reader, kind, request.content, content))


def edited(reader: Reader, kind: Approval, request: ApprovalRequest) -> ContentChanged:
    """The refusal for a decision about a content that is not this request's."""
    now = _told(reader, kind, request.content)
    sentence = _(
        "What you saw is not what %(who)s asks for. Look at it again.", who=user_called(reader, request.requester)
    )
    return ContentChanged(sentence, [Difference(name, None, change) for name, change in now.items()])


def moved(reader: Reader, kind: Approval, request: ApprovalRequest, conflict: Conflict) -> ContentChanged:
    """The refusal for a request whose subject changed since it was submitted; it says who changed it, and what."""
    if conflict.changed_by and conflict.changed_at is not None:
        sentence = _("%(who)s changed this on %(when)s, after it was submitted. The request is void; ask again.",
                     who=user_called(reader, conflict.changed_by), when=moment(conflict.changed_at))  # fmt: skip
    else:
        sentence = _("This has changed since it was submitted. The request is void; ask again.")
    found = differences(reader, kind, request.content, conflict.content)
    return ContentChanged(sentence, found, voids=True, changed_by=conflict.changed_by)


def outdated(reader: Reader, kind: Approval, request: ApprovalRequest, conflict: Conflict) -> ContentChanged:
    """The same for who only looks at the request: it waits still, and can be refused or asked anew."""
    who = user_called(reader, conflict.changed_by) if conflict.changed_by else _("Somebody")
    when = moment(conflict.changed_at) if conflict.changed_at else ""
    sentence = _("%(who)s changed this after it was submitted (%(when)s). It cannot be approved any more: refuse it, "
                 "or let its requester withdraw it and ask anew.", who=who, when=when or _("some time ago"))  # fmt: skip
    return ContentChanged(sentence, differences(reader, kind, request.content, conflict.content))


def differences(reader: Reader, kind: Approval, before: Content, after: Content) -> list[Difference]:
    """Where two contents differ, in the words of the trade: what was seen, and what it is now."""
    seen, now = _told(reader, kind, before), _told(reader, kind, after)
    names = [*seen, *(name for name in now if name not in seen)]
    return [Difference(name, seen.get(name), now.get(name)) for name in names if seen.get(name) != now.get(name)]


def moment(instant: dt.datetime) -> str:
    """2026-11-25 09:30 in the installation's zone."""
    return f"{instant.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M}"


def _told(reader: Reader, kind: Approval, content: Content) -> dict[str, Change]:
    with as_the_house(reader) as house:
        return {" · ".join(filter(None, [one.name, one.note])): one for one in kind.changes(house, content)}


def _end(reader: Reader, request: ApprovalRequest) -> dict[str, str]:
    assert request.ended_at is not None
    return {"who": user_called(reader, request.ended_by), "when": moment(request.ended_at)}
