"""What moving an agent or a team changes: people, first-year commission of the last months, superiors, rules that differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from portal.models.agents import Agent, AgentPeriod, Relation, RelationKind, RelationPeriod
from portal.models.among import among
from portal.models.commission import CommissionMonth, MonthState
from portal.models.organisation import InstitutionLevel, InstitutionPeriod, Position, PositionKind
from portal.models.rulebooks import Rulebook
from portal.query.agent_relations import reports_of, superiors_on
from portal.query.pins import newest_date
from portal.query.ranks import contracts_on
from portal.query.reader import Reader
from portal.query.statement import elements_on, last_of, months_of, title_of
from portal.query.team_figures import TEAM_FIGURES
from portal.query.team_home import agent_sums

MONTHS_SUMMED = 3
ONE_DAY = dt.timedelta(days=1)
TITLED = ("formulas", "measures", "tables", "parameters", "lines", "ladders")


@dataclass(frozen=True, slots=True)
class Seated:
    """Where an agent sits on a day and as what; or under which institution a team stands (`leads` is then False)."""

    institution_id: int
    leads: bool
    until: dt.date  # the first day on which it ends or changes


@dataclass(frozen=True, slots=True)
class ChangedSuperior:
    """A superior whose figures change: by the commission of the months summed, of those who come or go below him."""

    person_id: int
    change: Decimal


@dataclass(frozen=True)
class MoveEffect:
    """What a move changes. Amounts are the first-year commission of the `months`, as published."""

    people: Sequence[int]
    months: Sequence[dt.date]  # newest first
    last_month: Decimal | None
    summed: Decimal | None
    superiors: Sequence[ChangedSuperior]
    reports: int  # agents who report to who moves, directly or through others
    kept: Mapping[str, int]  # other relations of the people that stay as they are, by kind
    rules: Sequence[str]  # titles of rules that are others at the new place
    issued_before: bool  # days from the first one on are published already


def seat_of(reader: Reader, person_id: int, on: dt.date) -> Seated | None:
    """Where an agent sits on a day."""
    row = reader.session.scalars(
        select(Position).where(Position.person_id == person_id, Position.valid_from <= on, Position.valid_to > on)
    ).one_or_none()
    return None if row is None else Seated(row.institution_id, row.kind == PositionKind.LEADER, row.valid_to)


def parent_of(reader: Reader, institution_id: int, on: dt.date) -> Seated | None:
    """Under which institution a team stands on a day."""
    row = reader.session.scalars(
        select(InstitutionPeriod).where(
            InstitutionPeriod.institution_id == institution_id, InstitutionPeriod.valid_from <= on,
            InstitutionPeriod.valid_to > on,
        )
    ).one_or_none()  # fmt: skip
    return None if row is None or row.parent_id is None else Seated(row.parent_id, False, row.valid_to)


def leader_of(reader: Reader, institution_id: int, on: dt.date) -> int | None:
    """Who leads an institution on a day and has an agent contract; of two the one with the lower number."""
    return reader.session.scalars(
        select(Position.person_id).join(Agent, Agent.id == Position.person_id)
        .where(Position.institution_id == institution_id, Position.kind == PositionKind.LEADER,
               Position.valid_from <= on, Position.valid_to > on)
        .order_by(Position.person_id).limit(1)
    ).one_or_none()  # fmt: skip


def superior_of(reader: Reader, person_id: int, on: dt.date) -> int | None:
    """Whom an agent reports to on a day."""
    return next(iter(superiors_on(reader, person_id, on)), None)


def is_team(reader: Reader, institution_id: int, on: dt.date) -> bool:
    """Whether an institution is a sales team on a day."""
    return bool(reader.session.scalar(
        select(InstitutionLevel.sales_team).join(InstitutionPeriod, InstitutionPeriod.level_id == InstitutionLevel.id)
        .where(InstitutionPeriod.institution_id == institution_id, InstitutionPeriod.valid_from <= on,
               InstitutionPeriod.valid_to > on)
    ))  # fmt: skip


def has_contract(reader: Reader, person_id: int, on: dt.date) -> bool:
    """Whether somebody has an agent contract on a day."""
    held = select(AgentPeriod.id).where(
        AgentPeriod.agent_id == person_id, AgentPeriod.valid_from <= on, AgentPeriod.valid_to > on
    )
    return reader.session.scalar(held) is not None


def earliest_move(reader: Reader) -> dt.date | None:
    """The first day no closed month reaches; None when no month was closed."""
    last = reader.session.scalar(
        select(func.max(CommissionMonth.month)).where(CommissionMonth.state != MonthState.OPEN)
    )
    return None if last is None else last_of(last) + ONE_DAY


def move_effect(
    reader: Reader, kind: str, subject: int, target: int, who: int | None, superior: int | None, day: dt.date
) -> MoveEffect:
    """What a move from a day on changes; `who` is whose superior changes, `superior` the new one."""
    people = people_of(reader, kind, subject, day)
    months = months_of(reader)[:MONTHS_SUMMED]
    by_month = {month: amounts_of(reader, month) for month in months}
    last = sums_of(by_month.get(months[0], {}), people) if months else None
    summed = sum((sums_of(by_month[month], people) for month in months), Decimal(0)) if months else None
    before = parent_of(reader, subject, day) if kind == "team" else seat_of(reader, subject, day)
    reports = reports_of(reader, who, day) if who is not None else set()
    kept = reader.session.execute(
        select(Relation.kind, func.count()).join(RelationPeriod, RelationPeriod.relation_id == Relation.id)
        .where(Relation.kind != RelationKind.REPORTING, RelationPeriod.valid_from <= day, RelationPeriod.valid_to > day,
               among(Relation.agent_id, people))
        .group_by(Relation.kind)
    ).all()  # fmt: skip
    newest = newest_date(reader.session, "policy")
    return MoveEffect(
        people, months, last, summed, _superiors(reader, who, superior, reports, by_month, day), len(reports), dict(kept),
        changed_rules(reader, before.institution_id if before else target, target, day),
        newest is not None and day <= newest,
    )  # fmt: skip


def people_of(reader: Reader, kind: str, subject: int, day: dt.date) -> list[int]:
    """Who moves: the agent, or everybody who sits in the team or below it on the day."""
    if kind == "agent":
        return [subject]
    below = reader.places(day).below(subject)
    return list(reader.session.scalars(
        select(Position.person_id).join(Agent, Agent.id == Position.person_id)
        .where(among(Position.institution_id, below), Position.valid_from <= day, Position.valid_to > day)
        .order_by(Position.person_id)
    ))  # fmt: skip


def amounts_of(reader: Reader, month: dt.date) -> dict[int, Decimal]:
    """Each agent's first-year commission of a month."""
    figure = TEAM_FIGURES["fyc"]
    found = {person: figure.value(sums) for person, (_seat, sums) in agent_sums(reader, month, None).items()}
    return {person: value for person, value in found.items() if value is not None}


