"""What is said of a move of a team or agent: its name, what changes, what it would do, in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.models.agents import Agent
from portal.query.approval import Change, Content, Effect, EffectColumn, EffectFigure
from portal.query.day_words import day_words, month_words
from portal.query.names import person_name
from portal.query.reader import Reader
from portal.query.team_move import MoveEffect, move_effect, ranks_then

MOST_RULES = 12


def day_of(content: Mapping[str, Any]) -> dt.date:
    """From which day on it holds."""
    return dt.date.fromisoformat(str(content["valid_from"]))


def institution_name(reader: Reader, institution: int | None, day: dt.date) -> str:
    """What an institution is called on a day."""
    found = reader.places(day).get(institution)
    return "" if found is None else found.title(reader.actor.language)


def names(reader: Reader, content: Content) -> str:
    """The agent or the team by name and number."""
    subject = int(content["subject"])
    if content["kind"] == "team":
        return institution_name(reader, subject, day_of(content))
    agent = reader.session.get(Agent, subject)
    return f"{person_name(reader, subject)} ({agent.agent_no})" if agent else person_name(reader, subject)


def line(reader: Reader, content: Content) -> str:
    """From where to where, from which day on."""
    day, told = (
        day_of(content),
        {name: institution_name(reader, content[name], day_of(content)) for name in ("from", "to")},
    )
    if content["from"] == content["to"]:
        superior = person_name(reader, content["superior"]) or _("nobody")
        return str(_("reports to %(name)s from %(day)s on", name=superior, day=day_words(day, reader.actor.language)))
    return str(_("%(before)s → %(after)s from %(day)s on", before=told["from"], after=told["to"],
                 day=day_words(day, reader.actor.language)))  # fmt: skip


def changes(reader: Reader, content: Content) -> list[Change]:
    """The place, and whom who reports to."""
    day = day_of(content)
    told = _("Stands under") if content["kind"] == "team" else _("Team")
    found = [
        Change(str(told), institution_name(reader, content["from"], day), institution_name(reader, content["to"], day))
    ]
    if content["who"] is not None:
        title = _("Superior of %(name)s", name=person_name(reader, content["who"]))
        found.append(Change(
            str(title), person_name(reader, content["superior_before"]), person_name(reader, content["superior"])
        ))  # fmt: skip
    return [*found, Change(str(_("Holds from")), "", day_words(day, reader.actor.language))]


def preview(reader: Reader, content: Content) -> Effect:
    """People, first-year commission and superiors that are affected, on the newest published months."""
    day = day_of(content)
    effect = move_effect(
        reader, content["kind"], int(content["subject"]), int(content["to"]), content["who"], content["superior"], day
    )
    ranks = ranks_then(reader, day)
    rows = tuple(
        {"person": person_name(reader, one.person_id), "rank": ranks.get(one.person_id, ""), "change": one.change}
        for one in effect.superiors
    )
    months = len(effect.months)
    figures = [EffectFigure(_("Agents who move"), len(effect.people), unit="count")]
    last = month_words(effect.months[0], reader.actor.language) if effect.months else ""
    if effect.last_month is not None and effect.summed is not None:
        figures.append(EffectFigure(_("Their first-year commission, %(month)s", month=last), effect.last_month))
        figures.append(EffectFigure(
            ngettext("Of the last month together", "Of the last %(num)s months together", months), effect.summed
        ))  # fmt: skip
    columns = (
        EffectColumn("person", _("Superior")), EffectColumn("rank", _("Rank")),
        EffectColumn("change", ngettext("Commission below, last month", "Commission below, last %(num)s months", months), "change"),
    )  # fmt: skip
    return Effect(tuple(figures), columns if rows else (), rows, None, tuple(effect_words(reader, content, effect)))


def effect_words(reader: Reader, content: Content, effect: MoveEffect) -> list[str]:
    """What else to know, in sentences."""
    told = []
    if not effect.superiors:
        told.append(_("No superior's figures change."))
    if effect.reports and content["who"] is not None:
        told.append(_("%(count)s agents report to %(name)s, directly or through others, and stay below.",
                      count=effect.reports, name=person_name(reader, content["who"])))  # fmt: skip
    kinds = {"recruiter": _("recruiters"), "nurturer": _("nurturers"), "trainer": _("trainers")}
    kept = [f"{kinds[kind]} {count}" for kind, count in sorted(effect.kept.items())]
    if kept:
        told.append(_("Other relations stay as they are: %(kept)s.", kept=", ".join(map(str, kept))))
    if effect.rules:
        told.append(_("Rules that are others at the new place: %(names)s.", names=", ".join(effect.rules[:MOST_RULES])))
    elif content["from"] != content["to"]:
        told.append(_("The same rules hold at both places."))
    told.append(_("A month is paid by places and relations as they are on its last day."))
    if effect.issued_before and content["kind"] == "agent" and content["from"] != content["to"]:
        told.append(
            _("Policy days from then on that are published already are computed again and count in the new team.")
        )
    elif effect.issued_before:
        told.append(_("Policies of days that are published already keep the team they were counted in."))
    return [str(one) for one in told]
