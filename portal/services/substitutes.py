"""Substitutes: named by the person who is away, or by an administrator. Whoever stands in must be able to log in."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import select

from portal.access.identity import today
from portal.models.access import User
from portal.models.approvals import Substitute
from portal.services.approval_kinds import APPROVALS
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.values import EARLIEST, LATEST
from portal.services.writer import NotThere, Writer

LONGEST_DAYS = 366


def check(writer: Writer, draft: Draft) -> None:
    """The rules of a substitute, as an administrator keeps it."""
    _check(
        writer, draft.value("person"), draft.value("substitute"), draft.value("first_day"), draft.value("last_day"),
        draft.value("kind"),
    )  # fmt: skip


def go_away(
    writer: Writer, substitute: int, first_day: dt.date, last_day: dt.date, kind: str | None = None
) -> Substitute:
    """Name who decides in one's own place.

    Raises:
        Refusal: the actor is no employee, or the rules of a substitute say no.
    """
    person = writer.actor.person_id
    if person is None:
        raise Refusal(_("Your user names no employee, so there is nobody to stand in for."))
    if last_day < today():
        raise Refusal(_("These days have passed."), "last_day")
    _check(writer, person, substitute, first_day, last_day, kind)
    row = Substitute(person_id=person, substitute_id=substitute, first_day=first_day, last_day=last_day, kind=kind)
    return writer.add(row, "go away")


def come_back(writer: Writer, substitute_id: int) -> None:
    """Take one's own substitute back: from now on for what is not decided yet."""
    row = writer.get(Substitute, substitute_id)
    if row.person_id != writer.actor.person_id:
        raise NotThere(f"There is no substitute {substitute_id}.")
    writer.remove(row, "come back")


def _check(
    writer: Writer, person: int, substitute: int, first_day: dt.date, last_day: dt.date, kind: str | None
) -> None:
    if not EARLIEST <= first_day <= last_day < LATEST:
        raise Refusal(_("The last day lies before the first one."), "last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise Refusal(_("A substitute stands in for at most a year."), "last_day")
    if substitute == person:
        raise Refusal(_("Nobody stands in for themselves."), "substitute")
    if kind is not None and kind not in APPROVALS:
        raise Refusal(_("There is no such kind of request."), "kind")
    wanted = select(User.id).where(User.person_id == substitute, User.active)
    if writer.session.scalar(wanted) is None:
        raise Refusal(_("This person cannot log in, so cannot decide anything."), "substitute")
