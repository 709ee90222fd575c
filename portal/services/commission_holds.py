"""Holds on a person's pay, or on one line of it: asked for with a condition, decided by a second person, released the same way.

While a hold stands, each month's run keeps back what it is about; released, all of it is paid in the month that is open then.
"""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.models.commission import CommissionMonth, MonthState, PayHold
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.agent_months import agent_month
from portal.query.approval import Approval, Change, Content, Effect, EffectFigure
from portal.query.day_words import month_words
from portal.query.pay_holds import kept_by, months_between
from portal.query.reader import Reader
from portal.query.statement import NOTHING, elements_of_book, last_of, title_of
from portal.services.approval_subjects import subject_row
from portal.services.commission_months import after
from portal.services.commission_people import agent_with, name_of, place_of, seat_of
from portal.services.refusal import LONGEST_REASON, Refusal, reason_of
from portal.services.writer import Writer

HOLD_KIND, RELEASE_KIND = "pay_hold", "pay_hold_release"


def hold_back(
    writer: Writer, month: CommissionMonth, *, agent_no: str, line: str, reason: str, condition: str
) -> PayHold:
    """Write down that an agent's pay, or one line of it, is to be held from an open month on; the caller asks for its decision."""
    writer.allow(Permission.COMMISSION_EDIT)
    if month.state != MonthState.OPEN:
        raise Refusal(_("Pay is held from an open month on: this one is not open."))
    agent = agent_with(writer, agent_no)
    known = elements_of_book(Reader(writer.actor, writer.session), month.rulebook_id, month.month)
    if line and ("lines", line) not in known:
        raise Refusal(_("The rules have no such line."), "line")
    why = reason_of(reason, _("Say why: whoever decides reads it, and so does the agent."))
    if not condition.strip():
        raise Refusal(_("Say what must happen before it is paid."), "condition")
    if len(condition) > LONGEST_REASON:
        raise Refusal(_("The condition has at most %(longest)s characters.", longest=LONGEST_REASON), "condition")
    standing = PayHold.released_month.is_(None) & PayHold.state.in_(("requested", "approved"))
    if writer.exists(
        PayHold, PayHold.rulebook_id == month.rulebook_id, PayHold.person_id == agent.id, PayHold.line == line, standing
    ):
        raise Refusal(_("This is held already, or asked for."), "agent_no")
    return writer.add(PayHold(
        rulebook_id=month.rulebook_id, person_id=agent.id, institution_id=seat_of(writer, agent.id, last_of(month.month)),
        line=line, from_month=month.month, reason=why, release_condition=condition.strip(),
        state="requested", requested_by=writer.actor.name,
    ), "ask for")  # fmt: skip


def holds_of(reader: Reader, month: CommissionMonth) -> list[PayHold]:
    """The holds that concern a month: asked for, standing, or released in it; the newest first."""
    reader.allow(Permission.COMMISSION_VIEW)
    found = reader.session.scalars(
        select(PayHold)
        .where(PayHold.rulebook_id == month.rulebook_id, PayHold.from_month <= month.month)
        .order_by(PayHold.id.desc())
    )
    return [
        one for one in found
        if (one.released_month is None or one.released_month >= month.month)
        and (one.state in ("requested", "approved") or one.from_month == month.month)
    ]  # fmt: skip


def _content(reader: Reader, row: PayHold) -> dict[str, object]:
    book = reader.session.get_one(Rulebook, row.rulebook_id)
    return {
        "rulebook": book.code, "rulebook_id": book.id, "person": row.person_id, "institution": row.institution_id,
        "line": row.line, "from_month": row.from_month, "reason": row.reason, "condition": row.release_condition,
    }  # fmt: skip


def content(reader: Reader, key: str, _proposal: Content) -> Content:
    """Whose pay or which line of it, from when, why and until what."""
    return _content(reader, subject_row(reader, PayHold, key))


