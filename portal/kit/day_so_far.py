"""What came since the last nightly run, as a card: provisional, with its time, and said to be so."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.kit import numbers, parts
from portal.query.month_so_far import MonthSoFar
from portal.query.policy_events import DaySoFar


def day_so_far_section(found: DaySoFar | None, lang: str) -> list[Component]:
    """The card, or nothing when nothing came."""
    if found is None or not found.says:
        return []
    pairs = [
        (_("New policies"), numbers.count(found.new_policies)),
        (_("First-year premium"), numbers.money(found.first_year, lang)),
        (_("Renewal premium"), numbers.money(found.renewal, lang)),
        (_("Premiums due"), numbers.count(found.due)),
        (_("Policies ended"), numbers.count(found.ended)),
    ]
    said = _(
        "Provisional, as of %(time)s on %(day)s: what other systems sent since. The nightly run replaces it.",
        time=numbers.clock(found.as_of), day=numbers.short_day(found.as_of.date(), lang),
    )  # fmt: skip
    return [parts.section(_("Since the last nightly run"), parts.amounts(pairs), subtitle=said)]


def month_so_far_section(found: MonthSoFar | None, lang: str, team: bool = False) -> list[Component]:
    """What the running month comes to, by the rules as they stand; or nothing when none was computed."""
    if found is None:
        return []
    pairs: list[tuple[str, Any]] = [(_("Commission so far"), html.B(numbers.money(found.amount, lang)))]
    pairs += [(title, numbers.money(amount, lang)) for title, amount in found.lines]
    if found.others:
        pairs.append((_("Other lines"), numbers.money(found.others, lang)))
    if team:
        pairs.append((_("Agents with pay"), numbers.count(found.agents)))
    known = numbers.day(found.known_until, lang) if found.known_until else ""
    said = _(
        "Provisional, computed at %(time)s on %(day)s from what was delivered until %(known)s and what came since. The month's run "
        "decides.",
        time=numbers.clock(found.as_of), day=numbers.short_day(found.as_of.date(), lang), known=known,
    )  # fmt: skip
    lacking = ngettext(
        "%(num)s line could not be worked out yet.", "%(num)s lines could not be worked out yet.", found.lacking
    )
    notes = [parts.flag(lacking)] if found.lacking else []
    shown = parts.facts(pairs, "facts amounts across") if team else parts.amounts(pairs)
    title = _("%(month)s so far", month=numbers.month(found.month, lang))
    return [parts.section(title, *notes, shown, subtitle=said)]
