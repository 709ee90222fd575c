"""The closing of a commission month as something to decide: what was frozen, by line. Who froze it does not close it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from sqlalchemy import select

from portal.models.commission import CommissionMonth
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.approval import Approval, Change, Content, Effect, EffectColumn, EffectFigure
from portal.query.commissions import is_computed, line_totals, split
from portal.query.day_words import amount_words, month_words
from portal.query.reader import Reader
from portal.query.rulebooks import book_called
from portal.query.statement import elements_of_book, own_title, title_of
from portal.query.statement_lines import month_before
from portal.services.approval_subjects import subject_row
from portal.services.commission_months import close, open_problems, problem_words
from portal.services.writer import Writer

NONE = Decimal(0)


def content(reader: Reader, key: str, _proposal: Content) -> Content:
    """The month, its rulebook, the hash of the frozen statements and what each line comes to."""
    month = subject_row(reader, CommissionMonth, key)
    book = reader.session.get_one(Rulebook, month.rulebook_id)
    totals = line_totals(reader, book.code, month.month) if is_computed(reader, month.month) else {}
    return {
        "month": month.month,
        "rulebook": book.code,
        "rulebook_id": book.id,
        "hash": month.content_hash,
        "version": month.version,
        "lines": [{"line": line, "earlier": earlier, "paid": paid} for (line, earlier), paid in totals.items()],
    }


def place(reader: Reader, _content: Content) -> int:
    """A month belongs to the whole house."""
    return reader.places().roots[0].id


def names(reader: Reader, content: Content) -> str:
    """Basic law of individual agents, Sep 2026."""
    name = book_called(reader, content["rulebook"])
    return f"{name}, {month_words(dt.date.fromisoformat(str(content['month'])), reader.actor.language)}"


def line(_reader: Reader, content: Content) -> str:
    """What it would pay."""
    return str(_("%(amount)s are to be paid", amount=amount_words(_total(content))))


def changes(_reader: Reader, content: Content) -> list[Change]:
    """The month stands for good, with what it pays."""
    found = [Change(_("The month"), pgettext("month", "frozen"), pgettext("month", "closed"))]
    return [*found, Change(_("To be paid"), "", amount_words(_total(content)))]


def preview(reader: Reader, content: Content) -> Effect:
    """What is paid and of what it is made, each line beside the month before; the largest lines first."""
    found = split({(one["line"], one["earlier"]): Decimal(one["paid"]) for one in content["lines"]})
    figures = tuple(EffectFigure(str(title), amount) for title, amount in found.shown())
    month = dt.date.fromisoformat(str(content["month"]))
    past = month_before(month)
    known = line_totals(reader, str(content["rulebook"]), past) if is_computed(reader, past) else {}
    paid = {(one["line"], one["earlier"]): Decimal(one["paid"]) for one in content["lines"]}
    elements = elements_of_book(reader, int(content["rulebook_id"]), month)

    def title(key: tuple[str, bool]) -> str:
        named = own_title(key[0]) or title_of(elements, "lines", key[0], reader.actor.language)
        return str(_("%(line)s, for earlier months", line=named)) if key[1] else named

    rows = [
        {"line": title(key), "before": known.get(key) if known else None, "now": paid.get(key, NONE),
         "change": paid.get(key, NONE) - known.get(key, NONE) if known else None}
        for key in sorted({*paid, *known}, key=lambda key: (-abs(paid.get(key, NONE)), key))
        if paid.get(key) or known.get(key)
    ]  # fmt: skip
    columns = (
        EffectColumn("line", str(pgettext("statement", "Line"))),
        EffectColumn("before", str(_("Month before")), "money", phone=False),
        EffectColumn("now", str(_("This month")), "money"), EffectColumn("change", str(_("Change")), "change"),
    )  # fmt: skip
    return Effect(figures, columns, tuple(rows))


def checked(reader: Reader, content: Content) -> list[str]:
    """Only a frozen month whose run left no problems can be closed."""
    if not content["hash"]:
        return [_("The month is not frozen: freeze it before asking for its closing.")]
    month = reader.session.scalars(
        select(CommissionMonth).where(
            CommissionMonth.rulebook_id == int(content["rulebook_id"]),
            CommissionMonth.month == dt.date.fromisoformat(str(content["month"])),
        )
    ).one()
    left = open_problems(reader, month)
    return [problem_words(left)] if left else []


def lock(writer: Writer, key: str) -> None:
    """Nobody else moves the month on until the decision is taken."""
    writer.get(CommissionMonth, int(key))


def close_month(writer: Writer, key: str, content: Content) -> None:
    """Approved: the statements that were looked at stand for good."""
    close(writer, writer.get(CommissionMonth, int(key)), str(content["hash"]))


def _total(content: Content) -> Decimal:
    return sum((Decimal(one["paid"]) for one in content["lines"]), Decimal(0))


COMMISSION_MONTH = Approval(
    key="commission_month",
    title=_l("Closing of a commission month"),
    icon="calendar-check",
    subject="commission_month",
    request_permission=Permission.COMMISSION_EDIT,
    decide_permission=Permission.COMMISSION_APPROVE,
    content=content,
    place=place,
    names=names,
    line=line,
    changes=changes,
    preview=preview,
    checks=(checked,),
    on_approved=close_month,
    lock=lock,
    due_days=3,
)
