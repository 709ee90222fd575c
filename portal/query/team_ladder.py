"""Where the agents of a place stand on the ladder, who the evaluation proposes to rise or fall, and what the figures are called."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.models.commission import CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.evaluation import Move, evaluated
from portal.query.pins import NotPublished
from portal.query.ranks import Rank, known_ranks, rank_codes_on
from portal.query.reader import Reader
from portal.query.statement import elements_of_book, last_of, title_of
from portal.query.statement_lines import month_before
from portal.query.team_figures import TEAM_FIGURES, element_named
from portal.query.team_home import VALUES, AgentLine, agent_sums


@dataclass(frozen=True, slots=True)
class Rung:
    """A rank, how many hold it, how many held it a month before (None where that is not published), and who moves away."""

    rank: Rank
    heads: int
    before: int | None
    rises: int
    falls: int


@dataclass(frozen=True)
class Ladder:
    """The rungs from the highest down, and the moves that are proposed; `told` says whether the actor may see those."""

    rungs: Sequence[Rung]
    moves: Sequence[Move]
    told: bool


def ladder_of(reader: Reader, place_id: int, month: dt.date, agents: Sequence[AgentLine]) -> Ladder:
    """The ladder of a place in a month; `agents` are all that it has."""
    now = Counter(one.rank for one in agents)
    earlier = month_before(month)
    before: Counter[str] | None = None
    if reader.published(VALUES, [last_of(earlier)]):
        codes, below = rank_codes_on(reader, earlier, last_of(earlier)), reader.places(last_of(earlier)).below(place_id)
        there = [person for person, (seat, _sums) in agent_sums(reader, earlier, None).items() if seat in below]
        before = Counter(codes[one][1] for one in there if one in codes)
    told = reader.actor.may(Permission.EVALUATION_VIEW)
    moves = proposed(reader, place_id, month) if told else []
    rises = Counter(one.from_rank for one in moves if one.kind == "promotion")
    falls = Counter(one.from_rank for one in moves if one.kind == "demotion")
    held = {one.code: one for one in now}
    channels = {one.channel for one in agents}
    for (channel, code), rank in known_ranks(reader, month).items():
        if channel in channels:
            held.setdefault(code, rank)
    rungs = [
        Rung(one, now[one], None if before is None else before[code], rises[code], falls[code])
        for code, one in held.items() if code
    ]  # fmt: skip
    return Ladder(sorted(rungs, key=lambda one: (-one.rank.place, one.rank.code)), moves, told)


def proposed(reader: Reader, place_id: int, month: dt.date) -> list[Move]:
    """Who below a place rises or falls by the month's evaluation, those who rise first."""
    below = reader.places(last_of(month)).below(place_id)
    try:
        moves = evaluated(reader, month)
    except NotPublished:
        return []
    found = [one for one in moves if one.kind != "maintenance" and one.seat_id in below]
    return sorted(found, key=lambda one: (one.kind != "promotion", one.agent_no))


def figure_titles(reader: Reader, month: dt.date) -> dict[str, str]:
    """What the figures are called in the rules in force, in the reader's language; else what the declaration says."""
    language = reader.actor.language
    books = [
        elements_of_book(reader, book, month)
        for book in reader.session.scalars(select(Rulebook.id).order_by(Rulebook.id))
    ]
    titles = {}
    for figure in TEAM_FIGURES.values():
        named = ""
        for elements in books:
            called = element_named(elements, figure.called)
            for section in ("formulas", "measures"):
                if not named and (section, called) in elements:
                    title = title_of(elements, section, called, language)
                    named = title if title != called else ""
        titles[figure.key] = _of_several(named, str(figure.title))
    return titles


def _of_several(named: str, declared: str) -> str:
    """A title of the rules, which speak of one agent, for the sum of many: `Active head` is `Active heads`."""
    return declared if not named or f"{named}s".casefold() == declared.casefold() else named


def month_state(reader: Reader, month: dt.date) -> MonthState:
    """How far the month has come in the rulebook that is least far."""
    states = set(reader.session.scalars(select(CommissionMonth.state).where(CommissionMonth.month == month)))
    return next((one for one in MonthState if one.value in states), MonthState.OPEN)
