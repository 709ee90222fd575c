"""Substitutes: who decides in whose place, and on which days."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.approvals import Substitute
from portal.permissions import Permission
from portal.services.approval_kinds import APPROVALS

KINDS = tuple((each.key, each.title) for each in APPROVALS.values())

SUBSTITUTES = Resource(
    key="substitutes",
    title=_l("Substitutes"),
    singular=_l("substitute"),
    about=_l("Who decides requests in the place of somebody who is away. People name their own under “I am away”."),
    icon="person-check",
    order=45,
    model=Substitute,
    reach=Reach.HOUSE,
    view=Permission.SUBSTITUTE_VIEW,
    edit=Permission.SUBSTITUTE_EDIT,
    removable=True,
    identified_by=("person", "substitute", "first_day"),
    named_by="person",
    sorted_by="first_day",
    fields=(
        Field("person", _l("Who is away"), kind="person", column="person_id", editable=False, sought=True),
        Field("substitute", _l("Stands in"), kind="person", column="substitute_id", sought=True),
        Field("first_day", _l("First day"), kind="date"),
        Field("last_day", _l("Last day"), kind="date"),
        Field("kind", _l("Only for"), kind="choice", options=KINDS, required=False, filtered=True,
              hint=_l("Nothing chosen means all kinds of requests.")),
    ),
)  # fmt: skip
