"""Agents: who has an agent contract, under which rulebook and of which rank from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.agents import Agent, AgentPeriod
from portal.permissions import Permission

ORIGINS = (("hire", _l("Hire")), ("evaluation", _l("Evaluation")), ("decision", _l("Decision")))

AGENTS = Resource(
    key="agents",
    title=_l("Agents"),
    singular=_l("agent"),
    about=_l(
        "Agent contracts and ranks. Where an agent works is the position of the person; ending the record is leaving."
    ),
    icon="person-badge",
    order=32,
    model=Agent,
    period=AgentPeriod,
    link="agent_id",
    dated=True,
    reach=Reach.ROWS,
    identified_by=("agent_no",),
    named_by="person",
    sorted_by="agent_no",
    view=Permission.AGENT_VIEW,
    edit=Permission.AGENT_EDIT,
    fields=(
        Field("agent_no", _l("Agent number"), editable=False, sought=True, longest=20),
        Field("person", _l("Person"), kind="person", column="id", editable=False, sought=True),
        Field("joined_on", _l("Joined on"), kind="date", filtered=True),
        Field("channel", _l("Rulebook"), longest=40, filtered=True, called="rulebook"),
        Field("rank", _l("Rank"), longest=20, sought=True, filtered=True, called="rank"),
        Field("origin", _l("Rank by"), kind="choice", options=ORIGINS, default="decision", filtered=True),
    ),
)
