"""Cards of what is within reach: how much more of what is needed, how far one is, and what it brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from calc.rulebook.elements import Unit, Value
from calc.rulebook.next_rank import MORE, Condition
from portal.kit import numbers, parts
from portal.query.statement_ahead import Asked, Rank, Tier

NOTHING = Decimal(0)


def tier_cards(tiers: Sequence[Tier], lang: str, why: Callable[[str], str]) -> Component:
    """One card a benefit; its title leads to why the line is what it is (`why` gives the address of a line)."""
    return html.Div([_tier_card(tier, lang, why(tier.line)) for tier in tiers], className="ahead")


def _tier_card(tier: Tier, lang: str, href: str) -> Component:
    now, reach = written(tier.now, tier.counts_unit, lang), written(tier.reach, tier.counts_unit, lang)
    told = _("%(now)s of %(reach)s", now=now, reach=reach)
    title = parts.link(tier.title, href, look="") if href else tier.title
    return html.Div(
        [
            html.Div([html.H3(title), due(tier, lang)], className="ahead-head"),
            html.Div(_("%(missing)s more", missing=more(tier.missing, tier.counts_unit, lang)), className="ahead-value"),
            html.Div(tier.counts_title, className="ahead-what"),
            parts.progress(float(tier.share), f"{tier.counts_title}: {told}"),
            html.Div(told, className="ahead-note"),
            html.P(effect(tier, lang)),
        ],
        className="ahead-card",
    )  # fmt: skip


def rank_section(rank: Rank, lang: str) -> Component:
    """One move of a ladder: how many of its conditions are met, and each of them."""
    move = rank.move
    of = _("%(met)s of %(all)s met", met=move.met, all=len(move.conditions))
    when = [_("decided with %(month)s", month=numbers.month(move.month, lang))] if move.month else []
    rows = [_condition(one, lang) for one in rank.asked]
    return parts.section(rank.title, html.Ul(rows, className="asked"), subtitle=" · ".join([of, *when]))


def _condition(one: Asked, lang: str) -> Component:
    """A condition: what counts, how far one is, what is missing."""
    asked = one.condition
    unit = asked.unit or Unit.NUMBER
    told, bar = "", []
    if asked.sign and asked.value is not None and asked.needed is not None:
        now, needed = written(asked.value, unit, lang), written(asked.needed, unit, lang)
        needs = _("%(now)s, needed %(needed)s", now=now, needed=needed)
        told = needs if asked.sign in MORE else _("%(now)s, at most %(needed)s", now=now, needed=needed)
    if isinstance(asked.value, Decimal) and isinstance(asked.needed, Decimal) and asked.sign in MORE:
        share = min(asked.value / asked.needed, Decimal(1)) if asked.needed > 0 else Decimal(1)
        bar = [parts.progress(float(max(share, NOTHING)), f"{one.title}: {told}")]
    return html.Li(
        [
            html.Div([html.Span(one.title), html.Strong(_state(asked, unit, lang))], className="asked-head"),
            *bar,
            html.Div(told, className="ahead-note"),
        ],
        className="met" if asked.met else "",
    )


def _state(asked: Condition, unit: Unit, lang: str) -> str:
    """Met, or how much more or less."""
    if asked.met:
        return "✓ " + _("met")
    if asked.met is None:
        return _("not known here")
    if asked.missing is None:
        return _("not met")
    if asked.missing < 0:
        return _("%(missing)s less", missing=more(-asked.missing, unit, lang))
    return _("%(missing)s more", missing=more(asked.missing, unit, lang))


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
