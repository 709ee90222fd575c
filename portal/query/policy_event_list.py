"""Events that other systems sent, as a list for people: what came, whose it is, what became of it and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true

from portal.access.identity import day_begins, today
from portal.models.agents import Agent, PolicyEvent
from portal.models.organisation import Person, Position
from portal.permissions import Permission
from portal.query.paging import page_within
from portal.query.policy_events import State
from portal.query.policy_numbers import numbers_of, policies_called
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.sentence import told
from portal.settings import settings

PAGE_SIZE = 25
USUAL_DAYS = 31  # how far back the list goes unless it is asked; what still waits is in it in any case
LONGEST_SOUGHT = 60
STATES: tuple[State, ...] = ("waiting", "provisional", "published", "confirmed", "replaced", "set_aside")


@dataclass(frozen=True, slots=True)
class EventView:
    """What of the events is asked for; empty means all. Days are those of the installation's zone, both included."""

    sought: str = ""
    state: str = ""
    source: str = ""
    dataset: str = ""
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    page: int = 1

    @property
    def since(self) -> dt.date | None:
        """The first day of the list where none was asked for; who seeks something or one state looks everywhere."""
        return None if self.sought or self.state or self.first_day else today() - dt.timedelta(days=USUAL_DAYS)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event; `policy_no` and `agent_id` are empty where nobody here knows them."""

    id: int
    source: str
    key: str
    dataset: str
    content: Mapping[str, Any]
    received_at: dt.datetime
    received_from: str
    state: State
    reason: str
    business_date: dt.date | None
    shown_at: dt.datetime | None
    settled_at: dt.datetime | None
    agent_no: str
    agent_id: int | None
    agent_name: str
    policy_no: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, the newest first, how many there are of each state, and when an intraday run last looked."""

    rows: Sequence[EventRow]
    counts: Mapping[str, int]
    total: int
    page: int
    shown_at: dt.datetime | None


