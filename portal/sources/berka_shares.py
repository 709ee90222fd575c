"""Who is credited with the Czech bank's accounts: a stand-in, fixed by the account's number alone.

Of 100 accounts 2 belong to nobody. Where a district has several managers, 12 are shared by two of them and 12 go from
one to another in the middle of a month; the rest have one manager. Every share stays within the account's own district.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa

from portal.models.base import FAR_FUTURE
from portal.sources.base import SHARE

SPLITS = (("0.6", "0.4"), ("0.5", "0.5"), ("0.333333", "0.666667"), ("0.75", "0.25"))
MONTHS_OF_MOVES = [dt.date(1993, month, 1) for month in range(3, 13)] + [dt.date(1994, month, 1) for month in (1, 2, 3)]
LOAN_PRODUCT = "LOAN"

Row = tuple[int | None, int, str, str, Decimal, dt.date, dt.date]


def build_shares(accounts: pa.Table, managers: dict[str, list[str]]) -> pa.Table:
    """Share rows of the accounts, given each institution's manager codes.

    Loans have the role *carer* beside *marketer*, for about half of them and with its own 100 %.
    """
    rows: list[Row] = []
    for account in accounts.select(["account_id", "institution_code", "opened_on", "product_code"]).to_pylist():
        team = managers[account["institution_code"]]
        rows += marketer_rows(account["account_id"], account["opened_on"], team)
        if account["product_code"] == LOAN_PRODUCT and drawn("cared for", account["account_id"], 2):
            carer = team[drawn("carer", account["account_id"], len(team))]
            rows.append((None, account["account_id"], "carer", carer, Decimal(1), account["opened_on"], FAR_FUTURE))
    return pa.table(list(map(list, zip(*rows, strict=True))), schema=SHARE)


def marketer_rows(account_id: int, opened_on: dt.date, team: list[str]) -> Iterator[Row]:
    """The credit of one account from its first day on: whole, shared, moved or none."""
    lot = drawn("lot", account_id, 100)
    if lot < 2:
        return
    first = drawn("first", account_id, len(team))
    one, other = team[first], team[(first + 1 + drawn("other", account_id, max(len(team) - 1, 1))) % len(team)]
    split = SPLITS[drawn("split", account_id, len(SPLITS))]
    moved_on = move_day(account_id)
    if len(team) > 1 and lot < 14:
        for person, ratio in zip((one, other), split, strict=True):
            yield None, account_id, "marketer", person, Decimal(ratio), opened_on, FAR_FUTURE
    elif len(team) > 1 and lot < 26 and moved_on > opened_on:
        yield None, account_id, "marketer", one, Decimal(1), opened_on, moved_on
        yield None, account_id, "marketer", other, Decimal(1), moved_on, FAR_FUTURE
    else:
        yield None, account_id, "marketer", one, Decimal(1), opened_on, FAR_FUTURE


def move_day(account_id: int) -> dt.date:
    """A day from the 6th to the 25th of some month, on which an account that moves is the other manager's."""
    month = MONTHS_OF_MOVES[drawn("month", account_id, len(MONTHS_OF_MOVES))]
    return month.replace(day=6 + drawn("day", account_id, 20))


def drawn(purpose: str, number: int, choices: int) -> int:
    """One of `choices` for a number and a purpose; always the same."""
    digest = hashlib.sha256(f"{purpose}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % choices
