"""What every column is, once: a name means the same type in every table of the calculation.

A header of a step lists names only; the engine checks the tables it is given and the table it makes against this page.
"""

from __future__ import annotations

import re

KEY, TEXT, DATE, COUNT, FLAG = "BIGINT", "VARCHAR", "DATE", "BIGINT", "BOOLEAN"
MONEY = "DECIMAL(18,2)"  # reporting currency
RATE = "DECIMAL(9,6)"
POINTS = "DECIMAL(38,8)"  # money x rate x PROFIT_DIVISOR / basis; divide by PROFIT_DIVISOR for money

PROFIT_DIVISOR = 26_280  # lowest common multiple of the day bases 360 and 365: both divide it, so no day is rounded

COLUMNS: dict[str, str] = {
    # who and where
    "account_id": KEY, "customer_id": KEY, "movement_id": KEY, "product_id": KEY, "manager_id": KEY, "person_id": KEY,
    "agent_id": KEY, "policy_id": KEY, "premium_id": KEY, "due_id": KEY, "issuing_institution_id": KEY,
    "agent_no": TEXT, "policy_no": TEXT, "product_code": TEXT, "customer_name": TEXT, "row_key": TEXT,
    "status": TEXT, "end_kind": TEXT, "wrong": TEXT,
    "seat_id": KEY, "team_id": KEY, "hold_id": KEY, "adjustment_id": KEY,
    "rulebook": TEXT, "part": TEXT, "reason": TEXT, "detail": TEXT, "element": TEXT, "grain": TEXT,
    "institution_id": KEY, "booking_institution_id": KEY, "ancestor_id": KEY, "parent_id": KEY,
    "role": TEXT, "view": TEXT, "kind": TEXT, "currency": TEXT, "other_currency": TEXT, "rule": TEXT, "message": TEXT,
    "dataset": TEXT, "stated": TEXT, "standing": TEXT,
    "line": TEXT, "rank": TEXT, "account_no": TEXT, "customer_no": TEXT, "name": TEXT, "name_zh": TEXT, "segment": TEXT,
    "curve": TEXT,
    # when
    "business_date": DATE, "valid_from": DATE, "valid_to": DATE, "first_day": DATE, "last_day": DATE,
    "issued_on": DATE, "effective_on": DATE, "ended_on": DATE, "receipt_confirmed_on": DATE, "received_on": DATE,
    "due_on": DATE, "payment_term": COUNT, "policy_year": COUNT, "payment_no": COUNT, "months_in_force": COUNT,
    "month": DATE, "in_month": DATE, "for_month": DATE, "released_month": DATE, "delivered_on": DATE, "controlled_on": DATE,
    "dated_on": DATE, "opened_on": DATE, "repriced_on": DATE, "priced_on": DATE, "closed_on": DATE, "since": DATE,
    "term_days": COUNT, "curve_term_days": COUNT, "day_basis": COUNT, "days_held": COUNT,
    # how much
    "amount": MONEY, "balance": MONEY, "balance_after": MONEY, "expected_balance": MONEY,
    "granted_amount": MONEY, "daily_average": MONEY,
    "balance_days": MONEY, "month_balance_days": MONEY, "quarter_balance_days": MONEY, "year_balance_days": MONEY,
    "base_balance": MONEY, "base_year_balance_days": MONEY, "profit": MONEY,
    "principal": MONEY, "premium": MONEY,
    "earned": MONEY, "cut": MONEY, "held": MONEY, "released": MONEY, "paid": MONEY,
    "before": MONEY, "after": MONEY, "joined_amount": MONEY, "left_amount": MONEY, "rules_amount": MONEY,
    "volume_amount": MONEY, "control_amount": MONEY, "sent_amount": MONEY, "aside_amount": MONEY, "taken_amount": MONEY,
    "difference_amount": MONEY,
    "account_balance": MONEY,  # account currency
    "exchange_rate": "DECIMAL(18,8)",  # reporting currency for 1 of a currency
    "ratio": RATE, "share": RATE, "customer_rate": RATE, "ftp_rate": RATE, "margin_rate": RATE,
    "margin_factor": "DECIMAL(12,6)",  # margin_rate x PROFIT_DIVISOR / basis
    "profit_points": POINTS,
    "month_profit_points": POINTS, "quarter_profit_points": POINTS, "year_profit_points": POINTS,
    "is_open": FLAG,
    "control_rows": COUNT, "sent_rows": COUNT, "aside_rows": COUNT, "taken_rows": COUNT, "receipts": COUNT, "policies": COUNT,
    "agents": COUNT, "accounts": COUNT, "rows": COUNT, "row_number": COUNT, "orders": COUNT, "published": COUNT,
}  # fmt: skip

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}


def fits(column: str, found: str) -> bool:
    """Whether a column of the found DuckDB type may stand where `column` is declared; never a binary float for a decimal."""
    declared = COLUMNS[column]
    if found == declared or found == "NULL" or found == '"NULL"':
        return True
    if declared == "BIGINT":
        return found in _WHOLE
    if match := _DECIMAL.fullmatch(declared):
        scale = int(match.group(2))
        if found in _WHOLE:
            return True
        other = _DECIMAL.fullmatch(found)
        return other is not None and int(other.group(2)) <= scale
    return False
