"""A sales leader's home: a subtree's figures of a month, the level below, its agents, and where they stand on the ladder.

Figures are sums of what the month's run published for each agent, by the team the agent sat in at the month's end; a place's
are those of the teams below it in the tree of that month. What lies outside the scope never comes out of the reading layer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import or_, select

from portal.models.organisation import InstitutionPeriod
from portal.permissions import Permission
from portal.query.names import agent_numbers, names_of
from portal.query.outside import institution_within, refuse, roots_within
from portal.query.places import Place, Places
from portal.query.ranks import Rank, contracts_on
from portal.query.reader import Reader
from portal.query.statement import last_of, months_of
from portal.query.statement_lines import month_before
from portal.query.team_figures import ELEMENTS, Sums, TeamFigure, elements_named, together

VALUES = "agent_value"
MONTHS_SHOWN = 12
NO_RANK = Rank("", "", -1)


@dataclass(frozen=True, slots=True)
class Part:
    """One place of the level below, or the place itself: its sums, and those of the month before."""

    place: Place
    now: Sums
    before: Sums | None


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent's month."""

    person_id: int
    agent_no: str
    name: str
    seat_id: int
    rank: Rank
    channel: str  # the rulebook he is paid by
    now: Sums
    before: Sums | None


@dataclass(frozen=True)
class TeamHome:
    """What a home says: the place's sums month by month (oldest first), and the places below it that have agents."""

    place: Place
    month: dt.date
    months: Sequence[dt.date]  # all that are published, newest first
    trend: Sequence[tuple[dt.date, Sums]]
    below: Sequence[Part]
    own: Part | None  # agents who sit at the place itself, where others sit below it
    missing: frozenset[str]  # elements that the month does not have
    unknown: int  # values that the month has for no agent

    @property
    def now(self) -> Sums:
        return self.trend[-1][1]

    @property
    def before(self) -> Sums | None:
        """The month before, where it is published."""
        if len(self.trend) < 2 or self.trend[-2][0] != month_before(self.month):
            return None
        return self.trend[-2][1]


def shown_months(reader: Reader, months: Sequence[dt.date], month: dt.date | None) -> list[dt.date]:
    """Of published months the one asked for, or the newest, as the last of those a trend shows; none for another month.

    Their values are looked up at once.
    """
    here = month if month in months else months[0] if months and month is None else None
    if here is None:
        return []
    shown = [one for one in reversed(months) if one <= here][-MONTHS_SHOWN:]
    reader.look_up([VALUES], [last_of(one) for one in shown])
    return shown


def team_home(reader: Reader, institution_id: int | None, month: dt.date | None) -> TeamHome | None:
    """The home of a place for a month, or the newest; None when nothing is published or the actor leads no agents.

    Raises:
        Forbidden: the actor may not see team homes.
        OutOfScope: there is no such place, or the actor does not see all of it.
    """
    reader.allow(Permission.TEAM_HOME_VIEW)
    months = months_of(reader)
    shown = shown_months(reader, months, month)
    if not shown:
        return None
    here = shown[-1]
    sums = {one: seat_sums(reader, one) for one in shown}
    place = team_place(reader, institution_id, here, sums[here])
    if place is None:
        return None
    trees = trees_of(reader, shown)
    trend = [(one, of_place(sums[one], trees[one], place.id)) for one in shown]
    before = month_before(here)
    parts = [
        Part(child, of_place(sums[here], trees[here], child.id),
             of_place(sums[before], trees[before], child.id) if before in sums else None)
        for child in trees[here].children.get(place.id, ())
        if trees[here].below(child.id) & sums[here].keys()
    ]  # fmt: skip
    own = None
    if parts and place.id in sums[here]:
        own = Part(place, sums[here][place.id], sums.get(before, {}).get(place.id, together([])))
    missing = frozenset(name for name, column in columns_by_name(reader, here).items() if not column)
    return TeamHome(
        place, here, months, trend, parts, own, missing, unknown_values(reader, here, trees[here], place.id),
    )  # fmt: skip


def team_place(reader: Reader, institution_id: int | None, month: dt.date, sums: dict[int, Sums]) -> Place | None:
    """The place asked for, else the uppermost one with agents that the actor sees as a whole."""
    on = last_of(month)
    tree = reader.places(on)
    if institution_id is not None:
        place = institution_within(reader, institution_id, on)
        if not _whole(reader, tree, institution_id):
            raise refuse(reader, "institution", institution_id)
        return place
    tops = [one for one in roots_within(reader, tree) if _whole(reader, tree, one.id)]
    here = next((one for one in tops if tree.below(one.id) & sums.keys()), None)
    while here is not None and here.id not in sums:
        peopled = [child for child in tree.children.get(here.id, ()) if tree.below(child.id) & sums.keys()]
        if len(peopled) != 1 or len(tree.children.get(here.id, ())) == 1:
            break
        here = peopled[0]
    return here


def columns_of(reader: Reader, month: dt.date) -> frozenset[str]:
    """The elements a month's run published for each agent."""
    return frozenset(reader.table("select * from made limit 0", made=(VALUES, [last_of(month)])).schema.names)


def seat_sums(reader: Reader, month: dt.date) -> dict[int, Sums]:
    """The elements summed over the agents of each team, within the scope."""
    rows = reader.ask(
        f"select seat_id, {_picked(reader, month)} from made group by seat_id",
        made=(VALUES, [last_of(month)]),
    )
    return {row["seat_id"]: _sums(row) for row in rows}


