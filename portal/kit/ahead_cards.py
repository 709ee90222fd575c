"""Cards of what is within reach: how much more of what is needed, how far one is, and what it brings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from calc.rulebook.elements import Unit, Value
from portal.kit import numbers, parts
from portal.query.statement_ahead import Tier

NOTHING = Decimal(0)


def tier_cards(tiers: Sequence[Tier], lang: str) -> Component:
    """One card a benefit."""
    return html.Div([_tier_card(tier, lang) for tier in tiers], className="ahead")


def _tier_card(tier: Tier, lang: str) -> Component:
    now, reach = written(tier.now, tier.counts_unit, lang), written(tier.reach, tier.counts_unit, lang)
    told = _("%(now)s of %(reach)s", now=now, reach=reach)
    return html.Div(
        [
            html.Div([html.H3(tier.title), due(tier, lang)], className="ahead-head"),
            html.Div(_("%(missing)s more", missing=more(tier.missing, tier.counts_unit, lang)), className="ahead-value"),
            html.Div(tier.counts_title, className="ahead-what"),
            parts.progress(float(tier.share), f"{tier.counts_title}: {told}"),
            html.Div(told, className="ahead-note"),
            html.P(effect(tier, lang)),
        ],
        className="ahead-card",
    )  # fmt: skip


def due(tier: Tier, lang: str) -> Component:
    """Of a line that pays in another month, which."""
    return (
        parts.badge(_("paid in %(month)s", month=numbers.month(tier.month, lang)), "neutral")
        if tier.waits
        else html.Span()
    )


def effect(tier: Tier, lang: str) -> str:
    """What reaching the tier does, as one sentence."""
    then = written(tier.value_then, tier.value_unit, lang)
    now = written(tier.value_now if tier.value_now is not None else NOTHING, tier.value_unit, lang)
    if tier.mode == "step":
        reach = written(tier.reach, tier.counts_unit, lang)
        return _("Then %(then)s instead of %(now)s on all above %(reach)s.", then=then, now=now, reach=reach)
    gain = numbers.signed(tier.gain, lang)
    if tier.mode == "interpolated":
        return _("Brings %(gain)s, and every step on the way its part.", gain=gain)
    if tier.value_unit == Unit.MONEY:
        return _("Lifts it from %(now)s to %(then)s.", now=now, then=then)
    return _("Lifts the rate from %(now)s to %(then)s: %(gain)s.", now=now, then=then, gain=gain)


def more(missing: Decimal, unit: Unit, lang: str) -> str:
    """What is missing; of a rate in percentage points."""
    if unit == Unit.RATE:
        return _("%(count)s points", count=numbers.plain(missing * 100, 2))
    return written(missing, unit, lang)


def written(value: Value, unit: Unit, lang: str) -> str:
    """A value of the rules as people write it."""
    if isinstance(value, Decimal):
        if unit == Unit.RATE:
            return numbers.percent(value, lang, places=0 if value * 100 == int(value * 100) else 2)
        return numbers.plain(value, 2 if unit == Unit.MONEY or value != int(value) else 0)
    return numbers.NOTHING if value is None else str(value)