def events_page(reader: Reader, view: EventView) -> EventPage:
    """The events a view asks for. Raises Forbidden without the permission."""
    reader.allow(Permission.POLICY_VIEW)
    conditions = _conditions(reader, view)
    state = _state()
    counted = reader.session.execute(select(state, func.count()).where(*conditions).group_by(state)).all()
    counts = {row[0]: row[1] for row in counted}
    total = counts.get(view.state, 0) if view.state else sum(counts.values())
    page = page_within(view.page, total, PAGE_SIZE)
    wanted = select(PolicyEvent.id).where(*conditions, state == view.state if view.state else true())
    ids = reader.session.scalars(
        wanted.order_by(PolicyEvent.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    shown = reader.session.scalar(select(func.max(PolicyEvent.shown_at)))
    return EventPage(_rows(reader, ids), counts, total, page, shown)


def one_event(reader: Reader, number: str) -> EventRow | None:
    """One event by its number; None when there is none that the actor may see. Raises Forbidden without the permission."""
    reader.allow(Permission.POLICY_VIEW)
    if not is_number(number):
        return None
    ids = reader.session.scalars(select(PolicyEvent.id).where(PolicyEvent.id == int(number), _seen(reader))).all()
    return next(iter(_rows(reader, ids)), None)


def sources_of(reader: Reader) -> list[str]:
    """The systems that sent something the actor may see, by name. Raises Forbidden without the permission."""
    reader.allow(Permission.POLICY_VIEW)
    found = select(PolicyEvent.source).where(_seen(reader)).distinct().order_by(PolicyEvent.source)
    return list(reader.session.scalars(found))


def _conditions(reader: Reader, view: EventView) -> list[ColumnElement[bool]]:
    conditions = [_seen(reader)]
    if view.source:
        conditions.append(PolicyEvent.source == view.source)
    if view.dataset:
        conditions.append(PolicyEvent.dataset == view.dataset)
    if view.first_day is not None:
        conditions.append(PolicyEvent.received_at >= day_begins(view.first_day))
    if view.since is not None:
        conditions.append(or_(PolicyEvent.received_at >= day_begins(view.since), PolicyEvent.outcome.is_(None)))
    if view.last_day is not None:
        conditions.append(PolicyEvent.received_at < day_begins(view.last_day + dt.timedelta(days=1)))
    if view.sought:
        conditions.append(_sought(reader, view.sought[:LONGEST_SOUGHT]))
    return conditions


def _sought(reader: Reader, text: str) -> ColumnElement[bool]:
    """Events by a policy's number, an agent's number or name, the sender's key, or the id the sender gives the policy."""
    content = PolicyEvent.content
    named = select(Agent.agent_no).join(Person, Person.id == Agent.id)
    named = named.where(
        or_(Person.name.icontains(text, autoescape=True), Person.name_zh.contains(text, autoescape=True))
    )
    ways = [
        PolicyEvent.key.icontains(text, autoescape=True),
        content["agent_no"].astext.icontains(text, autoescape=True),
        content["policy_no"].astext.icontains(text, autoescape=True),
        content["policy_id"].astext == text,
        content["agent_no"].astext.in_(named),
    ]
    called = policies_called(reader, text)
    if called:
        ways.append(content["policy_id"].astext.in_([str(one) for one in called]))
    return or_(*ways)


def _seen(reader: Reader) -> ColumnElement[bool]:
    """Events of the actor himself, and of agents who sat inside his scope on the event's day; who sees all sees all.

    An event of an agent nobody knows belongs to nobody: only who sees the whole house finds it.
    """
    scope = reader.actor.scope
    if scope.all:
        return true()
    zone = ZoneInfo(settings().timezone).key
    day = func.coalesce(PolicyEvent.business_date, func.date(func.timezone(zone, PolicyEvent.received_at)))
    seat = select(1).where(
        Position.person_id == Agent.id,
        Position.valid_from <= day,
        Position.valid_to > day,
        within(reader.actor, Position),
    )
    whose: list[ColumnElement[bool]] = [exists(seat.correlate(Agent, PolicyEvent))]
    if scope.person_id is not None:
        whose.append(Agent.id == scope.person_id)
    return exists(
        select(1)
        .where(and_(Agent.agent_no == PolicyEvent.content["agent_no"].astext, or_(*whose)))
        .correlate(PolicyEvent)
    )


def _state() -> ColumnElement[str]:
    """As `portal.query.policy_events` tells it to the sender."""
    provisional = and_(PolicyEvent.shown_at.is_not(None), PolicyEvent.said.is_(None))
    return case((PolicyEvent.outcome.is_not(None), PolicyEvent.outcome), (provisional, "provisional"), else_="waiting")


def _rows(reader: Reader, ids: Sequence[int]) -> list[EventRow]:
    """Events with their agents and policies by name."""
    found = reader.session.execute(
        select(PolicyEvent, _state(), Agent.id, Person.name, Person.name_zh)
        .outerjoin(Agent, Agent.agent_no == PolicyEvent.content["agent_no"].astext)
        .outerjoin(Person, Person.id == Agent.id)
        .where(PolicyEvent.id.in_(ids)).order_by(PolicyEvent.id.desc())
    ).all()  # fmt: skip
    chinese = reader.actor.language == "zh"
    rows = [
        EventRow(
            event.id, event.source, event.key, event.dataset, event.content, event.received_at, event.received_from,
            cast(State, state), told(event.said), event.business_date if event.outcome else None, event.shown_at, event.settled_at,
            str(event.content.get("agent_no", "")), agent_id, (name_zh if chinese and name_zh else name) or "",
            str(event.content.get("policy_no", "")),
        )
        for event, state, agent_id, name, name_zh in found
    ]  # fmt: skip
    unnamed = {_policy_id(one) for one in rows if not one.policy_no} - {None}
    numbers = numbers_of(reader, unnamed) if unnamed else {}
    return [replace(one, policy_no=one.policy_no or numbers.get(_policy_id(one) or 0, "")) for one in rows]


def _policy_id(one: EventRow) -> int | None:
    told_id = str(one.content.get("policy_id", ""))
    return int(told_id) if is_number(told_id) else None
