"""The lines of a statement and their names: what every reader of statements shares."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from portal.query.rulebook_rules import Key

DATASET = "statement_line"
# lines that no rule prices: decided by people, held back or paid again, carried from month to month
ADJUSTMENT, PAY_HOLD, OWED_BEFORE, OWED_AFTER = "adjustment", "pay_hold", "owed_before", "owed_after"
HELD_OR_CARRIED = (PAY_HOLD, OWED_BEFORE, OWED_AFTER)
COMPUTED_BY_NOBODY = (ADJUSTMENT, *HELD_OR_CARRIED)  # decided by people, or carried
BY_HAND, KEPT = "by_hand", "kept"  # their groups on a statement
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided that made a line: an adjustment, or a hold with the condition of its release."""

    number: int
    reason: str
    asked_by: str
    decided_by: str
    condition: str = ""
    about: str = ""  # the title of the line a hold is about; empty for all the pay
    released_because: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement. Amounts in reporting currency; paid = earned − cut − held + released."""

    name: str
    title: str
    group: str
    order: int
    in_month: dt.date
    for_month: dt.date
    earned: Decimal
    cut: Decimal
    held: Decimal
    released: Decimal
    paid: Decimal
    kind: str = "earning"  # or deduction
    decided: Decided | None = None  # where people made it, not a rule

    @property
    def is_difference(self) -> bool:
        """It belongs to a closed month and is paid in a later one."""
        return self.for_month != self.in_month


def last_of(month: dt.date) -> dt.date:
    """The last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def month_before(month: dt.date) -> dt.date:
    """The first day of the month before."""
    return (month - dt.timedelta(days=1)).replace(day=1)


def month_of(text: str) -> dt.date | None:
    """The month an address names as 2026-09; None for what is none."""
    try:
        return dt.date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def title_of(elements: Mapping[Key, Any], section: str, name: str, language: str) -> str:
    """What people call an element, in the reader's language; its name where nobody gave it a title."""
    content = elements.get((section, name))
    told = content if isinstance(content, Mapping) else {}
    return str((told.get("title_zh") if language == "zh" else "") or told.get("title") or name)


def own_title(line: str) -> str:
    """What a line is called that no rule prices; empty for the others."""
    titles = {
        ADJUSTMENT: _("Adjustment"), PAY_HOLD: _("Held by decision"), OWED_BEFORE: _("Balance of the month before"),
        OWED_AFTER: _("Balance carried to the next month"),
    }  # fmt: skip
    return str(titles.get(line, ""))
