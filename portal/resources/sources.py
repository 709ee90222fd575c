"""Sources: where a nightly run downloads from."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.runs import SourceConfig
from portal.permissions import Permission

ADAPTERS = (
    ("folder", _l("Folder of files")),
    ("berka", _l("Berka files")),
    ("demo", _l("Demo bank")),
    ("demo_insurer", _l("Demo insurer")),
)
FAMILIES = (("bank", _l("Accounts of a bank")), ("insurer", _l("Policies of an insurer")))

SOURCES = Resource(
    key="sources",
    title=_l("Sources"),
    singular=_l("source"),
    about=_l("Which core system or folder the daily runs read, and for which dates."),
    icon="database-down",
    order=70,
    model=SourceConfig,
    reach=Reach.HOUSE,
    view=Permission.SOURCE_VIEW,
    edit=Permission.SOURCE_EDIT,
    removable=True,
    named_by="code",
    fields=(
        Field("code", _l("Code"), editable=False, sought=True, longest=40),
        Field("adapter", _l("Kind"), kind="choice", options=ADAPTERS, default="folder", filtered=True),
        Field("family", _l("Delivers"), kind="choice", options=FAMILIES, default="bank", filtered=True),
        Field("location", _l("Location"), required=False, sought=True, longest=500,
              hint=_l("A folder, or an address such as s3://bank/core")),
        Field("options", _l("Options"), kind="document", required=False, listed=False, longest=20_000,
              hint=_l("As JSON; see the operations guide")),
        Field("first_date", _l("First date"), kind="date", required=False),
        Field("last_date", _l("Last date"), kind="date", required=False),
        Field("active", _l("Active"), kind="flag", default=True, required=False, filtered=True),
    ),
)  # fmt: skip