def release_content(reader: Reader, key: str, proposal: Content) -> Content:
    """The hold, and why it may be paid now."""
    row = subject_row(reader, PayHold, key)
    return {**_content(reader, row), "hold": row.id, "because": reason_of(proposal.get("reason", ""))}


def about(reader: Reader, content: Content) -> str:
    """What is held: all the pay, or a line by its title."""
    if not content["line"]:
        return str(_("All the pay"))
    elements = elements_of_book(reader, int(content["rulebook_id"]), _month(content))
    return title_of(elements, "lines", str(content["line"]), reader.actor.language)


def line(reader: Reader, content: Content) -> str:
    """What is held and from when."""
    return str(
        _(
            "%(what)s, from %(month)s on",
            what=about(reader, content),
            month=month_words(_month(content), reader.actor.language),
        )
    )


def release_line(reader: Reader, content: Content) -> str:
    """What is paid again."""
    return str(_("%(what)s is paid again", what=about(reader, content)))


def changes(reader: Reader, content: Content) -> list[Change]:
    """What is held, from when, why and until what."""
    return [
        Change(str(_("Pay of %(name)s", name=name_of(reader, content))), str(_("paid")), str(_("held"))),
        Change(str(_("What is held")), "", about(reader, content)),
        Change(str(_("From the month")), "", month_words(_month(content), reader.actor.language)),
        Change(str(_("Reason")), "", str(content["reason"])),
        Change(str(_("Paid when")), "", str(content["condition"])),
    ]


def release_changes(reader: Reader, content: Content) -> list[Change]:
    """What is paid again, what had to happen, and why it has."""
    return [
        Change(str(_("Pay of %(name)s", name=name_of(reader, content))), str(_("held")), str(_("paid"))),
        Change(str(_("What is held")), about(reader, content), about(reader, content)),
        Change(str(_("Held because")), str(content["reason"]), str(content["reason"])),
        Change(str(_("Paid when")), str(content["condition"]), str(content["because"])),
    ]


def preview(reader: Reader, content: Content) -> Effect:
    """What the month would hold, as it was computed last."""
    month = _month(content)
    here = agent_month(reader, str(content["rulebook"]), int(content["person"]), month)
    if here is None:
        return Effect(text=(str(_("The month was not computed yet: the agent's pay is not known.")),))
    part = here.lines.get(str(content["line"]), NOTHING) if content["line"] else here.before_holds
    held = max(part, NOTHING)
    return Effect((
        EffectFigure(str(_("The agent's month")), here.before_holds), EffectFigure(str(_("Held")), held, here.held),
        EffectFigure(str(_("To be paid")), here.paid + here.held - held, here.paid),
    ))  # fmt: skip


def release_preview(reader: Reader, content: Content) -> Effect:
    """What was kept so far, and the month that pays it."""
    code, first = str(content["rulebook"]), _month(content)
    month = _paying_month(reader, int(content["rulebook_id"]))
    kept = kept_by(
        reader, code, months_between(first, month)
    )  # of the open month too, as last computed: it is paid with the rest
    amount = kept.get(int(content["hold"]), NOTHING)
    told = _("It is paid in %(month)s, for the months it was held of.",
             month=month_words(month, reader.actor.language))  # fmt: skip
    return Effect((EffectFigure(str(_("Held until now")), amount),), text=(str(told),))


def checked(reader: Reader, content: Content) -> list[str]:
    """The month from which it is held must still be open."""
    state = reader.session.scalars(
        select(CommissionMonth.state).where(
            CommissionMonth.rulebook_id == int(content["rulebook_id"]), CommissionMonth.month == _month(content)
        )
    ).one_or_none()
    return [] if state == MonthState.OPEN else [_("Pay is held from an open month on: this one is not open.")]


def release_checked(reader: Reader, content: Content) -> list[str]:
    """A hold stands, and somebody said why it may be paid."""
    row = reader.session.get_one(PayHold, int(content["hold"]))
    if row.state != "approved" or row.released_month is not None:
        return [_("This hold does not stand, or is released already.")]
    return [] if content["because"] else [_("Say why it may be paid now.")]


