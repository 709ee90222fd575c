"""Bring a source's curves of internal prices into PostgreSQL; a curve or a term that is there already gets the rates."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.models.organisation import FtpCurve, FtpRate, FtpTerm
from portal.sources import base
from portal.sources.base import Organisation


def write_curves(session: Session, organisation: Organisation, currency: str) -> None:
    """Write curves, their terms and their dated rates; rates that name no curve belong to that of `currency`."""
    curves: dict[str | None, int] = {one.code: _curve(session, one) for one in organisation.ftp_curves}
    if any(rate.curve_code is None for rate in organisation.ftp_rates):
        usual = base.FtpCurve(currency, f"{currency} curve", f"{currency} 曲线", currency)
        curves[None] = _curve(session, usual)
    wanted = dict.fromkeys((curves[rate.curve_code], rate.term_days) for rate in organisation.ftp_rates)
    terms = {(curve, term_days): _term(session, curve, term_days) for curve, term_days in wanted}
    rates = [
        {
            "ftp_term_id": terms[curves[rate.curve_code], rate.term_days], "ftp_rate": rate.ftp_rate,
            "valid_from": rate.valid_from, "valid_to": rate.valid_to,
        }
        for rate in organisation.ftp_rates
    ]  # fmt: skip
    if rates:
        session.execute(insert(FtpRate), rates)


def _curve(session: Session, given: base.FtpCurve) -> int:
    """The curve for the same currency and kind of product, made where there is none."""
    same = select(FtpCurve.id).where(FtpCurve.currency == given.currency, FtpCurve.kind == given.kind)
    found = session.scalar(same)
    if found is not None:
        return found
    made = FtpCurve(code=given.code, name=given.name, name_zh=given.name_zh, currency=given.currency, kind=given.kind)
    session.add(made)
    session.flush()
    return made.id


def _term(session: Session, curve: int, term_days: int) -> int:
    """A term of a curve, made where there is none."""
    found = session.scalar(select(FtpTerm.id).where(FtpTerm.curve_id == curve, FtpTerm.term_days == term_days))
    if found is not None:
        return found
    made = FtpTerm(curve_id=curve, term_days=term_days)
    session.add(made)
    session.flush()
    return made.id
