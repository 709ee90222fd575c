"""The months a rulebook page offers, and those its forms send."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext as _

from portal.services.refusal import Refusal

MONTHS_OFFERED = 12


def months_before(day: dt.date) -> list[dt.date]:
    """The first days of the months up to a day's, newest first."""
    found = [day.replace(day=1)]
    while len(found) < MONTHS_OFFERED:
        found.append((found[-1] - dt.timedelta(days=1)).replace(day=1))
    return found


def month_of(text: str) -> dt.date:
    """A month as the form sends it. Raises Refusal."""
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError as strange:
        raise Refusal(_("A month is written like 2026-11."), "month") from strange


def months_of(listed: Any) -> list[dt.date]:
    """Months as a form sends them. Raises Refusal."""
    try:
        return [dt.date.fromisoformat(f"{month}-01") for month in listed] if isinstance(listed, list) else []
    except ValueError as strange:
        raise Refusal(_("A month is written like 2026-11."), "months") from strange
