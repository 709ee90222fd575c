"""Shares: who is credited with which part of a customer or an account."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.organisation import Share
from portal.permissions import Permission

SHARE_ROLES = (
    ("marketer", _l("Marketer")),
    ("carer", _l("Carer")),
    ("collector", _l("Collection guarantor")),
    ("approver", _l("Approver")),
    ("investigator", _l("Investigator")),
)

SHARES = Resource(
    key="shares",
    title=_l("Shares"),
    singular=_l("sharing"),
    about=_l("Who is credited with a customer or an account. Per role and day the parts total 100 %."),
    icon="pie-chart",
    order=30,
    model=Share,
    dated=True,
    reach=Reach.ROWS,
    view=Permission.SHARE_VIEW,
    edit=Permission.SHARE_EDIT,
    identified_by=("subject", "role"),
    named_by="subject",
    sorted_by="person",
    fields=(
        Field("subject", _l("Customer or account"), kind="subject", editable=False, sought=True,
              hint=_l("the number of a customer or an account, such as C000123")),
        Field("role", _l("Role"), kind="choice", options=SHARE_ROLES, default="marketer", editable=False,
              filtered=True),
        Field("person", _l("Person"), kind="person", column="person_id", derived=True, sought=True, filtered=True),
        Field("institution", _l("Institution"), kind="tree", column="institution_id", derived=True, filtered=True),
        Field("ratio", _l("Ratio"), kind="ratio", derived=True),
        Field("parts", _l("Parts"), kind="parts", listed=False, feeds=True),
    ),
)  # fmt: skip
