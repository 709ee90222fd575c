"""Adjustments by hand: asked for by one person, decided by a second; an approved one enters the month's next run."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.models.commission import Adjustment, CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.agent_months import agent_month
from portal.query.approval import Approval, Change, Content, Effect, EffectColumn, EffectFigure
from portal.query.day_words import amount_words, month_words
from portal.query.reader import Reader
from portal.query.statement import ADJUSTMENT as ADJUSTMENT_LINE
from portal.query.statement import last_of
from portal.services.approval_subjects import subject_row
from portal.services.commission_people import agent_with, name_of, place_of, seat_of
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import Writer

LARGEST = Decimal(10_000_000)


def write_down(
    writer: Writer, month: CommissionMonth, *, agent_no: str, amount: str, for_month: dt.date | None, reason: str
) -> Adjustment:
    """Write down an amount to be added to, or taken from, an agent's open month; the caller asks for its decision."""
    writer.allow(Permission.COMMISSION_EDIT)
    if month.state != MonthState.OPEN:
        raise Refusal(_("Only an open month is adjusted."))
    agent = agent_with(writer, agent_no)
    if for_month is None or for_month > month.month:
        raise Refusal(_("Name the month as 2026-09, not later than the one that pays."), "for_month")
    why = reason_of(reason, _("Say why: whoever decides reads it."))
    return writer.add(Adjustment(
        rulebook_id=month.rulebook_id, person_id=agent.id, institution_id=seat_of(writer, agent.id, last_of(month.month)),
        in_month=month.month, for_month=for_month, amount=amount_of(amount), reason=why,
        state="requested", requested_by=writer.actor.name,
    ), "ask for")  # fmt: skip


