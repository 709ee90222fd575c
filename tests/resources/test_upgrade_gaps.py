"""What an upgraded installation lacks is named: ranks without titles, currencies without a curve."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.models.organisation import FtpCurve, FtpRate, FtpTerm, Product
from portal.models.rulebooks import Rulebook, RulebookElement, RulebookVersion
from portal.permissions import LOCAL_OPERATOR
from portal.query.reader import Reader
from portal.query.upgrade_gaps import CurveGap, accounts_without_curve, ranks_without_title
from tests.resources.bank import BEGIN, DEPOSIT, Bank

NOW = dt.date(2020, 7, 1)
TITLED = {"FA": {"title": "Adviser", "title_zh": "业务员"}}


def a_law(session: Session, house: Bank, ladder: dict[str, object]) -> None:
    book = Rulebook(code="R-law", name="Law")
    session.add(book)
    session.flush()
    version = RulebookVersion(
        rulebook_id=book.id, number=1, title="First", institution_id=house.institutions["R-H"], complete=True,
        valid_from=BEGIN, state="approved", created_by="tests", recorded_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add(
        RulebookElement(version_id=version.id, section="ladders", name="career", content=ladder, recorded_by="tests")
    )
    session.flush()


def test_ranks_without_a_title_are_named_by_rulebook(session: Session, house: Bank) -> None:
    a_law(session, house, {"ranks": ["FA", "SA"], "rank_titles": TITLED})
    assert ranks_without_title(Reader(LOCAL_OPERATOR, session), NOW) == {"R-law": ["SA"]}


def test_a_rulebook_whose_ranks_have_titles_is_not(session: Session, house: Bank) -> None:
    a_law(session, house, {"ranks": ["FA"], "rank_titles": TITLED})
    assert ranks_without_title(Reader(LOCAL_OPERATOR, session), NOW) == {}


@pytest.mark.parametrize(
    ("currency", "kind", "lacks"),
    [("", "", True), ("USD", "all", True), ("CNY", "loan", True), ("CNY", "all", False), ("CNY", "deposit", False)],
)
def test_accounts_of_a_currency_need_a_curve_of_it(
    session: Session, house: Bank, currency: str, kind: str, lacks: bool
) -> None:
    session.execute(text("delete from ftp_rate"))
    session.add(Product(id=DEPOSIT, code="R-DEP", name="Deposit", kind="deposit"))
    if currency:
        curve = FtpCurve(code="R-C", name="Curve", currency=currency, kind=kind)
        session.add(curve)
        session.flush()
        term = FtpTerm(curve_id=curve.id, term_days=0)
        session.add(term)
        session.flush()
        session.add(FtpRate(ftp_term_id=term.id, ftp_rate="0.02", valid_from=BEGIN))
    session.flush()
    assert accounts_without_curve(Reader(LOCAL_OPERATOR, session)) == ([CurveGap("CNY", "deposit", 4)] if lacks else [])
