"""People: who they are, and where they work as what from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.organisation import Person, Position
from portal.permissions import Permission

POSITION_KINDS = (
    ("customer_manager", _l("Customer manager")),
    ("leader", _l("Leader")),
    ("operator", _l("Operator")),
    ("administrator", _l("Administrator")),
    ("agent", _l("Agent")),
)

PEOPLE = Resource(
    key="people",
    title=_l("People"),
    singular=_l("person"),
    about=_l("Employees and their positions. A move to another institution takes the person's shares along."),
    icon="people",
    order=20,
    model=Person,
    period=Position,
    link="person_id",
    dated=True,
    reach=Reach.ROWS,
    view=Permission.PERSON_VIEW,
    edit=Permission.PERSON_EDIT,
    fields=(
        Field("code", _l("Staff number"), editable=False, sought=True, longest=20),
        Field("name", _l("Name"), sought=True),
        Field("name_zh", _l("Chinese name"), required=False, listed=False, sought=True),
        Field("phone", _l("Phone"), required=False, private=True, listed=False, longest=30),
        Field("email", _l("E-mail"), required=False, listed=False),
        Field("position", _l("Position"), kind="choice", column="kind", options=POSITION_KINDS, filtered=True),
        Field(
            "institution",
            _l("Institution"),
            kind="tree",
            column="institution_id",
            sought=True,
            filtered=True,
            feeds=True,
            anew=_l("Published days that follow this place are computed anew: the bank's where the person has shares, the "
                    "insurer's policy days where he is an agent."),
        ),
    ),
)  # fmt: skip
