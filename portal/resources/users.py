"""Users: who may log in, with which roles."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.access import User, UserInstitution, UserRole
from portal.permissions import Permission

USERS = Resource(
    key="users",
    title=_l("Users"),
    singular=_l("user"),
    about=_l("Who may log in. A change of password, roles or state ends the user's open sessions."),
    icon="person-lock",
    order=40,
    model=User,
    reach=Reach.PERSON,
    view=Permission.USER_VIEW,
    edit=Permission.USER_EDIT,
    identified_by=("username",),
    named_by="username",
    sorted_by="username",
    fields=(
        Field("username", _l("User name"), editable=False, sought=True, longest=60),
        Field("person", _l("Person"), kind="person", column="person_id", required=False, sought=True),
        Field("roles", _l("Roles"), kind="set", of="role", through=(UserRole, "user_id", "role_id")),
        Field("institutions", _l("Chosen institutions"), kind="set", of="institution", required=False, listed=False,
              through=(UserInstitution, "user_id", "institution_id"),
              hint=_l("Only for roles that see chosen institutions.")),
        Field("active", _l("May log in"), kind="flag", default=True, required=False, filtered=True),
        Field("password", _l("New password"), kind="password", required=False, listed=False,
              hint=_l("Leave it empty to keep the present one.")),
    ),
)  # fmt: skip
