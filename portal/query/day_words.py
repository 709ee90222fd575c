"""A day, a month or an amount as people write it, for sentences made below the screens."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(day: dt.date, language: str) -> str:
    """20 Nov 2026, or 2026年11月20日."""
    if language.startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_words(month: dt.date, language: str) -> str:
    """Nov 2026, or 2026年11月."""
    if language.startswith("zh"):
        return f"{month.year}年{month.month}月"
    return f"{MONTHS[month.month - 1]} {month.year}"


def amount_words(amount: Decimal) -> str:
    """1,250.50, or −30.00 with a true minus."""
    return f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")
