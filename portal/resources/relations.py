"""Relations: who is whose superior, recruiter, nurturer or trainer from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.agents import Relation, RelationPeriod
from portal.permissions import Permission

RELATION_KINDS = (
    ("reporting", _l("Superior")),
    ("recruiter", _l("Recruiter")),
    ("nurturer", _l("Nurturer")),
    ("trainer", _l("Trainer")),
)

RELATIONS = Resource(
    key="relations",
    title=_l("Relations"),
    singular=_l("relation"),
    about=_l(
        "Superiors, recruiters, nurturers and trainers of agents. A month is computed on them as they were in it."
    ),
    icon="share",
    order=34,
    model=Relation,
    period=RelationPeriod,
    link="relation_id",
    dated=True,
    reach=Reach.ROWS,
    identified_by=("kind", "agent"),
    named_by="agent",
    sorted_by="agent",
    view=Permission.RELATION_VIEW,
    edit=Permission.RELATION_EDIT,
    fields=(
        Field("agent", _l("Agent"), kind="person", column="agent_id", editable=False, sought=True),
        Field("kind", _l("Relation"), kind="choice", options=RELATION_KINDS, editable=False, filtered=True),
        Field("other", _l("To whom"), kind="person", column="from_id", sought=True),
    ),
)
