"""What an account in a foreign currency held on each day, the closing rate of the day, and what that was worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from portal.query.reader import Reader


@dataclass(frozen=True, slots=True)
class Foreign:
    """The end of a day: `balance` is `account_balance` in the reporting currency. No rate is needed for what holds nothing."""

    currency: str
    account_balance: Decimal
    exchange_rate: Decimal | None
    balance: Decimal


def foreign_days(reader: Reader, account_id: int, days: Iterable[dt.date]) -> dict[dt.date, Foreign]:
    """Those of some days on which the account stood in a foreign currency and the actor may see it as a whole."""
    published = reader.published("foreign_day", days)
    if not published:
        return {}
    rows = reader.ask(
        "select business_date, currency, account_balance, exchange_rate, balance from facts where account_id = ?",
        [account_id],
        facts=("foreign_day", published),
    )
    return {
        row["business_date"]: Foreign(row["currency"], row["account_balance"], row["exchange_rate"], row["balance"])
        for row in rows
    }
