"""How a commission month goes on: open, frozen, closed, paid. A closed month is never computed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.models.commission import Adjustment, CommissionMonth, MonthState, PayHold, PaymentFile
from portal.models.rulebooks import Rulebook
from portal.models.runs import Problem, Published, Run
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.statement import last_of
from portal.sentence import Sentence
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import Writer

STATEMENTS = "statement_line"  # the dataset whose content a month is frozen and decided on
ONE_DAY = dt.timedelta(days=1)


def first_of(day: dt.date) -> dt.date:
    """The first day of a day's month."""
    return day.replace(day=1)


def after(month: dt.date) -> dt.date:
    """The first day of the month that follows."""
    return last_of(month) + ONE_DAY


def open_month(writer: Writer, rulebook_id: int, month: dt.date) -> CommissionMonth:
    """Open a month; the one before must be closed. A month that is open already is given back as it is."""
    writer.allow(Permission.COMMISSION_EDIT)
    month = first_of(month)
    known = _known_months(writer.session, rulebook_id)
    for one in known:
        if one.month == month:
            return one
    why = _why_not_opened(known, month)
    if why is not None:
        raise Refusal(why.said(), "month")
    return writer.add(CommissionMonth(rulebook_id=rulebook_id, month=month, state=MonthState.OPEN.value))


def why_not_computed(session: Session, rulebook_id: int, month: dt.date) -> Sentence | None:
    """Why a month may not be computed now: it is not open and cannot be opened; None when it may."""
    known = _known_months(session, rulebook_id)
    here = next((one for one in known if one.month == month), None)
    if here is None:
        return _why_not_opened(known, month)
    if here.state == MonthState.OPEN:
        return None
    return Sentence("%(month)s is not open any more: such a month is not computed again.", month=f"{month:%Y-%m}")


def _known_months(session: Session, rulebook_id: int) -> Sequence[CommissionMonth]:
    return session.scalars(
        select(CommissionMonth).where(CommissionMonth.rulebook_id == rulebook_id).order_by(CommissionMonth.month)
    ).all()


def _why_not_opened(known: Sequence[CommissionMonth], month: dt.date) -> Sentence | None:
    if known and month != after(known[-1].month):
        return Sentence("The next month to open is %(month)s.", month=f"{after(known[-1].month):%Y-%m}")
    if known and known[-1].state not in (MonthState.CLOSED, MonthState.PAID):
        return Sentence("%(month)s is not closed yet: close it first.", month=f"{known[-1].month:%Y-%m}")
    return None


def freeze(writer: Writer, month: CommissionMonth) -> None:
    """Let the figures stand for the decision. Refused while the month was not computed or its run left problems."""
    writer.allow(Permission.COMMISSION_EDIT)
    writer.session.refresh(month, with_for_update=True)
    _must_be(month, MonthState.OPEN)
    published = newest_statements(writer, month.month)
    if published is None:
        raise Refusal(_("%(month)s was not computed yet: run it first.", month=f"{month.month:%Y-%m}"))
    left = open_problems(writer, month)
    why = [problem_words(left), undecided_words(undecided(writer, month)), unrun_words(unrun(writer, month))]
    if any(why):
        raise Refusal(" ".join(filter(None, why)))
    writer.change(
        month, "freeze", state=MonthState.FROZEN.value, content_hash=published.content_hash, version=published.version,
        frozen_at=writer.now(), frozen_by=writer.actor.name,
    )  # fmt: skip


def reopen(writer: Writer, month: CommissionMonth, reason: str) -> None:
    """Open a frozen month again, so that it can be adjusted and computed once more."""
    writer.allow(Permission.COMMISSION_EDIT)
    writer.session.refresh(month, with_for_update=True)
    _must_be(month, MonthState.FROZEN)
    why = reason_of(reason, _("Say why the month is opened again."))
    writer.change(month, "reopen", reason=why, state=MonthState.OPEN.value, content_hash="", version=None,
                  frozen_at=None, frozen_by="")  # fmt: skip


def close(writer: Writer, month: CommissionMonth, content_hash: str) -> None:
    """Close a frozen month whose statements are those that were decided on."""
    writer.allow(Permission.COMMISSION_APPROVE)
    writer.session.refresh(month, with_for_update=True)
    _must_be(month, MonthState.FROZEN)
    if month.frozen_by == writer.actor.name:
        raise Refusal(_("Who froze a month does not close it: a second person must."))
    if open_problems(writer, month):
        raise Refusal(problem_words(open_problems(writer, month)))
    if month.content_hash != content_hash:
        raise Refusal(_("The statements changed since they were looked at: look at them again."))
    writer.change(month, "close", state=MonthState.CLOSED.value, closed_at=writer.now(), closed_by=writer.actor.name)


