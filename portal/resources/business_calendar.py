"""The business calendar: dates that differ from the rule that every calendar day is open."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.organisation import BusinessDay
from portal.permissions import Permission

BUSINESS_CALENDAR = Resource(
    key="calendar",
    title=_l("Business calendar"),
    short=_l("Calendar"),
    singular=_l("business day"),
    about=_l(
        "Every calendar day is a business date unless it is listed here as closed. A closed day is computed along with "
        "the next open one."
    ),
    icon="calendar3",
    order=60,
    model=BusinessDay,
    reach=Reach.HOUSE,
    view=Permission.CALENDAR_VIEW,
    edit=Permission.CALENDAR_EDIT,
    removable=True,
    identified_by=("calendar", "date"),
    named_by="date",
    sorted_by="date",
    fields=(
        Field("date", _l("Date"), kind="date", column="business_date", editable=False, filtered=True),
        Field(
            "open",
            _l("Open"),
            kind="flag",
            column="is_open",
            default=False,
            required=False,
            filtered=True,
            hint=_l("Off: the bank is closed on this day."),
        ),
        Field("note", _l("Note"), required=False, sought=True),
        Field("calendar", _l("Calendar"), default="bank", editable=False, longest=40),
    ),
)
