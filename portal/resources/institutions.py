"""Institutions: a tree whose names and places hold from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.organisation import Institution, InstitutionPeriod
from portal.permissions import Permission

INSTITUTIONS = Resource(
    key="institutions",
    title=_l("Institutions"),
    singular=_l("institution"),
    about=_l("Head office, regions, branches and sub-branches, as they stood on each day."),
    icon="diagram-3",
    order=10,
    model=Institution,
    period=InstitutionPeriod,
    link="institution_id",
    dated=True,
    reach=Reach.ITSELF,
    sorted_by="level",
    view=Permission.INSTITUTION_VIEW,
    edit=Permission.INSTITUTION_EDIT,
    fields=(
        Field("code", _l("Code"), editable=False, sought=True, longest=20),
        Field("name", _l("Name"), sought=True),
        Field("name_zh", _l("Chinese name"), required=False, listed=False, sought=True),
        Field("level", _l("Level"), kind="choice", of="level", column="level_id", filtered=True),
        Field("parent", _l("Stands under"), kind="tree", column="parent_id", required=False, filtered=True, feeds=True,
              anew=_l("The bank's figures from that day on are computed anew, if any are counted at or below it.")),
    ),
)  # fmt: skip
