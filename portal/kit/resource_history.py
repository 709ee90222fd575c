"""What a record was and who changed it, as one line of time each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.components import KitComponent
from portal.kit.resource import days_of, state_of
from portal.kit.wording import ACTIONS, what, who
from portal.query.history import Change, Moment
from portal.query.resource import Field, Resource
from portal.query.sharing import percent_text
from portal.settings import settings

APART = ("reason", "valid_from", "valid_to")  # shown in words of their own
TECHNICAL = ("id", "epoch", "created_at", "recorded_at", "theme", "language", "rise_color", "password_hash")
LONGEST = 160
MOST_NAMED = 6


class Timeline(KitComponent):
    """Moments, newest first: {when, tag, tone, look (now, planned), lines: [{name, text, was, changed}], note}."""

    PROPERTIES = ("id", "className", "label", "moments")


def periods(resource: Resource, found: Sequence[Moment], today: dt.date, language: str) -> Component:
    """The days between two changes, and what held on them."""
    return Timeline(label=_("History"), moments=[_period(resource, one, today, language) for one in found])


def _period(resource: Resource, one: Moment, today: dt.date, language: str) -> dict[str, Any]:
    state = state_of(one.valid_from, one.valid_to, today)
    lines = [
        {"name": str(resource.by_name[name].title), "text": text, "changed": name in one.changed}
        for name, text in one.texts.items()
        if text or name in one.changed
    ]
    tags = {"now": (_("now"), "accent"), "planned": (_("planned"), "neutral")}
    tag, tone = tags.get(state, ("", ""))
    return {
        "when": days_of(one.valid_from, one.valid_to, language),
        "tag": tag,
        "tone": tone,
        "look": state,
        "lines": lines,
    }


def changes(resource: Resource, found: Sequence[Change], language: str) -> Component:
    """Who did what, when and why."""
    if not found:
        return parts.empty(_("Nobody has changed this in the portal yet."))
    return Timeline(label=_("Changes"), moments=[_change(resource, one, language) for one in found])


def _change(resource: Resource, one: Change, language: str) -> dict[str, Any]:
    known = {each.attribute: each for each in resource.fields} | resource.by_name
    told_of = {name: value for name, value in one.content.items() if name not in (*APART, *TECHNICAL)}
    lines = [_told(known.get(name), name, value) for name, value in told_of.items()]
    told = {name: str(one.content[name]) for name in APART if one.content.get(name)}
    notes = [who(one.actor)]
    if "valid_from" in told:
        notes.append(_("from %(day)s", day=_day(told["valid_from"], language)))
    if "valid_to" in told:
        notes.append(_("from %(day)s", day=_day(told["valid_to"], language)))
    if "reason" in told:
        notes.append(told["reason"])
    return {
        "when": moment_text(one.recorded_at, language),
        "tag": str(ACTIONS.get(one.action, one.action)),
        "tone": "neutral",
        "lines": [line for line in lines if line["text"] or line.get("was")],
        "note": " · ".join(notes),
    }


def _day(kept: str, language: str) -> str:
    """A day of the audit log as people write it."""
    try:
        return numbers.day(dt.date.fromisoformat(kept), language)
    except ValueError:
        return kept


def _told(known: Field | None, name: str, value: Any) -> dict[str, Any]:
    title = str(known.title) if known is not None else what(name)
    if isinstance(value, list) and len(value) == 2 and known is not None:
        before, after = (_text(known.options, _percent(known, each)) for each in value)
        return {"name": title, "was": before, "text": after, "changed": True}
    return {"name": title, "text": _text(known.options, _percent(known, value)) if known else _text((), value)}


def _percent(known: Field, value: Any) -> Any:
    """A logged rate of interest as people read it."""
    return percent_text(Decimal(value)) if known.kind == "interest" and isinstance(value, str) else value


def _text(options: Sequence[tuple[str, Any]], value: Any) -> str:
    """A value of the audit log in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        more = f", +{len(value) - MOST_NAMED}" if len(value) > MOST_NAMED else ""
        return ", ".join(_text(options, each) for each in value[:MOST_NAMED]) + more
    text = str(dict(options).get(str(value), value))
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def moment_text(instant: dt.datetime, language: str) -> str:
    """20 Nov 2026, 05:12, in the installation's zone."""
    here = instant.astimezone(ZoneInfo(settings().timezone))
    return f"{numbers.day(here.date(), language)} {numbers.clock(here)}"