def unknown_values(reader: Reader, month: dt.date, tree: Places, place_id: int) -> int:
    """How many values of the figures' elements are missing below a place: a sum without them says too little."""
    there = [column for column in columns_by_name(reader, month).values() if column]
    counted = " + ".join(f"count(*) filter ({column} is null)" for column in there) or "0"
    rows = reader.ask(
        f"select {counted} as missing from made where seat_id in ({_listed(tree.below(place_id))})",
        made=(VALUES, [last_of(month)]),
    )
    return int(rows[0]["missing"] or 0)


def of_place(sums: dict[int, Sums], tree: Places, place_id: int) -> Sums:
    """What the teams of a place come to together."""
    below = tree.below(place_id)
    return together([one for seat, one in sums.items() if seat in below])


def trees_of(reader: Reader, months: Sequence[dt.date]) -> dict[dt.date, Places]:
    """The tree at each month's end; months between which nothing moved share one."""
    days = [last_of(one) for one in months]
    period = InstitutionPeriod
    moved = reader.session.execute(
        select(period.valid_from, period.valid_to).where(
            or_(period.valid_from.between(days[0], days[-1]), period.valid_to.between(days[0], days[-1]))
        )
    ).all()
    changes = sorted({day for pair in moved for day in pair if day > days[0]})
    found = {}
    for month, day in zip(months, days, strict=True):
        last_change = max((one for one in changes if one <= day), default=days[0])
        found[month] = reader.places(last_change)
    return found


def agents_of_place(reader: Reader, place_id: int, month: dt.date, figure: TeamFigure) -> list[AgentLine]:
    """The agents below a place, largest first by a figure."""
    reader.allow(Permission.TEAM_HOME_VIEW)
    tree = reader.places(last_of(month))
    below = tree.below(place_id)
    now = agent_sums(reader, month, below)
    before_month = month_before(month)
    published = bool(reader.published(VALUES, [last_of(before_month)]))
    before = (
        {person: sums for person, (_seat, sums) in agent_sums(reader, before_month, None).items()} if published else {}
    )
    numbers, names = agent_numbers(reader, now), names_of(reader, now)
    contracts = contracts_on(reader, month, last_of(month))
    found = []
    for person_id, (seat, sums) in now.items():
        name = names[person_id]
        number, (channel, rank) = numbers.get(person_id, ""), contracts.get(person_id, ("", NO_RANK))
        found.append(AgentLine(person_id, number, name, seat, rank, channel, sums, before.get(person_id)))
    return sorted(found, key=lambda one: (*largest_first(figure.value(one.now)), one.agent_no))


def largest_first(value: Decimal | None) -> tuple[bool, Decimal]:
    """What puts the largest value first and those without one last."""
    return value is None, -(value or Decimal(0))


def agent_sums(reader: Reader, month: dt.date, below: frozenset[int] | None) -> dict[int, tuple[int, Sums]]:
    """Each agent's elements in a month with the team he sat in; of some teams, or of all the actor sees. Asked once a question."""
    kept: dict[dt.date, dict[int, tuple[int, Sums]]] = reader.__dict__.setdefault("agent_sums", {})
    if month not in kept:
        rows = reader.ask(
            f"select agent_id, any_value(seat_id) as seat_id, {_picked(reader, month)} from made group by agent_id",
            made=(VALUES, [last_of(month)]),
        )
        kept[month] = {row["agent_id"]: (row["seat_id"], _sums(row)) for row in rows}
    found = kept[month]
    return found if below is None else {person: one for person, one in found.items() if one[0] in below}


def way_to(reader: Reader, place: Place, month: dt.date) -> list[Place]:
    """From the uppermost place the actor may see as a whole down to this one."""
    tree = reader.places(last_of(month))
    return [one for one in tree.above(place.id) if _whole(reader, tree, one.id)] or [place]


def columns_by_name(reader: Reader, month: dt.date) -> dict[str, str]:
    """For each element of the figures the column that holds it, by the name each rulebook gives it; empty where none has it."""
    there, books = columns_of(reader, month), elements_named(reader, month)
    found = {}
    for usual in ELEMENTS:
        named = {code: names[usual] for code, names in books.items()} or {"": usual}
        columns = {name: f'"{name}"' for name in named.values() if name in there}
        if not columns:
            found[usual] = ""
        elif len(set(named.values())) == 1:
            found[usual] = next(iter(columns.values()))
        else:
            cases = " ".join(f"when {_quoted(code)} then {columns.get(name, 'null')}" for code, name in named.items())
            found[usual] = f"(case rulebook {cases} end)"
    return found


def _picked(reader: Reader, month: dt.date) -> str:
    """The elements summed, as columns of a question; one the month does not have is empty."""
    return ", ".join(
        f'coalesce(sum({column}), 0) as "{usual}"' if column else f'null::decimal(18,2) as "{usual}"'
        for usual, column in columns_by_name(reader, month).items()
    )


def _quoted(code: str) -> str:
    return "'" + code.replace("'", "''") + "'"


def _sums(row: dict[str, object]) -> Sums:
    return {name: None if row[name] is None else Decimal(str(row[name])) for name in ELEMENTS}


def _listed(ids: frozenset[int]) -> str:
    return ", ".join(str(int(one)) for one in sorted(ids)) or "null"


def _whole(reader: Reader, tree: Places, institution_id: int) -> bool:
    """Whether the actor sees everything below it."""
    return reader.actor.scope.all or tree.below(institution_id) <= reader.actor.scope.institutions
