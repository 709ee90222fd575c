"""What is ahead of an agent: the next tiers of the lines, and what the next rank asks, from the published values of a month.

The rules of the agent's institution say which benefits and conditions there are; nothing is known by name here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calc.rulebook.elements import Mode, Unit, Value
from calc.rulebook.next_rank import Condition, RankMove, next_ranks
from calc.rulebook.next_tier import NextTier, next_tiers
from calc.rulebook.standing import AgentMonth
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import NOTHING, Statement, elements_on, title_of
from portal.query.statement_month import found_month


@dataclass(frozen=True, slots=True)
class Tier:
    """A line's next tier, with titles: how much more of what, and what it brings."""

    line: str
    title: str
    counts: str
    counts_title: str
    counts_unit: Unit
    now: Decimal
    begins: Decimal
    reach: Decimal
    missing: Decimal
    mode: Mode | None
    value_now: Value
    value_then: Value
    value_unit: Unit
    gain: Decimal  # what the line pays more once the tier is reached
    month: dt.date
    waits: bool  # it pays in a later month than this one

    @property
    def share(self) -> Decimal:
        """How far the way from the band's start is done, from 0 to 1."""
        way = self.reach - self.begins
        return min(max((self.now - self.begins) / way, NOTHING), Decimal(1)) if way > 0 else NOTHING


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition of a rank, with the title of what it counts; its own text where it counts no one element."""

    title: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Rank:
    """A move from the agent's rank: a promotion, or what keeps the rank."""

    title: str
    move: RankMove
    asked: Sequence[Asked]


def ranks_ahead(reader: Reader, one: Statement, known: AgentMonth) -> list[Rank]:
    """What the next rank asks, and what the present one asks to stay."""
    elements = _elements(reader, one)
    return [_rank(move, elements, reader.actor.language) for move in next_ranks(known)]


def _rank(move: RankMove, elements: Mapping[Key, Any], language: str) -> Rank:
    ladder = elements.get(("ladders", move.ladder)) or {}
    told = (ladder.get("moves") or [{}])[move.number - 1]
    title = str((told.get("title_zh") if language == "zh" else "") or told.get("title") or "")
    asked = [
        Asked(_title(elements, one.counts, language) if one.counts else one.text, one) for one in move.conditions
    ]  # fmt: skip
    return Rank(title or f"{move.from_rank} → {move.to_rank}", move, asked)


def tiers_ahead(reader: Reader, one: Statement, known: AgentMonth) -> list[Tier]:
    """The next tiers of a statement's lines: those that pay first, and of them the nearest one first."""
    elements = _elements(reader, one)
    found = [_tier(step, known, elements, reader.actor.language) for step in next_tiers(known)]
    return sorted(found, key=lambda tier: (tier.month, -tier.share))


def _tier(step: NextTier, known: AgentMonth, elements: Mapping[Key, Any], language: str) -> Tier:
    return Tier(
        step.line, title_of(elements, "lines", step.line, language), step.counts,
        _title(elements, step.counts, language), known.checked.results[step.counts].unit or Unit.NUMBER,
        step.now, step.begins, step.reach, step.missing, step.mode, step.value_now, step.value_then, step.value_unit,
        step.line_then - step.line_now, step.month, step.month != known.month,
    )  # fmt: skip


def _elements(reader: Reader, one: Statement) -> Mapping[Key, Any]:
    return elements_on(reader, one.rulebook_id, one.institution_id, one.month, one.known_on)


def _title(elements: Mapping[Key, Any], element: str, language: str) -> str:
    section = "formulas" if ("formulas", element) in elements else "measures"
    return title_of(elements, section, element, language)


def agent_month(reader: Reader, one: Statement) -> AgentMonth | None:
    """What is known of the person's month: the rules at its end, the agent's columns, the published values."""
    return found_month(reader, one, one.month).agent()