def sums_of(amounts: Mapping[int, Decimal], people: Sequence[int] | set[int]) -> Decimal:
    """What some people have together."""
    return sum((amounts.get(one, Decimal(0)) for one in people), Decimal(0))


def changed_rules(reader: Reader, here: int, target: int, day: dt.date) -> list[str]:
    """Titles of the rules that are others at the new place, in the month of the day."""
    found = []
    for book in reader.session.scalars(select(Rulebook.id).order_by(Rulebook.id)):
        old = elements_on(reader, book, here, day.replace(day=1), None)
        new = elements_on(reader, book, target, day.replace(day=1), None)
        for section, name in sorted(old.keys() | new.keys()):
            if old.get((section, name)) != new.get((section, name)) and section in TITLED:
                found.append(title_of(new if (section, name) in new else old, section, name, reader.actor.language))
    return found


def _superiors(
    reader: Reader, who: int | None, superior: int | None, reports: set[int],
    by_month: Mapping[dt.date, Mapping[int, Decimal]], day: dt.date,
) -> list[ChangedSuperior]:  # fmt: skip
    """Those above before and those above then; who stays above keeps his figures."""
    if who is None:
        return []
    before = superiors_on(reader, who, day)
    after = [superior, *superiors_on(reader, superior, day)] if superior is not None else []
    moved = sum((sums_of(amounts, {who, *reports}) for amounts in by_month.values()), Decimal(0))
    lose = [ChangedSuperior(one, -moved) for one in before if one not in after]
    return lose + [ChangedSuperior(one, moved) for one in after if one not in before]


def ranks_then(reader: Reader, day: dt.date) -> Mapping[int, str]:
    """What everybody's rank is called on a day."""
    return {person: rank.title for person, (_channel, rank) in contracts_on(reader, day, day).items()}
