"""A person's month as a run found it: its values and rules. The runs of later months may have found a closed month again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select

from calc.rulebook.checked import Checked
from calc.rulebook.elements import Value
from calc.rulebook.standing import AgentMonth
from portal.models.agents import Agent, AgentPeriod
from portal.models.rulebooks import Rulebook
from portal.query.checked_rules import checked_variant
from portal.query.month_facts import AGAIN, VALUES
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, Variant
from portal.query.statement import DATASET, Statement, elements_on, last_of, variant_on
from portal.query.statement_lines import COMPUTED_BY_NOBODY


@dataclass(frozen=True)
class FoundMonth:
    """What the run of `run_month` found of a person's `month`; no values where the person had no contract in it."""

    reader: Reader
    person_id: int
    month: dt.date
    run_month: dt.date
    known_on: dt.datetime  # when the run was published
    rulebook_id: int
    rulebook: str
    institution_id: int
    values: Mapping[str, Any]

    @property
    def is_again(self) -> bool:
        """Whether the month was closed and found again by the run of a later one."""
        return self.month != self.run_month

    @property
    def run_day(self) -> dt.date:
        """The business date of the run."""
        return last_of(self.run_month)

    @property
    def no_contract(self) -> bool:
        """Whether the person had no contract in the month, as is known now: then nothing was worked out."""
        if self.values:
            return False
        held = select(AgentPeriod.id).where(
            AgentPeriod.agent_id == self.person_id, AgentPeriod.valid_from <= last_of(self.month),
            AgentPeriod.valid_to > self.month, AgentPeriod.channel == self.rulebook,
        )  # fmt: skip
        return self.reader.session.scalars(held.limit(1)).first() is None

    @cached_property
    def elements(self) -> Mapping[Key, Any]:
        """What the rules say that the month was priced by."""
        return elements_on(self.reader, self.rulebook_id, self.institution_id, self.month, self.known_on)

    def variant(self, institution_id: int, day: dt.date) -> Variant | None:
        """The rules of an institution on a day as the run knew them."""
        return variant_on(self.reader, self.rulebook_id, institution_id, day, self.known_on)

    def of_place(self, grain: str) -> Mapping[str, Any]:
        """What the run found of the person's team or institution, as far as it may be seen; not of a month found again."""
        column, dataset = f"{grain}_id", f"{grain}_value"
        place = {"team": self.values.get("seat_id"), "institution": self.institution_id}[grain]
        if self.is_again or not self.reader.published(dataset, [self.run_day]):
            return {}
        rows = self.reader.ask(
            f"select * from made where {column} = ? and month = ? and rulebook = ?", [place, self.month, self.rulebook],
            made=(dataset, [self.run_day]),
        )  # fmt: skip
        return rows[0] if rows else {}

    def checked(self) -> Checked | None:
        """The rules at the month's end, read and checked."""
        variant = self.variant(self.institution_id, last_of(self.month))
        return checked_variant(variant) if variant is not None else None

    def agent(self) -> AgentMonth | None:
        """What is known of the month: the rules at its end, the agent's columns, the values that were published."""
        checked = self.checked()
        agent = self.reader.session.get(Agent, self.person_id)
        if not self.values or checked is None or agent is None:
            return None
        columns: dict[str, Value] = {
            "agent_id": Decimal(self.person_id), "institution_id": Decimal(self.institution_id),
            "team_id": self.values["seat_id"], "joined_on": agent.joined_on,
        }  # fmt: skip
        rank = rank_in(self.reader, self.person_id, self.month)
        named = columns if rank is None else {**columns, "rank": rank}
        return AgentMonth(checked, self.month, named, self.values)


def found_month(reader: Reader, one: Statement, month: dt.date) -> FoundMonth:
    """A month as the statement's run found it: its own, or a closed one that it computed again."""
    return _found(reader, one, month, one.month)


def stated_month(reader: Reader, one: Statement, month: dt.date) -> FoundMonth | None:
    """A closed month as the statements before said it last; None where none did."""
    earlier = [when for when in one.months if month <= when < one.month]
    if not earlier:
        return None
    decided = ", ".join(f"'{name}'" for name in COMPUTED_BY_NOBODY)
    rows = reader.ask(
        f"select max(in_month) as stated from made where agent_id = ? and for_month = ? and line not in ({decided})",
        [one.person_id, month], made=(DATASET, [last_of(when) for when in earlier]),
    )  # fmt: skip
    return _found(reader, one, month, rows[0]["stated"]) if rows[0]["stated"] is not None else None


def difference_lines(reader: Reader, run_day: dt.date, month: dt.date, people: Sequence[int]) -> dict[int, str]:
    """Of some people a line that a run's statement pays a difference by for a closed month."""
    if not people:
        return {}
    decided = ", ".join(f"'{name}'" for name in COMPUTED_BY_NOBODY)
    rows = reader.ask(
        f"select agent_id, min(line) as line from made where for_month = ? and line not in ({decided}) "
        f"and agent_id in ({', '.join(map(str, sorted(set(people))))}) group by agent_id",
        [month], made=(DATASET, [run_day]),
    )  # fmt: skip
    return {row["agent_id"]: row["line"] for row in rows}


def _found(reader: Reader, one: Statement, month: dt.date, run_month: dt.date) -> FoundMonth:
    day = last_of(run_month)
    rows = reader.ask(
        "select * from made where agent_id = ? and month = ?", [one.person_id, month],
        made=(VALUES if month == run_month else AGAIN, [day]),
    )  # fmt: skip
    known_on = reader.pins(DATASET, [day])[0].published_at
    books = {book.code: book.id for book in reader.session.scalars(select(Rulebook))}
    code = next((code for code, number in books.items() if number == one.rulebook_id), "")
    if rows:
        code = rows[0]["rulebook"]
    institution = rows[0]["institution_id"] if rows else one.institution_id
    return FoundMonth(
        reader, one.person_id, month, run_month, known_on, books[code], code, institution, rows[0] if rows else {}
    )  # fmt: skip


def rank_in(reader: Reader, person_id: int, month: dt.date) -> str | None:
    """The rank an agent's month is computed with: that of its last day, or of the agent's own last one."""
    return reader.session.scalars(
        select(AgentPeriod.rank)
        .where(AgentPeriod.agent_id == person_id, AgentPeriod.valid_from <= last_of(month),
               AgentPeriod.valid_to > month)
        .order_by(AgentPeriod.valid_from.desc())
    ).first()  # fmt: skip
