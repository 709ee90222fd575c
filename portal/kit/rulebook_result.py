"""What a simulation found: pay before and after, who gains and who loses, the largest changes and what is behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts, svg
from portal.query.places import Places

BY = ("institution", "rank", "line")
MOST_ROWS, MOST_COUNTED, SPREAD_HEIGHT = 40, 24, 340


def figures(result: Mapping[str, Any], lang: str) -> Component:
    """Total, budget, who gains, who loses."""
    before, after, agents = Decimal(result["before"]), Decimal(result["after"]), int(result["agents"] or 0)
    change = after - before
    text, unit = numbers.short(after, lang)
    delta = parts.Delta(numbers.short_change(change, lang), _sign(change), _("vs in force"))
    cards = [parts.figure_card(_("Pay of the months"), text, unit, numbers.money(after, lang), delta=delta, hero=True)]
    if result.get("budget") is not None:
        left = Decimal(result["budget"]) - after
        text, unit = numbers.short(left, lang)
        share = _("of %(budget)s", budget=numbers.short_text(Decimal(result["budget"]), lang))
        cards.append(parts.figure_card(_("Left of the budget"), text, unit, numbers.money(left, lang),
                                       delta=parts.Delta(str(share), 0)))  # fmt: skip
    for title, key, sign in ((_("Agents who gain"), "winners", 1), (_("Agents who lose"), "losers", -1)):
        number = int(result[key] or 0)
        part = numbers.percent(Decimal(number) / agents, lang) if agents else "–"
        cards.append(
            parts.figure_card(title, numbers.count(number), delta=parts.Delta(part, sign if number else 0, _("of all")))
        )
    return parts.figure_row(cards)


def spread(result: Mapping[str, Any], lang: str) -> Component:
    """How many gain or lose how much."""
    bars: Sequence[Mapping[str, Any]] = result.get("spread") or []
    if not bars:
        return parts.empty(_("Nobody's pay changes."))
    lows = [Decimal(bar["from"]) for bar in bars]
    width = Decimal(bars[0]["to"]) - lows[0]
    count = {Decimal(bar["from"]): int(bar["agents"]) for bar in bars}
    steps = int((lows[-1] - lows[0]) / width) + 1
    places = [lows[0] + width * at for at in range(min(steps, 200))]
    names = [numbers.signed(low, lang, 0) for low in places]
    texts = [
        _("%(low)s to %(high)s: %(agents)s agents", low=numbers.signed(low, lang, 0),
          high=numbers.signed(low + width, lang, 0), agents=numbers.count(count.get(low, 0)))
        for low in places
    ]  # fmt: skip
    looks = ["fall" if low < 0 else "rise" for low in places]
    heads = [count.get(low, 0) for low in places]
    above = [numbers.count(head) if head else "" for head in heads] if len(heads) <= MOST_COUNTED else []
    return parts.picture(
        svg.columns(heads, names, texts, _("Who gains, who loses"), looks, SPREAD_HEIGHT, above=above),
        _(
            "Agents by the change of their pay; most of them change by %(text)s.",
            text=_range(heads, places, width, lang),
        ),
    )


def _range(heads: Sequence[int], places: Sequence[Decimal], width: Decimal, lang: str) -> str:
    """The band of the highest column, in words."""
    low = places[max(range(len(heads)), key=lambda at: heads[at])]
    return str(_("%(low)s to %(high)s", low=numbers.signed(low, lang, 0), high=numbers.signed(low + width, lang, 0)))


def breakdown(result: Mapping[str, Any], by: str, title_of: Callable[[str], str], lang: str) -> Component:
    """Sums before and after by institution, rank or line."""
    columns = [
        parts.Column("name", ""), parts.Column("before", _("In force"), "number", phone=False),
        parts.Column("after", _("Draft"), "number"), parts.Column("change", _("Change"), "change", beside=True),
    ]  # fmt: skip
    listed: Sequence[Mapping[str, Any]] = result.get(f"by_{by}") or []
    rows = [_amounts(one, lang) | {"name": title_of(str(one["key"]))} for one in listed[:MOST_ROWS]]
    more = _("%(shown)s of %(all)s", shown=MOST_ROWS, all=len(listed)) if len(listed) > MOST_ROWS else ""
    return parts.simple_table(columns, rows, _("Change"), more=more)


def largest(
    result: Mapping[str, Any], title_of: Callable[[str], str], rank_title: Callable[[str], str], lang: str
) -> Component:
    """The largest changes, the line that moves most, and the changed elements behind it."""
    columns = [
        parts.Column("name", _("Agent")), parts.Column("before", _("In force"), "number"),
        parts.Column("after", _("Draft"), "number"), parts.Column("change", _("Change"), "change", beside=True),
        parts.Column("why", _("Most by")),
    ]  # fmt: skip
    rows = []
    for one in result.get("largest") or []:
        name = one["name_zh"] if lang == "zh" and one.get("name_zh") else one["name"]
        behind = ", ".join(
            dict.fromkeys(title_of(each) for each in one.get("because") or [])
        )  # a line goes by its formula
        line = f"{title_of(str(one['line']))} {numbers.signed(Decimal(one['line_change']), lang)}"
        rows.append(_amounts(one, lang) | {
            "name": parts.Cell(name, note=rank_title(str(one.get("rank") or ""))),
            "why": parts.Cell(line, note=_("because of %(elements)s", elements=behind) if behind else ""),
        })  # fmt: skip
    return parts.simple_table(columns, rows, _("Largest changes"), empty_text=_("Nobody's pay changes."))


def goal_sentence(
    result: Mapping[str, Any], title_of: Callable[[str], str], value: str, lang: str, take: Component | None
) -> list[Component]:
    """What the search for a parameter's value found, with the button that takes it into the draft."""
    goal = result.get("goal")
    if not isinstance(goal, Mapping):
        return []
    told = _(
        "With %(name)s = %(value)s the months cost %(cost)s of %(budget)s. The figures below are with this value, "
        "not with that of the draft.",
        name=title_of(f"p.{goal['parameter']}"), value=value, cost=numbers.money(Decimal(goal["cost"]), lang),
        budget=numbers.money(Decimal(goal["budget"]), lang),
    )  # fmt: skip
    return [parts.flag(told, "accent", take)]