def lock(writer: Writer, key: str) -> None:
    """One decision at a time."""
    writer.get(PayHold, int(key))


def hold(writer: Writer, key: str, content: Content) -> None:
    """Approved: the month's next run holds it."""
    row = _undecided(writer, key)
    month = _locked(writer, row.rulebook_id)[_month(content)]
    if month.state != MonthState.OPEN:
        raise Refusal(_("Pay is held from an open month on: this one is not open."))
    writer.change(row, "approved", state="approved", decided_at=writer.now(), decided_by=writer.actor.name)


def drop(writer: Writer, key: str, _content: Content) -> None:
    """Refused: nothing is held."""
    writer.change(
        _undecided(writer, key), "refused", state="refused", decided_at=writer.now(), decided_by=writer.actor.name
    )


def take_back(writer: Writer, key: str, _content: Content) -> None:
    """Withdrawn by who asked."""
    writer.change(_undecided(writer, key), "withdrawn", state="withdrawn", decided_at=writer.now())


def release(writer: Writer, key: str, content: Content) -> None:
    """Approved: what was kept is paid in the month that is open, or in the next one to open."""
    row = writer.get(PayHold, int(key))
    if row.released_month is not None or row.state != "approved":
        raise Refusal(_("This hold does not stand, or is released already."))
    months = _locked(writer, row.rulebook_id)
    writer.change(
        row, "release", released_month=_paying(list(months.values())), released_at=writer.now(),
        released_by=writer.actor.name, release_reason=str(content["because"]),
    )  # fmt: skip


def _undecided(writer: Writer, key: str) -> PayHold:
    row = writer.get(PayHold, int(key))
    if row.state != "requested":
        raise Refusal(_("This hold is decided already."))
    return row


def _locked(writer: Writer, rulebook_id: int) -> dict[dt.date, CommissionMonth]:
    """The months of a rulebook, oldest first, so that none of them is frozen meanwhile."""
    found = writer.session.scalars(
        select(CommissionMonth)
        .where(CommissionMonth.rulebook_id == rulebook_id)
        .order_by(CommissionMonth.month)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {one.month: one for one in found}


def _paying(months: list[CommissionMonth]) -> dt.date:
    """The month that is open, or the next one to open."""
    newest = months[-1]
    return newest.month if newest.state == MonthState.OPEN else after(newest.month)


def _paying_month(reader: Reader, rulebook_id: int) -> dt.date:
    return _paying(list(reader.session.scalars(
        select(CommissionMonth).where(CommissionMonth.rulebook_id == rulebook_id).order_by(CommissionMonth.month)
    )))  # fmt: skip


def _month(content: Content) -> dt.date:
    return dt.date.fromisoformat(str(content["from_month"]))


HOLD = Approval(
    key=HOLD_KIND,
    title=_l("Hold on pay"),
    icon="pause-circle",
    subject="pay_hold",
    request_permission=Permission.COMMISSION_EDIT,
    decide_permission=Permission.COMMISSION_APPROVE,
    content=content,
    place=place_of,
    names=name_of,
    line=line,
    changes=changes,
    preview=preview,
    checks=(checked,),
    on_approved=hold,
    on_refused=drop,
    on_withdrawn=take_back,
    lock=lock,
    due_days=3,
)
RELEASE = Approval(
    key=RELEASE_KIND,
    title=_l("Release of held pay"),
    icon="play-circle",
    subject="pay_hold",
    request_permission=Permission.COMMISSION_EDIT,
    decide_permission=Permission.COMMISSION_APPROVE,
    content=release_content,
    place=place_of,
    names=name_of,
    line=release_line,
    changes=release_changes,
    preview=release_preview,
    checks=(release_checked,),
    on_approved=release,
    lock=lock,
    due_days=3,
)
