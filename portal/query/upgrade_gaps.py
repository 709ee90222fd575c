"""What an installation that was upgraded may still lack, because an earlier version did not ask for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.models.organisation import FtpCurve, FtpRate, FtpTerm, Product
from portal.models.rulebooks import Rulebook
from portal.query.reader import Reader
from portal.query.statement import elements_of_book

PRICED_KINDS = ("deposit", "loan", "card")


@dataclass(frozen=True, slots=True)
class CurveGap:
    """Accounts in a currency and of a kind of product that no curve prices on a day."""

    currency: str
    kind: str
    accounts: int


def ranks_without_title(reader: Reader, on: dt.date) -> dict[str, list[str]]:
    """Ranks of the ladders in force on a day that go by their bare code, by rulebook; in a rulebook without any none is listed."""
    found = {}
    for book in reader.session.scalars(select(Rulebook).order_by(Rulebook.code)):
        unnamed = dict.fromkeys(
            code
            for (section, _name), content in elements_of_book(reader, book.id, on.replace(day=1)).items()
            if section == "ladders" and isinstance(content, Mapping)
            for code in map(str, content.get("ranks") or ())
            if not _title(content, code)
        )
        if unnamed:
            found[book.code] = list(unnamed)
    return found


def _title(ladder: Mapping[str, Any], code: str) -> str:
    titles = ladder.get("rank_titles")
    told = titles.get(code) if isinstance(titles, Mapping) else None
    return str(told.get("title") or "") if isinstance(told, Mapping) else ""


def accounts_without_curve(reader: Reader) -> list[CurveGap]:
    """Open accounts with a customer rate, by currency and kind, for which no curve has a rate on the newest business date."""
    if reader.newest is None or not reader.published("account", [reader.newest]):
        return []
    kinds = {one.id: one.kind for one in reader.session.scalars(select(Product)) if one.kind in PRICED_KINDS}
    rows = reader.ask(
        "select currency, product_id, count(distinct account_id) as accounts from made "
        "where customer_rate is not null and (closed_on is null or closed_on > ?) group by all",
        [reader.newest], made=("account", [reader.newest]),
    )  # fmt: skip
    counted: dict[tuple[str, str], int] = {}
    for row in rows:
        kind = kinds.get(row["product_id"])
        if kind is not None:
            counted[row["currency"], kind] = counted.get((row["currency"], kind), 0) + row["accounts"]
    curves = reader.session.execute(
        select(FtpCurve.currency, FtpCurve.kind)
        .join(FtpTerm, FtpTerm.curve_id == FtpCurve.id).join(FtpRate, FtpRate.ftp_term_id == FtpTerm.id)
        .where(FtpRate.valid_from <= reader.newest, FtpRate.valid_to > reader.newest).distinct()
    ).all()  # fmt: skip
    priced = {(currency, kind) for currency, kind in curves}
    return [
        CurveGap(currency, kind, count)
        for (currency, kind), count in sorted(counted.items())
        if (currency, kind) not in priced and (currency, "all") not in priced
    ]
