"""Rules of internal prices: one curve for a currency and kind of product, and which accounts a changed rate is in."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.models.organisation import FtpCurve, FtpRate, FtpTerm, Product
from portal.query.reader import Reader
from portal.services.drafts import Draft
from portal.services.periods import Span
from portal.services.refusal import Refusal
from portal.services.writer import Writer

PRICED_KINDS = ("deposit", "loan", "card")


def check_curve(writer: Writer, draft: Draft) -> None:
    """An account must lead to one curve and not to two."""
    currency, kind = str(draft.value("currency") or ""), draft.value("kind")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise Refusal(_("A currency has three capital letters, such as USD."), "currency")
    if draft.present is not None:
        return
    other = writer.session.scalar(select(FtpCurve.code).where(FtpCurve.currency == currency, FtpCurve.kind == kind))
    if other is not None:
        raise Refusal(_("The curve %(code)s prices these products in this currency already.", code=other), "kind")


def first_priced(writer: Writer, draft: Draft, identity: int, span: Span | None) -> dt.date | None:
    """The first day of figures that a rate of some days is in: the first pricing of an account on them; None without one."""
    reader = Reader(writer.actor, writer.session)
    if span is None or reader.newest is None:
        return None
    term = writer.session.get_one(FtpTerm, identity)
    curve = writer.session.get_one(FtpCurve, term.curve_id)
    kinds = PRICED_KINDS if curve.kind == "all" else (curve.kind,)
    products = writer.session.scalars(select(Product.id).where(Product.kind.in_(kinds))).all()
    above, below = _terms_around(writer, term, span)
    longest = f" and term_days <= {above}" if above is not None else ""
    rows = reader.ask(
        "select min(holds_from) as first_day from ("
        "select term_days, coalesce(repriced_on, opened_on) as priced_on, "
        "if(repriced_on is null, opened_on, valid_from) as holds_from from account "
        f"where currency = $1 and product_id in ({', '.join(map(str, products)) or 'null'})) as priced "
        f"where priced_on >= $2 and priced_on < $3 and term_days > {below}{longest}",
        [curve.currency, *span],
        account=("account", [reader.newest]),
    )
    first: dt.date | None = rows[0]["first_day"]
    return first


def _terms_around(writer: Writer, term: FtpTerm, span: Span) -> tuple[int | None, int]:
    """Accounts of which terms a term prices: up to how many days (None where no longer one holds), and above how many."""
    first, end = span
    held = func.least(FtpRate.valid_to, end) - func.greatest(FtpRate.valid_from, first)
    throughout = (
        select(FtpTerm.term_days)
        .join(FtpRate, FtpRate.ftp_term_id == FtpTerm.id)
        .where(FtpTerm.curve_id == term.curve_id, FtpTerm.id != term.id)
        .where(FtpRate.valid_from < end, FtpRate.valid_to > first)
        .group_by(FtpTerm.id)
        .having(func.sum(held) == (end - first).days)
    )
    others = writer.session.scalars(throughout).all()
    shorter = max((days for days in others if days < term.term_days), default=-1)
    return (term.term_days if any(days > term.term_days for days in others) else None), shorter
