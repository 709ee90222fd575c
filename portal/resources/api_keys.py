"""API keys: which other systems may send something, and until when."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Beside, Field, Reach, Resource
from portal.models.api_keys import ApiKey, ApiKeyPermission
from portal.permissions import Permission

API_KEYS = Resource(
    key="api-keys",
    title=_l("API keys"),
    singular=_l("API key"),
    about=_l("With a key another system sends policy events. A key is shown once, when it is made; one that is lost is replaced."),
    icon="key",
    order=55,
    model=ApiKey,
    reach=Reach.HOUSE,
    view=Permission.API_KEY_VIEW,
    edit=Permission.API_KEY_EDIT,
    named_by="code",
    beside=(Beside(_l("Policy events"), "/policy-events", Permission.POLICY_VIEW, "source", "source"),),
    fields=(
        Field("code", _l("Code"), editable=False, sought=True, longest=40),
        Field("source", _l("System"), editable=False, sought=True, filtered=False, longest=40,
              hint=_l("In small letters. Keys of events are unique in a system: its next API key names the same one.")),
        Field("begins_with", _l("Begins with"), derived=True),
        Field("permissions", _l("May"), kind="set", of="key_permission", required=False,
              through=(ApiKeyPermission, "api_key_id", "permission")),
        Field("first_day", _l("First day"), kind="date"),
        Field("last_day", _l("Last day"), kind="date", required=False, hint=_l("Empty: until it is revoked.")),
        Field("active", _l("Accepted"), kind="flag", default=True, required=False, filtered=True,
              hint=_l("Taken away, the key is refused from the next request on.")),
        Field("last_used_on", _l("Last used"), kind="date", derived=True),
    ),
)  # fmt: skip
