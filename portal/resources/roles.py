"""Roles: what a user may do, and how far he sees."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.access import Role, RolePermission
from portal.permissions import Permission, ScopeKind

SCOPES = (
    (ScopeKind.ALL.value, _l("The whole bank")),
    (ScopeKind.CHOSEN.value, _l("Chosen institutions and below")),
    (ScopeKind.BELOW.value, _l("Own institution and below")),
    (ScopeKind.OWN.value, _l("Own institution only")),
    (ScopeKind.SELF.value, _l("Own customers only")),
)

ROLES = Resource(
    key="roles",
    title=_l("Roles"),
    singular=_l("role"),
    about=_l("A role says what its users may do and how far they see. A change ends the open sessions of its users."),
    icon="shield-lock",
    order=50,
    model=Role,
    reach=Reach.HOUSE,
    view=Permission.ROLE_VIEW,
    edit=Permission.ROLE_EDIT,
    removable=True,
    fields=(
        Field("code", _l("Code"), editable=False, sought=True, longest=40),
        Field("name", _l("Name"), sought=True),
        Field("name_zh", _l("Chinese name"), required=False, listed=False),
        Field("scope", _l("Sees"), kind="choice", column="scope_kind", options=SCOPES),
        Field("permissions", _l("May"), kind="set", of="permission", through=(RolePermission, "role_id", "permission")),
    ),
)
