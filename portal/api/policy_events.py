"""Policy events over REST: take one, tell what became of one. Which system asks is said by its key, never by the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from portal.access.keys import key_holder
from portal.api.declared import ROOT, Answered
from portal.query.policy_events import event_state
from portal.query.reader import reading
from portal.services.policy_events import take_policy_event
from portal.services.writer import writing


def send(body: Mapping[str, Any]) -> Answered:
    """Take one event: 201 the first time, 200 with the same answer whenever it comes again."""
    holder = key_holder()
    content = {name: value for name, value in body.items() if name != "key"}
    with writing(holder.actor) as writer:
        taken = take_policy_event(writer, body.get("key"), content, holder.source)
        event = taken.event
        told = {
            "key": event.key, "dataset": event.dataset, "received_at": event.received_at.isoformat(),
            "href": f"{ROOT}/policy-events/{event.key}",
        }  # fmt: skip
    return told, 200 if taken.again else 201


def look(key: str) -> Answered:
    """What became of an event of the asking system; those of others are not there for it."""
    holder = key_holder()
    with reading(holder.actor) as reader:
        found = event_state(reader, holder.source, key)
    if found is None:
        return {
            "error": "not_found",
            "message": _("No event with this key came from your system."),
            "field": "key",
        }, 404
    day = found.business_date.isoformat() if found.business_date else None
    return {
        "key": found.key, "dataset": found.dataset, "received_at": found.received_at.isoformat(), "state": found.state,
        "business_date": day, "reason": found.reason,
    }, 200  # fmt: skip
