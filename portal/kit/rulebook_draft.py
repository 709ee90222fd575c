"""What a form asks about a draft, and what was typed as days and amounts again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from portal.models.rulebooks import RulebookElement
from portal.query.rulebooks import Version
from portal.services.refusal import Refusal
from portal.services.rulebooks import LONGEST_TITLE, Days

LARGEST_AMOUNT = Decimal(10) ** 15


def title_field() -> dict[str, Any]:
    """What people call a draft."""
    return {"name": "title", "label": _("Title"), "kind": "text", "longest": LONGEST_TITLE, "wide": True}


def title_zh_field() -> dict[str, Any]:
    """What they call it in Chinese."""
    return {
        "name": "title_zh", "label": _("Chinese title"), "kind": "text", "longest": LONGEST_TITLE, "wide": True,
        "optional": _("optional"),
    }  # fmt: skip


def budget_field() -> dict[str, Any]:
    """What a month may cost by the draft."""
    return {
        "name": "budget", "label": _("Monthly budget"), "kind": "text", "optional": _("optional"),
        "hint": _("A simulation is held against it."),
    }  # fmt: skip


def draft_fields() -> list[dict[str, Any]]:
    """Titles, first day and budget of a draft."""
    return [
        title_field(),
        title_zh_field(),
        {"name": "valid_from", "label": _("First day"), "kind": "day"},
        budget_field(),
    ]


def draft_values(version: Version) -> dict[str, Any]:
    """What such a form begins with."""
    budget = version.budget_amount
    return {
        "title": version.title, "title_zh": version.title_zh, "valid_from": version.valid_from.isoformat(),
        "budget": "" if budget is None else f"{budget:,.2f}",
    }  # fmt: skip


def override_fields() -> list[dict[str, Any]]:
    """When an override holds: days of its own, or only as long as the version above it."""
    group = {"group": _("When it holds")}
    return [
        group | {"name": "valid_from", "label": _("Holds from"), "kind": "day"},
        group | {"name": "valid_to", "label": _("First day on which it no longer holds"), "kind": "day",
                 "optional": _("optional")},
        group | {"name": "until_next_version", "label": _("Until the next version above"), "kind": "flag", "wide": True,
                 "hint": _("When the version above is superseded, what it says holds here again.")},
    ]  # fmt: skip


def override_values(version: Version, row: RulebookElement | None) -> dict[str, Any]:
    """What those fields begin with: the days of the override, or the draft's first day."""
    first = (row.valid_from if row else None) or version.valid_from
    return {
        "valid_from": first.isoformat(),
        "valid_to": row.valid_to.isoformat() if row and row.valid_to else "",
        "until_next_version": bool(row and row.until_next_version),
    }


def override_days(typed: Mapping[str, Any]) -> Days | None:
    """The days of an override as typed; none for a form without them, which leaves them as they are. Raises Refusal."""
    if "valid_from" not in typed:
        return None
    first, end = str(typed.get("valid_from") or ""), str(typed.get("valid_to") or "")
    days = Days(
        day_of(first, "valid_from"),
        day_of(end, "valid_to") if end.strip() else None,
        bool(typed.get("until_next_version")),
    )
    if days.valid_from is not None and days.valid_to is not None and days.valid_to <= days.valid_from:
        raise Refusal(_("It must end after it begins."), "valid_to")
    return days


def day_of(text: str, field: str) -> dt.date:
    """A day as typed. Raises Refusal."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as strange:
        raise Refusal(_("A date is written like 2026-11-20."), field) from strange


def amount_of(text: str, field: str) -> Decimal | None:
    """An amount as typed, none when empty. Raises Refusal."""
    plain = text.replace(",", "").replace("，", "").strip()
    try:
        amount = Decimal(plain) if plain else None
    except InvalidOperation as strange:
        raise Refusal(_("This is no amount."), field) from strange
    if amount is None:
        return None
    if not (amount.is_finite() and 0 < amount < LARGEST_AMOUNT) or amount != round(amount, 2):
        raise Refusal(_("This is no amount."), field)
    return amount
