"""What people call the ranks of agents: the titles their rulebook's ladders give them, and the bare code where they give none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.dialects.postgresql import distinct_on

from portal.models.agents import AgentPeriod
from portal.models.among import among
from portal.models.rulebooks import Rulebook
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import elements_of_book


@dataclass(frozen=True, slots=True)
class Rank:
    """A rank as people say it. `place` counts from the lowest of its ladder; ranks of no ladder stand below all."""

    code: str
    title: str
    place: int


def ranks_of(elements: Mapping[Key, Any], language: str) -> dict[str, Rank]:
    """The ranks of a rulebook's ladders by code."""
    found: dict[str, Rank] = {}
    for (section, _name), content in elements.items():
        if section != "ladders" or not isinstance(content, Mapping):
            continue
        called = content.get("rank_titles")
        for place, code in enumerate(map(str, content.get("ranks") or ())):
            told = called.get(code) if isinstance(called, Mapping) else None
            told = told if isinstance(told, Mapping) else {}
            title = (told.get("title_zh") if language == "zh" else "") or told.get("title") or code
            found.setdefault(code, Rank(code, str(title), place))
    return found


def known_ranks(reader: Reader, on: dt.date) -> dict[tuple[str, str], Rank]:
    """The ranks of all rulebooks in force in a day's month, by rulebook and code; asked once a question."""
    kept: dict[dt.date, dict[tuple[str, str], Rank]] = reader.__dict__.setdefault("known_ranks", {})
    month = on.replace(day=1)
    if month not in kept:
        kept[month] = {
            (book.code, code): rank
            for book in reader.session.scalars(select(Rulebook))
            for code, rank in ranks_of(elements_of_book(reader, book.id, month), reader.actor.language).items()
        }
    return kept[month]


def rank_of(reader: Reader, channel: str, code: str, on: dt.date) -> Rank:
    """A rank by its code; one that no ladder has goes by the code."""
    return known_ranks(reader, on).get((channel, code)) or Rank(code, code, -1)


def titles_of(reader: Reader, called: str, on: dt.date) -> dict[str, str]:
    """What codes are called on a day: of every `rulebook` its name, of every `rank` its title, in the order of the ladders."""
    if called == "rulebook":
        chinese = reader.actor.language == "zh"
        books = reader.session.scalars(select(Rulebook).order_by(Rulebook.id))
        return {book.code: book.name_zh if chinese and book.name_zh else book.name for book in books}
    found: dict[str, str] = {}
    for rank in sorted(known_ranks(reader, on).values(), key=lambda one: one.place):
        found.setdefault(rank.code, rank.title)
    return found


def contracts_on(
    reader: Reader, first_day: dt.date, last_day: dt.date, only: Collection[int] | None = None
) -> dict[int, tuple[str, Rank]]:
    """Rulebook and rank of every agent the actor may see, on the last day; of who left between the days, the last ones.

    `only` chooses some of them.
    """
    codes = rank_codes_on(reader, first_day, last_day, only)
    ranks = {pair: (pair[0], rank_of(reader, *pair, last_day)) for pair in set(codes.values())}
    return {agent: ranks[pair] for agent, pair in codes.items()}


def rank_codes_on(
    reader: Reader, first_day: dt.date, last_day: dt.date, only: Collection[int] | None = None
) -> dict[int, tuple[str, str]]:
    """The same with the rank's code alone: for counting, no rules are read."""
    rows = reader.session.execute(
        select(AgentPeriod.agent_id, AgentPeriod.channel, AgentPeriod.rank)
        .ext(distinct_on(AgentPeriod.agent_id))
        .where(AgentPeriod.valid_from <= last_day, AgentPeriod.valid_to > first_day,
               true() if only is None else among(AgentPeriod.agent_id, only))
        .order_by(AgentPeriod.agent_id, AgentPeriod.valid_from.desc())
    ).all()  # fmt: skip
    return {agent: (channel, code) for agent, channel, code in rows}