def amount_of(text: str) -> Decimal:
    """An amount as people type it: 1,250.00 or −30. Raises Refusal."""
    try:
        found = Decimal(text.strip().replace(",", "").replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation as error:
        raise Refusal(_("Write an amount such as 1250.00 or -30."), "amount") from error
    if not found.is_finite() or found == 0 or abs(found) > LARGEST or found != found.quantize(Decimal("0.01")):
        raise Refusal(_("Write an amount such as 1250.00 or -30."), "amount")
    return found


def adjustments_of(reader: Reader, month: CommissionMonth) -> list[Adjustment]:
    """All that was asked for in a month, the newest first."""
    reader.allow(Permission.COMMISSION_VIEW)
    return list(reader.session.scalars(
        select(Adjustment)
        .where(Adjustment.rulebook_id == month.rulebook_id, Adjustment.in_month == month.month)
        .order_by(Adjustment.id.desc())
    ))  # fmt: skip


def content(reader: Reader, key: str, _proposal: Content) -> Content:
    """Whose pay, by how much, for which month and why."""
    row = subject_row(reader, Adjustment, key)
    book = reader.session.get_one(Rulebook, row.rulebook_id)
    return {
        "rulebook": book.code, "person": row.person_id, "institution": row.institution_id, "in_month": row.in_month,
        "for_month": row.for_month, "amount": row.amount, "reason": row.reason,
    }  # fmt: skip


def line(reader: Reader, content: Content) -> str:
    """How much, for which month, paid when."""
    return str(_("%(amount)s for %(month)s, paid in %(now)s", amount=amount_words(Decimal(content["amount"])),
                 month=_month_of(reader, content, "for_month"), now=_month_of(reader, content, "in_month")))  # fmt: skip


def _month_of(reader: Reader, content: Content, name: str) -> str:
    return month_words(dt.date.fromisoformat(str(content[name])), reader.actor.language)


def changes(reader: Reader, content: Content) -> list[Change]:
    """The amount, and the reason."""
    return [
        Change(
            str(_("Adjustment of %(name)s", name=name_of(reader, content))),
            "",
            amount_words(Decimal(content["amount"])),
        ),
        Change(str(_("For the month")), "", _month_of(reader, content, "for_month")),
        Change(str(_("Reason")), "", str(content["reason"])),
    ]


def preview(reader: Reader, content: Content) -> Effect:
    """The agent's month before and after, part by part; what a hold or the balance makes of it is said."""
    amount = Decimal(content["amount"])
    month = dt.date.fromisoformat(str(content["in_month"]))
    here = agent_month(reader, str(content["rulebook"]), int(content["person"]), month)
    if here is None:
        added = EffectFigure(str(_("Added at the next run")), amount, unit="change")
        return Effect((added,), text=(str(_("The month was not computed yet: the agent's pay is not known.")),))
    adjusted = here.lines.get(ADJUSTMENT_LINE, Decimal(0))
    after = here.before_holds + amount
    parts = ((_("Lines of the rules"), here.before_holds - adjusted, here.before_holds - adjusted),
             (_("Adjustments"), adjusted, adjusted + amount),
             (_("The agent's month"), here.before_holds, after))  # fmt: skip
    told = []
    if here.held:
        told.append(_("Of the month %(amount)s are held as last computed.", amount=amount_words(here.held)))
    if after < 0:
        told.append(_("The month then comes to less than nothing: the rest is carried, or clawed back by the rules."))
    return Effect(
        (EffectFigure(str(_("The agent's month")), after, here.before_holds),),
        (EffectColumn("part", str(_("Part"))), EffectColumn("before", str(_("Now")), "money"),
         EffectColumn("after", str(_("Then")), "money")),
        tuple({"part": str(name), "before": before, "after": then} for name, before, then in parts),
        text=tuple(map(str, told)),
    )  # fmt: skip


def checked(reader: Reader, content: Content) -> list[str]:
    """The month that pays it must still be open."""
    month = dt.date.fromisoformat(str(content["in_month"]))
    state = reader.session.scalars(
        select(CommissionMonth.state)
        .join(Rulebook, Rulebook.id == CommissionMonth.rulebook_id)
        .where(Rulebook.code == content["rulebook"], CommissionMonth.month == month)
    ).one_or_none()
    return [] if state == MonthState.OPEN else [_("Only an open month is adjusted.")]


def lock(writer: Writer, key: str) -> None:
    """One decision at a time."""
    writer.get(Adjustment, int(key))


def count_it(writer: Writer, key: str, _content: Content) -> None:
    """Approved: the month's next run takes it along."""
    _decide(writer, key, "approved")


def drop_it(writer: Writer, key: str, _content: Content) -> None:
    """Refused: it never counts."""
    _decide(writer, key, "refused")


def take_back(writer: Writer, key: str, _content: Content) -> None:
    """Withdrawn by who asked."""
    _decide(writer, key, "withdrawn")


def _decide(writer: Writer, key: str, state: str) -> None:
    row = writer.get(Adjustment, int(key))
    if row.state != "requested":
        raise Refusal(_("This adjustment is decided already."))
    if state == "approved":  # the month is locked, so that it is not frozen meanwhile
        month = writer.session.scalars(
            select(CommissionMonth)
            .where(CommissionMonth.rulebook_id == row.rulebook_id, CommissionMonth.month == row.in_month)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if month.state != MonthState.OPEN:
            raise Refusal(_("Only an open month is adjusted."))
    writer.change(row, state, state=state, decided_at=writer.now(), decided_by=writer.actor.name)


ADJUSTMENT = Approval(
    key="adjustment",
    title=_l("Adjustment"),
    icon="plus-slash-minus",
    subject="adjustment",
    request_permission=Permission.COMMISSION_EDIT,
    decide_permission=Permission.COMMISSION_APPROVE,
    content=content,
    place=place_of,
    names=name_of,
    line=line,
    changes=changes,
    preview=preview,
    checks=(checked,),
    on_approved=count_it,
    on_refused=drop_it,
    on_withdrawn=take_back,
    lock=lock,
    due_days=3,
)
