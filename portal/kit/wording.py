"""Words for what the audit log and the runs keep as codes."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.permissions import LOCAL_OPERATOR, NIGHTLY

ACTIONS = {
    "create": _l("made"),
    "add": _l("made"),
    "change": _l("changed"),
    "end": _l("ended"),
    "remove": _l("removed"),
    "import": _l("imported"),
    "export": _l("exported"),
    "refused": _l("refused"),
    "follow": _l("shares moved along"),
    "disable": _l("disabled"),
    "enable": _l("enabled"),
    "set password": _l("new password"),
    "grant role": _l("role given"),
    "revoke role": _l("role taken"),
    "link person": _l("employee named"),
    "choose institutions": _l("institutions chosen"),
    "change permissions": _l("permissions changed"),
    "load": _l("loaded"),
    "log in": _l("logged in"),
    "log out": _l("logged out"),
    "log in refused": _l("log-in refused"),
    "request": _l("asked for"),
    "rerun": _l("asked for again"),
    "cancel": _l("cancelled"),
    "acknowledge": _l("acknowledged"),
    "change settings": _l("settings changed"),
}
SUBJECTS = {
    "user": _l("User"), "users": _l("Users"), "role": _l("Role"), "roles": _l("Roles"), "person": _l("Person"),
    "people": _l("People"), "institution": _l("Institution"), "institutions": _l("Institutions"),
    "share": _l("Share"), "shares": _l("Shares"), "source": _l("Source"), "sources": _l("Sources"),
    "source_config": _l("Source"), "calendar": _l("Business calendar"), "business_day": _l("Business calendar"),
    "run": _l("Run"), "problem": _l("Problem"), "permission": _l("Permission"), "report": _l("Report"),
    "customer": _l("Customer"), "account": _l("Account"), "manager": _l("Customer manager"), "file": _l("File"),
}  # fmt: skip


def subject(name: str) -> str:
    """What a row of the audit log is about."""
    return str(SUBJECTS.get(name, name))


def who(actor: str) -> str:
    """Who did something: a user's name, or a process of the house in words."""
    return {LOCAL_OPERATOR.name: _("local operator"), NIGHTLY.name: _("nightly run")}.get(actor, actor)


def what(name: str) -> str:
    """What a change was about, when it is no field of the record."""
    return {
        "role": _("Role"), "roles": _("Roles"), "institutions": _("Institutions"), "permissions": _("Permissions"),
        "language": _("Language"), "theme": _("Theme"), "of": _("of"),
    }.get(name, name)  # fmt: skip
