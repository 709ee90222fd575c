"""All operations of the REST interface, declared."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.api import policy_events
from portal.api.declared import Answer, Operation
from portal.permissions import Permission

REFUSED = (
    Answer(401, _l("No key was sent, or none that holds today.")),
    Answer(403, _l("The key does not permit this; the refusal stands in the audit log.")),
    Answer(429, _l("Too many requests in a minute; the header Retry-After says how many seconds to pause.")),
    Answer(503, _l("The portal is restarting; send the same again after Retry-After seconds.")),
)

OPERATIONS = (
    Operation(
        "send_policy_event",
        "post",
        "/policy-events",
        _l("Send one policy event"),
        _l(
            "One row of one dataset, as the daily delivery would hold it. You make the key: as often as you send the same key with "
            "the same content, it is taken once and answered alike, so after a time-out simply send it again. Figures of the "
            "day show it within minutes as provisional; the next nightly run takes it along."
        ),
        Permission.POLICY_SEND,
        policy_events.send,
        (
            Answer(201, _l("Taken in."), "Receipt"),
            Answer(200, _l("Taken in before; the first answer again."), "Receipt"),
            Answer(400, _l("The body is no JSON object.")),
            Answer(409, _l("The key was used for another content; nothing was taken in.")),
            Answer(413, _l("The body is larger than 64 KB.")),
            Answer(415, _l("The body is not application/json.")),
            Answer(422, _l("The content cannot be used; the sentence and field name the column.")),
            *REFUSED,
        ),
        body="PolicyEvent",
    ),
    Operation(
        "look_at_policy_event",
        "get",
        "/policy-events/{key}",
        _l("What became of an event"),
        _l(
            "Whether it waits, which business date took it, and why it was set aside if it was. Only events of your own system."
        ),
        Permission.POLICY_SEND,
        policy_events.look,
        (
            Answer(200, _l("The event and where it stands."), "EventState"),
            Answer(404, _l("No event with this key came from your system.")),
            *REFUSED,
        ),
        variables={"key": _l("The key you sent it with.")},
    ),
)
