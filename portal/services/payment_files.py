"""The payment file of a closed commission month: everybody with what was earned, is held, carried and paid; it comes to the month.

Handing over records the hash of the file; a download makes the same file again and is refused should it differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.commission import CommissionMonth, PaymentFile
from portal.models.rulebooks import Rulebook
from portal.permissions import Actor, Permission
from portal.query.commissions import Paid, line_totals, paid_agents
from portal.query.reader import Reader
from portal.services.commission_months import hand_over
from portal.services.exports import ExportedFile
from portal.services.refusal import Refusal
from portal.services.spreadsheets import SheetColumn, write_csv
from portal.services.writer import Writer, writing

MONEY = ("earned", "held", "carried", "amount")  # earned − held + carried = amount
COLUMNS = (
    SheetColumn("agent_no"),
    SheetColumn("name"),
    *(SheetColumn(name, "money") for name in MONEY),
)  # for a machine
FIRST_COLUMNS = (
    SheetColumn("agent_no"),
    SheetColumn("name"),
    SheetColumn("amount", "money"),
)  # of files before there were holds


def payment_file_of(reader: Reader, month: CommissionMonth) -> PaymentFile | None:
    """What was handed over of a month; None before that."""
    reader.allow(Permission.COMMISSION_VIEW)
    return reader.session.scalars(select(PaymentFile).where(PaymentFile.month_id == month.id)).one_or_none()


def hand_over_month(writer: Writer, month: CommissionMonth) -> PaymentFile:
    """Make the file of a closed month and record it. Refused when the amounts do not come to the month's total."""
    _allow(writer)
    reader = Reader(writer.actor, writer.session)
    book = writer.session.get_one(Rulebook, month.rulebook_id)
    agents = paid_agents(reader, book.code, month.month)
    amount = sum((one.amount for one in agents), Decimal(0))
    if amount != sum(line_totals(reader, book.code, month.month).values(), Decimal(0)):
        raise Refusal(_("The amounts of the people do not come to the total of the month."))
    paid = sum(1 for one in agents if one.amount)
    return hand_over(
        writer, month, file_name=f"payment-{book.code}-{month.month:%Y-%m}.csv", people=paid, amount=amount,
        sha256=hashlib.sha256(written(agents)).hexdigest(),
    )  # fmt: skip


def payment_file(actor: Actor, month_id: int) -> ExportedFile | None:
    """The file that was handed over; None when there is none. Raises Forbidden, Refusal when it would not be the same."""
    with writing(actor) as writer:
        _allow(writer)
        made = writer.session.scalars(select(PaymentFile).where(PaymentFile.month_id == month_id)).one_or_none()
        if made is None:
            return None
        month = writer.session.get_one(CommissionMonth, month_id)
        book = writer.session.get_one(Rulebook, month.rulebook_id)
        agents = paid_agents(Reader(actor, writer.session), book.code, month.month)
        for bytes_now in (written(agents), written_first(agents)):
            if hashlib.sha256(bytes_now).hexdigest() == made.sha256:
                break
        else:
            raise Refusal(_("A name or a number changed since the file was handed over: it cannot be made again."))
        writer.record("export", "payment_file", made.id, {"people": made.people})
    return ExportedFile(made.file_name, bytes_now, made.people)


def _allow(writer: Writer) -> None:
    """Payment is the whole house's: a part of it would look whole and not be."""
    writer.allow(Permission.COMMISSION_EDIT)
    if not writer.actor.scope.all:
        raise Refusal(_("Only who sees the whole house hands a month over to payment."))


def written(agents: Sequence[Paid]) -> bytes:
    """The file itself."""
    rows = [(one.agent_no, one.name, one.earned, one.held, one.carried, one.amount) for one in agents]
    return write_csv(COLUMNS, rows)


def written_first(agents: Sequence[Paid]) -> bytes:
    """The file as it was before there were holds: such a month has none, and its file stays the same."""
    return write_csv(FIRST_COLUMNS, [(one.agent_no, one.name, one.amount) for one in agents if one.amount])