def hand_over(
    writer: Writer, month: CommissionMonth, *, file_name: str, people: int, amount: Decimal, sha256: str
) -> PaymentFile:
    """Record what was handed over to payment for a closed month; a month is handed over once."""
    writer.allow(Permission.COMMISSION_EDIT)
    writer.session.refresh(month, with_for_update=True)
    _must_be(month, MonthState.CLOSED)
    made = writer.add(
        PaymentFile(
            month_id=month.id, file_name=file_name, people=people, amount=amount, sha256=sha256,
            made_by=writer.actor.name,
        ),
        action="hand over",
    )  # fmt: skip
    writer.change(month, "pay", state=MonthState.PAID.value, paid_at=writer.now())
    return made


def newest_statements(asked: Writer | Reader, month: dt.date) -> Published | None:
    """The newest published statements of a month."""
    return asked.session.scalars(
        select(Published)
        .where(Published.dataset == STATEMENTS, Published.business_date == last_of(month))
        .order_by(Published.version.desc())
        .limit(1)
    ).first()


def undecided(asked: Writer | Reader, month: CommissionMonth) -> int:
    """Adjustments and holds of a month that wait for a decision."""
    return _counted(asked, month, Adjustment.state == "requested", PayHold.state == "requested")


def unrun(asked: Writer | Reader, month: CommissionMonth) -> int:
    """Adjustments, holds and releases of a computed month that were decided after its statements were published."""
    published = newest_statements(asked, month.month)
    if published is None:
        return 0
    unheld = (PayHold.state == "approved") & (PayHold.decided_at > published.published_at)
    unreleased = (PayHold.released_month == month.month) & (PayHold.released_at > published.published_at)
    unpaid = (Adjustment.state == "approved") & (Adjustment.decided_at > published.published_at)
    return _counted(asked, month, unpaid, or_(unheld, unreleased))


def _counted(
    asked: Writer | Reader, month: CommissionMonth, adjustments: ColumnElement[bool], holds: ColumnElement[bool]
) -> int:
    """How many of a month's adjustments and of the holds on it are so."""
    wanted = [
        select(func.count()).select_from(Adjustment).where(
            Adjustment.rulebook_id == month.rulebook_id, Adjustment.in_month == month.month, adjustments),
        select(func.count()).select_from(PayHold).where(
            PayHold.rulebook_id == month.rulebook_id, PayHold.from_month <= month.month, holds),
    ]  # fmt: skip
    return sum(asked.session.scalar(one) or 0 for one in wanted)


def undecided_words(count: int) -> str:
    """That somebody must decide first; nothing where nobody must."""
    if not count:
        return ""
    return ngettext(
        "%(num)s adjustment or hold waits for a decision before the month can be frozen.",
        "%(num)s adjustments and holds wait for a decision before the month can be frozen.",
        count,
    )


def unrun_words(count: int) -> str:
    """That the month must be run again first; nothing where it holds all that was decided."""
    if not count:
        return ""
    return ngettext(
        "%(num)s adjustment or hold was decided since the last run: run again, and it enters.",
        "%(num)s adjustments and holds were decided since the last run: run again, and they enter.",
        count,
    )


def problem_words(count: int) -> str:
    """That the run left problems; nothing where it left none."""
    if not count:
        return ""
    return ngettext(
        "The run left %(num)s problem: solve or acknowledge it first.",
        "The run left %(num)s problems: solve or acknowledge them first.",
        count,
    )


def open_problems(asked: Writer | Reader, month: CommissionMonth) -> int:
    """Problems of the month's published run, of its own rulebook, that nobody has acknowledged."""
    session = asked.session
    newest = select(Published.run_id).where(
        Published.dataset == STATEMENTS, Published.business_date == last_of(month.month)
    )
    if month.version is not None:  # frozen: the version that is decided on
        newest = newest.where(Published.version == month.version)
    run = session.scalars(newest.order_by(Published.version.desc()).limit(1)).first()
    if run is None:
        return 0
    code = select(Rulebook.code).where(Rulebook.id == month.rulebook_id).scalar_subquery()
    of_book = Problem.row["rulebook"].astext
    return session.scalar(
        select(func.count())
        .select_from(Problem)
        .where(
            Problem.chunk == select(Run.chunk).where(Run.id == run).scalar_subquery(),
            Problem.acknowledged_at.is_(None), or_(of_book.is_(None), of_book.in_(("", code))),
        )
    ) or 0  # fmt: skip


def _must_be(month: CommissionMonth, state: MonthState) -> None:
    words = {
        MonthState.OPEN: pgettext("month", "open"),
        MonthState.FROZEN: pgettext("month", "frozen"),
        MonthState.CLOSED: pgettext("month", "closed"),
        MonthState.PAID: pgettext("month", "paid"),
    }
    if month.state != state:
        raise Refusal(
            _("%(month)s is %(is)s; it must be %(must)s for this.", month=f"{month.month:%Y-%m}",
              must=words[state], **{"is": words[MonthState(month.state)]})
        )  # fmt: skip
