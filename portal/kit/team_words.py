"""How the pages of a sales leader write figures, changes and addresses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.address import search_of
from portal.models.commission import MonthState
from portal.query.team_figures import TeamFigure

HOME, WHY, AGENT = "/team", "/team/why", "/team/agent"
TEAMS, RELATIONS, MOVE = "/teams", "/teams/agent", "/teams/move"


def home_href(institution: int | None, month: dt.date, figure: str = "") -> str:
    """The home of a place in a month."""
    told = {"institution": "" if institution is None else str(institution), "month": f"{month:%Y-%m}", "figure": figure}
    return HOME + search_of(told)


def why_href(figure: str, institution: int, month: dt.date, by: str = "") -> str:
    """Of which parts a figure is the sum."""
    return WHY + search_of({"figure": figure, "institution": str(institution), "month": f"{month:%Y-%m}", "by": by})


def agent_href(person_id: int, month: dt.date) -> str:
    """One agent's month."""
    return AGENT + search_of({"agent": str(person_id), "month": f"{month:%Y-%m}"})


def written(value: Decimal | None, figure: TeamFigure, lang: str) -> str:
    """A figure in full."""
    if figure.unit == "rate":
        return numbers.percent(value, lang, 2)
    return numbers.plain(value, 2 if figure.unit == "money" else 0)


def short(value: Decimal | None, figure: TeamFigure, lang: str) -> tuple[str, str]:
    """A figure for a card, and its unit."""
    if figure.unit == "rate":
        return numbers.percent(value, lang, 1), ""
    return numbers.short(value, lang) if figure.unit == "money" else (numbers.count(value, lang), "")


def short_text(value: Decimal | None, figure: TeamFigure, lang: str) -> str:
    """The same in one piece."""
    text, unit = short(value, figure, lang)
    return f"{text}{numbers.THIN}{unit}" if unit else text


def change(value: Decimal | None, before: Decimal | None, figure: TeamFigure, lang: str) -> str:
    """A change with its sign; of rates in percentage points."""
    if value is None or before is None:
        return numbers.NOTHING
    if figure.unit == "rate":
        return str(_("%(points)s pts", points=numbers.signed((value - before) * 100, lang, 1)))
    return numbers.signed(value - before, lang, 2 if figure.unit == "money" else 0)


def delta(
    value: Decimal | None, before: Decimal | None, figure: TeamFigure, versus: str, lang: str
) -> parts.Delta | None:
    """A change on a card."""
    if value is None or before is None:
        return None
    amount = value - before
    text = numbers.short_change(amount, lang) if figure.unit == "money" else change(value, before, figure, lang)
    return parts.Delta(text, (amount > 0) - (amount < 0), versus)


def state_words(state: MonthState) -> str:
    """How far a month has come."""
    titles: dict[str, Any] = {
        "open": _("provisional"), "frozen": _("frozen, to be decided"), "closed": _("closed"), "paid": _("paid"),
    }  # fmt: skip
    return str(titles[state.value])


def teams_href(institution: int | None = None, at: str = "") -> str:
    """The organisation of teams around an institution; `at` is a day of an address, empty for today."""
    return TEAMS + search_of({"institution": "" if institution is None else str(institution), "at": at})


def relations_href(person_id: int, at: str = "") -> str:
    """One agent's relations."""
    return RELATIONS + search_of({"agent": str(person_id), "at": at})


def move_href(kind: str, subject: int) -> str:
    """Where a move of an agent or a team is asked for."""
    return MOVE + search_of({kind: str(subject)})


def relation_words(kind: str) -> tuple[str, str]:
    """What a relation is called upwards and downwards."""
    known = {
        "reporting": (_("Superior"), _("Reports to the agent")), "recruiter": (_("Recruiter"), _("Recruited")),
        "nurturer": (_("Nurturer"), _("Nurtured")), "trainer": (_("Trainer"), _("Trains")),
    }  # fmt: skip
    return known.get(kind, (kind, kind))
