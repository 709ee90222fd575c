"""Events that other systems sent: what became of one, and what those that wait say of the day, provisionally."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from portal.access.identity import subtree
from portal.models.agents import PolicyEvent
from portal.permissions import Permission
from portal.query.pins import newest_date
from portal.query.reader import Reader
from portal.sentence import told
from portal.settings import settings

TODAY = "policy_event_today"
State = Literal["waiting", "provisional", "published", "confirmed", "replaced", "set_aside"]
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class EventState:
    """An event and where it stands; `reason` says why it is set aside, or what the delivery says instead."""

    key: str
    dataset: str
    received_at: dt.datetime
    state: State
    business_date: dt.date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DaySoFar:
    """What came since the last delivery: provisional, and replaced by the nightly run."""

    as_of: dt.datetime  # in the installation's zone
    new_policies: int
    first_year: Decimal
    renewal: Decimal
    due: int
    ended: int

    @property
    def says(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.new_policies or self.first_year or self.renewal or self.due or self.ended)


def event_state(reader: Reader, source: str, key: str) -> EventState | None:
    """Where the event with this key of a system stands; None when it never came."""
    reader.allow(Permission.POLICY_SEND)
    event = reader.session.scalar(select(PolicyEvent).where(PolicyEvent.source == source, PolicyEvent.key == key))
    if event is None:
        return None
    day = event.business_date if event.outcome else None
    return EventState(event.key, event.dataset, event.received_at, _state(event), day, told(event.said))


def _state(event: PolicyEvent) -> State:
    """An event that an intraday run could not use still waits: what it lacks may be recorded before the nightly run."""
    settled: dict[str, State] = {name: name for name in ("published", "confirmed", "replaced", "set_aside")}
    if event.outcome:
        return settled[event.outcome]
    return "provisional" if event.shown_at is not None and not event.said else "waiting"


def day_so_far(reader: Reader, person_id: int | None = None, institution_id: int | None = None) -> DaySoFar | None:
    """The provisional figures of a person, of an institution and all below it, or of the actor's whole scope.

    None when there are none that hold.

    They hold until a delivery day is published with events: from then on they would count them a second time.
    """
    if not reader.actor.may(Permission.POLICY_VIEW):
        return None
    shown, settled = reader.session.execute(
        select(func.max(PolicyEvent.shown_at), func.max(PolicyEvent.settled_at))
    ).one()
    day = newest_date(reader.session, TODAY)
    if day is None or shown is None or (settled is not None and settled > shown):
        return None
    whose = "true"
    if person_id is not None:
        whose = f"agent_id = {int(person_id)}"
    elif institution_id is not None:
        below = ", ".join(map(str, sorted(subtree(reader.session, [institution_id]))))
        whose = f"institution_id in ({below or 'null'})"
    [row] = reader.ask(
        "select count(*) filter (kind = 'new') as new_policies, sum(amount) filter (kind = 'first_year') as first_year, "
        "sum(amount) filter (kind = 'renewal') as renewal, count(*) filter (kind = 'due') as due, "
        f"count(*) filter (dataset = 'policy_end') as ended from today where {whose}",
        today=(TODAY, [day]),
    )  # fmt: skip
    [pin] = reader.pins(TODAY, [day])
    return DaySoFar(
        pin.published_at.astimezone(ZoneInfo(settings().timezone)), row["new_policies"], row["first_year"] or NOTHING,
        row["renewal"] or NOTHING, row["due"], row["ended"],
    )  # fmt: skip
