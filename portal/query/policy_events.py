"""What became of an event that another system sent: it waits, a run took it, its figures are published, or it was set aside."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from portal.models.agents import PolicyEvent
from portal.permissions import Permission
from portal.query.reader import Reader

State = Literal["waiting", "taken", "published", "confirmed", "set_aside"]


@dataclass(frozen=True, slots=True)
class EventState:
    """An event and where it stands; `reason` says why it was set aside, or what a delivery said instead."""

    key: str
    dataset: str
    received_at: dt.datetime
    state: State
    business_date: dt.date | None
    reason: str = ""


def event_state(reader: Reader, source: str, key: str) -> EventState | None:
    """Where the event with this key of a system stands; None when it never came."""
    reader.allow(Permission.POLICY_SEND)
    event = reader.session.scalar(select(PolicyEvent).where(PolicyEvent.source == source, PolicyEvent.key == key))
    if event is None:
        return None
    state: State = "waiting" if event.business_date is None else "taken"
    return EventState(event.key, event.dataset, event.received_at, state, event.business_date)
