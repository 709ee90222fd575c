"""What came since the last nightly run, as a card: provisional, with its time, and said to be so."""

from __future__ import annotations

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
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
    return [parts.section(_("Since the last nightly run"), parts.facts(pairs), subtitle=said)]