def shown(
    result: Mapping[str, Any], by: str, places: Places, title_of: Callable[[str], str], rank_title: Callable[[str], str],
    lang: str, switch: Component, goal: Sequence[Component],
) -> list[Component]:  # fmt: skip
    """All of a finished simulation."""

    def place_title(key: str) -> str:
        found = places.get(int(key)) if key.isdecimal() else None
        return found.title(lang) if found else key

    naming = {"institution": place_title, "line": title_of, "rank": rank_title}[by]
    problems = int(result.get("problems") or 0)
    note = (
        [parts.flag(_("%(count)s rows have no value under the draft; they are left out.", count=problems))]
        if problems
        else []
    )
    return [
        *note, *goal, figures(result, lang),
        html.Div([
            parts.section(_("Who gains, who loses"), spread(result, lang), subtitle=_("Change in pay of all months together")),
            parts.section(_("Change"), breakdown(result, by, naming, lang), actions=[switch]),
        ], className="columns wide-first"),
        parts.section(_("Largest changes"), largest(result, title_of, rank_title, lang),
                      subtitle=_("With the line that changes most and the changed elements behind it")),
    ]  # fmt: skip


def _amounts(one: Mapping[str, Any], lang: str) -> dict[str, str]:
    return {
        "before": numbers.money(Decimal(one["before"]), lang), "after": numbers.money(Decimal(one["after"]), lang),
        "change": numbers.signed(Decimal(one["change"]), lang),
    }  # fmt: skip


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)
